/* SPDX-License-Identifier: Apache-2.0
 *
 * Stamps at the head of a line, and the year and zone that they may lack.
 */
#include "mail/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"

static int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
    struct civil when = {year, month, day, hour, minute, second};
    return civil_seconds(&when) * US_PER_SECOND;
}

static int32_t tokyo(void *data, int64_t local_seconds)
{
    (void)local_seconds;
    if (data != NULL)
        ++*(int *)data;
    return 9 * 3600;
}

#define MARCH_2 INT64_C(1772438462000000) /* 2026-03-02T08:01:02Z */
#define HOUR (3600 * US_PER_SECOND)

static const struct {
    const char *text;
    int64_t us;
    const char *rest;
} form_rows[] = {
    {"Mar  2 08:01:02 host x", MARCH_2, "host x"},
    {"Mar 02 08:01:02 host x", MARCH_2, "host x"},
    {"Mar  2 08:01:02", MARCH_2, ""},
    {"Mar  2 08:01:02.5 host", MARCH_2 + 500000, "host"},
    {"2026-03-02T08:01:02Z host", MARCH_2, "host"},
    {"2026-03-02T08:01:02+09:00 host", MARCH_2 - 9 * HOUR, "host"},
    {"2026-03-02T08:01:02-0330 host", MARCH_2 + 3 * HOUR + HOUR / 2, "host"},
    {"2026-03-02T08:01:02.123456+09:00 host", MARCH_2 - 9 * HOUR + 123456, "host"},
    {"2026-03-02T08:01:02.1+09:00 host", MARCH_2 - 9 * HOUR + 100000, "host"},
    {"2026-03-02T08:01:02.123456789Z host", MARCH_2 + 123456, "host"},
    {"2026-03-02T08:01:02.000001Z host", MARCH_2 + 1, "host"},
    {"2026-03-02T08:01:02.12345:Z host", STAMP_NONE, NULL},
    {"2026-03-02 08:01:02 host", MARCH_2, "host"},
    {"2026/03/02 08:01:02 [info]", MARCH_2, "[info]"},
    {"2026-12-31T23:59:60Z x", INT64_C(1798761600000000), "x"},
    {"2026-02-29T08:01:02Z x", STAMP_NONE, NULL},
    {"2026-03-02T24:01:02Z x", STAMP_NONE, NULL},
    {"2026-03-02T08:01:02+9:00 x", STAMP_NONE, NULL},
    {"2026-03-02T08:01:02+09 x", STAMP_NONE, NULL},
    {"2026-03-02T08:01:02x host", STAMP_NONE, NULL},
    {"2026/03-02 08:01:02 x", STAMP_NONE, NULL},
    {"2026-03-02T08-01-02Z x", STAMP_NONE, NULL},
    {"mar  2 08:01:02 host x", STAMP_NONE, NULL},
    {"Mar 32 08:01:02 host x", STAMP_NONE, NULL},
    {"Mar  0 08:01:02 host x", STAMP_NONE, NULL},
    {"Mar  2 8:01:02 host x y", STAMP_NONE, NULL},
    {"Mar  2 08:61:02 host x", STAMP_NONE, NULL},
    {"Mar  2 08:01:02: host x", STAMP_NONE, NULL},
    {"", STAMP_NONE, NULL},
    {"Mar", STAMP_NONE, NULL},
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(form_rows) / sizeof(form_rows[0]); i++) {
        struct stamp_context context;
        stamp_context_init(&context, 2026, NULL, NULL);
        struct slice text = slice_from_str(form_rows[i].text);
        int64_t us = stamp_take(&context, &text);
        const char *rest = form_rows[i].rest ? form_rows[i].rest : form_rows[i].text;
        if (us != form_rows[i].us || !slice_eq(text, slice_from_str(rest)))
            fail_msg("\"%s\": %lld, rest \"%.*s\"", form_rows[i].text, (long long)us,
                     SLICE_ARG(text));
    }
}

static void test_iso_needs_all(void **state)
{
    (void)state;
    struct stamp_context context;
    stamp_context_init(&context, 2026, NULL, NULL);
    struct slice text = SLICE("2026-03-02T08:01:02.1+09:00 host");
    assert_int_equal(stamp_take_iso(&context, &text), MARCH_2 - 9 * HOUR + 100000);
    assert_true(slice_eq(text, SLICE("host")));
    text = SLICE("2026-03-02T08:01:02 host");
    assert_int_equal(stamp_take_iso(&context, &text), STAMP_NONE);
    text = SLICE("Mar  2 08:01:02 host and more");
    assert_int_equal(stamp_take_iso(&context, &text), STAMP_NONE);
    text = SLICE("- host");
    assert_int_equal(stamp_take_iso(&context, &text), STAMP_NONE);
    assert_int_equal(text.len, 6);
}

static void test_zone(void **state)
{
    (void)state;
    int asked = 0;
    struct stamp_context context;
    stamp_context_init(&context, 2026, tokyo, &asked);
    for (int i = 0; i < 3; i++) {
        struct slice local = SLICE("Mar  2 08:01:02 h"), zulu = SLICE("2026-03-02T08:01:02Z h");
        struct slice nginx = SLICE("2026/03/02 08:01:02 h");
        assert_int_equal(stamp_take(&context, &local), MARCH_2 - 9 * HOUR);
        assert_int_equal(stamp_take(&context, &zulu), MARCH_2);
        assert_int_equal(stamp_take(&context, &nginx), MARCH_2 - 9 * HOUR);
    }
    assert_int_equal(asked, 1); /* once an hour of the log */
}

static void test_year(void **state)
{
    (void)state;
    struct stamp_context context;
    stamp_context_init(&context, 2025, NULL, NULL);
    static const struct {
        const char *text;
        int year, month, day;
    } rows[] = {
        {"Oct 31 10:00:00 h", 2025, 10, 31}, {"Dec 31 10:00:00 h", 2025, 12, 31},
        {"Jan  1 10:00:00 h", 2026, 1, 1},   {"Dec 31 10:00:00 h", 2025, 12, 31},
        {"Jan  1 10:00:00 h", 2026, 1, 1},   {"Dec 31 10:00:01 h", 2025, 12, 31},
        {"Feb 28 10:00:00 h", 2026, 2, 28},  {"Jul  1 10:00:00 h", 2026, 7, 1},
        {"Jun 30 10:00:00 h", 2026, 6, 30},  {"Nov 30 10:00:00 h", 2026, 11, 30},
        {"Jan  1 10:00:00 h", 2027, 1, 1},   {"Mar  1 10:00:00 h", 2027, 3, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice text = slice_from_str(rows[i].text);
        int64_t expected = utc(rows[i].year, rows[i].month, rows[i].day, 10, 0, 0);
        int64_t got = stamp_take(&context, &text);
        if (got / US_PER_SECOND / 60 != expected / US_PER_SECOND / 60)
            fail_msg("row %zu, %s: year %d", i, rows[i].text,
                     civil_from_seconds(got / US_PER_SECOND).year);
    }
}

static void test_year_near(void **state)
{
    (void)state;
    int64_t now = utc(2026, 3, 2, 8, 0, 0);
    assert_int_equal(stamp_year_near(3, 2, now), 2026);
    assert_int_equal(stamp_year_near(3, 4, now), 2026); /* a clock may be a little ahead */
    assert_int_equal(stamp_year_near(3, 5, now), 2025);
    assert_int_equal(stamp_year_near(12, 31, now), 2025);
    assert_int_equal(stamp_year_near(1, 1, utc(2025, 12, 31, 23, 0, 0)), 2026);
}

/* Stamps one after the other are read as each alone, whatever is remembered of the one before. */
static void test_one_after_the_other(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "2026-03-02T08:01:02.123456+09:00 host", "2026-03-02T08:01:02.999999+09:00 host",
        "2026-03-02T08:01:03.000001+09:00 host", "2026-03-02T08:01:01.500000+09:00 host",
        "2026-03-02T08:01:60.500000+09:00 host", "2026-03-02T08:01:61.500000+09:00 host",
        "2026-03-02T08:01:0x.500000+09:00 host", "2026-03-02T08:01:59.50000x+09:00 host",
        "2026-03-02T08:02:00.000000+09:00 host", "2026-03-02T08:02:00.000000+00:00 host",
        "2026-03-02T08:02:17.000000+00:00 host", "2026-03-02T08:02:18.000000Z host",
        "2026-03-02T08:02:19.000000+00:00 host", "2026-03-02T08:02:19.000000+00:00",
        "2026-03-03T08:02:19.000000+00:00 host",
    };
    struct stamp_context all;
    stamp_context_init(&all, 2026, NULL, NULL);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct stamp_context fresh;
        stamp_context_init(&fresh, 2026, NULL, NULL);
        struct slice a = slice_from_str(lines[i]), b = a;
        int64_t expected = stamp_take(&fresh, &a);
        if (stamp_take(&all, &b) != expected || b.ptr != a.ptr || b.len != a.len)
            fail_msg("%s", lines[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),     cmocka_unit_test(test_iso_needs_all),
        cmocka_unit_test(test_zone),      cmocka_unit_test(test_year),
        cmocka_unit_test(test_year_near), cmocka_unit_test(test_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
