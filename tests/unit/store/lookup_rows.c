/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows in memory: all are found and nothing else, the first of a key holds, patterns, bounds.
 */
#include "store/lookup_rows.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct hash_key key = {{1, 2}};

static void add(struct lookup_rows *rows, const char *name, const char *value)
{
    assert_true(lookup_rows_add(rows, slice_from_str(name), slice_from_str(value), NULL));
}

static const char *find(const struct lookup_rows *rows, const char *name)
{
    static char text[64];
    struct slice value;
    if (!lookup_rows_find(rows, slice_from_str(name), &value))
        return "-";
    snprintf(text, sizeof(text), "%.*s", SLICE_ARG(value));
    return text;
}

static void the_first_holds_in_any_letters(void **state)
{
    (void)state;
    struct lookup_rows *rows = lookup_rows_new(&key);
    assert_string_equal(find(rows, "taro"), "-");
    add(rows, "Taro@Example.JP", "mb1");
    add(rows, "taro@example.jp", "mb2");
    add(rows, "empty", "");
    lookup_rows_finish(rows);
    assert_string_equal(find(rows, "TARO@example.jp"), "mb1");
    assert_string_equal(find(rows, "empty"), "");
    assert_string_equal(find(rows, "taro@example.j"), "-");
    assert_string_equal(find(rows, ""), "-");
    assert_int_equal(lookup_rows_count(rows), 2);
    assert_int_equal(lookup_rows_twice(rows), 1);
    lookup_rows_free(rows);
    lookup_rows_free(NULL);
}

static void many_are_all_found(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    char name[48], value[16];
    struct lookup_rows *rows = lookup_rows_new(&key);
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof(name), "user%06d@example.jp", i);
        snprintf(value, sizeof(value), "mb%02d", i % 20);
        add(rows, name, value);
    }
    lookup_rows_finish(rows);
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof(name), "user%06d@example.jp", i);
        snprintf(value, sizeof(value), "mb%02d", i % 20);
        assert_string_equal(find(rows, name), value);
    }
    assert_string_equal(find(rows, "user100000@example.jp"), "-");
    assert_in_range(lookup_rows_bytes(rows), 0, COUNT * (6 + 22 + 4 + 22));
    lookup_rows_free(rows);
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    char name[LOOKUP_KEY_MAX + 1];
    struct slice value;
    struct lookup_rows *rows = lookup_rows_new(&key);
    memset(name, 'a', sizeof(name));
    assert_true(lookup_rows_add(rows, slice_of(name, LOOKUP_KEY_MAX), SLICE("v"), NULL));
    assert_true(lookup_rows_find(rows, slice_of(name, LOOKUP_KEY_MAX), &value));
    assert_false(lookup_rows_find(rows, slice_of(name, LOOKUP_KEY_MAX + 1), &value));
    lookup_rows_free(rows);
}

static const char *find_pattern(const struct lookup_rows *rows, const char *name)
{
    static char text[64];
    struct slice value;
    if (!lookup_rows_find_pattern(rows, slice_from_str(name), &value))
        return "-";
    snprintf(text, sizeof(text), "%.*s", SLICE_ARG(value));
    return text;
}

static void the_first_pattern_holds(void **state)
{
    (void)state;
    struct lookup_rows *rows = lookup_rows_new(&key);
    assert_string_equal(find_pattern(rows, "a@x"), "-");
    add(rows, "*", "all"); /* a key of transport(5), and no pattern */
    add(rows, "A*@Shop.example.jp", "mb1");
    add(rows, "*@shop.example.jp", "mb2");
    add(rows, "taro@shop.example.jp", "mb3");
    assert_string_equal(find_pattern(rows, "aya@shop.example.jp"), "mb1");
    assert_string_equal(find_pattern(rows, "taro@shop.example.jp"), "mb2");
    assert_string_equal(find_pattern(rows, "taro@example.jp"), "-");
    assert_string_equal(find(rows, "*"), "all");
    lookup_rows_free(rows);
}

static void patterns_are_bounded(void **state)
{
    (void)state;
    char name[32];
    struct err err;
    struct lookup_rows *rows = lookup_rows_new(&key);
    for (int i = 0; i < LOOKUP_PATTERNS_MAX; i++) {
        snprintf(name, sizeof(name), "*@d%d.example", i);
        add(rows, name, "mb1");
    }
    assert_false(lookup_rows_add(rows, SLICE("*@more.example"), SLICE("mb1"), &err));
    assert_int_equal(err.code, ERR_LIMIT);
    add(rows, "taro@more.example", "mb1");
    lookup_rows_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_holds_in_any_letters),
        cmocka_unit_test(many_are_all_found),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(the_first_pattern_holds),
        cmocka_unit_test(patterns_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
