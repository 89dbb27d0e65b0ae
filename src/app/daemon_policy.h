/* SPDX-License-Identifier: Apache-2.0
 *
 * The policy listener in the daemon: Postfix asks it before it takes a message. Requests are
 * answered on a thread of their own (io/answer_server.h) from memory (gate/policy_desk.h); the main
 * thread gives it new terms, a sign of life every second, and tells what it says of limits.
 *
 * It lives from one reload to the next: at the same addresses connections go on and nothing that
 * was counted is lost; other addresses are opened before the counts move there. An owner that
 * stands still for 5 s is no reason to stop answering: limits need nothing of it. If its own loop
 * stands still, who asks is refused at once, and Postfix goes on by its default_action.
 *
 * What was counted outlives the daemon, too (app/daemon_counts.h): it is read before the first
 * question is answered.
 *
 * What is over a limit is told in the own log and counted by limit. Of the main thread.
 */
#ifndef TD_APP_DAEMON_POLICY_H
#define TD_APP_DAEMON_POLICY_H

#include "app/daemon_metrics.h"
#include "app/decision_book.h"
#include "app/policy_order.h"
#include "app/hijack_channel.h"
#include "app/policy_refunds.h"
#include "app/settings.h"
#include "gate/account_book.h"
#include "gate/account_flags.h"
#include "io/own_log.h"
#include "io/snapshot.h"

struct daemon_policy;

/* All borrowed. refunds: what the log says was refused after it was counted. channel: told what
 * passes. */
struct daemon_policy *daemon_policy_new(struct own_log *log, struct policy_refunds *refunds,
                                        struct hijack_channel *channel);

/* Ends the listener. NULL is fine. */
void daemon_policy_free(struct daemon_policy *policy);

/* What is counted is kept in this state directory from now on. Before daemon_policy_want. */
void daemon_policy_keep(struct daemon_policy *policy, const char *folder);

/* These settings hold from now on. What cannot be opened is tried again every 10 s and told once.
 */
void daemon_policy_want(struct daemon_policy *policy, const struct settings *all, int64_t now_us);

/* Flags of accounts, for all requests from now on: one that is copied, or all there are. Without a
 * listener they are nobody's. */
void daemon_policy_flag(struct daemon_policy *policy, const struct account_flag *flag);
void daemon_policy_put_flags(struct daemon_policy *policy, const struct account_flags *flags);

/* Which accounts there are, for all requests from now on, and for whoever the channel tells; with
 * references of their own. */
void daemon_policy_put_accounts(struct daemon_policy *policy, struct account_book *accounts);
/* What is ordered of the listener's thread; takes it over. False: nobody listens now, and a report
 * does not come; the rest is done all the same. */
bool daemon_policy_order(struct daemon_policy *policy, struct policy_order *order);

/* Who takes the reports that were ordered, from daemon_policy_turn; he frees them. NULL: nobody. */
typedef void (*daemon_policy_report)(void *context, struct policy_report *report);
void daemon_policy_report_to(struct daemon_policy *policy, daemon_policy_report take,
                             void *context);

/* The last decisions about accounts. */
const struct decision_book *daemon_policy_decisions(const struct daemon_policy *policy);

/* At least once a second: tells of what was over; and each second feeds, opens what is not open and
 * writes the metrics. */
void daemon_policy_turn(struct daemon_policy *policy, struct daemon_metrics *metrics,
                        int64_t now_us);

/* What became of the counts, JSON of the status; as long as the policy. */
struct snapshot_place *daemon_policy_counts(const struct daemon_policy *policy);
/* Its state for the API, see policy_board.h; empty: nothing was wanted yet. Any thread may read it
 * until the end. */
struct snapshot_place *daemon_policy_shown(struct daemon_policy *policy);

/* Readable when there is something to tell; -1: never. */
int daemon_policy_fd(const struct daemon_policy *policy);

#endif
