/* SPDX-License-Identifier: Apache-2.0
 *
 * Which failures burn a budget so fast that somebody is told.
 */
#include "watch/service_level.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/memory.h"
#include "told.h"

struct bench {
    struct service_level *level;
    struct told told;
    uint64_t seed;
    size_t rows;
};

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    bench->level = service_level_new(&service_default);
    bench->seed = 7;
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    service_level_free(bench->level);
    mem_free(bench);
    return 0;
}

static void tell(struct bench *bench, int64_t now_us)
{
    service_level_tell(bench->level, now_us, told_take, &bench->told);
}

/* Mail of one provider: so much an hour, of which some bounces, or is deferred at first. */
struct stream {
    const char *provider, *source;
    double an_hour, bounced, deferred;
};

static bool happens(struct bench *bench, double share)
{
    return told_random(&bench->seed) < share * 4294967295.0;
}

static void deliver(struct bench *bench, const struct stream *stream, int64_t now_us)
{
    struct service_facts facts = {.provider = slice_from_str(stream->provider),
                                  .relay = SLICE("relay1"),
                                  .source = slice_from_str(stream->source),
                                  .group = SLICE("transactional"),
                                  .line = SLICE("relay1 postfix/smtp[1]: status=bounced (550 no)"),
                                  .count = 1,
                                  .transactional = true,
                                  .delay_s = 2};
    if (happens(bench, stream->deferred)) {
        service_level_take_deferral(bench->level, &facts, now_us);
        facts.deferred = true;
        facts.delay_s = 400;
    }
    facts.bounced = happens(bench, stream->bounced);
    service_level_take_outcome(bench->level, &facts, now_us);
}

static void run(struct bench *bench, const struct stream *streams, size_t count, int64_t from_us,
                int64_t to_us)
{
    for (int64_t now = from_us; now < to_us; now += MINUTE) {
        for (size_t i = 0; i < count; i++)
            for (uint32_t n = told_poisson(&bench->seed, streams[i].an_hour / 60); n > 0; n--)
                deliver(bench, &streams[i], now);
        tell(bench, now);
    }
}

static const struct stream usual[] = {
    {"google", "out-a", 3000, 0.004, 0.01},
    {"docomo", "out-a", 400, 0.02, 0.02}, /* twice the budget, always */
    {"small.example", "out-b", 3, 0.05, 0.1},
    {"icloud", "out-b", 200, 0.008, 0.05},
};

static void test_quiet_month(void **state)
{
    struct bench *bench = *state;
    run(bench, usual, 4, MONDAY, MONDAY + 30 * DAY);
    assert_int_equal(bench->told.count, 0);
}

static void test_provider_bounces(void **state)
{
    struct bench *bench = *state;
    run(bench, usual, 4, MONDAY, MONDAY + 12 * HOUR);
    struct stream bad[4];
    memcpy(bad, usual, sizeof(bad));
    bad[3].bounced = 0.9;
    run(bench, bad, 4, MONDAY + 12 * HOUR, MONDAY + 14 * HOUR);
    const struct incident *found =
        told_find(&bench->told, INCIDENT_REACHABILITY, INCIDENT_SCOPE_PROVIDER);
    assert_non_null(found);
    assert_true(slice_eq(found->provider, SLICE("icloud")));
    assert_true(found->opened_us < MONDAY + 12 * HOUR + 30 * MINUTE);
    assert_int_equal(incident_severity(found), INCIDENT_CRITICAL);
    assert_int_equal(found->evidence_count, 2);
    assert_null(told_find(&bench->told, INCIDENT_LATENCY, INCIDENT_SCOPE_PROVIDER));
    run(bench, usual, 4, MONDAY + 14 * HOUR, MONDAY + 16 * HOUR);
    assert_int_equal(told_open(&bench->told), 0);
    found = told_find(&bench->told, INCIDENT_REACHABILITY, INCIDENT_SCOPE_PROVIDER);
    assert_true(found->closed_us <= MONDAY + 15 * HOUR);
}

/* Not enough for the fast pair: a warning after a while. */
static void test_slow_burn(void **state)
{
    struct bench *bench = *state;
    const struct stream bad[] = {{"google", "out-a", 3000, 0.09, 0}};
    run(bench, bad, 1, MONDAY, MONDAY + 8 * HOUR);
    const struct incident *found =
        told_find(&bench->told, INCIDENT_REACHABILITY, INCIDENT_SCOPE_FLEET);
    assert_non_null(found);
    assert_int_equal(incident_severity(found), INCIDENT_WARNING);
    /* It gets worse: the same incident, now critical. */
    const struct stream worse[] = {{"google", "out-a", 3000, 0.4, 0}};
    run(bench, worse, 1, MONDAY + 8 * HOUR, MONDAY + 10 * HOUR);
    found = told_find(&bench->told, INCIDENT_REACHABILITY, INCIDENT_SCOPE_FLEET);
    assert_int_equal(incident_severity(found), INCIDENT_CRITICAL);
    assert_int_equal(bench->told.count, 4); /* all, provider, source, group */
}

/* Late while it lasts, not when it is over. */
static void test_outage_is_late_while_it_lasts(void **state)
{
    struct bench *bench = *state;
    run(bench, usual, 4, MONDAY, MONDAY + 12 * HOUR);
    struct service_facts facts = {.provider = SLICE("docomo"), .count = 1, .transactional = true};
    int64_t now = MONDAY + 12 * HOUR;
    for (; now < MONDAY + 13 * HOUR; now += 9 * SECOND) {
        service_level_take_deferral(bench->level, &facts, now);
        tell(bench, now);
    }
    tell(bench, now += 2 * MINUTE); /* the last ones settle, without a line */
    const struct incident *found =
        told_find(&bench->told, INCIDENT_LATENCY, INCIDENT_SCOPE_PROVIDER);
    assert_non_null(found);
    assert_true(slice_eq(found->provider, SLICE("docomo")));
    assert_int_equal(incident_severity(found), INCIDENT_WARNING);
    uint64_t hits = found->hits;
    facts.deferred = true;
    facts.delay_s = 3000;
    for (int i = 0; i < 400; i++) /* delivered at last: counted before */
        service_level_take_outcome(bench->level, &facts, now);
    tell(bench, now);
    assert_int_equal(told_find(&bench->told, INCIDENT_LATENCY, INCIDENT_SCOPE_PROVIDER)->hits,
                     hits);
}

static void count_late(void *data, const struct service_budget *budget)
{
    struct bench *bench = data;
    if (budget->kind == INCIDENT_LATENCY)
        bench->rows += budget->bad;
}

/* A tenth of a campaign is greylisted: what was deferred is known at once, what was sent only when
 * it is settled. Neither may look like all. */
static void test_campaign_after_a_quiet_night(void **state)
{
    struct bench *bench = *state;
    struct service_facts facts = {.provider = SLICE("docomo"), .count = 1, .transactional = true};
    for (int64_t at = 0; at < 5 * MINUTE; at += SECOND) {
        for (int i = 0; i < 30 && at < 3 * MINUTE; i++)
            if (i % 10 == 0)
                service_level_take_deferral(bench->level, &facts, MONDAY + at);
        for (int i = 0; i < 30 && at >= MINUTE && at < 4 * MINUTE; i++)
            if (i % 10 != 0)
                service_level_take_outcome(bench->level, &facts, MONDAY + at);
        tell(bench, MONDAY + at);
    }
    assert_int_equal(bench->told.count, 0);
    bench->rows = 0;
    service_level_visit(bench->level, MONDAY + 5 * MINUTE, count_late, bench);
    assert_int_equal(bench->rows, 2 * 540); /* in all and of docomo: each of them, once */
}

static void test_marketing_may_be_late(void **state)
{
    struct bench *bench = *state;
    struct service_facts facts = {.provider = SLICE("google"), .count = 1, .delay_s = 4000};
    for (int64_t now = MONDAY; now < MONDAY + 2 * HOUR; now += 5 * SECOND) {
        service_level_take_deferral(bench->level, &facts, now);
        service_level_take_outcome(bench->level, &facts, now);
        tell(bench, now);
    }
    assert_int_equal(bench->told.count, 0);
}

static void test_few_say_nothing(void **state)
{
    struct bench *bench = *state;
    const struct stream bad[] = {{"tiny.example", "out-a", 10, 1, 0}};
    run(bench, bad, 1, MONDAY, MONDAY + 5 * HOUR);
    assert_int_equal(bench->told.count, 0);
    const struct stream more[] = {{"tiny.example", "out-a", 40, 1, 0}};
    run(bench, more, 1, MONDAY + 5 * HOUR, MONDAY + 8 * HOUR);
    assert_int_equal(told_count(&bench->told, INCIDENT_REACHABILITY), 4);
}

/* A target of which 14.4 times the budget is more than everything can still be missed. */
/* A night after a wave of bounces: the long window still holds it, and now and then one bounces. */
static void test_one_bounce_at_night(void **state)
{
    struct bench *bench = *state;
    struct stream wave = {"google", "out-a", 600, 0.3, 0}, night = {"google", "out-a", 90, 0, 0};
    run(bench, &wave, 1, MONDAY, MONDAY + HOUR);
    assert_int_equal(told_open(&bench->told) > 0, true);
    run(bench, &night, 1, MONDAY + HOUR, MONDAY + 2 * HOUR);
    assert_int_equal(told_open(&bench->told), 0);
    size_t told = bench->told.count;
    struct stream bounce = {"google", "out-a", 60, 1, 0};
    for (int half = 0; half < 6; half++) {
        int64_t now_us = MONDAY + 2 * HOUR + half * 30 * MINUTE;
        for (int i = 0; i < 1 + half % 3; i++) /* three of fifty by chance, twice */
            deliver(bench, &bounce, now_us);
        run(bench, &night, 1, now_us, now_us + 30 * MINUTE);
    }
    assert_int_equal(bench->told.count, told);
}

static void test_loose_target(void **state)
{
    struct bench *bench = *state;
    struct service_rule rule = service_default;
    rule.reachability = 0.9;
    service_level_free(bench->level);
    bench->level = service_level_new(&rule);
    const struct stream bad[] = {{"google", "out-a", 3000, 1, 0}};
    run(bench, bad, 1, MONDAY, MONDAY + HOUR);
    assert_int_equal(told_count(&bench->told, INCIDENT_REACHABILITY), 4);
}

static void visit(void *data, const struct service_budget *budget)
{
    struct bench *bench = data;
    bench->rows++;
    if (budget->kind != INCIDENT_REACHABILITY || !slice_eq(budget->provider, SLICE("google")))
        return;
    assert_in_range(budget->good + budget->bad, 68000, 76000);
    assert_in_range((unsigned)(budget->used * 100), 30, 50); /* 0.4 % of 1 % */
}

static void test_budget(void **state)
{
    struct bench *bench = *state;
    run(bench, usual, 4, MONDAY, MONDAY + DAY);
    service_level_visit(bench->level, MONDAY + DAY, visit, bench);
    assert_int_equal(bench->rows, 2 * (1 + 4 + 2 + 1));
}

static void test_bounded(void **state)
{
    struct bench *bench = *state;
    for (uint32_t i = 0; i < 2 * SERVICE_SERIES; i++) {
        char name[24];
        (void)snprintf(name, sizeof(name), "p%u.example", i);
        deliver(bench, &(struct stream){.provider = name, .source = "out-a", .bounced = 1}, MONDAY);
    }
    tell(bench, MONDAY);
    service_level_visit(bench->level, MONDAY, visit, bench);
    assert_true(bench->rows <= SERVICE_SERIES + 1);
    assert_in_range(service_level_left_out(bench->level), SERVICE_SERIES, 8 * SERVICE_SERIES);
    assert_non_null(told_find(&bench->told, INCIDENT_REACHABILITY, INCIDENT_SCOPE_FLEET));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_quiet_month),
        TEST(test_provider_bounces),
        TEST(test_slow_burn),
        TEST(test_outage_is_late_while_it_lasts),
        TEST(test_campaign_after_a_quiet_night),
        TEST(test_marketing_may_be_late),
        TEST(test_few_say_nothing),
        TEST(test_one_bounce_at_night),
        TEST(test_loose_target),
        TEST(test_budget),
        TEST(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
