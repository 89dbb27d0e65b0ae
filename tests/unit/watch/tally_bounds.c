/* SPDX-License-Identifier: Apache-2.0
 *
 * More names than are told apart: what comes after them is counted as one, and that can be seen.
 */
#include "watch/tally_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"

#define BEGIN INT64_C(1772402400000000) /* 2026-03-01T22:00:00Z */

struct bench {
    struct classifier *classifier;
    struct log_parser *parser;
    struct tally *tally;
};

static int enter(void **state)
{
    static struct bench bench;
    struct err err;
    bench.classifier = classifier_new(NULL, &err);
    bench.parser = log_parser_new(2026, NULL, NULL);
    bench.tally = tally_new(NULL, bench.classifier);
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

static void deliver(struct bench *bench, int number, const char *relay, const char *source,
                    const char *mx)
{
    char stamp[24], line[400];
    int64_t time_us = BEGIN + number * INT64_C(1000);
    civil_format_utc(time_us, stamp);
    snprintf(line, sizeof(line),
             "%s %s postfix/%s/smtp[1]: %08X: to=<u@y.test>, relay=%s[192.0.2.9]:25, delay=1, "
             "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
             stamp, relay, source, (unsigned)number + 0x1000000, mx);
    struct log_record record;
    log_record_parse(bench->parser, slice_from_str(line), &record);
    tally_take(bench->tally, &record, time_us);
}

static uint64_t beyond(const struct bench *bench, enum left_out table)
{
    uint64_t counts[LEFT_OUT_COUNT] = {0};
    tally_left_out(bench->tally, counts);
    return counts[table];
}

static uint64_t attempts(const struct bench *bench)
{
    struct tally_state now;
    tally_state_get(bench->tally, &now);
    return now.attempts.total;
}

static void nothing_is_beyond_at_first(void **state)
{
    struct bench *bench = *state;
    deliver(bench, 1, "relay1", "out-a", "mx.y.test");
    uint64_t counts[LEFT_OUT_COUNT] = {0};
    tally_left_out(bench->tally, counts);
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++)
        assert_int_equal(counts[i], 0);
}

static void sources_beyond_their_bound_are_one(void **state)
{
    struct bench *bench = *state;
    char name[32];
    for (int i = 0; i < 4096 + 50; i++) {
        snprintf(name, sizeof(name), "out-%d", i);
        deliver(bench, i, "relay1", name, "mx.y.test");
    }
    assert_in_range(beyond(bench, LEFT_OUT_SOURCES), 50, UINT32_MAX);
    assert_int_equal(beyond(bench, LEFT_OUT_RELAYS), 0);
    assert_int_equal(attempts(bench), 4096 + 50); /* none is lost */
}

static void relays_beyond_their_bound_are_one(void **state)
{
    struct bench *bench = *state;
    char name[32];
    for (int i = 0; i < 4096 + 50; i++) {
        snprintf(name, sizeof(name), "relay%d", i);
        deliver(bench, i, name, "out-a", "mx.y.test");
    }
    assert_in_range(beyond(bench, LEFT_OUT_RELAYS), 50, UINT32_MAX);
    assert_int_equal(attempts(bench), 4096 + 50);
}

static void providers_beyond_their_bound_are_one(void **state)
{
    struct bench *bench = *state;
    char name[48];
    for (int i = 0; i < 20000 + 50; i++) {
        snprintf(name, sizeof(name), "mx.domain%d.test", i);
        deliver(bench, i, "relay1", "out-a", name);
    }
    assert_in_range(beyond(bench, LEFT_OUT_PROVIDERS), 50, UINT32_MAX);
    assert_int_equal(attempts(bench), 20000 + 50);
    deliver(bench, 99999, "relay1", "out-a", "gmail-smtp-in.l.google.com"); /* is in the table */
    uint64_t before = beyond(bench, LEFT_OUT_PROVIDERS);
    deliver(bench, 99999 + 1, "relay1", "out-a", "gmail-smtp-in.l.google.com");
    assert_int_equal(beyond(bench, LEFT_OUT_PROVIDERS), before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_beyond_at_first),
        TEST(sources_beyond_their_bound_are_one),
        TEST(relays_beyond_their_bound_are_one),
        TEST(providers_beyond_their_bound_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
