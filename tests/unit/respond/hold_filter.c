/* SPDX-License-Identifier: Apache-2.0
 *
 * How rules become lines. tests/e2e/test_hold_filter.py gives the table to Postfix.
 */
#include "respond/hold_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "respond/hold_expression.h"

static void expressions(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *table;
    } rows[] = {
        {"a", "(?:a)"},
        {"a b", "(?:a(?&g)b)"},
        {"a\\s*b", "(?:a(?&g)*b)"},
        {"a/b\\/c[/]", "(?:a\\/b\\/c[\\/])"},
        {"[]a ^$]x", "(?:[]a ^$]x)"},
        {"[^]/ ]", "(?:[^]\\/ ])"},
        {"[[:alpha:] /]", "(?:[[:alpha:] \\/])"},
        {"^a", "(?:(?<= said: )(?&c)?a)"},
        {"a$", "(?:a(?= *(?:\\(in reply to |$)))"},
        {"\\^\\$\\ \\[ ", "(?:\\^\\$\\ \\[(?&g))"},
        {"届く", "(?:届く)"},
        /* Nothing of these compiles; the slash that ends is still the last. */
        {"a\\", "(?:a\\)"},
        {"[/", "(?:[\\/)"},
        {"[\\", "(?:[\\)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf got = {0};
        hold_expression_put(slice_from_str(rows[i].rule), &got);
        assert_string_equal(buf_str(&got), rows[i].table);
    }
    assert_true(hold_expression_is_wide(SLICE("a届")));
    assert_false(hold_expression_is_wide(SLICE("a~")));
}

static void make(const char *rules, const char *own, int64_t now_us, struct buf *to)
{
    struct arena *arena = arena_new(4096);
    struct reply_rules parsed[2];
    struct err err;
    const char *const texts[] = {rules, own};
    for (size_t i = 0; i < 2; i++)
        if (!reply_rules_parse(slice_from_str(texts[i]), arena, &parsed[i], &err))
            fail_msg("%s", err.text);
    struct provider_table *providers =
        provider_table_new(SLICE("p\t*a.example .b.example\t-\nempty\t-\tc.example\n"), &err);
    struct hold_filter_rules both = {&parsed[0], own[0] ? &parsed[1] : NULL, providers};
    hold_filter_make(&both, now_us, to);
    provider_table_free(providers);
    arena_free(arena);
}

/* Comments and what stands on every line taken off. */
static void strip(const char *text, struct buf *to)
{
    struct slice rest = slice_from_str(text);
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');
        const char *end = slice_find(line, slice_from_str(hold_expression_definitions));
        if (!slice_take_prefix(&line, SLICE("/(*LIMIT_MATCH=200000)")))
            continue;
        assert_non_null(end);
        buf_add(to, slice_between(line.ptr, end));
        buf_add(to, slice_skip(slice_between(end, slice_end(line)),
                               strlen(hold_expression_definitions)));
        buf_add_char(to, '\n');
    }
}

static void check(const char *rules, const char *own, const char *expected)
{
    CLEANUP_BUF struct buf table = {0}, got = {0};
    make(rules, own, INT64_C(1700000000000000), &table);
    strip(buf_str(&table), &got);
    assert_string_equal(buf_str(&got), expected);
}

#define RULE(id, class, rest) "rule " id "\nclass " class "\n" rest "example 550 x\n\n"
#define HEAD "\\S+ host \\S+ said: "

static void lines(void **state)
{
    (void)state;
    check(RULE("a", "block_ip", "tier phrase\nmatch x\nmatch y\nunless z\nunless w\n"), "",
          "^(5)(?=(.*)$)(?=" HEAD ".*?(?:(?:x)|(?:y)))(?!" HEAD ".*?(?:z))(?!" HEAD
          ".*?(?:w))/ 4$2\n");
    check(RULE("a", "rate", "tier token\ncode 4xx 55x 421\nmatch x\n"), "",
          "^(5)(?=(.*)$)(?=" HEAD "(?:55\\d)[- ])(?=" HEAD ".*?(?:(?:x)))/ 4$2\n");
    check(RULE("a", "rate", "tier token\nstage rcpt eod connect\nmatch x\n"), "",
          "^(5)(?=(.*)$)(?=.* \\(in reply to (?:RCPT TO|end of DATA) command\\)$)(?=" HEAD
          ".*?(?:(?:x)))/ 4$2\n");
    check(RULE("a", "rate_rcpt", "tier token\nprovider p\nmatch x\n"), "",
          "^(5)(?=(.*)$)(?=\\S+ host (?:[^ []*\\.)?(?:b\\.example|a\\.example)\\.?\\[)(?=" HEAD
          ".*?(?:(?:x)))/ 4$2\n");
    check(RULE("a", "block_domain", "tier dsn\ndsn 5.7.1-5.7.2 x.1.x\n"), "",
          "^(?=(?:(?!5\\.0\\.0 )|5" HEAD
          "\\d\\d\\d[- ]#?)(?:5\\.7\\.(?:1|2)|\\d+\\.1\\.(?:\\d+))(?![.\\d]))(5)(?=(.*)$)/ 4$2\n");
    check(RULE("a", "block_ip", "tier phrase\nmatch 届\n"), "",
          "(*UTF)^(5)(?=(.*)$)(?=" HEAD ".*?(?:(?:届)))/ 4$2\n");
}

/* The strongest first; what no held rule follows is left out, and what cannot be. */
static void order(void **state)
{
    (void)state;
    const char *const rules = RULE("weak", "block_ip", "tier phrase\nmatch w\n")
        RULE("strong", "addr_dead", "tier token\nmatch s\n") RULE("weaker", "addr_dead",
                                                                  "tier stage\nstage rcpt\n")
            RULE("refused-for-now", "rate", "tier token\ncode 4xx\nmatch n\n")
                RULE("at-the-greeting", "block_ip", "tier token\nstage greeting\nmatch g\n")
                    RULE("nobody", "block_ip", "tier token\nprovider empty\nmatch e\n")
                        RULE("past", "block_ip", "tier token\nuntil 2020-01-01\nmatch p\n")
                            RULE("to-come", "block_ip", "tier token\nsince 2030-01-01\nmatch c\n");
    check(rules, "",
          "^(5)(?=(.*)$)(?=" HEAD ".*?(?:(?:s)))/ $1$2\n"
          "^(5)(?=(.*)$)(?=" HEAD ".*?(?:(?:w)))/ 4$2\n");
    check(rules, RULE("own", "policy", "tier phrase\nmatch o\n"),
          "^(5)(?=(.*)$)(?=" HEAD ".*?(?:(?:s)))/ $1$2\n"
          "^(5)(?=(.*)$)(?=" HEAD ".*?(?:(?:o)))/ $1$2\n"
          "^(5)(?=(.*)$)(?=" HEAD ".*?(?:(?:w)))/ 4$2\n");
    check(RULE("dead", "addr_dead", "tier token\nmatch s\n"), "", "");
}

static void a_rule_with_much_to_match_is_divided(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf rules = {0}, table = {0};
    buf_add_str(&rules, "rule a\nclass rate\ntier phrase\nunless u\nexample 550 x\n");
    for (int i = 0; i < 60; i++) {
        buf_addf(&rules, "match m%d", i);
        for (int k = 0; k < 1000; k++)
            buf_add_char(&rules, 'x');
        buf_add_char(&rules, '\n');
    }
    make(buf_str(&rules), "", 0, &table);
    size_t count = 0;
    for (struct slice rest = buf_slice(&table); rest.ptr != NULL; count++) {
        struct slice line = slice_cut(&rest, '\n');
        assert_true(line.len < 6000);
        if (slice_starts_with(line, SLICE("/")))
            assert_non_null(slice_find(line, SLICE("(?:u))")));
    }
    assert_true(count > 12);
    assert_non_null(strstr(buf_str(&table), "(?:m59x"));
}

static void what_is_held(void **state)
{
    (void)state;
    size_t held = 0;
    for (int i = 0; i < REPLY_CLASS_COUNT; i++)
        held += hold_filter_holds((enum reply_class)i);
    assert_int_equal(held, 4);
    assert_false(hold_filter_holds(REPLY_CLASS_ADDR_DEAD));
    assert_false(hold_filter_holds(REPLY_CLASS_CONTENT_SPAM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions),  cmocka_unit_test(lines),
        cmocka_unit_test(order),        cmocka_unit_test(a_rule_with_much_to_match_is_divided),
        cmocka_unit_test(what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
