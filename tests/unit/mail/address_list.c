/* SPDX-License-Identifier: Apache-2.0
 *
 * The right side of aliases, as aliases(5) and virtual(5) show them, and such as is of no form.
 */
#include "mail/address_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void table(void **state)
{
    static const struct {
        const char *list, *items; /* m: mail, c: command, f: file, i: include, ! bad */
    } rows[] = {
        {"taro", "m<taro>"},
        {"taro, jiro@example.jp", "m<taro>m<jiro@example.jp>"},
        {"taro,jiro,", "m<taro>m<jiro>"},
        {" , ,", ""},
        {"", ""},
        {"@example.jp", "m<@example.jp>"},
        {"\"john doe\"@example.jp, a", "m<\"john doe\"@example.jp>m<a>"},
        {"\"a,b\"@example.jp", "m<\"a,b\"@example.jp>"},
        {"\"a\\\",b\"@example.jp", "m<\"a\\\",b\"@example.jp>"},
        {"Taro Yamada <taro@example.jp>", "m<taro@example.jp>"},
        {"\"Yamada, Taro\" <taro@example.jp>, a", "m<taro@example.jp>m<a>"},
        {"\"<x@y>\" <taro@example.jp>", "m<taro@example.jp>"},
        {"<taro@example.jp>", "m<taro@example.jp>"},
        {"(at, home) taro, jiro(a (b), c)", "m<taro>m<jiro>"},
        {"ta(x)ro", "m<taro>"},
        {"(all of it)", ""},
        {"\\taro, jiro", "m<taro>m<jiro>"},
        {"|/usr/bin/list", "c"},
        {"\"|/usr/bin/list a, b\", taro", "cm<taro>"},
        {"|/usr/bin/list a", "c"},
        {"/var/mail/x, /dev/null", "ff"},
        {"\"/var/mail/x y\"", "f"},
        {":include:/etc/list", "i"},
        {"\":include:/etc/a list\", :INCLUDE:/x", "ii"},
        {":fail:x", "!"},
        {"a b c", "!"},
        {"grp: a, b;", "!!"},
        {"\"open, a", "!"},
        {"<open, a", "!"},
        {"(open, a", "!"},
        {"a>, b", "!m<b>"},
        {"\\", "!"},
        {"a\\", "m<a\\>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf said = {0}, scratch = {0};
        struct slice rest = slice_from_str(rows[i].list);
        struct address_item item;
        while (address_list_next(&rest, &scratch, &item)) {
            buf_add_char(&said, "mcfi!"[item.kind]);
            if (item.kind == ADDRESS_MAIL)
                buf_addf(&said, "<%.*s>", SLICE_ARG(item.text));
        }
        assert_string_equal(buf_str(&said), rows[i].items);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
