/* SPDX-License-Identifier: Apache-2.0
 *
 * Places of tables as the configuration says them, and what is told about those that are none.
 */
#include "store/lookup_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static void places(void **state)
{
    static const struct {
        const char *spec, *said; /* kind|path|query|text; else a part of what is wrong */
    } rows[] = {
        {"text:/etc/postfix/virtual", "0|/etc/postfix/virtual||"},
        {" proxy:texthash:/etc/x ", "0|/etc/x||"},
        {"alias:/etc/aliases", "1|/etc/aliases||"},
        {"lmdb:/etc/postfix/virtual", "2|/etc/postfix/virtual.lmdb||"},
        {"lmdb:/etc/postfix/virtual.lmdb", "2|/etc/postfix/virtual.lmdb||"},
        {"sqlite:/m.db?SELECT a FROM b WHERE c = :key AND d = '?'",
         "3|/m.db|SELECT a FROM b WHERE c = :key AND d = '?'|"},
        {"passwd-file:/etc/dovecot/users", "4|/etc/dovecot/users||"},
        {"static:mb1", "5|||mb1"},
        {"static:{ lmtp:[mb1]:24 }", "5|||lmtp:[mb1]:24"},
        {"inline:{a=b, c=d}", "6|||a=b, c=d"},
        {"inline:{}", "6|||"},
        {"regexp:/etc/x", "patterns of Postfix are not read"},
        {"PCRE:/etc/x", "patterns of Postfix are not read"},
        {"hash:/etc/x", "text:PATH"},
        {"mysql:/etc/x", "export it"},
        {"unionmap:{a, b}", "one by one"},
        {"h:/etc/x", "no kind of table"},
        {"/etc/x", "expected text:PATH"},
        {"", "expected text:PATH"},
        {":", "no kind of table"},
        {"text:", "a path from the root"},
        {"text:x", "a path from the root"},
        {"sqlite:/m.db", "sqlite:PATH?QUERY"},
        {"sqlite:/m.db? ", "sqlite:PATH?QUERY"},
        {"sqlite:?SELECT 1", "a path from the root"},
        {"inline:a=b", "expected inline"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(1024);
        struct lookup_place place;
        struct err err;
        CLEANUP_BUF struct buf said = {0};
        if (lookup_place_parse(slice_from_str(rows[i].spec), arena, &place, &err)) {
            buf_addf(&said, "%d|%s|%s|%.*s", (int)place.kind, place.path ? place.path : "",
                     place.query ? place.query : "", SLICE_ARG(place.text));
            assert_string_equal(buf_str(&said), rows[i].said);
        } else if (strstr(err.text, rows[i].said) == NULL) {
            fail_msg("%s: %s", rows[i].spec, err.text);
        }
        arena_free(arena);
    }
}

static void inline_rows(void **state)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", ""},
        {" , ,", ""},
        {"a=b", "a>b;"},
        {"a=b c=d,e=f", "a>b;c>d;e>f;"},
        {"{ a = b c }, { d = e, f }", "a>b c;d>e, f;"},
        {"{ a = { b } } c={d}", "a>b;c>d;"},
        {"@example.jp=lmtp:[mb1]:24", "@example.jp>lmtp:[mb1]:24;"},
        {"a=b=c", "a>b=c;"},
        {"a", "!expected KEY=VALUE or { KEY = VALUE }"},
        {"=b", "!expected KEY=VALUE or { KEY = VALUE }"},
        {"a=", "!expected KEY=VALUE or { KEY = VALUE }"},
        {"a=b {", "a>b;!braces that do not match"},
        {"a=b }", "a>b;!braces that do not match"},
        {"{a=b}}", "!braces that do not match"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice rest = slice_from_str(rows[i].text), name, value;
        const char *why;
        CLEANUP_BUF struct buf said = {0};
        while (lookup_place_next(&rest, &name, &value, &why))
            buf_addf(&said, "%.*s>%.*s;", SLICE_ARG(name), SLICE_ARG(value));
        if (why != NULL)
            buf_addf(&said, "!%s", why);
        assert_string_equal(buf_str(&said), rows[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(inline_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
