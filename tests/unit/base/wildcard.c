/* SPDX-License-Identifier: Apache-2.0
 *
 * Patterns with `*`: where it stands, what it takes, and that it ends.
 */
#include "base/wildcard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void table(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } rows[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"**", "abc", true},
        {"taro", "taro", true},
        {"taro", "taroo", false},
        {"taro", "tar", false},
        {"*@shop.example.jp", "a@shop.example.jp", true},
        {"*@shop.example.jp", "@shop.example.jp", true},
        {"*@shop.example.jp", "a@shop.example.jp.evil.test", false},
        {"*@shop.example.jp", "shop.example.jp", false},
        {"*@*.example.jp", "a@b@c.example.jp", true},
        {"*@*.example.jp", "a@example.jp", false},
        {"shop-*@example.jp", "shop-1@example.jp", true},
        {"shop-*@example.jp", "shop1@example.jp", false},
        {"a*b*c", "aXbYbZc", true},
        {"a*b*c", "aXcYb", false},
        {"*ab", "aaab", true},
        {"*aab*", "aaaab", true},
        {"?", "a", false},
        {"[a]", "a", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool got = wildcard_matches(slice_from_str(rows[i].pattern), slice_from_str(rows[i].text));
        if (got != rows[i].matches)
            fail_msg("%s %s", rows[i].pattern, rows[i].text);
    }
}

/* What makes others take exponential time. */
static void many_stars(void **state)
{
    char pattern[201], text[5001];
    (void)state;
    for (size_t i = 0; i < 200; i++)
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    pattern[199] = 'b';
    pattern[200] = '\0';
    memset(text, 'a', 5000);
    text[5000] = '\0';
    assert_false(wildcard_matches(slice_from_str(pattern), slice_from_str(text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(many_stars),
    };
    return cmocka_run_group_tests_name("base/wildcard", tests, NULL, NULL);
}
