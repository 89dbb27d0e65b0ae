/* SPDX-License-Identifier: Apache-2.0
 *
 * What is growth, and what only the rhythm of days and weeks.
 */
#include "watch/growth_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/memory.h"
#include "told.h"

struct bench {
    struct growth_guard *guard;
    struct told told;
    uint64_t seed;
};

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    bench->guard = growth_guard_new(&growth_default);
    bench->seed = 3;
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    growth_guard_free(bench->guard);
    mem_free(bench);
    return 0;
}

/* A day's mail, by a bell around noon; a weekend has a fifth. */
static double rhythm(int64_t now_us, double a_day)
{
    int64_t hour = now_us / HOUR % 24, day = (now_us - MONDAY) / DAY % 7;
    double share = hour < 6 ? 0.01 : hour < 20 ? 0.0628 : 0.015;
    return a_day * share * (day >= 5 ? 0.2 : 1);
}

static void run(struct bench *bench, int64_t from_us, int64_t to_us, double a_day)
{
    for (int64_t now = from_us; now < to_us; now += 10 * MINUTE) {
        uint32_t count = told_poisson(&bench->seed, rhythm(now, a_day) / 6);
        growth_guard_take_attempt(bench->guard, SLICE("google"), count, now);
        growth_guard_tell(bench->guard, now, told_take, &bench->told);
    }
}

static void test_quiet_months(void **state)
{
    struct bench *bench = *state;
    for (int first = 0; first < 7; first++) { /* whatever day it begins with */
        int64_t from = MONDAY + first * DAY;
        end(state);
        begin(state);
        bench = *state;
        run(bench, from, from + 30 * DAY, 20000);
        assert_int_equal(bench->told.count, 0);
    }
}

static void test_small_provider(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 2 * DAY, 50);
    run(bench, MONDAY + 2 * DAY, MONDAY + 3 * DAY, 900);
    assert_int_equal(bench->told.count, 0);
}

static void test_more_than_double(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 8 * DAY, 20000);
    run(bench, MONDAY + 8 * DAY, MONDAY + 9 * DAY - HOUR, 50000);
    assert_int_equal(bench->told.count, 1);
    const struct incident *growth = told_of(&bench->told, INCIDENT_GROWTH);
    assert_true(slice_eq(growth->provider, SLICE("google")));
    assert_true(growth->opened_us < MONDAY + 8 * DAY + 14 * HOUR);
    assert_in_range((unsigned)growth->normal, 19000, 21000);
    assert_in_range(growth->attempts, 47000, 52000);
    assert_int_equal(incident_severity(growth), INCIDENT_INFO);
    run(bench, MONDAY + 9 * DAY, MONDAY + 10 * DAY, 20000);
    assert_int_equal(told_open(&bench->told), 0);
    assert_int_equal(told_of(&bench->told, INCIDENT_GROWTH)->closed_us, MONDAY + 9 * DAY);
}

static void test_half_more_is_none(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 8 * DAY, 20000);
    run(bench, MONDAY + 8 * DAY, MONDAY + 9 * DAY, 36000);
    assert_int_equal(bench->told.count, 0);
}

/* Yesterday's campaign was in the evening, today's is in the morning. */
static void test_campaign_comes_earlier(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 2 * DAY, 20000);
    growth_guard_take_attempt(bench->guard, SLICE("google"), 15000, MONDAY + DAY + 23 * HOUR);
    growth_guard_take_attempt(bench->guard, SLICE("google"), 15000, MONDAY + 2 * DAY + HOUR);
    run(bench, MONDAY + 2 * DAY + HOUR, MONDAY + 3 * DAY, 18000);
    assert_int_equal(bench->told.count, 0);
}

/* A warm-up that doubles each day is named each day. */
static void test_doubling_each_day(void **state)
{
    struct bench *bench = *state;
    double a_day = 2000;
    for (int day = 0; day < 5; day++, a_day *= 2.5)
        run(bench, MONDAY + day * DAY, MONDAY + (day + 1) * DAY, a_day);
    assert_int_equal(bench->told.count, 3); /* from the second whole day on */
}

static void test_back_after_weeks(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 3 * DAY, 20000);
    run(bench, MONDAY + 30 * DAY, MONDAY + 31 * DAY, 20000);
    assert_int_equal(bench->told.count, 1);                              /* it knows us no more */
    growth_guard_take_attempt(bench->guard, SLICE("google"), 1, MONDAY); /* clock set back */
    growth_guard_tell(bench->guard, MONDAY, told_take, &bench->told);
}

static void test_more_providers_than_room(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < GROWTH_PROVIDERS + 3; i++) {
        char name[24];
        (void)snprintf(name, sizeof(name), "p%u.example", i);
        growth_guard_take_attempt(bench->guard, slice_from_str(name), 1, MONDAY);
    }
    assert_int_equal(growth_guard_left_out(bench->guard), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_quiet_months),           TEST(test_small_provider),
        TEST(test_more_than_double),       TEST(test_half_more_is_none),
        TEST(test_campaign_comes_earlier), TEST(test_doubling_each_day),
        TEST(test_back_after_weeks),       TEST(test_more_providers_than_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
