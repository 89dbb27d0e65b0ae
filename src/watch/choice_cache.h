/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rule won for a folded text (reply_fold) under given facts. Logs repeat the same few hundred
 * replies with other addresses and ids in them, and finding the rule is what costs. A hit is exact:
 * text and facts are compared, not just their hash. Fixed memory, about 0.6 MiB.
 */
#ifndef TD_WATCH_CHOICE_CACHE_H
#define TD_WATCH_CHOICE_CACHE_H

#include "watch/rule_set.h"

struct choice {
    const struct ready_rule *rule; /* NULL: no rule holds */
    struct rule_set *owner;
};

struct choice_cache;

struct choice_cache *choice_cache_new(void);
void choice_cache_free(struct choice_cache *cache);

/* period: between which dates of the rules the query's time lies. False: not there. */
bool choice_cache_find(const struct choice_cache *cache, struct slice text,
                       const struct rule_query *query, uint32_t period, struct choice *out);

/* Texts above 512 bytes are not kept. */
void choice_cache_put(struct choice_cache *cache, struct slice text, const struct rule_query *query,
                      uint32_t period, struct choice choice);

#endif
