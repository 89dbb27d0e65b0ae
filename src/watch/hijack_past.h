/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verdict has learned of accounts (watch/hijack.h), as bytes, so that a restart makes
 * nobody a newcomer: of each account its past and its last two half days, and until when it is
 * forgiven; of all of them the hours that are usual. Verdicts that stand are not in it: they stand
 * again with the account's next mail. Pure; app/daemon_hijack_past.h keeps the bytes in a file.
 *
 *     "todoku accounts\n", version, newest line | hours of the fleet | count, rows, quietest first
 *
 * in numbers as in store/history_bytes.h. The bytes know all that the log said up to the newest
 * line; see hijack_restore_fleet.
 *
 * Bounded: the HIJACK_PAST_ACCOUNTS that sent last; some 200 bytes of one that is quiet, 2,100 at
 * most. Names of HIJACK_LOGIN_MAX bytes, which may have been cut, are left out.
 */
#ifndef TD_WATCH_HIJACK_PAST_H
#define TD_WATCH_HIJACK_PAST_H

#include "base/buf.h"
#include "base/err.h"
#include "watch/hijack.h"

#define HIJACK_PAST_ACCOUNTS 50000
#define HIJACK_PAST_BYTES ((size_t)112 << 20) /* more than the bounds allow */

/* Appends what is known. Nothing when no account is. */
void hijack_past_write(const struct hijack *hijack, struct buf *to);

/* Into one that has taken nothing yet. False and err: the bytes are of another version, not whole,
 * or from after now_us (a day is forgiven); nothing is changed. */
bool hijack_past_read(struct slice bytes, int64_t now_us, struct hijack *hijack, struct err *err);

#endif
