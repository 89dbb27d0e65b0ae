/* SPDX-License-Identifier: Apache-2.0
 *
 * Rates: both parts, their bounds, and the way back.
 */
#include "base/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S INT64_C(1000000)

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct rate rate; /* count 0: refused */
    } rows[] = {
        {"500/1h", {500, 3600 * S}},
        {"30/10m", {30, 600 * S}},
        {"1/1s", {1, S}},
        {"7/1d", {7, 86400 * S}},
        {"10/1h30m", {10, 5400 * S}},
        {"1000000000/1s", {1000000000, S}},
        {"1000000001/1s", {0}},
        {"0/1h", {0}},
        {"500/0s", {0}},
        {"500/h", {0}},
        {"500/1", {0}},
        {"500/", {0}},
        {"500", {0}},
        {"/1h", {0}},
        {"", {0}},
        {"/", {0}},
        {"500 / 1h", {0}},
        {"500/1h/1h", {0}},
        {"-5/1h", {0}},
        {"5.5/1h", {0}},
        {"500 per 1h", {0}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rate rate = {0};
        bool good = rate_parse(slice_from_str(rows[i].text), &rate);
        if (good != (rows[i].rate.count != 0) || rate.count != rows[i].rate.count ||
            rate.within_us != rows[i].rate.within_us)
            fail_msg("\"%s\": %d, %u in %lld us", rows[i].text, good, rate.count,
                     (long long)rate.within_us);
    }
}

static void test_format(void **state)
{
    (void)state;
    static const char *const texts[] = {"500/1h", "1/1s", "30/10m", "1000000000/3660d"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct rate rate;
        assert_true(rate_parse(slice_from_str(texts[i]), &rate));
        rate_format(&rate, &text);
        assert_string_equal(buf_str(&text), texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
