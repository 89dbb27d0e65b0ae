/* SPDX-License-Identifier: Apache-2.0
 *
 * The form of a reply rule file (data/replies.rules, an operator's own file): blocks of `key value`
 * lines divided by empty lines; `#` begins a comment line. The keys are described at the head of
 * data/replies.rules. Here is only the form: class, scope and provider words are looked up and
 * expressions are compiled where they are used (watch/rule_set.h), which reports by the line
 * numbers kept here.
 */
#ifndef TD_MAIL_REPLY_RULE_H
#define TD_MAIL_REPLY_RULE_H

#include "base/err.h"
#include "base/memory.h"
#include "base/slice.h"
#include "mail/reply.h"

/* Strongest first. */
#define REPLY_TIERS(X) \
    X(TOKEN, "token") \
    X(LIST, "list") \
    X(PHRASE, "phrase") \
    X(STAGE, "stage") \
    X(DSN, "dsn") \
    X(CODE, "code")

enum reply_tier {
#define X(name, word) REPLY_TIER_##name,
    REPLY_TIERS(X)
#undef X
};

#define REPLY_RULES_MAX 4096      /* rules of a file */
#define REPLY_RULE_VALUES_MAX 64  /* of each repeatable key, of each list */
#define REPLY_RULE_REGEX_MAX 2048 /* bytes */

/* One value with its line; text is NUL-terminated behind its end and has no control bytes. */
struct reply_value {
    struct slice text;
    uint32_t line;
};

struct reply_values {
    const struct reply_value *items;
    size_t count;
};

/* Three bytes, each a digit or `x`. */
struct reply_code_pattern {
    char digits[3];
};

#define REPLY_DSN_ANY (-1)

/* `5.7.606-5.7.649`: class 5, subject 7, detail 606 to 649. */
struct reply_dsn_pattern {
    int class, subject; /* REPLY_DSN_ANY: any */
    int detail_min, detail_max;
};

/* A reply that the rule must win (`example`) or whose class must not be the rule's (`not`). */
struct reply_example {
    struct slice text, relay, dsn;
    enum reply_stage stage;
    uint32_t code;
    int64_t time_us; /* INT64_MIN: none given */
    uint32_t line;
    bool negative;
};

struct reply_rule {
    struct slice id;
    struct slice class, scope, action; /* scope may be empty; action is `none` when not given */
    uint32_t line, class_line, scope_line;
    enum reply_tier tier;
    struct reply_values providers, match, unless;
    const struct reply_code_pattern *codes;
    size_t code_count;
    const struct reply_dsn_pattern *dsns;
    size_t dsn_count;
    uint32_t stages;            /* bit (1 << enum reply_stage); 0: any */
    int64_t since_us, until_us; /* valid in [since, until); INT64_MIN, INT64_MAX: open. UTC days */
    struct reply_value token;   /* expression, or empty */
    struct slice list, url;     /* or empty */
    const struct reply_example *examples;
    size_t example_count;
};

struct reply_rules {
    const struct reply_rule *items; /* in order of the file */
    size_t count;
};

/* Everything in *out is copied into the arena. False, *out untouched: err names line, what was
 * expected and what was found. */
bool reply_rules_parse(struct slice text, struct arena *arena, struct reply_rules *out,
                       struct err *err);

/* `2025-03-12` as microseconds of its first moment, UTC. */
bool reply_date_parse(struct slice text, int64_t *out);

/* How strong a rule is among those of its file, lower wins: tier, with a provider before without,
 * more conditions (code, dsn, stage, dates) before fewer. Below 1 << REPLY_STRENGTH_BITS; the tier
 * is what stands above REPLY_WITHIN_TIER_BITS. Equal ones: place in the file. */
#define REPLY_STRENGTH_BITS 7
#define REPLY_WITHIN_TIER_BITS 4
uint32_t reply_rule_strength(const struct reply_rule *rule);

/* Place of a rule among all those of the built-in and of an operator's file, lower wins: the tier,
 * an operator's (own) before ours, the rest of its strength, its place in the file. Different for
 * any two of them; the place stands in the lowest REPLY_RULE_PLACE_BITS. */
#define REPLY_RULE_PLACE_BITS 12
uint32_t reply_rule_rank(const struct reply_rule *rule, bool own, uint32_t place);

bool reply_code_matches(const struct reply_code_pattern *pattern, uint32_t code);

/* Three numbers of a DSN; false: not of the form `5.7.1`. */
struct reply_dsn {
    int class, subject, detail;
};
bool reply_dsn_parse(struct slice text, struct reply_dsn *out);
bool reply_dsn_matches(const struct reply_dsn_pattern *pattern, const struct reply_dsn *dsn);

#endif
