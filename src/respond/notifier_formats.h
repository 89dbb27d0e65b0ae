/* SPDX-License-Identifier: Apache-2.0
 *
 * One function a kind of notifier: notice and message into bytes. Called by notifier.c.
 */
#ifndef TD_RESPOND_NOTIFIER_FORMATS_H
#define TD_RESPOND_NOTIFIER_FORMATS_H

#include "model/json_value.h"
#include "respond/notifier.h"

struct notifier_job {
    const struct notifier_settings *settings;
    const struct notice *notice;
    const struct notice_message *message;
    struct slice thread;
    int64_t now_us;
};

/* Block Kit. https://api.slack.com/reference/block-kit, /methods/chat.postMessage */
void notifier_slack(const struct notifier_job *job, struct outgoing *to);

/* `{"schema": "todoku.notice/1", ...}`, signed over `timestamp.body`: docs/guide/notify.md */
void notifier_webhook(const struct notifier_job *job, struct outgoing *to);

/* RFC 5322 message; recipients on the command line. */
void notifier_mail(const struct notifier_job *job, struct outgoing *to);

/* POST /api/v2/alerts. https://prometheus.io/docs/alerting/latest/alerts_api/ */
void notifier_alertmanager(const struct notifier_job *job, struct outgoing *to);

/* POST /v2/enqueue. PagerDuty developer docs, Events API v2. */
void notifier_pagerduty(const struct notifier_job *job, struct outgoing *to);

/* The webhook's document on standard input. */
void notifier_command(const struct notifier_job *job, struct outgoing *to);

/* The webhook's document. */
json_t *notifier_document(const struct notifier_job *job);

/* Body from JSON (dropped), with its content type. */
void notifier_json_body(struct outgoing *to, json_t *value);

#endif
