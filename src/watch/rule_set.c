/* SPDX-License-Identifier: Apache-2.0
 *
 * See rule_set.h. A scan gives the numbers of the patterns that match; `owner_of` says whose they
 * are. Rules without any match are looked at each time: they are few.
 */
#include "watch/rule_set.h"

#include <stdlib.h>

#include "base/memory.h"
#include "watch/pattern_set.h"
#include "watch/token_regex.h"

#define NO_RULE UINT32_MAX

struct rule_set {
    struct arena *arena;
    struct reply_rules rules;
    struct ready_rule *ready; /* [rules.count] */
    uint32_t *owner_of;   /* [pattern]: index of the rule it is a match of; NO_RULE: an unless */
    uint32_t *textless;   /* rules without match */
    uint32_t *candidates; /* scratch: ranks; room for each `match` line and textless rule */
    size_t textless_count;
    struct pattern_set *patterns;
    bool compiled;
};

static uint32_t place_of(uint32_t rank)
{
    return rank & (REPLY_RULES_MAX - 1);
}

static bool find_providers(struct rule_set *set, struct ready_rule *ready,
                           const struct provider_table *providers, struct err *err)
{
    const struct reply_values *names = &ready->rule->providers;
    ready->providers =
        arena_alloc(set->arena, (names->count + 1) * sizeof(const struct provider *));
    for (size_t i = 0; i < names->count; i++) {
        ready->providers[i] = provider_named(providers, names->items[i].text);
        if (ready->providers[i] == NULL)
            return err_set(err, ERR_INPUT, "line %u: expected the name of a provider, found '%.*s'",
                           names->items[i].line, SLICE_ARG(names->items[i].text));
    }
    return true;
}

static bool make_ready(struct rule_set *set, uint32_t index, enum rule_owner owner,
                       const struct provider_table *providers, struct err *err)
{
    struct ready_rule *ready = &set->ready[index];
    const struct reply_rule *rule = ready->rule = &set->rules.items[index];
    ready->rank = reply_rule_rank(rule, owner == RULES_OPERATOR, index);
    if (!reply_class_from_word(rule->class, &ready->class))
        return err_set(err, ERR_INPUT, "line %u: expected a class such as addr_dead, found '%.*s'",
                       rule->class_line, SLICE_ARG(rule->class));
    if (rule->scope.len > 0 && !reply_scope_from_word(rule->scope, &ready->scope))
        return err_set(err, ERR_INPUT, "line %u: expected a scope such as recipient, found '%.*s'",
                       rule->scope_line, SLICE_ARG(rule->scope));
    if (owner == RULES_OPERATOR && rule->token.text.len > 0) {
        ready->token = token_regex_new(rule->token.text, err);
        if (ready->token == NULL)
            return err_at(err, "line %u", rule->token.line);
    }
    return find_providers(set, ready, providers, err);
}

/* Numbers the patterns as pattern_set.h says. */
static void assign_patterns(struct rule_set *set)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < set->rules.count; i++) {
        const struct reply_rule *rule = &set->rules.items[i];
        for (size_t k = 0; k < rule->match.count; k++)
            set->owner_of[next++] = i;
        set->ready[i].first_unless = next;
        for (size_t k = 0; k < rule->unless.count; k++)
            set->owner_of[next++] = NO_RULE;
        if (rule->match.count == 0)
            set->textless[set->textless_count++] = i;
    }
}

static bool load(struct rule_set *set, struct slice text, struct slice saved, struct err *err)
{
    if (!reply_rules_parse(text, set->arena, &set->rules, err))
        return false;
    size_t patterns = pattern_count(&set->rules);
    set->ready = arena_alloc(set->arena, set->rules.count * sizeof(set->ready[0]));
    set->owner_of = arena_alloc(set->arena, patterns * sizeof(set->owner_of[0]));
    set->textless = arena_alloc(set->arena, set->rules.count * sizeof(set->textless[0]));
    set->candidates =
        arena_alloc(set->arena, (patterns + set->rules.count) * sizeof(set->candidates[0]));
    assign_patterns(set);
    set->patterns = saved.len ? pattern_set_load(saved, &set->rules) : NULL;
    set->compiled = set->patterns == NULL;
    if (set->compiled)
        set->patterns = pattern_set_new(&set->rules, false, err);
    return set->patterns != NULL;
}

struct rule_set *rule_set_new(struct slice text, struct slice saved, enum rule_owner owner,
                              const struct provider_table *providers, struct err *err)
{
    struct rule_set *set = MEM_NEW(struct rule_set);
    set->arena = arena_new(65536);
    bool good = load(set, text, saved, err);
    for (uint32_t i = 0; good && i < set->rules.count; i++)
        good = make_ready(set, i, owner, providers, err);
    if (good)
        return set;
    rule_set_free(set);
    return NULL;
}

void rule_set_free(struct rule_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; set->ready != NULL && i < set->rules.count; i++)
        token_regex_free(set->ready[i].token);
    pattern_set_free(set->patterns);
    arena_free(set->arena);
    mem_free(set);
}

static bool provider_holds(const struct ready_rule *ready, const struct provider *provider)
{
    for (size_t i = 0; i < ready->rule->providers.count; i++)
        if (ready->providers[i] == provider)
            return true;
    return ready->rule->providers.count == 0;
}

static bool code_holds(const struct reply_rule *rule, uint32_t code)
{
    for (size_t i = 0; i < rule->code_count; i++)
        if (reply_code_matches(&rule->codes[i], code))
            return true;
    return rule->code_count == 0;
}

static bool dsn_holds(const struct reply_rule *rule, const struct rule_query *query)
{
    for (size_t i = 0; query->has_dsn && i < rule->dsn_count; i++)
        if (reply_dsn_matches(&rule->dsns[i], &query->dsn))
            return true;
    return rule->dsn_count == 0;
}

/* All but the `unless` lines. */
static bool conditions_hold(const struct ready_rule *ready, const struct rule_query *query)
{
    const struct reply_rule *rule = ready->rule;
    if (rule->stages != 0 && !(rule->stages >> query->stage & 1u))
        return false;
    if (query->time_us < rule->since_us ||
        (query->time_us >= rule->until_us && rule->until_us != INT64_MAX))
        return false;
    return code_holds(rule, query->code) && dsn_holds(rule, query) &&
           provider_holds(ready, query->provider);
}

static bool is_excepted(const struct rule_set *set, const struct ready_rule *ready)
{
    for (uint32_t i = 0; i < ready->rule->unless.count; i++)
        if (pattern_set_hit(set->patterns, ready->first_unless + i))
            return true;
    return false;
}

static bool may_win(const struct ready_rule *ready, const struct rule_query *query,
                    const struct ready_rule *best)
{
    return (best == NULL || ready->rank < best->rank) && conditions_hold(ready, query);
}

static int compare_ranks(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The strongest candidate goes first, so that hardly any exception is looked at. */
static const struct ready_rule *best_candidate(struct rule_set *set, size_t count)
{
    qsort(set->candidates, count, sizeof(set->candidates[0]), compare_ranks);
    for (size_t i = 0; i < count; i++) {
        const struct ready_rule *ready = &set->ready[place_of(set->candidates[i])];
        if (!is_excepted(set, ready))
            return ready;
    }
    return NULL;
}

/* The best of those whose `match` lines were found; NULL: none beats `best`. */
static const struct ready_rule *best_found(struct rule_set *set, struct pattern_hits hits,
                                           const struct rule_query *query,
                                           const struct ready_rule *best)
{
    size_t count = 0;
    for (size_t i = 0; i < hits.count; i++) {
        const struct ready_rule *ready = &set->ready[set->owner_of[hits.ids[i]]];
        if (may_win(ready, query, best))
            set->candidates[count++] = ready->rank;
    }
    return best_candidate(set, count);
}

/* The best of those without `match` lines; NULL: none beats `best`. */
static const struct ready_rule *best_textless(struct rule_set *set, const struct rule_query *query,
                                              const struct ready_rule *best)
{
    size_t count = 0;
    for (size_t i = 0; i < set->textless_count; i++) {
        const struct ready_rule *ready = &set->ready[set->textless[i]];
        if (may_win(ready, query, best))
            set->candidates[count++] = ready->rank;
    }
    return best_candidate(set, count);
}

/* Waves go from strong rules to weak ones: behind a find there is nothing better. */
const struct ready_rule *rule_set_best(struct rule_set *set, struct slice text,
                                       const struct rule_query *query,
                                       const struct ready_rule *best)
{
    struct pattern_hits hits;
    const struct ready_rule *found = NULL;
    pattern_set_begin(set->patterns, text);
    while (found == NULL && pattern_set_next(set->patterns, &hits))
        found = best_found(set, hits, query, best);
    best = found ? found : best;
    const struct ready_rule *textless = best_textless(set, query, best);
    return textless ? textless : best;
}

struct slice rule_set_token(struct rule_set *set, const struct ready_rule *rule, struct slice words)
{
    if (rule->rule->token.text.len == 0)
        return (struct slice){NULL, 0};
    struct ready_rule *own = &set->ready[rule - set->ready];
    if (own->token == NULL)
        own->token = token_regex_new(own->rule->token.text, NULL);
    return own->token ? token_regex_find(own->token, words) : (struct slice){NULL, 0};
}

bool rule_set_was_compiled(const struct rule_set *set)
{
    return set->compiled;
}

const struct reply_rules *rule_set_rules(const struct rule_set *set)
{
    return &set->rules;
}
