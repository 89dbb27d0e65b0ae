/* SPDX-License-Identifier: Apache-2.0
 *
 * Slices, at their edges: empty, NULL, a needle longer than the text.
 */
#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOTHING ((struct slice){NULL, 0})

static void test_parts(void **state)
{
    (void)state;
    assert_true(slice_eq(NOTHING, SLICE("")));
    assert_true(slice_starts_with(NOTHING, NOTHING) && slice_ends_with(NOTHING, SLICE("")));
    assert_false(slice_starts_with(SLICE("ab"), SLICE("abc")));
    assert_false(slice_ends_with(SLICE("bc"), SLICE("abc")));
    assert_true(slice_eq(slice_skip(SLICE("abc"), 9), SLICE("")));
    assert_true(slice_eq(slice_skip(NOTHING, 9), SLICE("")));
    assert_true(slice_eq(slice_first(SLICE("abc"), 9), SLICE("abc")));
    struct slice text = SLICE("a=b");
    assert_false(slice_take_prefix(&text, SLICE("b")));
    assert_true(slice_take_prefix(&text, SLICE("a=")));
    assert_true(slice_eq(text, SLICE("b")));
    assert_true(slice_eq(slice_trim(SLICE(" \t\r\na b\n")), SLICE("a b")));
    assert_int_equal(slice_trim(SLICE(" \n ")).len, 0);
    assert_int_equal(slice_trim(NOTHING).len, 0);
}

static void test_find(void **state)
{
    (void)state;
    struct slice text = SLICE("abcabc");
    assert_ptr_equal(slice_find_last(text, SLICE("abc")), text.ptr + 3);
    assert_ptr_equal(slice_find_last(text, SLICE("abcabc")), text.ptr);
    assert_null(slice_find_last(text, SLICE("abcabcd")));
    assert_null(slice_find_last(NOTHING, SLICE("a")));
    assert_ptr_equal(slice_find(text, SLICE("ca")), text.ptr + 2);
    assert_ptr_equal(slice_ifind(text, SLICE("CA")), text.ptr + 2);
    assert_null(slice_ifind(text, SLICE("abcabcd")));
    assert_null(slice_ifind(NOTHING, SLICE("a")));
    assert_true(slice_ieq(SLICE("aBC"), SLICE("Abc")));
    assert_false(slice_ieq(SLICE("\xc3\xa4"), SLICE("\xc3\x84")));
    assert_false(slice_ieq(SLICE("@"), SLICE("`"))); /* 0x40 and 0x60: no letters */
    assert_true(slice_istarts_with(SLICE("ABc"), SLICE("ab")));
    assert_true(slice_iends_with(SLICE("ABc"), SLICE("bC")));
    assert_false(slice_iends_with(SLICE("c"), SLICE("bc")));
    assert_null(slice_find_char(NOTHING, '\0'));
    assert_null(slice_find_last_char(NOTHING, 'x'));
}

static void test_cut(void **state)
{
    (void)state;
    struct slice rest = SLICE("a,,b,");
    static const char *const parts[] = {"a", "", "b", ""};
    size_t count = 0;
    for (; rest.ptr != NULL; count++)
        assert_true(slice_eq(slice_cut(&rest, ','), slice_from_str(parts[count])));
    assert_int_equal(count, 4);
    rest = NOTHING;
    assert_int_equal(slice_cut(&rest, ',').len, 0);
    assert_null(rest.ptr);
}

static void test_compare(void **state)
{
    (void)state;
    static const char *const sorted[] = {"", "A", "a", "ab", "b", "\xff"};
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 6; k++) {
            int order = slice_cmp(slice_from_str(sorted[i]), slice_from_str(sorted[k]));
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
    assert_int_equal(slice_cmp(NOTHING, SLICE("")), 0);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        bool good;
        uint64_t value;
    } rows[] = {
        {"0", 0, true, 0},
        {"007", 7, true, 7},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
        {"8", 7, false, 0},
        {"10", 9, false, 0},
        {"", 9, false, 0},
        {"-1", 9, false, 0},
        {"+1", 9, false, 0},
        {" 1", 9, false, 0},
        {"1 ", 9, false, 0},
        {"1x", 9, false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 77;
        bool good = slice_to_u64(slice_from_str(rows[i].text), rows[i].max, &value);
        if (good != rows[i].good || value != (good ? rows[i].value : 77))
            fail_msg("\"%s\"", rows[i].text);
    }
}

/* Every length and place, before and behind the bytes that are looked at in one go. */
static void test_find_near(void **state)
{
    (void)state;
    char bytes[80];
    for (size_t len = 0; len <= 72; len++) {
        memset(bytes, 'a', sizeof(bytes));
        bytes[len] = '[';
        assert_null(slice_find_near(slice_of(bytes, len), '['));
        for (size_t at = 0; at < len; at++) {
            bytes[at] = '[';
            bytes[len - 1] = '['; /* the first counts */
            assert_ptr_equal(slice_find_near(slice_of(bytes, len), '['), bytes + at);
            bytes[at] = bytes[len - 1] = 'a';
        }
    }
}

static void test_hash(void **state)
{
    (void)state;
    char bytes[64];
    uint64_t seen[64 * 2];
    for (size_t i = 0; i < 64; i++) {
        memset(bytes, 0, sizeof(bytes)); /* zeros of each length, and one bit in each place */
        seen[i] = slice_hash(slice_of(bytes, i));
        bytes[i] = 1;
        seen[64 + i] = slice_hash(slice_of(bytes, 64));
    }
    for (size_t i = 0; i < 128; i++)
        for (size_t k = i + 1; k < 128; k++)
            if (seen[i] == seen[k])
                fail_msg("%zu and %zu hash alike", i, k);
    assert_int_equal(slice_hash_nocase(SLICE("MX.Example.TEST")),
                     slice_hash_nocase(SLICE("mx.eXAMPLE.test")));
    assert_int_not_equal(slice_hash_nocase(SLICE("a")), slice_hash_nocase(SLICE("b")));
}

/* Every byte at every place of short texts and of such as are copied by words. */
static void test_copy_lower(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 20; len++) {
        char from[20], to[21];
        for (int c = 0; c < 256; c++) {
            memset(to, '#', sizeof(to));
            for (size_t i = 0; i < len; i++)
                from[i] = (char)(c + (int)i);
            slice_copy_lower(slice_of(from, len), to);
            for (size_t i = 0; i < len; i++)
                assert_int_equal(to[i], ascii_lower(from[i]));
            assert_int_equal(to[len], '#');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),     cmocka_unit_test(test_find),
        cmocka_unit_test(test_cut),       cmocka_unit_test(test_compare),
        cmocka_unit_test(test_numbers),   cmocka_unit_test(test_hash),
        cmocka_unit_test(test_find_near), cmocka_unit_test(test_copy_lower),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
