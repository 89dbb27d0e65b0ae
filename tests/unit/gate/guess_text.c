/* SPDX-License-Identifier: Apache-2.0
 *
 * What one relay writes another reads; what is none is none, whoever wrote it.
 */
#include "gate/guess_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void there_and_back(void **state)
{
    static const struct guess_news list[] = {
        {.kind = GUESS_NETWORK, .name = 1},
        {.kind = GUESS_ACCOUNT, .name = UINT64_MAX},
        {.kind = GUESS_NETWORK, .name = UINT64_C(0x0123456789abcdef)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        CLEANUP_BUF struct buf row = {0};
        struct guess_news got;
        guess_text_name(&list[i], &row);
        buf_add_str(&row, " 5000");
        assert_true(guess_text_parse(buf_slice(&row), 1000, &got));
        assert_int_equal(got.kind, list[i].kind);
        assert_true(got.name == list[i].name && got.fill_us == 4000 && got.most_us == 0);
        assert_true(guess_text_parse(buf_slice(&row), 9000, &got)); /* it is over */
        assert_int_equal(got.fill_us, -4000);
    }
}

static void no_rows(void **state)
{
    static const char *const list[] = {
        "",
        "N",
        "N0123456789abcdef",
        "N0123456789abcdef ",
        "N0123456789abcdef  1",
        "N0123456789abcdef\t1",
        "N0123456789abcdef -1",
        "N0123456789abcdef 1 ",
        "N0123456789abcdef 1.5",
        "N0123456789abcdef 9007199254740993",
        "N0123456789abcdef 99999999999999999999999",
        "N0123456789ABCDEF 1",
        "N0123456789abcdeg 1",
        "N0123456789abcde 11",
        "N0000000000000000 1",
        "P0123456789abcdef 1",
        "n0123456789abcdef 1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        struct guess_news got = {.name = 77};
        assert_false(guess_text_parse(slice_from_str(list[i]), 0, &got));
        assert_int_equal(got.name, 77);
    }
}

static void keys(void **state)
{
    static const char *const none[] = {"", "0", "0123456789abcdef0123456789abcde",
                                       "0123456789abcdef0123456789abcdef0",
                                       "0123456789abcdef0123456789abcdeF"};
    const struct hash_key key = {{UINT64_C(0x00ff00ff00ff00ff), 7}};
    struct hash_key got = {{1, 2}};
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(guess_text_key_parse(slice_from_str(none[i]), &got));
    assert_true(got.words[0] == 1 && got.words[1] == 2);
    guess_text_key(&key, &text);
    assert_string_equal(buf_str(&text), "00ff00ff00ff00ff0000000000000007");
    assert_true(guess_text_key_parse(buf_slice(&text), &got));
    assert_true(got.words[0] == key.words[0] && got.words[1] == key.words[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(no_rows),
        cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
