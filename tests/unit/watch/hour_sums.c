/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums by the hour, added up.
 */
#include "watch/hour_sums.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define BEGIN_US (INT64_C(1772409600) * 1000000)

static struct summary *fill(struct hour_sums *sums)
{
    struct summary *summary = MEM_NEW(struct summary);
    summary->arena = arena_new(1024);
    hour_sums_fill(sums, summary);
    hour_sums_free(sums);
    return summary;
}

static void drop(struct summary *summary)
{
    arena_free(summary->arena);
    mem_free(summary);
}

static void take(struct hour_sums *sums, int hour, const char *source, const char *provider,
                 const char *class, uint64_t sent, uint64_t failed)
{
    hour_sums_take(sums, &(struct history_hour){.begin_us = BEGIN_US + hour * HOUR_US,
                                                .relay = SLICE("relay1"),
                                                .source = slice_from_str(source),
                                                .provider = slice_from_str(provider),
                                                .class = slice_from_str(class),
                                                .attempts = sent + failed,
                                                .sent = sent,
                                                .deferred = failed,
                                                .expired = failed / 10});
}

static void test_nothing(void **state)
{
    (void)state;
    struct summary *summary = fill(hour_sums_new());
    assert_int_equal(summary->older.until_us, 0);
    assert_int_equal(summary->older.provider_count + summary->older.path_count, 0);
    drop(summary);
}

static void test_lists(void **state)
{
    (void)state;
    struct hour_sums *sums = hour_sums_new();
    take(sums, 5, "out-a", "google", "", 100, 0);
    take(sums, 5, "out-a", "google", "block_ip", 0, 20);
    take(sums, 3, "out-b", "google", "rate", 0, 7);
    take(sums, 9, "out-a", "docomo", "no such class", 50, 1);
    struct summary *summary = fill(sums);
    const struct summary_older *older = &summary->older;
    assert_int_equal(older->since_us, BEGIN_US + 3 * HOUR_US);
    assert_int_equal(older->until_us, BEGIN_US + 10 * HOUR_US);
    assert_int_equal(older->attempts.total, 178);
    assert_int_equal(older->attempts.sent, 150);
    assert_int_equal(older->attempts.deferred, 28);
    assert_int_equal(older->expired, 2);
    assert_int_equal(older->provider_count, 2);
    const struct summary_path *google = &older->providers[0];
    assert_true(slice_eq(google->provider, SLICE("google")));
    assert_int_equal(google->source.len + google->relay.len, 0);
    assert_int_equal(google->attempts.total, 127);
    assert_int_equal(google->classes[REPLY_CLASS_BLOCK_IP], 20);
    assert_int_equal(google->classes[REPLY_CLASS_RATE], 7);
    assert_int_equal(google->first_us, BEGIN_US + 3 * HOUR_US);
    assert_int_equal(google->last_us, BEGIN_US + 6 * HOUR_US);
    assert_int_equal(older->source_count, 2);
    assert_true(slice_eq(older->sources[0].source, SLICE("out-a")));
    assert_int_equal(older->sources[0].attempts.total, 171);
    assert_int_equal(older->path_count, 3);
    assert_int_equal(older->paths[2].attempts.total, 7);
    drop(summary);
}

/* Names past the bound are together in one row, and the sum is whole. */
static void test_bounded(void **state)
{
    (void)state;
    struct hour_sums *sums = hour_sums_new();
    for (unsigned i = 0; i < HOUR_SUMS_NAMES + 1000; i++) {
        char provider[24];
        (void)snprintf(provider, sizeof(provider), "p%u.example", i);
        take(sums, 1, "out-a", provider, "", 1, 0);
    }
    struct summary *summary = fill(sums);
    const struct summary_older *older = &summary->older;
    assert_in_range(older->provider_count, HOUR_SUMS_NAMES, HOUR_SUMS_NAMES + 1);
    assert_int_equal(older->providers[0].provider.len, 0);
    assert_in_range(older->providers[0].attempts.total, 1000, 1001);
    uint64_t sum = 0;
    for (size_t i = 0; i < older->provider_count; i++)
        sum += older->providers[i].attempts.total;
    assert_int_equal(sum, HOUR_SUMS_NAMES + 1000);
    assert_int_equal(older->attempts.total, sum);
    assert_int_equal(older->sources[0].attempts.total, sum);
    drop(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
