/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rule won for a folded text (reply_fold) under given facts. Logs repeat the same few hundred
 * replies with other addresses and ids in them, and finding the rule is what costs. A hit is exact:
 * text and facts are compared, not just their hash. Fixed memory, about 1.2 MiB,
 * touched as it fills.
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

/* What an answer depends on. Borrowed, for one find and the put that follows it. */
struct choice_key {
    struct slice text;
    const struct rule_query *query;
    uint32_t period; /* between which dates of the rules the query's time lies */
    uint64_t hash;
};
struct choice_key choice_key_of(struct slice text, const struct rule_query *query, uint32_t period);

/* False: not there. */
bool choice_cache_find(const struct choice_cache *cache, const struct choice_key *key,
                       struct choice *out);

/* Replaces the entries of a bucket in turn. Texts above 512 bytes are not kept. */
void choice_cache_put(struct choice_cache *cache, const struct choice_key *key,
                      struct choice choice);

#endif
