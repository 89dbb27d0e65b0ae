/* SPDX-License-Identifier: Apache-2.0
 *
 * Between daemon_accounts.c (life, file), daemon_limits.c (what is set, and who waits) and
 * daemon_limits_answer.c (what people read).
 */
#ifndef TD_APP_DAEMON_LIMITS_PRIVATE_H
#define TD_APP_DAEMON_LIMITS_PRIVATE_H

#include "app/daemon_accounts_private.h"
#include "app/daemon_limits.h"

/* ---- daemon_limits.c, for the life of accounts ---- */

void daemon_limits_begin(struct daemon_accounts *accounts);
bool daemon_limits_read(struct daemon_accounts *accounts, int64_t *left_out, struct err *err);
void daemon_limits_write(struct daemon_accounts *accounts); /* between begin and commit */
void daemon_limits_turn(struct daemon_accounts *accounts, int64_t now_us);
/* Numbers of other names become their account's; false: not all of them yet. */
bool daemon_limits_follow(struct daemon_accounts *accounts, const struct account_book *book,
                          int64_t now_us);
bool daemon_limits_take(struct daemon_accounts *accounts, const struct limit_override *one);
void daemon_limits_write_one(struct daemon_accounts *accounts, const struct limit_override *one);
void daemon_limits_end(struct daemon_accounts *accounts); /* answers who waits, frees */

/* ---- daemon_limits_answer.c ---- */

/* All limits and numbers that were set. */
void daemon_limits_show_all(const struct daemon_accounts *accounts, struct daemon_request *request);

/* One account; report NULL: nobody listens, or the listener stands still. */
void daemon_limits_show_one(const struct daemon_accounts *accounts, struct slice login,
                            const struct policy_report *report, struct daemon_request *request,
                            int64_t now_us);

#endif
