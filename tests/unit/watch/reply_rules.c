/* SPDX-License-Identifier: Apache-2.0
 *
 * The built-in rules against the replies they quote: each example is won by its rule, no `not` line
 * gets the rule's class, no rule is without an example, every expression compiles, the database in
 * the program is the one of these rules.
 */
#include "watch/classifier.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/data.h"
#include "base/memory.h"
#include "mail/reply_rule.h"
#include "mail/stamp.h"
#include "watch/pattern_set.h"
#include "watch/token_regex.h"

struct fixture {
    struct arena *arena;
    struct reply_rules rules;
    struct classifier *classifier;
};

static int setup(void **state)
{
    struct fixture *fixture = MEM_NEW(struct fixture);
    struct err err = {0};
    fixture->arena = arena_new(65536);
    if (!reply_rules_parse(data_replies(), fixture->arena, &fixture->rules, &err))
        fail_msg("%s", err.text);
    fixture->classifier = classifier_new(NULL, &err);
    if (fixture->classifier == NULL)
        fail_msg("%s", err.text);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    classifier_free(fixture->classifier);
    arena_free(fixture->arena);
    mem_free(fixture);
    return 0;
}

static struct verdict classify(const struct fixture *fixture, const struct reply_example *example)
{
    struct reply_facts facts = {
        .text = example->text,
        .code = example->code,
        .dsn = example->dsn,
        .stage = example->stage,
        .relay = example->relay,
        .time_us = example->time_us,
    };
    struct verdict verdict;
    classifier_run(fixture->classifier, &facts, &verdict);
    return verdict;
}

static bool is_won(const struct fixture *fixture, const struct reply_rule *rule,
                   const struct reply_example *example)
{
    struct verdict verdict = classify(fixture, example);
    if (slice_eq(slice_from_str(verdict.rule), rule->id))
        return true;
    print_message("# line %u: example of %.*s is won by '%s'\n", example->line, SLICE_ARG(rule->id),
                  verdict.rule);
    return false;
}

static bool is_refused(const struct fixture *fixture, const struct reply_rule *rule,
                       const struct reply_example *example)
{
    struct verdict verdict = classify(fixture, example);
    if (!slice_eq(slice_from_str(reply_class_word(verdict.class)), rule->class))
        return true;
    print_message("# line %u: 'not' line of %.*s has its class by '%s'\n", example->line,
                  SLICE_ARG(rule->id), verdict.rule);
    return false;
}

static void examples(void **state)
{
    const struct fixture *fixture = *state;
    unsigned bad = 0;
    for (size_t i = 0; i < fixture->rules.count; i++) {
        const struct reply_rule *rule = &fixture->rules.items[i];
        for (size_t k = 0; k < rule->example_count; k++) {
            const struct reply_example *example = &rule->examples[k];
            bad += example->negative ? !is_refused(fixture, rule, example)
                                     : !is_won(fixture, rule, example);
        }
    }
    assert_int_equal(bad, 0);
}

/* A rule that wins none of its own examples, or has none, may be shadowed by another one. */
static void no_rule_is_shadowed(void **state)
{
    const struct fixture *fixture = *state;
    unsigned bad = 0;
    for (size_t i = 0; i < fixture->rules.count; i++) {
        const struct reply_rule *rule = &fixture->rules.items[i];
        bool won = false;
        for (size_t k = 0; k < rule->example_count; k++)
            won |= !rule->examples[k].negative && is_won(fixture, rule, &rule->examples[k]);
        if (!won)
            print_message("# line %u: nothing shows that %.*s can win\n", rule->line,
                          SLICE_ARG(rule->id));
        bad += !won;
    }
    assert_int_equal(bad, 0);
}

static void tokens(void **state)
{
    const struct fixture *fixture = *state;
    unsigned bad = 0;
    for (size_t i = 0; i < fixture->rules.count; i++) {
        const struct reply_rule *rule = &fixture->rules.items[i];
        if (rule->token.text.len == 0)
            continue;
        struct err err = {0};
        struct token_regex *regex = token_regex_new(rule->token.text, &err);
        if (regex == NULL)
            fail_msg("line %u: %s", rule->token.line, err.text);
        bool found = false;
        for (size_t k = 0; k < rule->example_count; k++)
            found |= token_regex_find(regex, rule->examples[k].text).len > 0;
        if (!found)
            print_message("# line %u: token of %.*s is in none of its examples\n", rule->token.line,
                          SLICE_ARG(rule->id));
        bad += !found;
        token_regex_free(regex);
    }
    assert_int_equal(bad, 0);
}

/* Each database alone: an expression that is slow to compile or too large shows by its line. */
static void expressions(void **state)
{
    const struct fixture *fixture = *state;
    assert_false(classifier_compiled_at_start(fixture->classifier));
    assert_true(fixture->rules.count > 100);
    assert_true(pattern_count(&fixture->rules) > fixture->rules.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(no_rule_is_shadowed),
        cmocka_unit_test(tokens),
        cmocka_unit_test(expressions),
    };
    return cmocka_run_group_tests_name("watch/reply_rules", tests, setup, teardown);
}
