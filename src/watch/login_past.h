/* SPDX-License-Identifier: Apache-2.0
 *
 * What the detector of login surges has learned, as bytes, so that a restart forgets nothing: of
 * each login its normal, busiest hours, clients, last hour and the surge that goes on; of the fleet
 * its classes and busiest hours. Pure; app/daemon_logins.h keeps the bytes in a file.
 *
 *     "todoku logins\n", version, newest message | days of the fleet | count, rows | busiest hours
 *
 * in numbers as in store/history_bytes.h. The bytes know all messages up to the newest one. Logs
 * are read again from some way before: until login_table_caught_up, messages up to that time, and
 * what is said between them, are not counted again; later ones are.
 *
 * Bounded: the LOGIN_PAST_LOGINS logins with the busiest hours, with names of up to LOGIN_PAST_NAME
 * bytes; some 200 bytes each with volume, 60 without.
 */
#ifndef TD_WATCH_LOGIN_PAST_H
#define TD_WATCH_LOGIN_PAST_H

#include "base/buf.h"
#include "base/err.h"
#include "watch/correlator.h"
#include "watch/login_table.h"

#define LOGIN_PAST_LOGINS 50000
#define LOGIN_PAST_NAME 255
#define LOGIN_PAST_BYTES ((size_t)40 << 20) /* more than the bounds allow */

/* Appends what `table` has learned; names: the correlator that numbered its logins. Nothing when no
 * login has sent mail. */
void login_past_write(const struct login_table *table, const struct correlator *names,
                      struct buf *to);

/* Into a table and a correlator that have taken nothing yet. False and err: the bytes are of
 * another version, not whole, or from after now_us (a day is forgiven); nothing is changed. */
bool login_past_read(struct slice bytes, int64_t now_us, struct login_table *table,
                     struct correlator *names, struct err *err);

#endif
