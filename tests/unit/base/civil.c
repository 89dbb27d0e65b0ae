/* SPDX-License-Identifier: Apache-2.0
 *
 * The calendar against libc's, and its edges.
 */
#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void test_against_libc(void **state)
{
    (void)state;
    for (int64_t s = INT64_C(-5000000000); s < INT64_C(20000000000); s += 7654321) {
        time_t t = (time_t)s;
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        struct civil civil = civil_from_seconds(s);
        assert_int_equal(civil.year, tm.tm_year + 1900);
        assert_int_equal(civil.month, tm.tm_mon + 1);
        assert_int_equal(civil.day, tm.tm_mday);
        assert_int_equal(civil.hour, tm.tm_hour);
        assert_int_equal(civil.minute, tm.tm_min);
        assert_int_equal(civil.second, tm.tm_sec);
        assert_true(civil_is_valid(&civil));
        assert_int_equal(civil_seconds(&civil), s);
    }
}

static void test_every_day_counts_one(void **state)
{
    (void)state;
    struct civil day = {.year = 1, .month = 1, .day = 1};
    for (int64_t n = civil_days(1, 1, 1); n <= civil_days(9999, 12, 31); n++) {
        if (civil_days(day.year, day.month, day.day) != n)
            fail_msg("%d-%d-%d", day.year, day.month, day.day);
        day.day++;
        if (civil_is_valid(&day))
            continue;
        day.day = 1;
        day.year += day.month == 12;
        day.month = day.month % 12 + 1;
    }
    assert_int_equal(day.year, 10000);
}

static void test_validity(void **state)
{
    (void)state;
    static const struct {
        struct civil when;
        bool valid;
    } rows[] = {
        {{2024, 2, 29, 0, 0, 0}, true},     {{2023, 2, 29, 0, 0, 0}, false},
        {{1900, 2, 29, 0, 0, 0}, false},    {{2000, 2, 29, 0, 0, 0}, true},
        {{2026, 4, 31, 0, 0, 0}, false},    {{2026, 13, 1, 0, 0, 0}, false},
        {{2026, 0, 1, 0, 0, 0}, false},     {{2026, 1, 0, 0, 0, 0}, false},
        {{2026, 12, 31, 23, 59, 60}, true}, {{2026, 12, 31, 23, 59, 61}, false},
        {{2026, 12, 31, 24, 0, 0}, false},  {{2026, 12, 31, 0, 60, 0}, false},
        {{0, 1, 1, 0, 0, 0}, false},        {{10000, 1, 1, 0, 0, 0}, false},
        {{-1, -1, -1, -1, -1, -1}, false},  {{2026, 1, 1, -1, 0, 0}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (civil_is_valid(&rows[i].when) != rows[i].valid)
            fail_msg("row %zu", i);
    struct civil leap = {2016, 12, 31, 23, 59, 60}, next = {2017, 1, 1, 0, 0, 0};
    assert_int_equal(civil_seconds(&leap), civil_seconds(&next));
}

static void test_words(void **state)
{
    (void)state;
    assert_int_equal(civil_month_of_name("Jan"), 1);
    assert_int_equal(civil_month_of_name("Jun 12"), 6);
    assert_int_equal(civil_month_of_name("Jul"), 7);
    assert_int_equal(civil_month_of_name("Dec"), 12);
    assert_int_equal(civil_month_of_name("jan"), 0);
    assert_int_equal(civil_month_of_name("anF"), 0);
    char text[24];
    civil_format_utc(INT64_C(1772438462123456), text);
    assert_string_equal(text, "2026-03-02T08:01:02Z");
    civil_format_utc(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    civil_format_utc(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    civil_format_utc(INT64_C(253402300799999999), text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    civil_format_utc(INT64_C(253402300800000000), text); /* years of five digits have no form */
    assert_string_equal(text, "9999-12-31T00:00:00Z");
    civil_format_utc(INT64_C(-62167219200000000), text);
    assert_string_equal(text, "0000-01-01T00:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_libc),
        cmocka_unit_test(test_every_day_counts_one),
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
