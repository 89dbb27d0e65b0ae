/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_holding.h.
 */
#include "gate/limit_holding.h"

/* A class says more about an account than its domain. */
static struct limit_holding of_levels(const struct limit_rule *rule,
                                      const struct limit_subject *who)
{
    struct limit_holding holding = {.most = rule->count};
    for (size_t i = 0; i < rule->level_count; i++) {
        const struct limit_level *level = &rule->levels[i];
        bool of_class = level->kind == LIMIT_OF_CLASS;
        struct slice name = of_class ? who->account_class : who->login_domain;
        if (name.len == 0 || !slice_eq(name, level->name))
            continue;
        holding.most = level->count;
        holding.name = level->name;
        holding.holder = of_class ? LIMIT_BY_CLASS : LIMIT_BY_DOMAIN;
        if (of_class)
            break;
    }
    return holding;
}

struct limit_holding limit_holding_of(const struct limit_rule *rule,
                                      const struct limit_subject *who)
{
    const struct limit_override *own =
        who->own != NULL ? limit_own_find(who->own, rule->name) : NULL;
    if (own != NULL)
        return (struct limit_holding){.most = own->count, .holder = LIMIT_BY_ACCOUNT, .own = own};
    return of_levels(rule, who);
}

const char *limit_holder_word(enum limit_holder holder)
{
    static const char *const words[] = {
        [LIMIT_BY_DEFAULT] = "default",
        [LIMIT_BY_DOMAIN] = "domain",
        [LIMIT_BY_CLASS] = "class",
        [LIMIT_BY_ACCOUNT] = "account",
    };
    return words[holder];
}
