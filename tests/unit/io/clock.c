/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of zones with and without summer time, at its begin and end. The zone is given by TZ in
 * POSIX form, so no tz database is needed.
 */
#include "io/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/civil.h"

enum { HOUR = 3600 };

/* Clocks go forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00. */
static const char central_europe[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static int32_t offset_of(struct clock_zone *zone, int month, int day, int hour, int minute)
{
    struct civil when = {2026, month, day, hour, minute, 0};
    return clock_zone_offset(zone, civil_seconds(&when));
}

static void summer_time(void **state)
{
    (void)state;
    use_zone(central_europe);
    struct clock_zone *zone = clock_zone_new();
    assert_int_equal(offset_of(zone, 1, 15, 12, 0), HOUR);
    assert_int_equal(offset_of(zone, 7, 1, 0, 0), 2 * HOUR);
    assert_int_equal(offset_of(zone, 7, 1, 23, 59), 2 * HOUR);
    assert_int_equal(offset_of(zone, 3, 29, 1, 59), HOUR);
    assert_int_equal(offset_of(zone, 3, 29, 2, 30), HOUR); /* never shown */
    assert_int_equal(offset_of(zone, 3, 29, 3, 0), 2 * HOUR);
    assert_int_equal(offset_of(zone, 10, 25, 1, 59), 2 * HOUR);
    assert_int_equal(offset_of(zone, 10, 25, 2, 30), 2 * HOUR); /* the first of two */
    assert_int_equal(offset_of(zone, 10, 25, 3, 0), HOUR);
    assert_int_equal(offset_of(zone, 10, 24, 12, 0), 2 * HOUR);
    clock_zone_free(zone);
}

/* Every quarter of an hour of a year, whatever was asked before. */
static void agrees_with_libc(void **state)
{
    (void)state;
    use_zone(central_europe);
    struct clock_zone *zone = clock_zone_new();
    time_t begin = 1767225600; /* 2026-01-01 UTC */
    for (time_t at = begin; at < begin + 365 * 86400; at += 900) {
        struct tm local;
        localtime_r(&at, &local);
        int32_t offset = clock_zone_offset(zone, at + local.tm_gmtoff);
        bool second_of_two =
            local.tm_mon == 9 && local.tm_mday == 25 && local.tm_hour == 2 && local.tm_isdst == 0;
        assert_int_equal(offset, second_of_two ? 2 * HOUR : local.tm_gmtoff);
    }
    clock_zone_free(zone);
}

static void other_zones(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        int32_t offset;
    } zones[] = {{"UTC0", 0}, {"JST-9", 9 * HOUR}, {"NPT-5:45", 20700}, {"HST10", -10 * HOUR}};
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        use_zone(zones[i].zone);
        struct clock_zone *zone = clock_zone_new();
        assert_int_equal(offset_of(zone, 3, 2, 0, 0), zones[i].offset);
        assert_int_equal(offset_of(zone, 3, 2, 0, 0), zones[i].offset);
        clock_zone_free(zone);
    }
}

static void out_of_range(void **state)
{
    (void)state;
    use_zone("JST-9");
    struct clock_zone *zone = clock_zone_new();
    assert_int_equal(clock_zone_offset(zone, INT64_MIN), 0);
    assert_int_equal(clock_zone_offset(zone, INT64_MAX), 0);
    assert_int_equal(clock_zone_offset(zone, -1000000000), 9 * HOUR);
    clock_zone_free(zone);
}

static void offset_of_an_instant(void **state)
{
    (void)state;
    use_zone("Europe/Berlin");
    assert_int_equal(clock_utc_offset(NULL, 1774745999), HOUR); /* 2026-03-29T00:59:59Z */
    assert_int_equal(clock_utc_offset(NULL, 1774746000), 2 * HOUR);
    assert_int_equal(clock_utc_offset(NULL, INT64_MAX), 0);
    assert_int_equal(clock_utc_offset(NULL, INT64_MIN), 0);
}

static void formats(void **state)
{
    (void)state;
    char text[20];
    use_zone("JST-9");
    assert_string_equal(clock_format_local(1772409612999999, text, sizeof(text)),
                        "2026-03-02 09:00:12");
    assert_string_equal(clock_format_local(-1, text, sizeof(text)), "1970-01-01 08:59:59");
    assert_string_equal(clock_format_local(1772409612999999, text, 11), "2026-03-02");
    clock_format_local(INT64_MAX, text, sizeof(text));
}

static void runs(void **state)
{
    (void)state;
    int64_t now = clock_now_us(), steady = clock_steady_us();
    assert_true(now / 1000000 - time(NULL) <= 1);
    assert_true(now > 1700000000000000);
    assert_true(clock_steady_us() >= steady);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summer_time),
        cmocka_unit_test(agrees_with_libc),
        cmocka_unit_test(other_zones),
        cmocka_unit_test(out_of_range),
        cmocka_unit_test(offset_of_an_instant),
        cmocka_unit_test(formats),
        cmocka_unit_test(runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
