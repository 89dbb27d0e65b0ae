/* SPDX-License-Identifier: Apache-2.0
 *
 * The text form of one journal entry. Pure.
 */
#ifndef TD_IO_JOURNAL_LINE_H
#define TD_IO_JOURNAL_LINE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/* Missing fields are empty. */
struct journal_entry {
    int64_t time_us; /* UTC, 1970 to 9999 */
    struct slice host, tag, pid, message;
};

/* Appends the line and its newline. Newlines in the message become blanks, those at its end are
 * dropped; blanks and control bytes in the other fields become '_'. Without a host "-", without a
 * tag "-", without a pid no brackets. */
void journal_line_format(const struct journal_entry *entry, struct buf *to);

/* Does an identifier belong to mail: postfix, postfix-out/smtp, dovecot, nginx ...? */
bool journal_line_is_mail_tag(struct slice tag);

#endif
