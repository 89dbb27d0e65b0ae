/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may press buttons in Slack: the door (respond/slack_door.h) for the workers of the web
 * server, with the secrets of the notifiers. Lives as long as the process, also over a reload, so
 * that no press is taken twice.
 */
#ifndef TD_APP_DAEMON_SLACK_H
#define TD_APP_DAEMON_SLACK_H

#include "app/settings.h"
#include "respond/slack_click.h"
#include "respond/slack_door.h"

struct daemon_slack;

struct daemon_slack *daemon_slack_new(int64_t now_us) __attribute__((returns_nonnull));
void daemon_slack_free(struct daemon_slack *slack); /* NULL is fine */

/* Has any notifier a signing secret? */
bool daemon_slack_is_open(const struct settings *settings);

/* May who pressed have this done? Routes only by respond.approvers, if it names anybody. */
bool daemon_slack_may(const struct settings *settings, const struct slack_click *click);

/* Any thread. TAKEN: *who is the notifier whose secret signed it. */
enum slack_verdict daemon_slack_judge(struct daemon_slack *slack, const struct settings *settings,
                                      const struct slack_request *request, int64_t now_us,
                                      const struct settings_notifier **who);

#endif
