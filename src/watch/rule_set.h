/* SPDX-License-Identifier: Apache-2.0
 *
 * One rule file, ready to be asked: its words looked up, its expressions compiled, its rules
 * ranked. Rank of a rule: tier, an operator's before ours, with a provider before without, more
 * conditions (code, dsn, stage, dates) before fewer, place in the file.
 */
#ifndef TD_WATCH_RULE_SET_H
#define TD_WATCH_RULE_SET_H

#include "base/err.h"
#include "base/slice.h"
#include "mail/provider.h"
#include "mail/reply_rule.h"
#include "model/reply_class.h"

struct rule_set;

enum rule_owner { RULES_BUILT_IN, RULES_OPERATOR };

/* saved: database of the same rules (pattern_set_save), or empty; used when it loads, else the
 * expressions are compiled now. Token expressions of an operator are checked now, ours at first
 * use. The provider table must outlive the set. NULL: err names the line. */
struct rule_set *rule_set_new(struct slice text, struct slice saved, enum rule_owner owner,
                              const struct provider_table *providers, struct err *err);
void rule_set_free(struct rule_set *set);

/* A rule that won. Lives as long as the set. */
struct ready_rule {
    const struct reply_rule *rule;
    enum reply_class class;
    enum reply_scope scope;
    const struct provider **providers; /* [rule->providers.count] */
    struct token_regex *token;         /* NULL: none, or not used yet */
    uint32_t rank;                     /* lower wins */
    uint32_t first_unless;             /* pattern number */
};

/* The facts that conditions ask for. */
struct rule_query {
    uint32_t code; /* 0: none */
    bool has_dsn;
    struct reply_dsn dsn;
    enum reply_stage stage;
    const struct provider *provider; /* NULL: not known */
    int64_t time_us;                 /* INT64_MAX: not known, rules hold in their newest form */
};

/* The best rule for this text, or `best` (may be NULL) if that one is better. text: bare
 * (reply_text) and valid UTF-8. Not thread-safe. */
const struct ready_rule *rule_set_best(struct rule_set *set, struct slice text,
                                       const struct rule_query *query,
                                       const struct ready_rule *best);

/* What the rule's token expression finds in the words; or empty. */
struct slice rule_set_token(struct rule_set *set, const struct ready_rule *rule,
                            struct slice words);

/* `saved` could not be used. */
bool rule_set_was_compiled(const struct rule_set *set);

/* The rules as they were read. */
const struct reply_rules *rule_set_rules(const struct rule_set *set);

#endif
