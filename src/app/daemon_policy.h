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
 * What is over a limit is told in the own log and counted by limit. Of the main thread.
 */
#ifndef TD_APP_DAEMON_POLICY_H
#define TD_APP_DAEMON_POLICY_H

#include "app/daemon_metrics.h"
#include "app/settings.h"
#include "io/own_log.h"

struct daemon_policy;

/* log: borrowed. */
struct daemon_policy *daemon_policy_new(struct own_log *log);

/* Ends the listener. NULL is fine. */
void daemon_policy_free(struct daemon_policy *policy);

/* These settings hold from now on. What cannot be opened is tried again every 10 s and told once.
 */
void daemon_policy_want(struct daemon_policy *policy, const struct settings_policy *settings,
                        int64_t now_us);

/* At least once a second: tells of what was over; and each second feeds, opens what is not open and
 * writes the metrics. */
void daemon_policy_turn(struct daemon_policy *policy, struct daemon_metrics *metrics,
                        int64_t now_us);

/* Readable when there is something to tell; -1: never. */
int daemon_policy_fd(const struct daemon_policy *policy);

#endif
