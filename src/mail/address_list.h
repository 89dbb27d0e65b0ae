/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands on the right of aliases: addresses, and what local(8) makes of mail instead.
 *
 *      taro, "john doe"@example.jp, Jiro <jiro@example.jp> (at home)
 *      "|/usr/bin/list announce", /var/mail/archive, :include:/etc/lists/staff
 *
 * Peers: aliases(5), virtual(5); RFC 5322, 3.4, of whose groups nothing is made here. Pure.
 */
#ifndef TD_MAIL_ADDRESS_LIST_H
#define TD_MAIL_ADDRESS_LIST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

enum address_kind {
    ADDRESS_MAIL,    /* in its quotes, if it has some: mail/recipient_form.h takes them off */
    ADDRESS_COMMAND, /* |command */
    ADDRESS_FILE,    /* /file */
    ADDRESS_INCLUDE, /* :include:/file */
    ADDRESS_BAD,     /* blanks within, a group, quotes or brackets that do not end */
};

struct address_item {
    enum address_kind kind;
    struct slice text; /* of MAIL */
};

/* Takes the next item off *rest; those that are empty are stepped over. `scratch` holds what has
 * had comments, the text lives until the next call. False: that was all. */
bool address_list_next(struct slice *rest, struct buf *scratch, struct address_item *item);

#endif
