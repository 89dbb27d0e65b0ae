/* SPDX-License-Identifier: Apache-2.0
 *
 * Words behind each other: each is found again, empty ones and numbers of any size too.
 */
#include "base/word_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check(const struct word_list *list, size_t number, const char *expected)
{
    struct slice word = word_list_at(list, number);
    assert_int_equal(word.len, strlen(expected));
    assert_true(word.len == 0 || memcmp(word.ptr, expected, word.len) == 0);
}

static void test_words(void **state)
{
    struct word_list list = {0};
    (void)state;
    for (int round = 0; round < 2; round++) {
        word_list_clear(&list);
        word_list_close(&list);
        word_list_add(&list, SLICE("taro"));
        buf_addf(&list.bytes, "%d", 4);
        buf_add_str(&list.bytes, "th");
        word_list_close(&list);
        word_list_add(&list, SLICE(""));
        word_list_add_number(&list, 0);
        word_list_add_number(&list, INT64_MAX);
        word_list_add_number(&list, INT64_MIN);
        assert_int_equal(list.count, 7);
        const char *const words[] = {
            "", "taro", "4th", "", "0", "9223372036854775807", "-9223372036854775808"};
        for (size_t i = 0; i < list.count; i++)
            check(&list, i, words[i]);
    }
    word_list_done(&list);
}

static void test_many(void **state)
{
    struct word_list list = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        word_list_add_number(&list, i);
    check(&list, 0, "0");
    check(&list, 31, "31");
    check(&list, 32, "32");
    check(&list, 999, "999");
    word_list_done(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
