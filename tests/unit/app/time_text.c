/* SPDX-License-Identifier: Apache-2.0
 *
 * Times and durations of a command line.
 */
#include "app/time_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"

#define S US_PER_SECOND
#define HOUR (3600 * S)
#define DAY (24 * HOUR)
#define NOW INT64_C(1772438462000000)      /* 2026-03-02T08:01:02Z, 17:01:02 in Tokyo */
#define MIDNIGHT INT64_C(1772377200000000) /* 2026-03-02 in Tokyo */
#define BAD STAMP_NONE

static int32_t tokyo(void *data, int64_t local_seconds)
{
    (void)data;
    (void)local_seconds;
    return 9 * 3600;
}

static const struct {
    const char *text;
    int64_t us;
} time_rows[] = {
    {"2026-03-02", MIDNIGHT},
    {"2026-03-02 09:00", MIDNIGHT + 9 * HOUR},
    {"2026-03-02 09:00:30", MIDNIGHT + 9 * HOUR + 30 * S},
    {"2026-03-02T09:00:30", MIDNIGHT + 9 * HOUR + 30 * S},
    {"2026-03-02T08:01:02Z", NOW},
    {"2026-03-02T08:01:02+09:00", NOW - 9 * HOUR},
    {"09:00", MIDNIGHT + 9 * HOUR},
    {"00:00", MIDNIGHT},
    {"now", NOW},
    {"today", MIDNIGHT},
    {"yesterday", MIDNIGHT - DAY},
    {"-2h", NOW - 2 * HOUR},
    {"-1d", NOW - DAY},
    {"-1h30m", NOW - HOUR - HOUR / 2},
    {"-2w", NOW - 14 * DAY},
    {"-90s", NOW - 90 * S},
    {"2h ago", NOW - 2 * HOUR},
    {"2h  ago", NOW - 2 * HOUR},
    {"+2h", NOW + 2 * HOUR},
    {"+1d12h", NOW + DAY + DAY / 2},
    {"2h", BAD}, /* ago, or from now? */
    {"-2h ago", BAD},
    {"+2h ago", BAD},
    {"+-2h", BAD},
    {"+", BAD},
    {" ago", BAD},
    {"", BAD},
    {"2026-02-30", BAD},
    {"2026-13-01", BAD},
    {"2026-3-2", BAD},
    {"24:00", BAD},
    {"09:60", BAD},
    {"9 o'clock", BAD},
    {"-", BAD},
    {"-2", BAD},
    {"-2x", BAD},
    {"--2h", BAD},
    {"2026-03-02 09:00 x", BAD},
    {"2026-03-02T08:01:02Zx", BAD},
    {"tomorrow", BAD},
};

static void test_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(time_rows) / sizeof(time_rows[0]); i++) {
        struct err err = {0};
        int64_t us = BAD;
        bool good = time_text_parse(slice_from_str(time_rows[i].text), NOW, tokyo, NULL, &us, &err);
        if (good != (time_rows[i].us != BAD) || us != time_rows[i].us)
            fail_msg("\"%s\": %d, off by %lld s", time_rows[i].text, good,
                     (long long)((us - time_rows[i].us) / S));
        if (!good && (err.code == ERR_NONE || err.text[0] == '\0'))
            fail_msg("\"%s\": no error said", time_rows[i].text);
    }
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"90s", 90 * S},
        {"15m", 900 * S},
        {"1h", HOUR},
        {"7d", 7 * DAY},
        {"2w", 14 * DAY},
        {"1h30m", HOUR + HOUR / 2},
        {"3650d", 3650 * DAY},
        {"", BAD},
        {"5", BAD},
        {"h", BAD},
        {"1y", BAD},
        {"1h 30m", BAD},
        {"-1h", BAD},
        {"1.5h", BAD},
        {"99999999999999999999s", BAD},
        {"5000d", BAD},
        {"3000d3000d", BAD},
        {"1h30", BAD},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        int64_t us = BAD;
        bool good = duration_text_parse(slice_from_str(rows[i].text), &us, &err);
        if (good != (rows[i].us != BAD) || us != rows[i].us)
            fail_msg("\"%s\": %d, %lld", rows[i].text, good, (long long)us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
