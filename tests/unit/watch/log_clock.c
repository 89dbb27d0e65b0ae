/* SPDX-License-Identifier: Apache-2.0
 *
 * Which stamps are believed, and the year of logs that name none.
 */
#include "watch/log_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"
#include "mail/stamp.h"
#include "watch/file_year.h"

#define HOUR (INT64_C(3600) * US_PER_SECOND)
#define DAY (24 * HOUR)
#define NOW INT64_C(1772438462000000) /* 2026-03-02T08:01:02Z */

struct take {
    int64_t stamp_us, time_us;
    bool believed;
};

static void check(const struct take *takes, size_t count)
{
    struct log_clock clock;
    log_clock_init(&clock);
    for (size_t i = 0; i < count; i++) {
        bool believed;
        int64_t time_us = log_clock_take(&clock, takes[i].stamp_us, &believed);
        if (time_us != takes[i].time_us || believed != takes[i].believed)
            fail_msg("take %zu: %lld, %d", i, (long long)(time_us - NOW), believed);
    }
}

#define CHECK(...) \
    do { \
        static const struct take takes[] = {__VA_ARGS__}; \
        check(takes, sizeof(takes) / sizeof(takes[0])); \
    } while (0)

static void test_clock(void **state)
{
    (void)state;
    CHECK({STAMP_NONE, STAMP_NONE, false}, {NOW, NOW, true}, {STAMP_NONE, NOW, false});
    /* Late lines keep their own time, and do not turn time back. */
    CHECK({NOW, NOW, true}, {NOW - HOUR, NOW - HOUR, true}, {STAMP_NONE, NOW, false});
    /* One absurd stamp, either way. */
    CHECK({NOW, NOW, true}, {NOW + 400 * DAY, NOW, false}, {NOW + 1, NOW + 1, true},
          {NOW - 400 * DAY, NOW + 1, false}, {NOW + 2, NOW + 2, true});
    /* Two absurd ones that do not agree, again and again. */
    CHECK({NOW, NOW, true}, {NOW + 9 * DAY, NOW, false}, {NOW + 400 * DAY, NOW, false},
          {NOW + 9 * DAY, NOW, false}, {NOW + 400 * DAY, NOW, false});
    /* A real jump: the third line in a row is believed. */
    CHECK({NOW, NOW, true}, {NOW + 9 * DAY, NOW, false}, {NOW + 9 * DAY + 1, NOW, false},
          {NOW + 9 * DAY + 2, NOW + 9 * DAY + 2, true},
          {NOW + 9 * DAY + 3, NOW + 9 * DAY + 3, true});
    /* An absurd first stamp is corrected by the lines after it. */
    CHECK({NOW + 400 * DAY, NOW + 400 * DAY, true}, {NOW, NOW + 400 * DAY, false},
          {NOW + 1, NOW + 400 * DAY, false}, {NOW + 2, NOW + 2, true},
          {STAMP_NONE, NOW + 2, false});
    /* A forged stamp between honest ones never gathers witnesses. */
    CHECK({NOW, NOW, true}, {NOW + 9 * DAY, NOW, false}, {NOW, NOW, true},
          {NOW + 9 * DAY, NOW, false}, {NOW, NOW, true}, {NOW + 9 * DAY, NOW, false});
    /* Half a day is no jump. */
    CHECK({NOW, NOW, true}, {NOW + 11 * HOUR, NOW + 11 * HOUR, true});
}

static void test_extremes(void **state)
{
    (void)state;
    struct log_clock clock;
    log_clock_init(&clock);
    struct civil first = {1, 1, 1, 0, 0, 0}, last = {9999, 12, 31, 23, 59, 59};
    int64_t ends[] = {civil_seconds(&first) * US_PER_SECOND, civil_seconds(&last) * US_PER_SECOND};
    bool believed;
    for (size_t i = 0; i < 20; i++)
        log_clock_take(&clock, ends[i % 2], &believed);
    assert_int_equal(clock.disbelieved, 10);
}

/* 4jX2vK2WbVz1bY4J arrived 2026-11-21. */
static void test_year(void **state)
{
    (void)state;
    static const struct {
        const char *head, *tail;
        int64_t modified_us;
        int year;
        bool certain;
    } rows[] = {
        {"2026-03-02T08:01:02Z h x: y\n", "", NOW, 0, false},
        {"", "", NOW, 0, false},
        {"no stamp\n", "none\n", NOW, 0, false},
        {"a trace of a program\n", "Mar  2 08:01:02 h x: y\n", NOW, 2026, false},
        {"Mar  1 08:01:02 h x: y\n", "Mar  2 08:01:02 h x: y\n", NOW, 2026, false},
        {"Mar  1 08:01:02 h x: y\n", "", NOW, 2026, false},
        {"<22>Mar  1 08:01:02 h x: y\n", "", NOW, 2026, false},
        {"Nov  1 08:01:02 h x: y\n", "Mar  2 08:01:02 h x: y\n", NOW, 2025, false},
        {"Jun  1 08:01:02 h x: y\n", "Jul  2 08:01:02 h x: y\n", NOW, 2025, false},
        {"rest of a line\nMar  1 08:01:02 h x: y\n", "cut\nMar  1 09:00:00 h x: y\nhalf", NOW, 2026,
         false},
        /* A copied file: the modification time says nothing, the id does. */
        {"Nov 21 19:53:33 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed\n", "", NOW + 3000 * DAY,
         2026, true},
        {"Nov 20 19:53:33 h postfix/qmgr[1]: 4A1B2C3D01: removed\n"
         "Nov 21 19:53:33 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed\n",
         "", NOW, 2026, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct file_year found = file_year_of(slice_from_str(rows[i].head),
                                              slice_from_str(rows[i].tail), rows[i].modified_us);
        if (found.year != rows[i].year || found.certain != rows[i].certain)
            fail_msg("row %zu: %d", i, found.year);
    }
    /* A message of November that is still retried on New Year's Day and later. */
    struct slice late = SLICE("Dec 21 00:00:01 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed\n");
    assert_int_equal(file_year_of(late, (struct slice){NULL, 0}, NOW).year, 2026);
    /* Written on New Year's Eve by UTC, in the new year by the local clock. */
    struct civil eve = {2025, 12, 31, 16, 0, 0};
    late = SLICE("Jan  1 00:59:59 h x: y\n");
    assert_int_equal(file_year_of(late, late, civil_seconds(&eve) * US_PER_SECOND).year, 2026);
}

static void test_year_of_line(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int year, month; /* 0: none */
    } rows[] = {
        {"Nov 21 19:53:33 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed", 2026, 11},
        {"Dec 20 19:53:33 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed", 2026, 12},
        {"<22>Dec  2 19:53:33 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed", 2026, 12},
        {"2026-11-21T19:53:33Z h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed", 0, 0},
        {"Nov 21 19:53:33 h postfix/qmgr[1]: 4A1B2C3D01: removed", 0, 0},
        {"a trace ]: 4jX2vK2WbVz1bY4J: removed", 0, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int year = 0, month = 0;
        bool found = file_year_of_line(slice_from_str(rows[i].line), &year, &month);
        if (found != (rows[i].year != 0) || year != rows[i].year || month != rows[i].month)
            fail_msg("row %zu: %d-%d", i, year, month);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_year),
        cmocka_unit_test(test_year_of_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
