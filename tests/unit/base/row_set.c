/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of rows: sorted, each key once, and what makes one of another.
 */
#include "base/row_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"

/* "a=1 b=2" */
static struct row_set set_of(const char *text)
{
    struct row_set set = {0};
    struct slice rest = slice_from_str(text);
    while (rest.len > 0) {
        struct slice value = slice_cut(&rest, ' ');
        struct slice key = slice_cut(&value, '=');
        row_set_add(&set, key, value);
    }
    row_set_sort(&set);
    return set;
}

static void put_changes(const char *before, const char *after, struct buf *to)
{
    struct row_set old = set_of(before), new = set_of(after);
    size_t count;
    struct row *changes = row_set_changes(&old, &new, &count);
    assert_int_equal(changes == NULL, count == 0);
    for (size_t i = 0; i < count; i++)
        buf_addf(to, "%s%s%.*s%s%.*s", i ? " " : "", changes[i].value.ptr ? "" : "-",
                 SLICE_ARG(changes[i].key), changes[i].value.ptr ? "=" : "",
                 SLICE_ARG(changes[i].value));
    mem_free(changes);
    row_set_done(&old);
    row_set_done(&new);
}

static void changes(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after, *changes;
    } rows[] = {
        {"", "", ""},
        {"a=1", "a=1", ""},
        {"", "b=2 a=1", "a=1 b=2"},
        {"b=2 a=1", "", "-a -b"},
        {"a=1 c=3", "a=1 b=2 c=4", "b=2 c=4"},
        {"a=1 b=2 c=3", "b=2 d=4", "-a -c d=4"},
        {"a=1", "a=", "a="},       /* an empty value is a value */
        {"a=1 a=2", "a=2", "a=2"}, /* the first one counts */
        {"b=1 ab=2 a=3", "a=3 ab=2 b=1", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf got = {0};
        put_changes(rows[i].before, rows[i].after, &got);
        assert_string_equal(buf_str(&got), rows[i].changes);
    }
}

static void finding_among_many(void **state)
{
    (void)state;
    struct row_set set = {0};
    char text[16];
    for (unsigned i = 0; i < 1000; i++)
        for (int twice = 0; twice < 2; twice++) {
            int len = snprintf(text, sizeof(text), "%u", i * 7919 % 1000);
            row_set_add(&set, slice_of(text, (size_t)len), twice ? SLICE("no") : SLICE("yes"));
        }
    row_set_sort(&set);
    assert_int_equal(set.count, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        int len = snprintf(text, sizeof(text), "%u", i);
        const struct row *row = row_set_find(&set, slice_of(text, (size_t)len));
        assert_non_null(row);
        assert_true(slice_eq(row->value, SLICE("yes")));
    }
    assert_null(row_set_find(&set, SLICE("1000")));
    assert_null(row_set_find(&set, SLICE("")));
    row_set_done(&set);
    row_set_sort(&set);
    assert_null(row_set_find(&set, SLICE("a")));
}

static void any_bytes(void **state)
{
    (void)state;
    struct row_set set = {0};
    row_set_add(&set, SLICE("\0b"), SLICE("2"));
    row_set_add(&set, SLICE("\0a"), SLICE("\0"));
    row_set_add(&set, SLICE("\xff"), SLICE("3"));
    row_set_sort(&set);
    assert_true(slice_eq(set.rows[0].key, SLICE("\0a")) && set.rows[0].value.len == 1);
    assert_true(slice_eq(set.rows[2].key, SLICE("\xff")));
    row_set_done(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes),
        cmocka_unit_test(finding_among_many),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
