/* SPDX-License-Identifier: Apache-2.0
 *
 * What waits in the queues, as text of a trace.
 *
 *       In the queue now (deferred) as 4jX2vK2WbVz1bY4J
 *         Reason  bob@example.org: host mx.example.org[192.0.2.9] said: 450 4.7.1 try later
 *         Again   between 19:57:17 and 20:02:17 (estimate: ...)
 *         Until   2026-11-26 19:52:17; a try that fails later is the last one
 */
#include "app/report_words.h"
#include "app/trace_text_private.h"
#include "base/civil.h"

#define RECIPIENTS_SHOWN 3
#define OTHERS_SHOWN 20

static void add_span(const struct retry_estimate *estimate, struct buf *to)
{
    switch (estimate->kind) {
    case RETRY_NOW:
        buf_add_str(to, "being tried now, or about to be");
        break;
    case RETRY_HELD:
        buf_add_str(to, "not before somebody releases it (postsuper -H)");
        break;
    case RETRY_NEVER:
        buf_add_str(to, "never: Postfix found its file damaged and set it aside");
        break;
    case RETRY_BETWEEN:
        buf_add_str(to, "between ");
        trace_time(estimate->from_us, to);
        buf_add_str(to, " and ");
        trace_time(estimate->to_us, to);
        break;
    case RETRY_BY:
        buf_add_str(to, "by ");
        trace_time(estimate->to_us, to);
        buf_add_str(to, " at the latest; its last try is not known here");
        break;
    case RETRY_OVERDUE:
        buf_add_str(to, "was due by ");
        trace_time(estimate->to_us, to);
        buf_add_str(to, "; it was tried unseen, or Postfix is not running its queue");
        break;
    }
}

static void add_basis(const struct trace_queued *queued, struct buf *to)
{
    const struct retry_settings *settings = queued->settings;
    enum retry_kind kind = queued->estimate.kind;
    if (kind != RETRY_BETWEEN && kind != RETRY_BY && kind != RETRY_OVERDUE)
        return;
    buf_addf(to,
             " (an estimate: back-off %lld s to %lld s, queue run every %lld s%s; postqueue -i "
             "tries at once)",
             (long long)(settings->minimal_backoff_us / US_PER_SECOND),
             (long long)(settings->maximal_backoff_us / US_PER_SECOND),
             (long long)(settings->queue_run_delay_us / US_PER_SECOND),
             queued->settings_asked ? "" : ", the defaults of Postfix");
}

static void add_reasons(const struct trace_queue *queue, const struct trace_queued *queued,
                        const struct text_style *style, struct buf *to)
{
    size_t shown = 0, asked = 0;
    for (size_t i = 0; i < queued->mail.recipient_count; i++) {
        const struct queued_recipient *one = &queued->mail.recipients[i];
        if (!trace_queue_is_asked(queue, queued, one) || asked++ >= RECIPIENTS_SHOWN)
            continue;
        CLEANUP_BUF struct buf text = {0};
        buf_addf(&text, "%.*s: %.*s", SLICE_ARG(one->address),
                 SLICE_ARG(one->reason.len > 0 ? one->reason : SLICE("not tried yet")));
        trace_text_row(style, 4, shown++ == 0 ? "Reason" : "", buf_slice(&text), 4, to);
    }
    if (asked <= RECIPIENTS_SHOWN)
        return;
    CLEANUP_BUF struct buf text = {0};
    report_count(asked - RECIPIENTS_SHOWN, "more recipient", &text);
    trace_text_row(style, 4, "", buf_slice(&text), 1, to);
}

static void add_queued(const struct trace_queue *queue, const struct trace_queued *queued,
                       const struct text_style *style, struct buf *to)
{
    const struct queued_mail *mail = &queued->mail;
    CLEANUP_BUF struct buf title = {0}, again = {0}, until = {0};
    buf_addf(&title, "In the queue now (%.*s%s) as %.*s, since ", SLICE_ARG(mail->queue_name),
             mail->forced_expire ? ", ordered to expire" : "", SLICE_ARG(mail->queue_id));
    trace_time(mail->arrival_us, &title);
    if (queued->message == NULL)
        buf_addf(&title, ", from %.*s",
                 SLICE_ARG(mail->sender.len > 0 ? mail->sender : SLICE("nobody (a notice)")));
    if (queued->instance != NULL)
        buf_addf(&title, " (%s)", queued->instance);
    buf_add_str(to, "\n  ");
    text_begin(style, TONE_WARN, to);
    text_wrap(style, buf_slice(&title), 4, 3, to);
    text_end(style, TONE_WARN, to);
    add_reasons(queue, queued, style, to);
    add_span(&queued->estimate, &again);
    add_basis(queued, &again);
    trace_text_row(style, 4, "Again", buf_slice(&again), 4, to);
    if (queued->estimate.gives_up_us == 0)
        return;
    trace_time(queued->estimate.gives_up_us, &until);
    buf_addf(&until, "; %s",
             queued->estimate.is_last ? "the next try is the last one"
                                      : "a try that fails after that is the last one");
    trace_text_row(style, 4, "Until", buf_slice(&until), 2, to);
}

/* Somebody waits by the log and is in no queue here. */
static bool waits(const struct story_message *message)
{
    for (size_t i = 0; i < message->recipient_count; i++)
        if (message->recipients[i]->outcome == STORY_OUTCOME_WAITING ||
            message->recipients[i]->outcome == STORY_OUTCOME_HELD)
            return true;
    return false;
}

void trace_text_queued(const struct trace_queue *queue, const struct story_message *message,
                       const struct text_style *style, struct buf *to)
{
    size_t found = 0;
    for (size_t i = 0; i < trace_queue_count(queue); i++) {
        const struct trace_queued *queued = trace_queue_get(queue, i);
        if (queued->message != message)
            continue;
        add_queued(queue, queued, style, to);
        found++;
    }
    if (found > 0 || !waits(message) || !trace_queue_is_whole(queue))
        return;
    buf_add_str(to, "\n  ");
    text_wrap(style,
              SLICE("Not in the queue of this machine now: it waits on another one, or has left "
                    "since the last line."),
              4, 2, to);
}

void trace_text_queue_rest(const struct trace_queue *queue, const struct text_style *style,
                           struct buf *to)
{
    size_t others = 0;
    for (size_t i = 0; i < trace_queue_count(queue); i++) {
        const struct trace_queued *queued = trace_queue_get(queue, i);
        if (queued->message != NULL)
            continue;
        if (others == 0)
            text_heading(style, "In the queue, and not told above", to);
        if (others++ < OTHERS_SHOWN)
            add_queued(queue, queued, style, to);
    }
    if (others > OTHERS_SHOWN)
        buf_addf(to, "\n  and %zu others (--format json has them)\n", others - OTHERS_SHOWN);
    for (size_t i = 0; i < trace_queue_problem_count(queue); i++) {
        CLEANUP_BUF struct buf text = {0};
        buf_addf(&text, "The queue could not be asked in full: %s", trace_queue_problem(queue, i));
        buf_add_char(to, '\n');
        text_wrap(style, buf_slice(&text), 0, 3, to);
    }
}
