/* SPDX-License-Identifier: Apache-2.0
 *
 * What a token expression finds, with and without a literal in front that is searched for first.
 */
#include "watch/token_regex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

static void finds(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *text, *token;
    } cases[] = {
        {"\\bNoSuchUser\\b", "see ?p=nosuchuser x", "nosuchuser"},
        {"\\bNoSuchUser\\b", "NoSuchUsers xNoSuchUser NOSUCHUSER", "NOSUCHUSER"},
        {"\\bNoSuchUser\\b", "NoSuchUse", ""},
        {"\\bReceivingRate(?:Perm)?\\b", "receivingratx p=ReceivingRatePerm", "ReceivingRatePerm"},
        {"\\bab?c", "ac", "ac"},
        {"\\bab*c", "x abbc", "abbc"},
        {"ab{0,1}c", "xac", "ac"},
        {"ab+c", "xabbc", "abbc"},
        {"b?c", "c", "c"},
        {"foo|bar", "a bar", "bar"},
        {"foo(?:bar|baz)", "foofoobaz", "foobaz"},
        {"IB(\\d{3})", "ib IB6 IB607", "607"},
        {"x(y)?z", "xz", "xz"},
        {"\\d+", "S3150", "3150"},
        {"(?<=a)b", "b ab", "b"},
        {"b(?=c)", "b bc", "b"},
        {"a", "", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {0};
        struct token_regex *regex = token_regex_new(slice_from_str(cases[i].expression), &err);
        assert_non_null(regex);
        struct slice text = slice_from_str(cases[i].text);
        struct slice token = token_regex_find(regex, text);
        if (!slice_eq(token, slice_from_str(cases[i].token)))
            fail_msg("%s in '%s': '%.*s'", cases[i].expression, cases[i].text, SLICE_ARG(token));
        token_regex_free(regex);
    }
}

/* What it begins with is searched for by eight bytes: any place, also behind a begin that is none.
 */
static void finds_anywhere(void **state)
{
    (void)state;
    struct token_regex *regex = token_regex_new(SLICE("\\bNoSuchUser\\b"), NULL);
    assert_non_null(regex);
    for (size_t before = 0; before < 40; before++) {
        CLEANUP_BUF struct buf text = {0};
        for (size_t i = 0; i < before; i++)
            buf_add_char(&text, i % 3 == 0 ? 'n' : ' ');
        buf_add_str(&text, " nosuchUSER");
        assert_true(slice_eq(token_regex_find(regex, buf_slice(&text)), SLICE("nosuchUSER")));
        text.len--;
        assert_true(token_regex_find(regex, buf_slice(&text)).len == 0);
    }
    token_regex_free(regex);
}

static void refuses(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(token_regex_new(SLICE("a(b"), &err));
    assert_true(err.text[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(finds_anywhere),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("watch/token_regex", tests, NULL, NULL);
}
