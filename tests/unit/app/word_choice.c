/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said of a word that is none of those asked for.
 */
#include "app/word_choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const forms[] = {"text", "json", "html"};

static void test_choose(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        size_t place;
        const char *said; /* NULL: chosen */
    } rows[] = {
        {"text", 0, NULL},
        {"html", 2, NULL},
        {"jsno", 9, "--format is text, json or html, not \"jsno\", did you mean json?"},
        {"", 9, "--format is text, json or html, not \"\""},
        {"Text", 9, "--format is text, json or html, not \"Text\", did you mean text?"},
        {"tex", 9, "--format is text, json or html, not \"tex\", did you mean text?"},
        {"something else", 9, "--format is text, json or html, not \"something else\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        size_t place = 9;
        bool good = word_choose("--format", forms, 3, slice_from_str(rows[i].word), &place, &err);
        assert_int_equal(good, rows[i].said == NULL);
        assert_int_equal(place, rows[i].place);
        if (!good)
            assert_string_equal(err.text, rows[i].said);
    }
}

/* However long a word is, the sentence keeps its end. */
static void test_long_word(void **state)
{
    (void)state;
    char word[4000];
    struct err err = {0};
    size_t place;
    memset(word, 'x', sizeof(word));
    assert_false(word_choose("--format", forms, 3, slice_of(word, sizeof(word)), &place, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(err.text[strlen(err.text) - 1], '"');
}

static void test_list(void **state)
{
    (void)state;
    static const char *const expected[] = {"", "text", "text and json", "text, json and html"};
    for (size_t count = 0; count <= 3; count++) {
        CLEANUP_BUF struct buf text = {0};
        word_list(forms, count, " and ", &text);
        assert_string_equal(buf_str(&text), expected[count]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_long_word),
        cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
