/* SPDX-License-Identifier: Apache-2.0
 *
 * Which accounts there are, in the daemon: has the driver of the section `accounts` read
 * (store/account_driver.h), on a worker thread, looks every second whether something was changed,
 * and gives what is known (gate/account_book.h) to the policy listener, which has it for its next
 * request; the auth listener, which looks accounts up itself, is told that something has changed.
 *
 *      accounts.db, passwd ──worker──▶ [account book] ──▶ policy listener, daemon_accounts
 *
 * What cannot be read is told once in the own log and by a metric, and tried again every second:
 * until then what was read before holds, and on a first start the classes by pattern alone, as for
 * logins that no driver knows. The first reading of a file, and that of other settings, is waited
 * for, so that no request comes before it; but no longer than 2 s for one that runs already. A
 * database server is not waited for: until it has answered, the patterns hold. Of the main
 * thread; lives from one reload to the next.
 */
#ifndef TD_APP_DAEMON_ACCOUNT_BOOK_H
#define TD_APP_DAEMON_ACCOUNT_BOOK_H

#include "app/daemon_auth.h"
#include "app/daemon_metrics.h"
#include "app/daemon_policy.h"
#include "app/settings.h"
#include "gate/account_book.h"
#include "io/own_log.h"

struct daemon_account_book;

/* All borrowed; both listeners are told. */
struct daemon_account_book *daemon_account_book_new(struct own_log *log,
                                                    struct daemon_policy *policy,
                                                    struct daemon_auth *auth);

/* Waits for a reading that runs. NULL is fine. */
void daemon_account_book_free(struct daemon_account_book *keeper);

/* These settings hold from now on; reads, and tells the listeners. */
void daemon_account_book_want(struct daemon_account_book *keeper, const struct settings *settings);

/* At least once a second. */
void daemon_account_book_turn(struct daemon_account_book *keeper, struct daemon_metrics *metrics,
                              int64_t now_us);

/* Somebody says that something was changed: reads at the next turn, whatever the driver thinks. */
void daemon_account_book_read_again(struct daemon_account_book *keeper);

/* What is known; NULL before the first daemon_account_book_want. Valid until the next turn. */
const struct account_book *daemon_account_book_now(const struct daemon_account_book *keeper);

/* Another whenever what is known is another; 0 before there is anything. */
uint64_t daemon_account_book_number(const struct daemon_account_book *keeper);

#endif
