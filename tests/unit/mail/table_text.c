/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of texts of postmap and postalias. The first two texts and what becomes of them were taken
 * from Postfix 3.7.11.
 */
#include "mail/table_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"

/* "key=value;" a row, "line!" a fault. */
static void check(enum table_form form, struct slice text, const char *rows)
{
    struct table_text reader = {.rest = text, .form = form};
    struct table_row row;
    CLEANUP_BUF struct buf said = {0};
    while (table_text_next(&reader, &row)) {
        if (row.fault != NULL)
            buf_addf(&said, "%zu!", row.line);
        else
            buf_addf(&said, "%.*s=%.*s;", SLICE_ARG(row.key), SLICE_ARG(row.value));
    }
    table_text_done(&reader);
    assert_string_equal(buf_str(&said), rows);
}

static void as_postmap_reads(void **state)
{
    (void)state;
    check(TABLE_OF_KEYS,
          SLICE("# head\n  lead ing\na@x.example  v1\n   cont1\n# comment between\n\n\tcont2\n"
                "A@x.example dup\n\"quoted key\" v2\n\"q\\\"k w\"x v3\nun\"bal v4\nnokey\nkey: v5\n"
                "K\xc3\x84 v6\nbad\xff v7\ntail   v8   v9  \n\"half v10\n  b\" c\nnul\0x v11\n"
                "crlf v12\r\ncont v13\n  # indented comment\n  more\nlast v14"),
          "2!a@x.example=v1   cont1\tcont2;A@x.example=dup;\"quoted key\"=v2;\"q\\\"k w\"x=v3;"
          "11!12!key:=v5;K\xc3\x84=v6;15!tail=v8   v9;\"half v10  b\"=c;19!crlf=v12;"
          "cont=v13  more;last=v14;");
}

static void as_postalias_reads(void **state)
{
    (void)state;
    check(
        TABLE_OF_ALIASES,
        SLICE("# al\n  lead: x\nroot: a, b,\n  c@d.example\nTwo words: x\n\"q name\": y\nplain:z\n"
              "multi: a b c\nlist: \"|/bin/cmd a, b\", /var/mail/x\nempty:\npipe: |/bin/cmd arg\n"
              "noc\na@b.example: qq\npl+us: x\ncolon: a: b\n"),
        "2!root=a, b,  c@d.example;Two words=x;q name=y;plain=z;multi=a b c;"
        "list=\"|/bin/cmd a, b\", /var/mail/x;10!pipe=|/bin/cmd arg;12!13!pl+us=x;colon=a: b;");
}

static void edges(void **state)
{
    (void)state;
    check(TABLE_OF_KEYS, SLICE(""), "");
    check(TABLE_OF_KEYS, SLICE("\n\n \n#\n"), "");
    check(TABLE_OF_KEYS, SLICE("a b"), "a=b;");
    check(TABLE_OF_KEYS, SLICE("a\n b"), "a=b;");
    check(TABLE_OF_KEYS, SLICE("a\n#\n#\n"), "1!");
    check(TABLE_OF_KEYS, SLICE("a b\n\n\n x\n"), "a=b x;");
    check(TABLE_OF_KEYS, SLICE("a\\"), "1!");
    check(TABLE_OF_KEYS, SLICE("\""), "1!");
    check(TABLE_OF_KEYS, SLICE("a\\ b c"), "a\\ b=c;");
    check(TABLE_OF_ALIASES, SLICE(": x"), "1!");
    check(TABLE_OF_ALIASES, SLICE("\"\": x"), "1!");
    check(TABLE_OF_ALIASES, SLICE("\"a:b\": x"), "a:b=x;");
    check(TABLE_OF_ALIASES, SLICE("\"a\\\"b\": x"), "a\"b=x;");
}

/* A text of `count` bytes between two others. */
static struct buf around(const char *before, size_t count, const char *after)
{
    struct buf text = {0};
    buf_add_str(&text, before);
    memset(buf_reserve(&text, count), 'a', count);
    text.len += count;
    buf_add_str(&text, after);
    return text;
}

static void check_around(const char *before, size_t count, const char *after, bool is_row)
{
    CLEANUP_BUF struct buf text = around(before, count, after);
    struct table_text reader = {.rest = buf_slice(&text)};
    struct table_row row;
    assert_true(table_text_next(&reader, &row));
    assert_int_equal(row.fault == NULL, is_row);
    assert_true(table_text_next(&reader, &row)); /* the one behind is whole */
    assert_true(row.fault == NULL && slice_eq(row.key, SLICE("k")));
    assert_false(table_text_next(&reader, &row));
    table_text_done(&reader);
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    check_around("", TABLE_KEY_MAX, " v\nk v\n", true);
    check_around("", TABLE_KEY_MAX + 1, " v\nk v\n", false);
    check_around("x ", TABLE_VALUE_MAX, "\nk v\n", true);
    check_around("x ", TABLE_VALUE_MAX + 1, "\nk v\n", false);
    check_around("x y\n ", TABLE_VALUE_MAX * 2, "\n z\n z\nk v\n", false);
    check_around("x\n ", 1 << 20, "\nk v\n", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_postmap_reads),
        cmocka_unit_test(as_postalias_reads),
        cmocka_unit_test(edges),
        cmocka_unit_test(lengths_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
