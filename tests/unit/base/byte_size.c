/* SPDX-License-Identifier: Apache-2.0
 *
 * Sizes: every unit, the bounds, and the way back.
 */
#include "base/byte_size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BAD UINT64_MAX

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } rows[] = {
        {"0B", 0},
        {"512B", 512},
        {"64KiB", 65536},
        {"10MiB", 10485760},
        {"2GiB", UINT64_C(2) << 30},
        {"1TiB", UINT64_C(1) << 40},
        {"1024TiB", BYTE_SIZE_MAX},
        {"1125899906842624B", BYTE_SIZE_MAX},
        {"1025TiB", BAD},
        {"1125899906842625B", BAD},
        {"1048577GiB", BAD},
        {"18446744073709551615TiB", BAD},
        {"36028797018963968TiB", BAD}, /* would be 0 modulo 2^64 */
        {"", BAD},
        {"10", BAD},
        {"MiB", BAD},
        {"10M", BAD},
        {"10MB", BAD},
        {"10mib", BAD},
        {"10MiBs", BAD},
        {"10 MiB", BAD},
        {" 10MiB", BAD},
        {"1.5GiB", BAD},
        {"-1B", BAD},
        {"1e3B", BAD},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t bytes = BAD;
        bool good = byte_size_parse(slice_from_str(rows[i].text), &bytes);
        if (good != (rows[i].bytes != BAD) || bytes != rows[i].bytes)
            fail_msg("\"%s\": %d, %llu", rows[i].text, good, (unsigned long long)bytes);
    }
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0B"},
        {1, "1B"},
        {1023, "1023B"},
        {1024, "1KiB"},
        {1025, "1025B"},
        {1536 * 1024, "1536KiB"},
        {UINT64_C(20) << 30, "20GiB"},
        {BYTE_SIZE_MAX, "1024TiB"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        uint64_t bytes = BAD;
        byte_size_format(rows[i].bytes, &text);
        assert_string_equal(buf_str(&text), rows[i].text);
        assert_true(byte_size_parse(buf_slice(&text), &bytes));
        assert_int_equal(bytes, rows[i].bytes);
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
