/* SPDX-License-Identifier: Apache-2.0
 *
 * Rulings: which of two holds, what their text is, and what is none.
 */
#include "gate/ruling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/memory.h"

#define FOREVER "9223372036854775807"

static void order(void **state)
{
    (void)state;
    static const struct {
        int64_t a;
        const char *relay_a;
        int64_t b;
        const char *relay_b;
        int order;
    } cases[] = {
        {1, "z", 2, "a", -1}, {2, "a", 1, "z", 1}, {5, "a", 5, "b", -1}, {5, "b", 5, "a", 1},
        {5, "aa", 5, "a", 1}, {5, "a", 5, "a", 0}, {0, "", 1, "a", -1},  {5, "B", 5, "a", -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ruling a = {.stamp = cases[i].a, .relay = slice_from_str(cases[i].relay_a)};
        struct ruling b = {.stamp = cases[i].b, .relay = slice_from_str(cases[i].relay_b)};
        int found = ruling_compare(&a, &b);
        assert_int_equal((found > 0) - (found < 0), cases[i].order);
    }
    assert_int_equal(ruling_next_stamp(7, 9), 10);
    assert_int_equal(ruling_next_stamp(9, 7), 10);
    assert_int_equal(ruling_next_stamp(RULING_STAMP_MAX, 7), RULING_STAMP_MAX);
}

static void text_of_a_flag(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0}, space = {0}, key = {0};
    const struct account_flag flag = {.kind = ACCOUNT_SUSPENDED,
                                      .since_us = 100,
                                      .until_us = INT64_MAX,
                                      .login = SLICE("taro@jp.test"),
                                      .actor = SLICE("kato s"),
                                      .reason = SLICE("50 %\n\xe6\xbc\xa2"),
                                      .stamp = 107,
                                      .relay = SLICE("relay 1")};
    struct ruling ruling = ruling_of_flag(&flag), found;
    ruling_format(&ruling, &text);
    assert_string_equal(buf_str(&text), "107 relay%201 flag taro@jp.test suspended 0 100 " FOREVER
                                        " kato%20s 50%20%25%0A%E6%BC%A2");
    assert_true(ruling_parse(buf_slice(&text), &space, &found));
    struct account_flag back = ruling_flag(&found);
    assert_true(back.kind == flag.kind && back.since_us == 100 && back.until_us == INT64_MAX &&
                back.stamp == 107 && slice_eq(back.login, flag.login) &&
                slice_eq(back.actor, flag.actor) && slice_eq(back.reason, flag.reason) &&
                slice_eq(back.relay, flag.relay));
    ruling_key(&found, &key);
    assert_string_equal(buf_str(&key), "flag taro@jp.test suspended");
    assert_int_equal(ruling_over_us(&found), INT64_MAX);
    struct ruling *copy = ruling_new(&found);
    buf_clear(&space);
    assert_true(slice_eq(copy->reason, flag.reason) && slice_eq(copy->relay, flag.relay));
    mem_free(copy);
}

static void text_of_a_number(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0}, space = {0};
    const struct limit_override one = {.temporary = true,
                                       .count = 2000,
                                       .since_us = 100,
                                       .until_us = 7200,
                                       .login = SLICE("taro"),
                                       .rule = SLICE("user-hour"),
                                       .actor = SLICE("kato"),
                                       .stamp = 107,
                                       .relay = SLICE("r1")};
    struct ruling ruling = ruling_of_override(&one), found;
    ruling_format(&ruling, &text);
    assert_string_equal(buf_str(&text), "107 r1 raise taro user-hour 2000 100 7200 kato ");
    assert_true(ruling_parse(buf_slice(&text), &space, &found));
    struct limit_override back = ruling_override(&found);
    assert_true(back.temporary && back.count == 2000 && back.until_us == 7200 &&
                slice_eq(back.rule, one.rule) && slice_eq(back.login, one.login));
    assert_int_equal(ruling_over_us(&found), 7200);
    ruling.until_us = 50; /* taken off */
    buf_clear(&text);
    ruling_format(&ruling, &text);
    assert_string_equal(buf_str(&text), "107 r1 raise taro user-hour 2000 100 0 kato ");
    assert_int_equal(ruling_over_us(&ruling), 100);
}

static void no_ruling(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "7 r flag taro hold 0 1 0 kato",          /* a word is missing */
        "7 r flag taro hold 0 1 0 kato why more", /* one more */
        "7  r flag taro hold 0 1 0 kato why",     /* an empty one */
        "0 r flag taro hold 0 1 0 kato why",      /* no stamp */
        "-7 r flag taro hold 0 1 0 kato why",
        "4503599627370497 r flag taro hold 0 1 0 kato why",
        "99999999999999999999 r flag taro hold 0 1 0 kato why",
        "7  flag taro hold 0 1 0 kato why", /* no relay */
        "7 r Flag taro hold 0 1 0 kato why",
        "7 r flag  hold 0 1 0 kato why",        /* no login */
        "7 r flag ta%FFro hold 0 1 0 kato why", /* not UTF-8 */
        "7 r flag ta%00ro hold 0 1 0 kato why",
        "7 r flag ta%0 hold 0 1 0 kato why",
        "7 r flag ta%0g hold 0 1 0 kato why",
        "7 r flag ta%ffro hold 0 1 0 kato why", /* small digits */
        "7 r flag taro holt 0 1 0 kato why",
        "7 r limit taro  0 1 0 kato why",
        "7 r limit taro hour 4294967296 1 0 kato why",
        "7 r limit taro hour 5 100 200 kato why", /* one for good has no end */
        "7 r raise taro hour 5 100 " FOREVER " kato why",
        "7 r raise taro hour 5 100 100 kato why", /* ends as it begins */
        "7 r flag taro hold 0 1 9223372036854775808 kato why",
    };
    CLEANUP_BUF struct buf space = {0}, long_one = {0};
    struct ruling ruling;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (ruling_parse(slice_from_str(texts[i]), &space, &ruling))
            fail_msg("taken: %s", texts[i]);
    buf_add_str(&long_one, "7 r flag taro hold 0 1 0 kato ");
    for (size_t i = 0; i < ACCOUNT_REASON_MAX; i++)
        buf_add_str(&long_one, "%2E");
    assert_true(ruling_parse(buf_slice(&long_one), &space, &ruling));
    buf_add_char(&long_one, 'x');
    assert_false(ruling_parse(buf_slice(&long_one), &space, &ruling));
}

/* The longest that there can be has room. */
static void the_longest(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0}, space = {0};
    char bytes[ACCOUNT_REASON_MAX];
    memset(bytes, '"', sizeof(bytes));
    const struct ruling ruling = {.kind = RULING_RAISE,
                                  .stamp = RULING_STAMP_MAX,
                                  .count = 1,
                                  .since_us = RULING_STAMP_MAX,
                                  .until_us = INT64_MAX - 1,
                                  .relay = slice_of(bytes, RULING_RELAY_MAX),
                                  .login = slice_of(bytes, ACCOUNT_LOGIN_MAX),
                                  .name = slice_of(bytes, LIMIT_NAME_MAX),
                                  .actor = slice_of(bytes, ACCOUNT_ACTOR_MAX),
                                  .reason = slice_of(bytes, ACCOUNT_REASON_MAX)};
    struct ruling found;
    ruling_format(&ruling, &text);
    assert_true(text.len <= RULING_TEXT_MAX);
    assert_true(ruling_parse(buf_slice(&text), &space, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order),
        cmocka_unit_test(text_of_a_flag),
        cmocka_unit_test(text_of_a_number),
        cmocka_unit_test(no_ruling),
        cmocka_unit_test(the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
