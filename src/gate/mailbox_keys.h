/* SPDX-License-Identifier: Apache-2.0
 *
 * Under which keys an address is looked for in a table, one after the other. Postfix asks all
 * tables of a role for a key before it tries the next.
 *
 *      canonical, aliases   user+ext@domain  user@domain  user+ext*  user*  @domain
 *      local                user+ext  user
 *      domains              domain
 *      mailboxes            user+ext@domain  user@domain  user*  patterns (of user@domain)
 *                           @domain  domain  .domain of each parent  *
 *
 * (*: of local domains and the default one.) A local part in need of quotes is asked for with them
 * first, then without. Peers: virtual(5), canonical(5), transport(5), local(8); Postfix
 * src/global/mail_addr_find.c.
 */
#ifndef TD_GATE_MAILBOX_KEYS_H
#define TD_GATE_MAILBOX_KEYS_H

#include "gate/mailbox_finder.h"

enum { MAILBOX_KEYS_MAX = 24 };

struct mailbox_key {
    struct slice text;
    bool is_pattern;      /* the text to try patterns on */
    bool drops_extension; /* it is of the address without its extension, which has one */
};

struct mailbox_keys {
    struct mailbox_key keys[MAILBOX_KEYS_MAX];
    size_t count;
};

/* Texts are of the arena, or of the address. */
void mailbox_keys_make(const struct mailbox_finder *finder, enum finder_role role,
                       const struct recipient_form *address, struct arena *arena,
                       struct mailbox_keys *out);

#endif
