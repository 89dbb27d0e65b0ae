/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain numbers and percents: forms, bounds, exactness, and the way back.
 */
#include "base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BAD (-1.0)

struct row {
    const char *text;
    double value;
};

static void check(const struct row *rows, size_t count, bool (*parse)(struct slice, double *))
{
    for (size_t i = 0; i < count; i++) {
        double value = BAD;
        bool good = parse(slice_from_str(rows[i].text), &value);
        if (good != (rows[i].value >= 0) || value > rows[i].value || value < rows[i].value)
            fail_msg("\"%s\": %d, %.12g", rows[i].text, good, value);
    }
}

static void test_decimal(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0", 0},
        {"4", 4},
        {"1.5", 1.5},
        {"14.4", 14.4},
        {"0.000001", 0.000001},
        {"4.0", 4},
        {"004.50", 4.5},
        {"1000000000", 1e9},
        {"1000000000.0", 1e9},
        {"1000000000.000001", BAD},
        {"1000000001", BAD},
        {"99999999999999999999", BAD},
        {"0.0000001", BAD},
        {"", BAD},
        {".", BAD},
        {".5", BAD},
        {"5.", BAD},
        {"1,5", BAD},
        {"1.5.5", BAD},
        {"-1", BAD},
        {"+1", BAD},
        {"1e3", BAD},
        {"0x10", BAD},
        {"nan", BAD},
        {"inf", BAD},
        {" 1", BAD},
        {"1 ", BAD},
    };
    check(rows, sizeof(rows) / sizeof(rows[0]), decimal_parse);
}

static void test_percent(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"99%", 0.99},      {"99 %", 0.99}, {"99.5%", 0.995},  {"99.5 %", 0.995},
        {"0%", 0},          {"100%", 1},    {"100.0000%", 1},  {"0.0001%", 0.000001},
        {"100.0001%", BAD}, {"101%", BAD},  {"0.00001%", BAD}, {"", BAD},
        {"%", BAD},         {" %", BAD},    {"99", BAD},       {"0.99", BAD},
        {"99  %", BAD},     {"99%%", BAD},  {"-1%", BAD},      {"99 percent", BAD},
    };
    check(rows, sizeof(rows) / sizeof(rows[0]), percent_parse);
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *decimal, *percent;
    } rows[] = {
        {0, "0", "0%"},
        {1, "1", "100%"},
        {0.5, "0.5", "50%"},
        {0.99, "0.99", "99%"},
        {0.995, "0.995", "99.5%"},
        {0.000001, "0.000001", "0.0001%"},
        {0.1 + 0.2, "0.3", "30%"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf decimal = {0}, percent = {0};
        decimal_format(rows[i].value, &decimal);
        percent_format(rows[i].value, &percent);
        assert_string_equal(buf_str(&decimal), rows[i].decimal);
        assert_string_equal(buf_str(&percent), rows[i].percent);
    }
    CLEANUP_BUF struct buf most = {0};
    decimal_format(DECIMAL_MAX, &most);
    assert_string_equal(buf_str(&most), "1000000000");
}

/* What was parsed is printed as a text that gives the same number to the last bit. */
static void test_way_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= 1000000; i += 997) {
        CLEANUP_BUF struct buf text = {0}, again = {0};
        double value, back;
        buf_addf(&text, "%u.%04u%%", i / 10000, i % 10000);
        assert_true(percent_parse(buf_slice(&text), &value));
        percent_format(value, &again);
        assert_true(percent_parse(buf_slice(&again), &back));
        assert_memory_equal(&value, &back, sizeof(value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_way_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
