/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a rule file into an array of rules. A table names the keys; each handler checks one value
 * and puts it into the block at hand; the empty line (or the end) closes the block, which is where
 * what is missing is noticed. Linear; every count is bounded.
 */
#include "mail/reply_rule.h"

#include "base/civil.h"
#include "base/intern.h"
#include "mail/reply_rule_private.h"

struct value_list {
    struct reply_value items[REPLY_RULE_VALUES_MAX];
    size_t count;
};

/* The block at hand. */
struct block {
    struct reply_rule rule;
    struct value_list providers, match, unless;
    struct reply_code_pattern codes[REPLY_RULE_VALUES_MAX];
    struct reply_dsn_pattern dsns[REPLY_RULE_VALUES_MAX];
    struct reply_example examples[REPLY_RULE_VALUES_MAX];
    uint32_t seen; /* bit: index into key_table */
};

struct parser {
    struct arena *arena;
    struct intern *ids;
    struct block *block;
    struct reply_rule *rules; /* heap while growing */
    size_t count, capacity;
    uint32_t line;
    struct err *err;
};

static const char *const tier_words[] = {
#define X(name, word) [REPLY_TIER_##name] = word,
    REPLY_TIERS(X)
#undef X
};

static bool expected(struct parser *p, const char *what, struct slice found)
{
    return err_set(p->err, ERR_INPUT, "expected %s, found '%.*s'", what, SLICE_ARG(found));
}

static bool full(struct parser *p)
{
    return err_set(p->err, ERR_LIMIT, "more than %d values", REPLY_RULE_VALUES_MAX);
}

static struct slice keep(struct parser *p, struct slice value)
{
    return slice_of(arena_copy(p->arena, value.ptr, value.len), value.len);
}

static bool add_value(struct parser *p, struct value_list *list, struct slice value)
{
    if (list->count == REPLY_RULE_VALUES_MAX)
        return full(p);
    list->items[list->count++] = (struct reply_value){keep(p, value), p->line};
    return true;
}

static bool add_regex(struct parser *p, struct value_list *list, struct slice value)
{
    if (value.len > REPLY_RULE_REGEX_MAX)
        return err_set(p->err, ERR_LIMIT, "expression over %d bytes", REPLY_RULE_REGEX_MAX);
    return add_value(p, list, value);
}

static bool take_rule(struct parser *p, struct slice value)
{
    if (slice_find_char(value, ' ') != NULL || value.len > 64)
        return expected(p, "one word of at most 64 bytes as the rule's name", value);
    if (intern_find(p->ids, value) != INTERN_OTHER)
        return err_set(p->err, ERR_INPUT, "rule '%.*s' is there already", SLICE_ARG(value));
    intern_id(p->ids, value);
    p->block->rule.id = keep(p, value);
    p->block->rule.line = p->line;
    return true;
}

static bool take_class(struct parser *p, struct slice value)
{
    p->block->rule.class = keep(p, value);
    p->block->rule.class_line = p->line;
    return true;
}

static bool take_scope(struct parser *p, struct slice value)
{
    p->block->rule.scope = keep(p, value);
    p->block->rule.scope_line = p->line;
    return true;
}

static bool take_action(struct parser *p, struct slice value)
{
    p->block->rule.action = keep(p, value);
    return true;
}

static bool take_tier(struct parser *p, struct slice value)
{
    for (size_t i = 0; i < sizeof(tier_words) / sizeof(tier_words[0]); i++) {
        if (slice_eq(value, slice_from_str(tier_words[i]))) {
            p->block->rule.tier = (enum reply_tier)i;
            return true;
        }
    }
    return expected(p, "token, list, phrase, stage, dsn or code", value);
}

static bool take_providers(struct parser *p, struct slice value)
{
    while (value.ptr != NULL) {
        struct slice word = slice_cut(&value, ' ');
        if (word.len > 0 && !add_value(p, &p->block->providers, word))
            return false;
    }
    return true;
}

static bool take_codes(struct parser *p, struct slice value)
{
    struct reply_rule *rule = &p->block->rule;
    while (value.ptr != NULL) {
        struct slice word = slice_cut(&value, ' ');
        if (word.len == 0)
            continue;
        if (rule->code_count == REPLY_RULE_VALUES_MAX)
            return full(p);
        if (!reply_code_pattern_parse(word, &p->block->codes[rule->code_count++], p->err))
            return false;
    }
    return true;
}

static bool take_dsns(struct parser *p, struct slice value)
{
    struct reply_rule *rule = &p->block->rule;
    while (value.ptr != NULL) {
        struct slice word = slice_cut(&value, ' ');
        if (word.len == 0)
            continue;
        if (rule->dsn_count == REPLY_RULE_VALUES_MAX)
            return full(p);
        if (!reply_dsn_pattern_parse(word, &p->block->dsns[rule->dsn_count++], p->err))
            return false;
    }
    return true;
}

static bool take_stages(struct parser *p, struct slice value)
{
    while (value.ptr != NULL) {
        struct slice word = slice_cut(&value, ' ');
        enum reply_stage stage = REPLY_STAGE_NONE;
        if (word.len == 0)
            continue;
        if (!reply_stage_from_word(word, &stage) || stage == REPLY_STAGE_NONE)
            return expected(p, "connect, greeting, ehlo, starttls, auth, mail, rcpt, data or eod",
                            word);
        p->block->rule.stages |= 1u << stage;
    }
    return true;
}

static bool take_since(struct parser *p, struct slice value)
{
    return reply_date_parse(value, &p->block->rule.since_us) ||
           expected(p, "a day as YYYY-MM-DD", value);
}

static bool take_until(struct parser *p, struct slice value)
{
    if (!reply_date_parse(value, &p->block->rule.until_us))
        return expected(p, "a day as YYYY-MM-DD", value);
    p->block->rule.until_us += SECONDS_PER_DAY * US_PER_SECOND;
    return true;
}

static bool take_match(struct parser *p, struct slice value)
{
    return add_regex(p, &p->block->match, value);
}

static bool take_unless(struct parser *p, struct slice value)
{
    return add_regex(p, &p->block->unless, value);
}

static bool take_token(struct parser *p, struct slice value)
{
    if (value.len > REPLY_RULE_REGEX_MAX)
        return err_set(p->err, ERR_LIMIT, "expression over %d bytes", REPLY_RULE_REGEX_MAX);
    p->block->rule.token = (struct reply_value){keep(p, value), p->line};
    return true;
}

static bool take_list(struct parser *p, struct slice value)
{
    p->block->rule.list = keep(p, value);
    return true;
}

static bool take_url(struct parser *p, struct slice value)
{
    if (reply_find_url(value).len != value.len && !slice_starts_with(value, SLICE("mailto:")))
        return expected(p, "one http, https or mailto link", value);
    p->block->rule.url = keep(p, value);
    return true;
}

static bool add_example(struct parser *p, struct slice value, bool negative)
{
    struct reply_rule *rule = &p->block->rule;
    if (rule->example_count == REPLY_RULE_VALUES_MAX)
        return full(p);
    struct reply_example *example = &p->block->examples[rule->example_count];
    if (!reply_example_parse(keep(p, value), example, p->err))
        return false;
    example->line = p->line;
    example->negative = negative;
    rule->example_count++;
    return true;
}

static bool take_example(struct parser *p, struct slice value)
{
    return add_example(p, value, false);
}

static bool take_not(struct parser *p, struct slice value)
{
    return add_example(p, value, true);
}

static const struct rule_key {
    const char *word;
    bool repeatable;
    bool (*take)(struct parser *p, struct slice value); /* value is not empty */
} key_table[] = {
    {"rule", false, take_rule},      {"class", false, take_class},
    {"scope", false, take_scope},    {"action", false, take_action},
    {"tier", false, take_tier},      {"provider", true, take_providers},
    {"code", true, take_codes},      {"dsn", true, take_dsns},
    {"stage", true, take_stages},    {"since", false, take_since},
    {"until", false, take_until},    {"match", true, take_match},
    {"unless", true, take_unless},   {"token", false, take_token},
    {"list", false, take_list},      {"url", false, take_url},
    {"example", true, take_example}, {"not", true, take_not},
};

enum {
    KEY_RULE = 0,
    KEY_CLASS = 1,
    KEY_TIER = 4,
    KEY_COUNT = sizeof(key_table) / sizeof(key_table[0])
};

static void begin_block(struct parser *p)
{
    struct block *block = p->block;
    block->rule = (struct reply_rule){
        .action = SLICE("none"),
        .since_us = INT64_MIN,
        .until_us = INT64_MAX,
    };
    block->providers.count = block->match.count = block->unless.count = 0;
    block->seen = 0;
}

static bool check_block(struct parser *p)
{
    const struct block *block = p->block;
    const struct reply_rule *rule = &block->rule;
    if (!(block->seen & 1u << KEY_CLASS) || !(block->seen & 1u << KEY_TIER))
        return err_set(p->err, ERR_INPUT, "rule '%.*s' needs a class and a tier",
                       SLICE_ARG(rule->id));
    bool by_text = rule->tier <= REPLY_TIER_PHRASE;
    bool conditions = rule->code_count + rule->dsn_count > 0 || rule->stages != 0;
    if (block->match.count == 0 && (by_text || !conditions))
        return err_set(p->err, ERR_INPUT, "rule '%.*s' needs %s", SLICE_ARG(rule->id),
                       by_text ? "a match" : "a match, code, dsn or stage");
    if (rule->since_us >= rule->until_us)
        return err_set(p->err, ERR_INPUT, "rule '%.*s' ends before it begins", SLICE_ARG(rule->id));
    return true;
}

static void *keep_array(struct parser *p, const void *items, size_t bytes)
{
    return bytes ? memcpy(arena_alloc(p->arena, bytes), items, bytes) : NULL;
}

static struct reply_values keep_values(struct parser *p, const struct value_list *list)
{
    size_t bytes = list->count * sizeof(list->items[0]);
    return (struct reply_values){keep_array(p, list->items, bytes), list->count};
}

static bool end_block(struct parser *p)
{
    struct block *block = p->block;
    if (block->seen == 0)
        return true;
    if (!check_block(p))
        return err_at(p->err, "line %u", block->rule.line);
    struct reply_rule *rule = &block->rule;
    rule->providers = keep_values(p, &block->providers);
    rule->match = keep_values(p, &block->match);
    rule->unless = keep_values(p, &block->unless);
    rule->codes = keep_array(p, block->codes, rule->code_count * sizeof(block->codes[0]));
    rule->dsns = keep_array(p, block->dsns, rule->dsn_count * sizeof(block->dsns[0]));
    rule->examples =
        keep_array(p, block->examples, rule->example_count * sizeof(block->examples[0]));
    if (p->count == p->capacity) {
        p->capacity = p->capacity ? p->capacity * 2 : 64;
        p->rules = mem_resize(p->rules, p->capacity, sizeof(p->rules[0]));
    }
    p->rules[p->count++] = *rule;
    begin_block(p);
    return true;
}

static bool take_key(struct parser *p, struct slice key, struct slice value)
{
    uint32_t i = 0;
    while (i < KEY_COUNT && !slice_eq(key, slice_from_str(key_table[i].word)))
        i++;
    if (i == KEY_COUNT)
        return expected(p, "a key such as rule, class, match", key);
    if ((p->block->seen & 1u) == 0 && i != KEY_RULE)
        return expected(p, "'rule NAME' as the first line of a block", key);
    if ((p->block->seen & 1u << i) && !key_table[i].repeatable)
        return err_set(p->err, ERR_INPUT,
                       i == KEY_RULE ? "expected an empty line before the next '%.*s'"
                                     : "'%.*s' is given twice",
                       SLICE_ARG(key));
    if (value.len == 0)
        return err_set(p->err, ERR_INPUT, "'%.*s' needs a value", SLICE_ARG(key));
    p->block->seen |= 1u << i;
    return key_table[i].take(p, value);
}

static bool has_control(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (((unsigned char)s.ptr[i] < 0x20 && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static bool take_pair(struct parser *p, struct slice line)
{
    if (has_control(line))
        return err_set(p->err, ERR_INPUT, "expected text, found a control byte");
    if (p->count == REPLY_RULES_MAX)
        return err_set(p->err, ERR_LIMIT, "more than %d rules", REPLY_RULES_MAX);
    struct slice value = line;
    struct slice key = slice_cut(&value, ' ');
    return take_key(p, key, slice_trim(value));
}

static bool take_line(struct parser *p, struct slice line)
{
    line = slice_trim(line);
    if (line.len == 0)
        return end_block(p);
    if (line.ptr[0] == '#')
        return true;
    return take_pair(p, line) || err_at(p->err, "line %u", p->line);
}

static bool parse_lines(struct parser *p, struct slice text)
{
    begin_block(p);
    for (p->line = 1; text.ptr != NULL; p->line++)
        if (!take_line(p, slice_cut(&text, '\n')))
            return false;
    return end_block(p);
}

bool reply_rules_parse(struct slice text, struct arena *arena, struct reply_rules *out,
                       struct err *err)
{
    struct parser p = {
        .arena = arena,
        .ids = intern_new(REPLY_RULES_MAX + 1),
        .block = MEM_NEW(struct block),
        .err = err,
    };
    bool good = parse_lines(&p, text);
    if (good)
        *out = (struct reply_rules){keep_array(&p, p.rules, p.count * sizeof(p.rules[0])), p.count};
    intern_free(p.ids);
    mem_free(p.block);
    mem_free(p.rules);
    return good;
}
