/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines that come again, log after log: no message leaves before all have been read; what was told
 * before is known by its line; of one log those that were closed first settle first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/civil.h"
#include "watch/tally_bench.h"

#define LOG_B 1000000 /* lines of the second log are above */
#define MANY 250000   /* that wait while lines come again */

static struct buf ends; /* `LINE!` of each end that is told now, `LINE` of one that was */
static uint64_t told_until;
static uint64_t told_now, told_before, newest; /* of all ends */

static bool was_told(void *data, const struct message *message, enum message_leave leave)
{
    (void)data;
    return leave == LEAVE_SETTLED && message->line % LOG_B <= told_until;
}

static void take_ended(void *data, const struct message *message, enum message_leave leave)
{
    (void)data;
    (void)leave;
    told_before += message->told;
    told_now += !message->told;
    if (!message->told) {
        assert_true(message->line > newest);
        newest = message->line;
    }
    if (ends.len < 100)
        buf_addf(&ends, "%s%d%s", ends.len > 0 ? " " : "", (int)message->line,
                 message->told ? "" : "!");
}

static int enter(void **state)
{
    if (tally_bench_set_up(state) != 0)
        return 1;
    told_until = told_now = told_before = newest = 0;
    correlator_set_past(tally_correlator(bench.tally), &(struct correlator_past){.told = was_told});
    tally_observe(bench.tally, &(struct tally_observer){.ended = take_ended});
    return 0;
}

static int leave(void **state)
{
    buf_done(&ends);
    return tally_bench_tear_down(state);
}

/* Line `number` begins a message and the next one removes it, both at_s. */
static void message(uint64_t number, double at_s)
{
    struct correlator *correlator = tally_correlator(bench.tally);
    correlator_at(correlator, number);
    line(at_s, "postfix/qmgr", "4A%08d: from=<a@c.example>, size=9, nrcpt=1 (queue active)",
         (int)number);
    correlator_at(correlator, number + 1);
    line(at_s, "postfix/qmgr", "4A%08d: removed", (int)number);
}

static void message_again(uint64_t number, double at_s)
{
    correlator_again(tally_correlator(bench.tally), BEGIN + (int64_t)(at_s * 1e6));
    message(number, at_s);
}

static void all_are_there(void)
{
    correlator_again_end(tally_correlator(bench.tally));
}

static void tick(double at_s)
{
    tally_tick(bench.tally, BEGIN + (int64_t)(at_s * 1e6));
}

static const char *ended(void)
{
    return buf_str(&ends);
}

/* The one that the removal closed, whatever lines come about it later. */
static void a_message_has_the_line_that_closed_it(void **state)
{
    (void)state;
    message(1, 0);
    correlator_at(tally_correlator(bench.tally), 9);
    line(1, "postfix/smtp",
         "4A%08d: to=<u@y.test>, relay=m[192.0.2.9]:25, delay=1, "
         "delays=0/0/0/1, dsn=2.0.0, status=sent (ok)",
         1);
    tick(100);
    assert_string_equal(ended(), "2!");
}

static void none_leaves_before_all_logs_have_come(void **state)
{
    (void)state;
    told_until = 4;
    message_again(1, 0);
    message_again(3, 5000);
    message_again(5, 9000);
    tick(20000);
    assert_string_equal(ended(), "");
    message_again(LOG_B + 1, 0);
    message_again(LOG_B + 5, 8990);
    all_are_there();
    assert_string_equal(ended(), "2 4");
    tick(20000);
    assert_string_equal(ended(), "2 4 6! 1000002 1000006!");
}

/* A stamp ahead makes those that were closed after it wait, not be passed by. */
static void those_closed_first_settle_first(void **state)
{
    (void)state;
    message_again(1, 0);
    message_again(3, 3600);
    message_again(5, 1);
    all_are_there();
    message(7, 2);
    tick(7200);
    assert_string_equal(ended(), "2! 4! 6! 8!");
}

/* When too many wait, those leave that were told; the others in their order, at the end. */
static void many_wait_and_none_is_lost(void **state)
{
    (void)state;
    told_until = MANY;
    for (uint64_t i = 0; i < MANY + MANY / 10; i++)
        message_again(2 * i + 1, 0);
    assert_int_equal(told_now, 0);
    assert_in_range(told_before, MANY / 10, MANY / 10 + 2);
    all_are_there();
    tick(100);
    assert_int_equal(told_before, MANY / 2);
    assert_int_equal(told_now, MANY / 2 + MANY / 10);
}

/* What the caller cannot hold back any longer does not wait for late lines. */
static void what_was_closed_before_a_time_settles(void **state)
{
    (void)state;
    message(1, 0);
    message(3, 5);
    message(5, 9);
    correlator_settle_before(tally_correlator(bench.tally), BEGIN + 5000000);
    assert_string_equal(ended(), "2!");
    correlator_settle_before(tally_correlator(bench.tally), INT64_MIN);
    tick(100);
    assert_string_equal(ended(), "2! 4! 6!");
}

/* Without a past, as in a report. */
static void nothing_was_told_when_there_is_no_past(void **state)
{
    (void)state;
    told_until = LOG_B;
    correlator_set_past(tally_correlator(bench.tally), &(struct correlator_past){0});
    message(1, 0);
    tick(100);
    assert_string_equal(ended(), "2!");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(a_message_has_the_line_that_closed_it), TEST(none_leaves_before_all_logs_have_come),
        TEST(those_closed_first_settle_first),       TEST(many_wait_and_none_is_lost),
        TEST(what_was_closed_before_a_time_settles), TEST(nothing_was_told_when_there_is_no_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
