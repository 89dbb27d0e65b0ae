/* SPDX-License-Identifier: Apache-2.0
 *
 * Where people are told, and how a notice looks there. Pure: a notice becomes bytes for io to send,
 * an answer becomes a result for the queue.
 *
 * Whatever comes from logs is hostile: each notifier escapes for the place where it writes.
 */
#ifndef TD_RESPOND_NOTIFIER_H
#define TD_RESPOND_NOTIFIER_H

#include "respond/message.h"
#include "respond/notify_queue.h"
#include "respond/outgoing.h"

#define NOTIFIER_TYPES(X) \
    X(SLACK, "slack")               /* incoming webhook, or Web API with a bot token */ \
    X(WEBHOOK, "webhook")           /* JSON, signed */ \
    X(MAIL, "mail")                 /* a command that takes a message as sendmail does */ \
    X(ALERTMANAGER, "alertmanager") /* API v2 */ \
    X(PAGERDUTY, "pagerduty")       /* Events API v2 */ \
    X(COMMAND, "command")           /* a program with JSON on its standard input */

enum notifier_type {
#define X(name, word) NOTIFIER_##name,
    NOTIFIER_TYPES(X)
#undef X
};

#define NOTIFIER_COMMAND_MAX 32
#define NOTIFIER_TO_MAX 16

#define NOTIFIER_SLACK_API "https://slack.com/api"
#define NOTIFIER_PAGERDUTY_URL "https://events.pagerduty.com"

/* Slices live as long as the settings. */
struct notifier_settings {
    enum notifier_type type;
    struct slice name;                   /* for the status; also of its incident when it is dead */
    enum incident_severity min_severity; /* less is not sent */
    unsigned min_escalation; /* a page is told here only after so many calls; 0: from the start */
    struct message_settings message;
    struct slice url;     /* slack webhook or API base, webhook, alertmanager or pagerduty base */
    struct slice token;   /* slack: bot token, then `channel` too; pagerduty: routing key */
    struct slice channel; /* slack */
    bool buttons;         /* slack: presses come back to us, so that messages have them */
    struct slice secret;  /* webhook: signs when not empty */
    struct slice from;    /* mail: one address */
    size_t to_count;
    struct slice to[NOTIFIER_TO_MAX]; /* mail: addresses */
    size_t command_count;
    struct slice command[NOTIFIER_COMMAND_MAX]; /* mail, command: program and arguments */
    int64_t hold_us; /* alertmanager: an alert lives so long without repetition */
};

const char *notifier_type_word(enum notifier_type type);

/* Puts the notice into the notifier's queue, if it wants it: by severity and calls; NOTICE_CURRENT
 * only for those that forget (alertmanager), and those that keep a state for each page
 * (alertmanager, pagerduty) get a digest page by page. */
void notifier_push(const struct notifier_settings *settings, struct notify_queue *queue,
                   const struct notice *notice, int64_t now_us);

/* The bytes to send at now_us. thread: what an earlier answer about this page gave, or empty. Free
 * with outgoing_free. */
struct outgoing *notifier_format(const struct notifier_settings *settings,
                                 const struct notice *notice, struct slice thread, int64_t now_us);

/* What came of it. */
struct notifier_answer {
    bool reached;          /* an HTTP answer came, or the program ran and ended */
    int status;            /* HTTP status, or exit status of a program */
    struct slice body;     /* of the HTTP answer, at most the first 64 KiB */
    int64_t retry_after_s; /* what the header of that name asks for; -1: none */
    struct slice error;    /* what failed when it was not reached */
};

/* thread: filled when the answer names one (Slack's ts), else empty; holds NOTIFY_THREAD_MAX + 1
 * bytes. reason of the result: of the answer or a literal. */
struct notify_result notifier_judge(const struct notifier_settings *settings,
                                    const struct notifier_answer *answer, char *thread);

#endif
