/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace as text: what was searched, the messages, what our own server refused, failed logins, and
 * what to try when nothing was found.
 */
#include "app/trace_text.h"

#include <time.h>

#include "app/report_words.h"
#include "app/trace_text_private.h"
#include "base/civil.h"

#define NAMES_SHOWN 4
#define NOT_KEPT \
    "The history keeps deliveries. Refusals before the queue, failed logins, holds, re-queueing, " \
    "notices and what Dovecot did are only in the logs: name LOGs to see them."

/* ---- what was searched ---- */

static void add_zone(int64_t us, struct buf *to)
{
    char name[32];
    time_t seconds = (time_t)(us / US_PER_SECOND);
    struct tm local;
    if (localtime_r(&seconds, &local) != NULL && strftime(name, sizeof(name), " %Z", &local) > 0)
        buf_add_str(to, name);
}

/* "12,345 lines, 2026-11-21 08:00 to 18:00 JST (relay1, relay2)" */
static void add_searched(const struct trace_found *found, const struct trace_question *question,
                         struct buf *to)
{
    if (question->from_history)
        buf_addf(to, "%s, ", question->logs[0]);
    report_count(found->lines_read, question->from_history ? "row" : "line", to);
    if (found->first_us == STAMP_NONE)
        return;
    buf_add_str(to, ", ");
    report_time(found->first_us, STAMP_NONE, to);
    buf_add_str(to, " to ");
    report_time(found->last_us, found->first_us, to);
    add_zone(found->last_us, to);
    for (size_t i = 0; i < found->host_count && i < NAMES_SHOWN; i++)
        buf_addf(to, "%s%.*s", i ? ", " : " (", SLICE_ARG(found->hosts[i].name));
    if (found->host_count > NAMES_SHOWN)
        buf_addf(to, " and %zu others", found->host_count - NAMES_SHOWN);
    if (found->host_count > 0)
        buf_add_char(to, ')');
}

/* "20 of about 86 messages": some that were found and are not told may be one. */
static void add_count(const struct story *story, struct buf *to)
{
    if (story->messages_before > 0) {
        report_number(story->message_count, to);
        buf_add_str(to, " of about ");
    }
    report_count(story->message_count + story->messages_before, "message", to);
}

static void add_heading(const struct story *story, const struct trace_question *question,
                        const struct text_style *style, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    text_begin(style, TONE_STRONG, to);
    text_add(style, question->key->text, to);
    text_end(style, TONE_STRONG, to);
    buf_add_str(to, ": ");
    add_count(story, to);
    if (story->refusal_count > 0) {
        buf_add_str(to, ", ");
        report_count(story->refusal_count + story->refusals_before, "refusal", to);
    }
    buf_add_char(to, '\n');
    buf_add_str(&text, "Searched: ");
    add_searched(&story->found, question, &text);
    text_begin(style, TONE_DIM, to);
    text_wrap(style, buf_slice(&text), 0, 3, to);
    if (question->from_history)
        text_wrap(style, SLICE(NOT_KEPT), 0, 3, to);
    text_end(style, TONE_DIM, to);
}

/* ---- besides the messages ---- */

static void say_refusal(const struct story_refusal *refusal, struct buf *to)
{
    buf_addf(to, "From %.*s",
             SLICE_ARG(refusal->from.len > 0 ? refusal->from : SLICE("an unnamed sender")));
    if (refusal->to.len > 0)
        buf_addf(to, " to %.*s", SLICE_ARG(refusal->to));
    bool named = refusal->client_name.len > 0 && !slice_eq(refusal->client_name, SLICE("unknown"));
    buf_addf(to, ", by %.*s", SLICE_ARG(named ? refusal->client_name : refusal->client_ip));
    if (named && refusal->client_ip.len > 0)
        buf_addf(to, " [%.*s]", SLICE_ARG(refusal->client_ip));
    struct trace_door door = trace_door_of(refusal->code, refusal->dsn, refusal->reply);
    buf_addf(to, ": %s", door.meaning);
    trace_full_since(refusal->full_since_us, to);
    buf_add_char(to, '.');
}

static void add_refusal(const struct story_refusal *refusal, const struct text_style *style,
                        struct buf *to)
{
    CLEANUP_BUF struct buf text = {0}, reply = {0};
    buf_add_char(to, '\n');
    buf_add_str(to, "  ");
    trace_time(refusal->time_us, to);
    buf_add_str(to, "  ");
    say_refusal(refusal, &text);
    text_wrap(style, buf_slice(&text), 23, 4, to);
    const struct slice parts[] = {refusal->code, refusal->dsn, refusal->reply};
    for (size_t i = 0; i < 3; i++)
        if (parts[i].len > 0)
            buf_addf(&reply, "%s%.*s", reply.len > 0 ? " " : "", SLICE_ARG(parts[i]));
    struct trace_door door = trace_door_of(refusal->code, refusal->dsn, refusal->reply);
    trace_text_row(style, 4, "Reply", buf_slice(&reply), 4, to);
    trace_text_row(style, 4, "To do", slice_from_str(door.advice), 3, to);
}

static void add_refusals(const struct story *story, const struct text_style *style, struct buf *to)
{
    if (story->refusal_count == 0)
        return;
    text_heading(style, "Refused by our own server", to);
    buf_add_str(to, "These never were in our hands: the sending program was told at once.\n");
    for (size_t i = 0; i < story->refusal_count; i++)
        add_refusal(&story->refusals[i], style, to);
}

static void add_logins(const struct story *story, const struct text_style *style, struct buf *to)
{
    const struct trace_logins *logins = &story->found.logins;
    if (logins->count == 0)
        return;
    CLEANUP_BUF struct buf text = {0};
    report_count(logins->count, "failed login", &text);
    buf_add_str(&text, " with this name, the last at ");
    trace_time(logins->last_us, &text);
    if (logins->client_ip.len > 0)
        buf_addf(&text, " from %.*s", SLICE_ARG(logins->client_ip));
    buf_add_str(&text, ". A wrong password in a mail program does that, and so does somebody who "
                       "tries passwords.");
    buf_add_char(to, '\n');
    text_wrap(style, buf_slice(&text), 0, 4, to);
}

static void add_left_out(const struct story *story, const struct trace_question *question,
                         struct buf *to)
{
    if (story->messages_before > 0) {
        buf_add_str(to, "\nOlder messages are not shown: ");
        report_number(story->messages_before, to);
        buf_addf(to, " or a few less (--limit, now %u; or --until)\n", question->limit);
    }
    if (story->refusals_before > 0) {
        buf_add_str(to, "\nOlder refusals are not shown: ");
        report_number(story->refusals_before, to);
        buf_addf(to, " (--limit, now %u)\n", question->limit);
    }
    if (story->found.incomplete)
        buf_add_str(to, "\nToo much was found: some lines are left out. Narrow it with --since and "
                        "--until.\n");
}

/* ---- nothing ---- */

static void add_hint(const struct text_style *style, const char *hint, struct buf *to)
{
    buf_addf(to, "  %s ", text_glyph(style, GLYPH_DOT));
    text_wrap(style, slice_from_str(hint), 4, 4, to);
}

/* What is no address may be a part of one. */
static void add_word_hint(const struct trace_key *key, const struct text_style *style,
                          struct buf *to)
{
    CLEANUP_BUF struct buf hint = {0};
    if (key->form == TRACE_KEY_WORD && slice_find_char(key->text, '.') != NULL)
        buf_addf(&hint, "Every address of a domain: todoku trace @%.*s", SLICE_ARG(key->text));
    if (hint.len > 0)
        add_hint(style, buf_str(&hint), to);
    add_hint(style, "Try the sender's or the recipient's whole address.", to);
}

static void add_names(const struct trace_question *question, const struct text_style *style,
                      struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    buf_add_str(&text, "Searched: ");
    for (size_t i = 0; i < question->log_count && i < NAMES_SHOWN; i++)
        buf_addf(&text, "%s%s", i ? ", " : "", question->logs[i]);
    if (question->log_count > NAMES_SHOWN)
        buf_addf(&text, " and %zu others", question->log_count - NAMES_SHOWN);
    text_wrap(style, buf_slice(&text), 0, 6, to);
}

static void add_nothing(const struct story *story, const struct trace_question *question,
                        const struct text_style *style, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    bool address = question->key->form == TRACE_KEY_ADDRESS;
    buf_addf(&text, "%s about %.*s in ", question->from_history ? "Nothing" : "No line",
             SLICE_ARG(question->key->text));
    add_searched(&story->found, question, &text);
    text_wrap(style, buf_slice(&text), 0, 6, to);
    if (!question->from_history)
        add_names(question, style, to);
    buf_add_str(to, "\nWhat to try:\n");
    add_hint(style,
             question->from_history
                 ? NOT_KEPT
                 : "Is it the right host and the right rotation? Name older logs too: "
                   "/var/log/mail.log*",
             to);
    if (question->has_window)
        add_hint(style, "Search without --since and --until.", to);
    if (address)
        add_hint(style,
                 "Only the exact address is found. Try the other side's address, the whole "
                 "domain (@ and what stands behind it), the login, or the Message-ID.",
                 to);
    else
        add_word_hint(question->key, style, to);
    add_hint(style,
             "Mail that never reached us is in no log: ask the sender for the error that "
             "the program showed, or for the returned mail.",
             to);
}

static void add_found(const struct story *story, const struct trace_question *question,
                      const struct text_style *style, struct buf *to)
{
    add_heading(story, question, style, to);
    for (size_t i = 0; i < story->message_count; i++) {
        trace_text_message(&story->messages[i], style, to);
        if (question->queue != NULL)
            trace_text_queued(question->queue, &story->messages[i], style, to);
    }
    add_refusals(story, style, to);
    add_logins(story, style, to);
    add_left_out(story, question, to);
}

void trace_text(const struct story *story, const struct trace_question *question,
                const struct text_style *style, struct buf *to)
{
    if (story->message_count + story->refusal_count == 0 && story->found.logins.count == 0)
        add_nothing(story, question, style, to);
    else
        add_found(story, question, style, to);
    if (question->queue != NULL)
        trace_text_queue_rest(question->queue, style, to);
}
