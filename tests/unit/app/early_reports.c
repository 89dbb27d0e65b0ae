/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports that wait for their incident: each is taken once, in its order; few, and not for long.
 */
#include "app/early_reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"

#define NOW_US INT64_C(1772438400000000)

static struct route_report *report_of(const char *provider, uint64_t waiting)
{
    struct arena *arena = arena_new(1024);
    struct route_report *report = arena_alloc(arena, sizeof(*report));
    *report = (struct route_report){
        .arena = arena, .provider = slice_from_str(provider), .waiting = waiting};
    return report;
}

static bool is_it(const void *data, struct slice provider)
{
    return slice_eq(slice_from_str(data), provider);
}

static uint64_t taken(struct early_reports *early, const char *provider, int64_t now_us)
{
    struct route_report *report = early_reports_take(early, is_it, provider, now_us);
    uint64_t waiting = report != NULL ? report->waiting : 0;
    route_report_free(report);
    return waiting;
}

static void each_waits_for_its_provider(void **state)
{
    struct early_reports *early = early_reports_new();
    (void)state;
    early_reports_keep(early, report_of("google", 1), NOW_US);
    early_reports_keep(early, report_of("docomo", 2), NOW_US);
    early_reports_keep(early, report_of("google", 3), NOW_US + 1);
    assert_int_equal(taken(early, "softbank", NOW_US + 2), 0);
    assert_int_equal(taken(early, "google", NOW_US + 2), 1);
    assert_int_equal(taken(early, "google", NOW_US + 2), 3);
    assert_int_equal(taken(early, "google", NOW_US + 2), 0);
    early_reports_free(early); /* and the one that is left */
}

static void none_waits_for_long(void **state)
{
    struct early_reports *early = early_reports_new();
    (void)state;
    early_reports_keep(early, report_of("google", 1), NOW_US);
    early_reports_keep(early, report_of("google", 2), NOW_US + EARLY_REPORTS_US);
    assert_int_equal(taken(early, "google", NOW_US + EARLY_REPORTS_US + 1), 2);
    early_reports_keep(early, report_of("google", 3), NOW_US);
    assert_int_equal(taken(early, "google", NOW_US - EARLY_REPORTS_US), 3); /* set back */
    early_reports_free(early);
}

static void the_oldest_gives_way(void **state)
{
    struct early_reports *early = early_reports_new();
    (void)state;
    for (uint64_t i = 1; i <= EARLY_REPORTS_MAX + 2; i++)
        early_reports_keep(early, report_of("google", i), NOW_US);
    for (uint64_t i = 3; i <= EARLY_REPORTS_MAX + 2; i++)
        assert_int_equal(taken(early, "google", NOW_US), i);
    assert_int_equal(taken(early, "google", NOW_US), 0);
    early_reports_free(early);
    early_reports_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_waits_for_its_provider),
        cmocka_unit_test(none_waits_for_long),
        cmocka_unit_test(the_oldest_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
