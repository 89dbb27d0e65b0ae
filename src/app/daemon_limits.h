/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of accounts in the daemon: the numbers that people set for one account, for good or for a
 * time, the counts that they forget, and what is told of an account. Kept with the flags, in the
 * same file and with the same promises (daemon_accounts.h).
 *
 *      todoku limit, API ──requests──▶ ┌ accounts ┐ ──order──▶ policy thread (next request)
 *                        ◀──answer──── └──────────┘ ◀─report──
 *
 * What is used is in the hands of the policy thread: a question about it waits for its report, for
 * ASK_US at most, and is answered without when there is none. Of the main thread.
 */
#ifndef TD_APP_DAEMON_LIMITS_H
#define TD_APP_DAEMON_LIMITS_H

#include "app/daemon_accounts.h"

/* DAEMON_REQUEST_SET_LIMIT, RESET_LIMIT and SHOW_LIMITS. True: it is answered later, by this
 * module, which keeps the request till then. */
bool daemon_limits_answer(struct daemon_accounts *accounts, struct daemon_request *request,
                          int64_t now_us);

#endif
