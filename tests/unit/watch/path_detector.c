/* SPDX-License-Identifier: Apache-2.0
 *
 * What opens and what ends an incident of one path, with exact counts.
 */
#include "watch/path_detector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)

static const struct detector_rule reply = DETECTOR_RULE_REPLY, silent = DETECTOR_RULE_SILENT;

struct bench {
    struct path_detector detector;
    const struct detector_rule *rule;
    int64_t now_us, step_us;
    uint64_t message;
    unsigned opened, closed;
};

static struct bench bench_new(const struct detector_rule *rule, int64_t step_us)
{
    struct bench bench = {.rule = rule, .step_us = step_us, .now_us = HOUR};
    path_detector_init(&bench.detector, 0);
    return bench;
}

/* The next attempt, of a message of its own. */
static enum detector_event step(struct bench *bench, bool hit, bool delivered)
{
    bench->now_us += bench->step_us;
    struct detector_sample sample = {
        .hit = hit, .delivered = delivered, .message = ++bench->message, .time_us = bench->now_us};
    enum detector_event event = path_detector_take(&bench->detector, bench->rule, &sample);
    bench->opened += event == DETECTOR_OPENED;
    bench->closed += event == DETECTOR_CLOSED;
    return event;
}

static void steps(struct bench *bench, unsigned count, bool hit)
{
    for (unsigned i = 0; i < count; i++)
        step(bench, hit, !hit);
}

/* One message whose recipients are all delivered. */
static void clean_message(struct bench *bench, unsigned recipients)
{
    bench->message++;
    for (unsigned i = 0; i < recipients; i++) {
        struct detector_sample sample = {
            .delivered = true, .message = bench->message, .time_us = bench->now_us += SECOND};
        bench->closed +=
            path_detector_take(&bench->detector, bench->rule, &sample) == DETECTOR_CLOSED;
    }
}

static void test_one_message_does_not_end_it(void **state)
{
    (void)state;
    struct bench bench = bench_new(&reply, 60 * SECOND);
    steps(&bench, 50, false);
    steps(&bench, 10, true);
    assert_int_equal(bench.opened, 1);
    clean_message(&bench, 200);
    assert_int_equal(bench.closed, 0);
    clean_message(&bench, 1);
    assert_int_equal(bench.closed, 1);
    bench = bench_new(&silent, 60 * SECOND);
    steps(&bench, 50, false);
    steps(&bench, 20, true);
    for (int i = 0; i < 3; i++)
        clean_message(&bench, 200);
    assert_int_equal(bench.closed, 0);
    clean_message(&bench, 1);
    assert_int_equal(bench.closed, 1);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

static void test_thin_evidence(void **state)
{
    (void)state;
    struct bench bench = bench_new(&reply, SECOND);
    steps(&bench, 1000, false);
    steps(&bench, 2, true); /* below min_hits */
    assert_int_equal(bench.opened, 0);
    bench = bench_new(&reply, SECOND); /* one message with many recipients */
    steps(&bench, 100, false);
    for (int i = 0; i < 500; i++) {
        struct detector_sample sample = {.hit = true, .message = 9999, .time_us = HOUR};
        assert_int_not_equal(path_detector_take(&bench.detector, &reply, &sample), DETECTOR_OPENED);
    }
}

static void test_block(void **state)
{
    (void)state;
    struct bench bench = bench_new(&reply, SECOND);
    steps(&bench, 500, false);
    int64_t first_us = bench.now_us + SECOND;
    assert_int_equal(step(&bench, true, false), DETECTOR_RUN);
    for (int i = 1; i < 50; i++)
        assert_int_not_equal(step(&bench, true, false), DETECTOR_QUIET);
    assert_int_equal(bench.opened, 1);
    int64_t last_us = bench.now_us;
    for (int i = 0; i < 10000 && bench.closed == 0; i++)
        step(&bench, false, true);
    assert_int_equal(bench.closed, 1);
    assert_int_equal(bench.detector.run.hits, 50);
    assert_int_equal(bench.detector.run.attempts, 50);
    assert_int_equal(bench.detector.run.messages, 50);
    assert_int_equal(bench.detector.first_hit_us, first_us);
    assert_int_equal(bench.detector.last_hit_us, last_us);
    assert_int_equal(bench.detector.recovered_us, last_us + SECOND);
    steps(&bench, 1000, false);
    assert_int_equal(bench.opened, 1);
    steps(&bench, 50, true); /* and again */
    assert_int_equal(bench.opened, 2);
}

static void test_quick(void **state)
{
    (void)state;
    struct bench bench = bench_new(&reply, SECOND);
    steps(&bench, 500, false);
    unsigned needed = 0;
    while (bench.opened == 0 && needed < 20)
        step(&bench, true, false), needed++;
    assert_in_range(needed, reply.min_hits, 6);
}

/* How many incidents open in 100,000 attempts that fail independently of each other. */
static unsigned opened_by_noise(const struct detector_rule *rule, uint64_t per_mille)
{
    struct bench bench = bench_new(rule, SECOND);
    uint64_t seed = per_mille * 77 + 1;
    for (int i = 0; i < 100000; i++) {
        bool hit = next_random(&seed) % 1000 < per_mille;
        step(&bench, hit, !hit);
    }
    return bench.opened;
}

static void test_noise(void **state)
{
    (void)state;
    assert_int_equal(opened_by_noise(&reply, 0), 0);
    assert_int_equal(opened_by_noise(&reply, 1), 0);
    assert_int_equal(opened_by_noise(&silent, 10), 0);
    assert_int_equal(opened_by_noise(&silent, 50), 0);
}

/* A path that always refuses a few per cent is at its normal. Open: none of these should open an
 * incident; the bounds keep it from getting worse. */
static void test_noise_of_per_cents(void **state)
{
    (void)state;
    assert_in_range(opened_by_noise(&reply, 10), 0, 8);
    assert_in_range(opened_by_noise(&reply, 20), 0, 12);
    assert_in_range(opened_by_noise(&reply, 40), 0, 12);
    assert_in_range(opened_by_noise(&reply, 80), 0, 6);
}

static void test_partial_block(void **state)
{
    (void)state;
    struct bench bench = bench_new(&reply, SECOND);
    uint64_t seed = 3;
    steps(&bench, 1000, false);
    for (int i = 0; i < 400; i++)
        step(&bench, next_random(&seed) % 5 < 2, true); /* 40 % */
    assert_int_equal(bench.opened, 1);
    assert_int_equal(bench.closed, 0);
    for (int i = 0; i < 1000 && bench.closed == 0; i++)
        step(&bench, false, true);
    assert_int_equal(bench.closed, 1);
}

static void test_only_deliveries_recover(void **state)
{
    (void)state;
    struct bench bench = bench_new(&reply, SECOND);
    steps(&bench, 100, false);
    steps(&bench, 20, true);
    assert_int_equal(bench.opened, 1);
    for (int i = 0; i < 5000; i++)
        step(&bench, false, false); /* dead addresses, timeouts: neither blocked nor delivered */
    assert_int_equal(bench.closed, 0);
    bench.now_us += 100 * 24 * HOUR; /* nor does silence */
    step(&bench, false, false);
    assert_int_equal(bench.closed, 0);
}

static void test_low_volume(void **state)
{
    (void)state;
    struct bench bench = bench_new(&reply, 6 * HOUR); /* four a day */
    steps(&bench, 40, false);
    steps(&bench, 4, true);
    assert_int_equal(bench.opened, 1);
    assert_int_equal(bench.detector.run.hits, 4);
}

static void test_patience(void **state)
{
    (void)state;
    struct bench bench = bench_new(&reply, 49 * HOUR); /* hits further apart than the patience */
    for (int i = 0; i < 50; i++)
        assert_int_not_equal(step(&bench, true, false), DETECTOR_OPENED);
}

static void test_silent_needs_more(void **state)
{
    (void)state;
    struct bench bench = bench_new(&silent, SECOND);
    steps(&bench, 200, false);
    steps(&bench, 5, true);
    assert_int_equal(bench.opened, 0);
    steps(&bench, 10, true);
    assert_int_equal(bench.opened, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_message_does_not_end_it),
        cmocka_unit_test(test_thin_evidence),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_quick),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_noise_of_per_cents),
        cmocka_unit_test(test_partial_block),
        cmocka_unit_test(test_only_deliveries_recover),
        cmocka_unit_test(test_low_volume),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_silent_needs_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
