/* SPDX-License-Identifier: Apache-2.0
 *
 * The one form of a recipient: whom "Taro"+news@EXAMPLE.jp and taro@example.jp. both mean. Letters
 * are small (ASCII; other scripts stay as they are), quotes of the local part are gone, and what is
 * behind the first delimiter is known to be its extension.
 *
 *      Taro+News@Example.JP     local taro+news, user taro, domain example.jp
 *      "john doe"@example.jp    local john doe; Postfix says it as john doe@example.jp: the same
 *      taro                     in the default domain
 *
 * Peers: RFC 5321, 4.1.2; Postfix src/global/split_addr.c (what has no extension: postmaster,
 * mailer-daemon, double-bounce; owner-x and x-request where `-` is a delimiter), quote_822_local.c.
 * Pure.
 */
#ifndef TD_MAIL_RECIPIENT_FORM_H
#define TD_MAIL_RECIPIENT_FORM_H

#include "base/buf.h"
#include "base/memory.h"
#include "base/slice.h"

enum { RECIPIENT_MAX = 512 /* bytes, as it is said */ };

struct recipient_terms {
    struct slice delimiters;     /* each byte is one, as recipient_delimiter of Postfix; or empty */
    struct slice default_domain; /* small letters; empty: who has no domain stays without */
};

struct recipient_form {
    struct slice local; /* without quotes, never empty */
    size_t user_len;    /* of local what is before the delimiter; all of it: no extension */
    struct slice domain;
};

/* Slices are of the arena. False: empty, longer than RECIPIENT_MAX, no local part, or bytes that no
 * address has (controls; blanks, quotes or @ in the domain, dots at its end). One last dot of the
 * domain does not count. */
bool recipient_parse(struct slice text, const struct recipient_terms *terms, struct arena *arena,
                     struct recipient_form *out);

static inline struct slice recipient_user(const struct recipient_form *recipient)
{
    return slice_first(recipient->local, recipient->user_len);
}

/* With its delimiter; empty: none. */
static inline struct slice recipient_extension(const struct recipient_form *recipient)
{
    return slice_skip(recipient->local, recipient->user_len);
}

/* Whether a local part has to be in quotes. */
bool recipient_needs_quotes(struct slice local);

/* Appends a local part, in quotes if it has to be. */
void recipient_add_local(struct slice local, struct buf *to);

/* Appends who it is, `user@domain` without the extension, by which mailboxes are told apart. */
void recipient_add_mailbox(const struct recipient_form *recipient, struct buf *to);

#endif
