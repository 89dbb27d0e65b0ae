/* SPDX-License-Identifier: Apache-2.0
 *
 * Time that passes on a quiet log settles what waits for late lines, once, and changes nothing
 * else.
 */
#include "watch/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"
#include "watch/tally_state.h"

#define BEGIN INT64_C(1772402400000000) /* 2026-03-01T22:00:00Z */
#define DAY_S 86400.0

struct bench {
    struct classifier *classifier;
    struct log_parser *parser;
    struct tally *tally;
    unsigned ended, outcomes;
    int64_t settled_us; /* the newest outcome */
};

static void take_outcome(void *data, const struct outcome_event *event)
{
    struct bench *bench = data;
    bench->outcomes += event->count;
    bench->settled_us = event->now_us;
}

static void take_ended(void *data, const struct message *message, enum message_leave leave)
{
    (void)message;
    assert_int_not_equal(leave, LEAVE_LOGS_ENDED);
    ((struct bench *)data)->ended++;
}

static int enter(void **state)
{
    static struct bench bench;
    struct err err;
    bench = (struct bench){.classifier = classifier_new(NULL, &err),
                           .parser = log_parser_new(2026, NULL, NULL)};
    bench.tally = tally_new(NULL, bench.classifier);
    tally_observe(bench.tally, &(struct tally_observer){
                                   .data = &bench, .outcome = take_outcome, .ended = take_ended});
    *state = &bench;
    return bench.classifier == NULL;
}

static int leave(void **state)
{
    struct bench *bench = *state;
    tally_free(bench->tally);
    log_parser_free(bench->parser);
    classifier_free(bench->classifier);
    return 0;
}

static void line(struct bench *bench, double at_s, const char *tag, const char *id,
                 const char *text)
{
    char stamp[24], whole[600];
    int64_t time_us = BEGIN + (int64_t)(at_s * 1e6);
    civil_format_utc(time_us, stamp);
    snprintf(whole, sizeof(whole), "%s relay1 postfix/%s[1]: %s: %s", stamp, tag, id, text);
    struct log_record record;
    log_record_parse(bench->parser, slice_from_str(whole), &record);
    tally_take(bench->tally, &record, time_us);
}

static void sent(struct bench *bench, double at_s, const char *id)
{
    line(bench, at_s, "out-a/smtp", id,
         "to=<u@y.test>, relay=mx1.y.test[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, "
         "status=sent (250 ok)");
}

static void begin(struct bench *bench, double at_s, const char *id)
{
    line(bench, at_s, "qmgr", id, "from=<a@c.example>, size=900, nrcpt=1 (queue active)");
}

static void whole_life(struct bench *bench, double at_s, const char *id)
{
    begin(bench, at_s, id);
    sent(bench, at_s + 1, id);
    line(bench, at_s + 1, "qmgr", id, "removed");
}

/* Whether it settled something. */
static bool tick(struct bench *bench, double at_s)
{
    unsigned before = bench->ended;
    tally_tick(bench->tally, BEGIN + (int64_t)(at_s * 1e6));
    return bench->ended > before;
}

static void the_last_recipient_of_a_quiet_log_is_settled(void **state)
{
    struct bench *bench = *state;
    struct tally_state now;
    whole_life(bench, 0, "4A1B2C3D01");
    assert_false(tick(bench, 1));
    assert_false(tick(bench, 60));
    assert_int_equal(bench->outcomes, 0);
    assert_true(tick(bench, 62)); /* linger is a minute */
    assert_int_equal(bench->outcomes, 1);
    assert_int_equal(bench->ended, 1);
    assert_int_equal(bench->settled_us, BEGIN + 62 * US_PER_SECOND);
    tally_state_get(bench->tally, &now);
    assert_int_equal(now.outcomes.sent, 1);
    assert_false(tick(bench, 63)); /* once */
    assert_false(tick(bench, DAY_S));
    whole_life(bench, 65, "4A1B2C3D02");
    assert_int_equal(bench->outcomes, 1);
}

/* What is not ended waits: for its next try, until it is given up. */
static void waiting_mail_is_given_up_only_when_lines_would_do_it(void **state)
{
    struct bench *bench = *state;
    begin(bench, 0, "4A1B2C3D01");
    line(bench, 1, "out-a/smtp", "4A1B2C3D01",
         "to=<u@y.test>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (x)");
    assert_false(tick(bench, 6.9 * DAY_S));
    sent(bench, 6.95 * DAY_S, "4A1B2C3D01");
    assert_int_equal(bench->outcomes, 0);
    assert_true(tick(bench, 14 * DAY_S));
    assert_int_equal(bench->outcomes, 1);
}

/* A log that comes late goes by its own time: it is not behind because time has passed. */
static void lines_after_a_tick_have_their_own_time(void **state)
{
    struct bench *bench = *state;
    whole_life(bench, 0, "4A1B2C3D01");
    assert_true(tick(bench, 3600));
    begin(bench, 10, "4A1B2C3D02");
    line(bench, 20, "qmgr", "4A1B2C3D02", "removed");
    assert_false(tick(bench, 30));
    sent(bench, 50, "4A1B2C3D02"); /* within its minute */
    assert_int_equal(bench->ended, 1);
    assert_true(tick(bench, 90));
    assert_int_equal(bench->outcomes, 2);
    struct tally_state now;
    tally_state_get(bench->tally, &now);
    assert_int_equal(now.outcomes.sent, 2);
    assert_int_equal(now.outcomes.lost, 0);
}

/* Three lines of a clock that is a year ahead are believed, until others say otherwise. */
static void what_ended_by_a_clock_that_was_ahead_keeps_none_back(void **state)
{
    struct bench *bench = *state;
    whole_life(bench, 0, "4A1B2C3D01");
    whole_life(bench, 365 * DAY_S, "4A1B2C3D02");
    bench->ended = 0;
    for (int i = 0; i < 4; i++)
        begin(bench, 10 + i, "4A1B2C3D03");
    assert_true(tick(bench, 13)); /* that of the year ahead */
    line(bench, 14, "qmgr", "4A1B2C3D03", "removed");
    assert_false(tick(bench, 15));
    assert_true(tick(bench, 75));
}

/* Time that goes back, or no lines at all. */
static void nothing_comes_of_no_time(void **state)
{
    struct bench *bench = *state;
    assert_false(tick(bench, 0));
    tally_tick(bench->tally, 0);
    whole_life(bench, 100, "4A1B2C3D01");
    assert_false(tick(bench, -100000));
    assert_int_equal(bench->ended, 0);
}

/* Ticks each second and the next line settle the same. */
static void ticks_and_lines_agree(void **state)
{
    struct bench *bench = *state;
    struct tally_state now;
    char id[16];
    for (int i = 0; i < 500; i++) {
        snprintf(id, sizeof(id), "4A1B2C%04X", (unsigned)i);
        whole_life(bench, i * 7, id);
        for (int s = i * 7 + 2; s < i * 7 + 7; s++)
            (void)tick(bench, s);
    }
    (void)tick(bench, 500 * 7 + 60);
    tally_state_get(bench->tally, &now);
    assert_int_equal(now.outcomes.sent, 500);
    assert_int_equal(bench->ended, 500);
    assert_int_equal(now.messages_open, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(the_last_recipient_of_a_quiet_log_is_settled),
        TEST(waiting_mail_is_given_up_only_when_lines_would_do_it),
        TEST(lines_after_a_tick_have_their_own_time),
        TEST(what_ended_by_a_clock_that_was_ahead_keeps_none_back),
        TEST(nothing_comes_of_no_time),
        TEST(ticks_and_lines_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
