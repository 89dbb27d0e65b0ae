/* SPDX-License-Identifier: Apache-2.0
 *
 * See record_feed.h.
 */
#include "watch/record_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"

#define BEGIN_US INT64_C(1772402400000000) /* 2026-03-01T22:00:00Z */

static void add_word(struct buf *words, const char *word)
{
    if (words->len > 0)
        buf_add_char(words, ' ');
    buf_add_str(words, word);
}

static struct attempt_mark take_attempt(void *data, const struct attempt *attempt)
{
    static const char *const exclusions[] = {"", "!reinjected", "!probe", "!discarded",
                                             "!repeated"};
    struct buf *words = data;
    add_word(words, delivery_status_word(attempt->status));
    buf_add_str(words, exclusions[attempt->exclusion]);
    return (struct attempt_mark){.path = 1};
}

static void take_reinjected(void *data, uint32_t path)
{
    assert_int_equal(path, 1);
    add_word(data, "undone");
}

static void add_login(struct buf *words, const struct message *message)
{
    if (message->login != 0)
        buf_addf(words, "@%u", message->login);
}

static void take_outcome(void *data, const struct outcome_event *event)
{
    static const char *const outcome_words[] = {"=sent", "=bounced",   "=expired",
                                                "=open", "=discarded", "=lost"};
    struct buf *words = data;
    add_word(words, outcome_words[event->outcome]);
    if (event->recipient == NULL)
        buf_addf(words, "*%u", event->count);
    else
        assert_int_equal(event->count, 1);
    if (event->delay_s > 0)
        buf_addf(words, "/%g", (double)(float)event->delay_s);
    add_login(words, event->message);
}

static void take_accepted(void *data, const struct message *message, int64_t now_us)
{
    (void)now_us;
    add_word(data, "accepted");
    add_login(data, message);
}

struct correlator *feed_correlator(const struct correlator_limits *limits, struct buf *words)
{
    static const struct correlator_limits normal = CORRELATOR_LIMITS;
    struct correlator_sink sink = {
        .data = words,
        .attempt = take_attempt,
        .reinjected = take_reinjected,
        .outcome = take_outcome,
        .accepted = take_accepted,
    };
    return correlator_new(limits ? limits : &normal, &sink);
}

void feed_line(struct correlator *correlator, struct log_parser *parser,
               const struct feed_line *line)
{
    char stamp[24];
    struct buf text = {0};
    int64_t time_us = BEGIN_US + (int64_t)(line->at_s * 1e6);
    civil_format_utc(time_us, stamp);
    buf_addf(&text, "%s %s %s[1]: %s", stamp, line->host, line->tag, line->text);
    struct log_record record;
    log_record_parse(parser, buf_slice(&text), &record);
    if (record.kind == LOG_KIND_UNKNOWN || record.cut)
        fail_msg("a line of the test is not understood: %s", line->text);
    correlator_take(correlator, &record, time_us);
    buf_done(&text);
}

void feed_run(const struct feed_case *feed, const struct correlator_limits *limits,
              struct buf *words)
{
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    struct correlator *correlator = feed_correlator(limits, words);
    double last_s = 0;
    for (size_t i = 0; i < FEED_LINES_MAX && feed->lines[i].text != NULL; i++) {
        feed_line(correlator, parser, &feed->lines[i]);
        last_s = feed->lines[i].at_s > last_s ? feed->lines[i].at_s : last_s;
    }
    if (feed->end_s > 0)
        last_s = feed->end_s;
    correlator_finish(correlator, BEGIN_US + (int64_t)(last_s * 1e6));
    correlator_free(correlator);
    log_parser_free(parser);
}

void feed_check(const struct feed_case *cases, size_t count, const struct correlator_limits *limits)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct buf words = {0};
        feed_run(&cases[i], limits, &words);
        if (strcmp(buf_str(&words), cases[i].events) != 0) {
            print_error("%s\n  expected: %s\n  got:      %s\n", cases[i].name, cases[i].events,
                        buf_str(&words));
            wrong++;
        }
        buf_done(&words);
    }
    assert_int_equal(wrong, 0);
}
