/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of notifiers as rows of a table, and what their answers mean.
 */
#include "respond/notifier.h"

#include <stdio.h>

#include "base/civil.h"
#include "base/escape.h"
#include "respond/notifier_formats.h"

#define ANSWER_MAX (64u << 10)
#define RETRY_AFTER_MAX_S 3600 /* a receiver cannot ask for longer */

struct type_row {
    const char *word;
    void (*format)(const struct notifier_job *job, struct outgoing *to);
    bool keeps_state; /* of each page: digests come one by one */
    bool forgets;     /* what is not repeated */
};

static const struct type_row types[] = {
    [NOTIFIER_SLACK] = {"slack", notifier_slack, false, false},
    [NOTIFIER_WEBHOOK] = {"webhook", notifier_webhook, false, false},
    [NOTIFIER_MAIL] = {"mail", notifier_mail, false, false},
    [NOTIFIER_ALERTMANAGER] = {"alertmanager", notifier_alertmanager, true, true},
    [NOTIFIER_PAGERDUTY] = {"pagerduty", notifier_pagerduty, true, false},
    [NOTIFIER_COMMAND] = {"command", notifier_command, false, false},
};

const char *notifier_type_word(enum notifier_type type)
{
    return types[type].word;
}

void notifier_push(const struct notifier_settings *settings, struct notify_queue *queue,
                   const struct notice *notice, int64_t now_us)
{
    const struct type_row *type = &types[settings->type];
    if (notice->severity < settings->min_severity ||
        notice->escalation < settings->min_escalation ||
        (notice->transition == NOTICE_CURRENT && !type->forgets))
        return;
    if (notice->transition != NOTICE_DIGEST || !type->keeps_state) {
        notify_queue_push(queue, notice, now_us);
        return;
    }
    for (size_t i = 0; i < notice->count; i++) {
        struct notice *one = notice_of_digest(notice, i);
        if (one->severity >= settings->min_severity)
            notify_queue_push(queue, one, now_us);
        notice_free(one);
    }
}

struct outgoing *notifier_format(const struct notifier_settings *settings,
                                 const struct notice *notice, struct slice thread, int64_t now_us)
{
    struct notice_message *message = message_new(notice, &settings->message);
    struct outgoing *to = outgoing_new();
    struct notifier_job job = {settings, notice, message, thread, now_us};
    types[settings->type].format(&job, to);
    message_free(message);
    return to;
}

static struct notify_result result_of(enum notify_outcome outcome, struct slice reason)
{
    struct notify_result result = {.outcome = outcome};
    CLEANUP_BUF struct buf safe = {0};
    escape_ascii(slice_first(reason, NOTIFY_REASON_MAX), &safe);
    snprintf(result.reason, sizeof(result.reason), "%s", buf_str(&safe));
    return result;
}

/* By the status alone: 2xx is fine; 408, 425, 429 and 5xx may pass; the rest never will. */
static struct notify_result judge_status(const struct notifier_answer *answer)
{
    int status = answer->status;
    CLEANUP_BUF struct buf reason = {0};
    if (status >= 200 && status < 300)
        return result_of(NOTIFY_SENT, SLICE(""));
    buf_addf(&reason, "HTTP %d: ", status);
    buf_add(&reason, slice_trim(slice_first(answer->body, NOTIFY_REASON_MAX)));
    bool later = status == 408 || status == 425 || status == 429 || status >= 500;
    struct notify_result result =
        result_of(later ? NOTIFY_RETRY : NOTIFY_REFUSED, buf_slice(&reason));
    if (later && answer->retry_after_s > 0) {
        int64_t asked_s = answer->retry_after_s;
        result.retry_after_us =
            (asked_s < RETRY_AFTER_MAX_S ? asked_s : RETRY_AFTER_MAX_S) * US_PER_SECOND;
    }
    return result;
}

/* Slack's Web API says 200 and tells in the body: {"ok": false, "error": "..."}. */
static struct notify_result judge_slack_api(const struct notifier_answer *answer, char *thread)
{
    static const char *const passing[] = {
        "ratelimited",         "rate_limited",    "internal_error",   "fatal_error",
        "service_unavailable", "request_timeout", "team_added_to_org"};
    json_t *object = json_field_parse(slice_first(answer->body, ANSWER_MAX), ANSWER_MAX);
    struct slice error, ts;
    bool ok;
    struct notify_result result;
    if (!json_is_object(object) || !json_field_bool(object, "ok", &ok) ||
        !json_field_text(object, "error", ANSWER_MAX, &error) ||
        !json_field_text(object, "ts", NOTIFY_THREAD_MAX, &ts)) {
        result = result_of(NOTIFY_RETRY, SLICE("Slack's answer is not understood"));
    } else if (ok) {
        result = result_of(NOTIFY_SENT, SLICE(""));
        snprintf(thread, NOTIFY_THREAD_MAX + 1, "%.*s", SLICE_ARG(ts));
    } else {
        bool later = false;
        for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
            later = later || slice_eq(error, slice_from_str(passing[i]));
        result = result_of(later ? NOTIFY_RETRY : NOTIFY_REFUSED, error);
    }
    json_decref(object);
    return result;
}

/* sysexits.h: 75 is EX_TEMPFAIL; programs that cannot say so may be tried again as well. */
static struct notify_result judge_program(const struct notifier_answer *answer)
{
    CLEANUP_BUF struct buf reason = {0};
    if (answer->status == 0)
        return result_of(NOTIFY_SENT, SLICE(""));
    bool never = answer->status >= 64 && answer->status <= 78 && answer->status != 75;
    buf_addf(&reason, "exit status %d", answer->status);
    return result_of(never ? NOTIFY_REFUSED : NOTIFY_RETRY, buf_slice(&reason));
}

struct notify_result notifier_judge(const struct notifier_settings *settings,
                                    const struct notifier_answer *answer, char *thread)
{
    thread[0] = '\0';
    if (!answer->reached)
        return result_of(NOTIFY_RETRY, answer->error);
    if (settings->type == NOTIFIER_MAIL || settings->type == NOTIFIER_COMMAND)
        return judge_program(answer);
    if (settings->type == NOTIFIER_SLACK && settings->token.len > 0 && answer->status == 200)
        return judge_slack_api(answer, thread);
    return judge_status(answer);
}
