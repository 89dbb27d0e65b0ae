/* SPDX-License-Identifier: Apache-2.0
 *
 * Eight bytes at once against one byte at a time, for every byte value.
 */
#include "base/word.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Eight bytes that differ from each other and change with `seed`. */
static void fill(char *bytes, unsigned seed)
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)(unsigned char)(seed * 29 + i * 37);
}

static void test_find(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 256; seed++) {
        char bytes[8];
        fill(bytes, seed);
        for (unsigned c = 0; c < 256; c++) {
            size_t expected = 0;
            while (expected < 8 && (unsigned char)bytes[expected] != c)
                expected++;
            assert_int_equal(word_find(word_load(bytes), (char)(unsigned char)c), expected);
        }
    }
    assert_int_equal(word_find(word_load("abababab"), 'b'), 1);
    assert_int_equal(word_find(word_load("aaaaaaab"), 'b'), 7);
}

static void test_range(void **state)
{
    (void)state;
    static const char ranges[][2] = {
        {'0', '9'}, {'A', 'F'}, {'A', 'Z'}, {'x', 'x'}, {'\0', '\x7f'}};
    for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
        for (unsigned seed = 0; seed < 256; seed++) {
            char bytes[8];
            fill(bytes, seed);
            uint64_t marks = word_range(word_load(bytes), ranges[r][0], ranges[r][1]);
            for (unsigned i = 0; i < 8; i++) {
                unsigned char c = (unsigned char)bytes[i];
                unsigned in = c >= (unsigned char)ranges[r][0] && c <= (unsigned char)ranges[r][1];
                assert_int_equal(marks >> (8 * i) & 0xff, in ? 0x80 : 0);
            }
        }
    }
}

static void test_first(void **state)
{
    (void)state;
    assert_int_equal(word_first(0), 8);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(word_first(UINT64_C(0x80) << (8 * i) | UINT64_C(0x80) << 56), i);
}

static void test_same(void **state)
{
    (void)state;
    char a[40], b[40];
    for (size_t len = 0; len <= 36; len++) {
        memset(a, 'a', sizeof(a));
        memset(b, 'a', sizeof(b));
        a[len] = 'x'; /* behind the end: not looked at */
        assert_true(word_same(a, b, len));
        for (size_t i = 0; i < len; i++) {
            b[i] = 'b';
            assert_false(word_same(a, b, len));
            b[i] = 'a';
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
