/* SPDX-License-Identifier: Apache-2.0
 *
 * The form of a rule file: what is read, what is refused and how the refusal is worded.
 */
#include "mail/reply_rule.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/reply_rule_private.h"

static void assert_slice(struct slice got, const char *want)
{
    if (!slice_eq(got, slice_from_str(want)))
        fail_msg("'%.*s' instead of '%s'", SLICE_ARG(got), want);
}

static void whole_rule(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    struct reply_rules rules;
    struct err err = {0};
    bool good = reply_rules_parse(
        SLICE("# head\n\n"
              "rule  first-one \r\n"
              "class block_ip\n"
              "scope ip\n"
              "# between\n"
              "action alert+detour\n"
              "tier token\n"
              "provider google  docomo\n"
              "provider mimecast\n"
              "code 550 45x 5xx\n"
              "dsn 5.7.1 x.7.x 5.7.606-5.7.649\n"
              "stage rcpt eod\n"
              "since 2025-03-12\n"
              "until 2025-03-13\n"
              "match one  two\n"
              "match three # four\n"
              "unless five\n"
              "token (TSS\\d+)\n"
              "list spamhaus\n"
              "url https://x.jp/a\n"
              "example {stage=rcpt relay=mx.x.jp time=2025-01-01 code=550 dsn=5.1.1} 550 a\n"
              "not b {c}\n"
              "\n\n"
              "rule second\nclass rate\ntier code\ncode 421"),
        arena, &rules, &err);
    if (!good)
        fail_msg("%s", err.text);
    assert_int_equal(rules.count, 2);
    const struct reply_rule *rule = &rules.items[0];
    assert_slice(rule->id, "first-one");
    assert_slice(rule->class, "block_ip");
    assert_slice(rule->scope, "ip");
    assert_slice(rule->action, "alert+detour");
    assert_int_equal(rule->line, 3);
    assert_int_equal(rule->class_line, 4);
    assert_int_equal(rule->tier, REPLY_TIER_TOKEN);
    assert_int_equal(rule->providers.count, 3);
    assert_slice(rule->providers.items[2].text, "mimecast");
    assert_int_equal(rule->code_count, 3);
    assert_int_equal(rule->dsn_count, 3);
    assert_int_equal(rule->stages, 1u << REPLY_STAGE_RCPT | 1u << REPLY_STAGE_EOD);
    assert_int_equal(rule->until_us - rule->since_us, INT64_C(2) * 86400 * 1000000);
    assert_int_equal(rule->match.count, 2);
    assert_slice(rule->match.items[0].text, "one  two");
    assert_slice(rule->match.items[1].text, "three # four");
    assert_int_equal(rule->match.items[1].line, 17);
    assert_int_equal(rule->unless.count, 1);
    assert_slice(rule->token.text, "(TSS\\d+)");
    assert_slice(rule->list, "spamhaus");
    assert_slice(rule->url, "https://x.jp/a");
    assert_int_equal(rule->example_count, 2);
    const struct reply_example *example = &rule->examples[0];
    assert_slice(example->text, "550 a");
    assert_slice(example->relay, "mx.x.jp");
    assert_slice(example->dsn, "5.1.1");
    assert_int_equal(example->stage, REPLY_STAGE_RCPT);
    assert_int_equal(example->code, 550);
    assert_int_equal(example->time_us, INT64_C(1735689600000000));
    assert_false(example->negative);
    assert_slice(rule->examples[1].text, "b {c}");
    assert_true(rule->examples[1].negative);
    assert_slice(rules.items[1].action, "none");
    assert_int_equal(rules.items[1].since_us, INT64_MIN);
    assert_int_equal(rules.items[1].until_us, INT64_MAX);
    arena_free(arena);
}

/* Text of a file and what its refusal says. */
static const char *const refusals[][2] = {
    {"class rate\n", "line 1: expected 'rule NAME' as the first line of a block, found 'class'"},
    {"rule a\nclass rate\n", "line 1: rule 'a' needs a class and a tier"},
    {"\nrule a\nclass rate\ntier phrase\n", "line 2: rule 'a' needs a match"},
    {"rule a\nclass rate\ntier code\n", "line 1: rule 'a' needs a match, code, dsn or stage"},
    {"rule a\nrule b\n", "line 2: expected an empty line before the next 'rule'"},
    {"rule a\nclass b\nclass c\n", "line 3: 'class' is given twice"},
    {"rule a b\n", "line 1: expected one word of at most 64 bytes as the rule's name, found 'a b'"},
    {"rule\n", "line 1: 'rule' needs a value"},
    {"rule a\nmatch   \n", "line 2: 'match' needs a value"},
    {"rule a\nmacht x\n", "line 2: expected a key such as rule, class, match, found 'macht'"},
    {"rule a\ntier best\n",
     "line 2: expected token, list, phrase, stage, dsn or code, found 'best'"},
    {"rule a\ncode 55\n", "line 2: expected a reply code such as 550, 45x or 5xx, found '55'"},
    {"rule a\ncode 550 150\n",
     "line 2: expected a reply code such as 550, 45x or 5xx, found '150'"},
    {"rule a\ndsn 5.7\n", "line 2: expected an enhanced code"},
    {"rule a\ndsn 5.7.9-5.7.1\n", "line 2: expected an enhanced code"},
    {"rule a\ndsn 5.7.1-5.8.2\n", "line 2: expected an enhanced code"},
    {"rule a\nstage helo rcpt then\n", "line 2: expected connect, greeting,"},
    {"rule a\nsince 2025-02-29\n", "line 2: expected a day as YYYY-MM-DD, found '2025-02-29'"},
    {"rule a\nuntil soon\n", "line 2: expected a day as YYYY-MM-DD, found 'soon'"},
    {"rule a\nclass b\ntier code\ncode 5xx\nsince 2025-03-02\nuntil 2025-03-01\n",
     "line 1: rule 'a' ends before it begins"},
    {"rule a\nurl x.jp\n", "line 2: expected one http, https or mailto link, found 'x.jp'"},
    {"rule a\nexample {stage=nowhere} x\n",
     "line 2: expected stage=, relay=, code=, dsn= or time=YYYY-MM-DD, found 'stage=nowhere'"},
    {"rule a\nexample {stage=rcpt}\n", "line 2: expected a reply"},
    {"rule a\nmatch x\x01y\n", "line 2: expected text, found a control byte"},
    {"rule a\nclass b\ntier code\ncode 421\n\nrule a\n", "line 6: rule 'a' is there already"},
};

static void refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct reply_rules rules = {NULL, 77};
        struct err err = {0};
        assert_false(reply_rules_parse(slice_from_str(refusals[i][0]), arena, &rules, &err));
        if (strncmp(err.text, refusals[i][1], strlen(refusals[i][1])) != 0)
            fail_msg("'%s' instead of '%s'", err.text, refusals[i][1]);
        assert_int_equal(rules.count, 77);
        assert_false(reply_rules_parse(slice_from_str(refusals[i][0]), arena, &rules, NULL));
    }
    arena_free(arena);
}

static bool parses(const struct buf *text)
{
    struct arena *arena = arena_new(4096);
    struct reply_rules rules;
    bool good = reply_rules_parse(buf_slice(text), arena, &rules, NULL);
    arena_free(arena);
    return good;
}

static void bounds(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    assert_true(parses(&text));
    buf_add_str(&text, "rule a\nclass b\ntier phrase\n");
    for (int i = 0; i < REPLY_RULE_VALUES_MAX; i++)
        buf_add_str(&text, "match x\n");
    assert_true(parses(&text));
    buf_add_str(&text, "match x\n");
    assert_false(parses(&text));

    buf_clear(&text);
    buf_add_str(&text, "rule a\nclass b\ntier phrase\nmatch ");
    for (int i = 0; i < REPLY_RULE_REGEX_MAX; i++)
        buf_add_char(&text, 'x');
    assert_true(parses(&text));
    buf_add_char(&text, 'x');
    assert_false(parses(&text));

    buf_clear(&text);
    for (int i = 0; i < REPLY_RULES_MAX; i++)
        buf_addf(&text, "rule r%d\nclass b\ntier code\ncode 5xx\n\n", i);
    assert_true(parses(&text));
    buf_add_str(&text, "rule more\nclass b\ntier code\ncode 5xx\n");
    assert_false(parses(&text));
}

static void codes(void **state)
{
    (void)state;
    struct reply_code_pattern pattern;
    assert_true(reply_code_pattern_parse(SLICE("45x"), &pattern, NULL));
    assert_true(reply_code_matches(&pattern, 450));
    assert_true(reply_code_matches(&pattern, 459));
    assert_false(reply_code_matches(&pattern, 460));
    assert_false(reply_code_matches(&pattern, 550));
    assert_false(reply_code_matches(&pattern, 0));
    assert_true(reply_code_pattern_parse(SLICE("xxx"), &pattern, NULL));
    assert_true(reply_code_matches(&pattern, 250));
    assert_false(reply_code_matches(&pattern, 1250));
}

static bool dsn_fits(const char *pattern_text, const char *dsn_text)
{
    struct reply_dsn_pattern pattern;
    struct reply_dsn dsn;
    assert_true(reply_dsn_pattern_parse(slice_from_str(pattern_text), &pattern, NULL));
    assert_true(reply_dsn_parse(slice_from_str(dsn_text), &dsn));
    return reply_dsn_matches(&pattern, &dsn);
}

static void dsns(void **state)
{
    (void)state;
    assert_true(dsn_fits("5.7.1", "5.7.1"));
    assert_false(dsn_fits("5.7.1", "4.7.1"));
    assert_false(dsn_fits("5.7.1", "5.7.11"));
    assert_true(dsn_fits("x.7.1", "4.7.1"));
    assert_true(dsn_fits("5.7.x", "5.7.999"));
    assert_false(dsn_fits("5.7.x", "5.6.0"));
    assert_true(dsn_fits("5.7.606-5.7.649", "5.7.606"));
    assert_true(dsn_fits("5.7.606-5.7.649", "5.7.649"));
    assert_false(dsn_fits("5.7.606-5.7.649", "5.7.650"));
    assert_true(dsn_fits("x.7.321-x.7.325", "4.7.324"));
    assert_true(dsn_fits("x.x.x", "2.0.0"));
    struct reply_dsn dsn;
    static const char *const bad[] = {"",      "5",        "5.7",   "5.7.",  "5.7.1.1",
                                      "3.7.1", "5.7.1234", "a.b.c", "5.7.1 "};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(reply_dsn_parse(slice_from_str(bad[i]), &dsn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_rule), cmocka_unit_test(refused), cmocka_unit_test(bounds),
        cmocka_unit_test(codes),      cmocka_unit_test(dsns),
    };
    return cmocka_run_group_tests_name("mail/reply_rule", tests, NULL, NULL);
}
