/* SPDX-License-Identifier: Apache-2.0
 *
 * Durations: every unit, the bounds, and the way back.
 */
#include "base/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S INT64_C(1000000)
#define BAD INT64_C(-1)

static const struct {
    const char *text;
    int64_t us;
} rows[] = {
    {"0s", 0},
    {"1s", S},
    {"90s", 90 * S},
    {"15m", 900 * S},
    {"1h", 3600 * S},
    {"7d", 7 * 86400 * S},
    {"2w", 14 * 86400 * S},
    {"1h30m", 5400 * S},
    {"30m1h", 5400 * S},
    {"1m1m", 120 * S},
    {"007s", 7 * S},
    {"3660d", DURATION_MAX_US},
    {"316224000s", DURATION_MAX_US},
    {"316224001s", BAD},
    {"3661d", BAD},
    {"3660d1s", BAD},
    {"523w", BAD},
    {"18446744073709551616s", BAD},
    {"99999999999999999999999s", BAD},
    {"", BAD},
    {"5", BAD},
    {"s", BAD},
    {"1", BAD},
    {"1S", BAD},
    {"1H", BAD},
    {"1y", BAD},
    {"1ms", BAD},
    {"1h30", BAD},
    {"1 h", BAD},
    {" 1h", BAD},
    {"1h ", BAD},
    {"1.5h", BAD},
    {"-1h", BAD},
    {"+1h", BAD},
    {"0x1s", BAD},
    {"1h\n", BAD},
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t us = BAD;
        bool good = duration_parse(slice_from_str(rows[i].text), &us);
        if (good != (rows[i].us != BAD) || us != rows[i].us)
            fail_msg("\"%s\": %d, %lld", rows[i].text, good, (long long)us);
    }
}

static void test_nul_is_no_end(void **state)
{
    (void)state;
    int64_t us = BAD;
    assert_false(duration_parse(slice_of("1h\0", 3), &us));
    assert_int_equal(us, BAD);
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } forms[] = {
        {0, "0s"},
        {S, "1s"},
        {S + 999999, "1s"},
        {60 * S, "1m"},
        {90 * S, "90s"},
        {3600 * S, "1h"},
        {5400 * S, "90m"},
        {86400 * S, "1d"},
        {36 * 3600 * S, "36h"},
        {14 * 86400 * S, "14d"},
        {DURATION_MAX_US, "3660d"},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        int64_t us = BAD;
        duration_format(forms[i].us, &text);
        assert_string_equal(buf_str(&text), forms[i].text);
        assert_true(duration_parse(buf_slice(&text), &us));
        assert_int_equal(us, forms[i].us / S * S);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_nul_is_no_end),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
