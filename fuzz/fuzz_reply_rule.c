/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever the bytes: a rule file is read or refused with a line number; what was read keeps the
 * promises of reply_rule.h.
 */
#include "mail/reply_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct slice text)
{
    ASSERT(text.len > 0 && text.ptr[text.len] == '\0');
    ASSERT(strlen(text.ptr) == text.len);
}

static void check_values(struct reply_values values)
{
    ASSERT(values.count <= REPLY_RULE_VALUES_MAX);
    for (size_t i = 0; i < values.count; i++)
        check_value(values.items[i].text);
}

static void check_rule(const struct reply_rule *rule)
{
    check_value(rule->id);
    check_value(rule->class);
    check_value(rule->action);
    check_values(rule->providers);
    check_values(rule->match);
    check_values(rule->unless);
    ASSERT(rule->since_us < rule->until_us);
    ASSERT(rule->code_count <= REPLY_RULE_VALUES_MAX && rule->dsn_count <= REPLY_RULE_VALUES_MAX);
    for (size_t i = 0; i < rule->dsn_count; i++)
        ASSERT(rule->dsns[i].detail_min <= rule->dsns[i].detail_max);
    for (size_t i = 0; i < rule->example_count; i++)
        ASSERT(rule->examples[i].text.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct reply_rules rules;
    struct err err = {0};
    if (reply_rules_parse(slice_of((const char *)data, size), arena, &rules, &err))
        for (size_t i = 0; i < rules.count; i++)
            check_rule(&rules.items[i]);
    else
        ASSERT(strncmp(err.text, "line ", 5) == 0);
    arena_free(arena);
    return 0;
}
