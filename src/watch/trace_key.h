/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody asks about: an address, a domain, a Message-ID, a queue id, a login.
 */
#ifndef TD_WATCH_TRACE_KEY_H
#define TD_WATCH_TRACE_KEY_H

#include "base/err.h"
#include "mail/log_record.h"

enum trace_key_form {
    TRACE_KEY_ADDRESS,    /* `bob@example.org`; a Message-ID without its <> looks the same */
    TRACE_KEY_DOMAIN,     /* `@example.org`: every address there */
    TRACE_KEY_MESSAGE_ID, /* `<...>`; kept without <> */
    TRACE_KEY_WORD,       /* a queue id, ours or another server's; a Dovecot session; a login */
};

struct trace_key {
    enum trace_key_form form;
    struct slice text; /* borrowed from the word */
};

/* As what a record has the key. */
enum trace_match {
    TRACE_MATCH_ID = 1,
    TRACE_MATCH_MESSAGE_ID = 2,
    TRACE_MATCH_SENDER = 4, /* envelope sender or login */
    TRACE_MATCH_RECIPIENT = 8,
    TRACE_MATCH_LOGIN_FAILED = 16, /* no mail: a failed login with this name */
};

/* Takes what people paste: blanks around it, `Message-ID: ` or `mailto:` in front, a colon behind a
 * queue id. ERR_USAGE and what is accepted when it is none of these. */
bool trace_key_parse(struct slice word, struct trace_key *out, struct err *err);

/* Bits of enum trace_match, 0: the record is not about the key. Addresses, logins and Message-IDs
 * compare without ASCII case, quoted local parts as what they quote; ids exactly, hexadecimal ones
 * without case. */
unsigned trace_key_match(const struct trace_key *key, const struct log_record *record);

/* Whether an address of a record is the key's; false for forms that are no addresses. */
bool trace_key_is_address(const struct trace_key *key, struct slice address);

/* `address` without ASCII case, and however its local part is quoted. */
bool trace_address_eq(struct slice a, struct slice b);

/* "address", "domain", "message id", "id or login". */
const char *trace_key_form_word(enum trace_key_form form);

#endif
