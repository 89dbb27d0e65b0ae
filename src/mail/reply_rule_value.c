/* SPDX-License-Identifier: Apache-2.0
 *
 * The small grammars inside a rule: dates, code and DSN patterns, examples; what they weigh.
 */
#include "mail/reply_rule_private.h"

#include "base/civil.h"
#include "mail/reply_line.h"

static bool number_of(struct slice text, uint64_t max, int *out)
{
    uint64_t value;
    if (!slice_to_u64(text, max, &value))
        return false;
    *out = (int)value;
    return true;
}

bool reply_date_parse(struct slice text, int64_t *out)
{
    struct civil day = {0};
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-')
        return false;
    if (!number_of(slice_first(text, 4), 9999, &day.year) ||
        !number_of(slice_of(text.ptr + 5, 2), 12, &day.month) ||
        !number_of(slice_of(text.ptr + 8, 2), 31, &day.day) || !civil_is_valid(&day))
        return false;
    *out = civil_seconds(&day) * US_PER_SECOND;
    return true;
}

bool reply_code_pattern_parse(struct slice word, struct reply_code_pattern *out, struct err *err)
{
    bool good = word.len == 3;
    for (size_t i = 0; good && i < 3; i++)
        good = word.ptr[i] == 'x' || ascii_is_digit(word.ptr[i]);
    if (!good || (word.ptr[0] != 'x' && (word.ptr[0] < '2' || word.ptr[0] > '5')))
        return err_set(err, ERR_INPUT,
                       "expected a reply code such as 550, 45x or 5xx, found '%.*s'",
                       SLICE_ARG(word));
    memcpy(out->digits, word.ptr, 3);
    return true;
}

uint32_t reply_rule_strength(const struct reply_rule *rule)
{
    bool dated = rule->since_us != INT64_MIN || rule->until_us != INT64_MAX;
    uint32_t conditions =
        0u + (rule->code_count > 0) + (rule->dsn_count > 0) + (rule->stages != 0) + dated;
    uint32_t strength = (uint32_t)rule->tier;
    strength = strength << 1 | (rule->providers.count == 0);
    return strength << 3 | (7 - conditions);
}

_Static_assert(REPLY_RULES_MAX == 1 << REPLY_RULE_PLACE_BITS, "a place fits into a rank");

uint32_t reply_rule_rank(const struct reply_rule *rule, bool own, uint32_t place)
{
    uint32_t strength = reply_rule_strength(rule);
    uint32_t within = strength & ((1u << REPLY_WITHIN_TIER_BITS) - 1);
    uint32_t rank = strength >> REPLY_WITHIN_TIER_BITS << 1 | !own;
    return (rank << REPLY_WITHIN_TIER_BITS | within) << REPLY_RULE_PLACE_BITS | place;
}

bool reply_code_matches(const struct reply_code_pattern *pattern, uint32_t code)
{
    for (size_t i = 3; i > 0; i--, code /= 10)
        if (pattern->digits[i - 1] != 'x' && (uint32_t)(pattern->digits[i - 1] - '0') != code % 10)
            return false;
    return code == 0;
}

/* Digits up to a dot or the end, taken off with the dot. */
static int cut_number(struct slice *text)
{
    int value = 0;
    size_t i = 0;
    for (; i < text->len && ascii_is_digit(text->ptr[i]); i++)
        value = value * 10 + (text->ptr[i] - '0');
    *text = slice_skip(*text, i + 1);
    return value;
}

bool reply_dsn_parse(struct slice text, struct reply_dsn *out)
{
    struct slice code;
    if (!reply_take_dsn(&text, &code) || text.len != 0)
        return false;
    out->class = cut_number(&code);
    out->subject = cut_number(&code);
    out->detail = cut_number(&code);
    return true;
}

bool reply_dsn_matches(const struct reply_dsn_pattern *pattern, const struct reply_dsn *dsn)
{
    return (pattern->class == REPLY_DSN_ANY || pattern->class == dsn->class) &&
           (pattern->subject == REPLY_DSN_ANY || pattern->subject == dsn->subject) &&
           dsn->detail >= pattern->detail_min && dsn->detail <= pattern->detail_max;
}

static bool dsn_number(struct slice text, int *out)
{
    if (!slice_eq(text, SLICE("x")))
        return number_of(text, 999, out);
    *out = REPLY_DSN_ANY;
    return true;
}

/* `5.7.606`, `x.7.1`, `5.7.x` */
static bool dsn_bound(struct slice word, struct reply_dsn_pattern *out)
{
    struct slice class = slice_cut(&word, '.'), subject = slice_cut(&word, '.');
    if (!dsn_number(class, &out->class) || !dsn_number(subject, &out->subject) ||
        !dsn_number(word, &out->detail_min))
        return false;
    out->detail_max = out->detail_min;
    if (out->detail_min == REPLY_DSN_ANY) {
        out->detail_min = 0;
        out->detail_max = 999;
    }
    return true;
}

static bool dsn_pattern_of(struct slice word, struct reply_dsn_pattern *out)
{
    struct slice high = word;
    struct slice low = slice_cut(&high, '-');
    struct reply_dsn_pattern bottom, top;
    if (!dsn_bound(low, &bottom) || !dsn_bound(high.ptr ? high : low, &top))
        return false;
    if (top.class != bottom.class || top.subject != bottom.subject ||
        top.detail_max < bottom.detail_min)
        return false;
    *out = bottom;
    out->detail_max = top.detail_max;
    return true;
}

bool reply_dsn_pattern_parse(struct slice word, struct reply_dsn_pattern *out, struct err *err)
{
    if (dsn_pattern_of(word, out))
        return true;
    return err_set(err, ERR_INPUT,
                   "expected an enhanced code such as 5.7.1, x.7.1, 5.7.x or 5.7.606-5.7.649, "
                   "found '%.*s'",
                   SLICE_ARG(word));
}

static bool example_word(struct slice word, struct reply_example *out)
{
    struct slice value = word;
    struct slice key = slice_cut(&value, '=');
    int code = 0;
    if (slice_eq(key, SLICE("stage")))
        return reply_stage_from_word(value, &out->stage);
    if (slice_eq(key, SLICE("time")))
        return reply_date_parse(value, &out->time_us);
    if (slice_eq(key, SLICE("code"))) {
        bool good = number_of(value, 599, &code);
        out->code = (uint32_t)code;
        return good;
    }
    if (slice_eq(key, SLICE("relay")))
        out->relay = value;
    else if (slice_eq(key, SLICE("dsn")))
        out->dsn = value;
    else
        return false;
    return value.len > 0;
}

bool reply_example_parse(struct slice value, struct reply_example *out, struct err *err)
{
    struct reply_example example = {.text = value, .time_us = INT64_MIN};
    if (slice_starts_with(value, SLICE("{"))) {
        example.text = slice_skip(value, 1);
        struct slice facts = slice_cut(&example.text, '}');
        while (facts.ptr != NULL) {
            struct slice word = slice_cut(&facts, ' ');
            if (word.len > 0 && !example_word(word, &example))
                return err_set(err, ERR_INPUT,
                               "expected stage=, relay=, code=, dsn= or time=YYYY-MM-DD, found "
                               "'%.*s'",
                               SLICE_ARG(word));
        }
        example.text = slice_trim(example.text);
    }
    if (example.text.len == 0)
        return err_set(err, ERR_INPUT, "expected a reply");
    *out = example;
    return true;
}
