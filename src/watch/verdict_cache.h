/* SPDX-License-Identifier: Apache-2.0
 *
 * Verdicts of replies seen lately: a log repeats the same words thousands of times. A hit is exact:
 * the words and every fact that a rule can ask for are compared, so an answer from here is the one
 * the rules would give. Fixed memory, some 2.5 MiB, touched as it fills.
 */
#ifndef TD_WATCH_VERDICT_CACHE_H
#define TD_WATCH_VERDICT_CACHE_H

#include "base/slice.h"
#include "watch/rule_set.h"

#define VERDICT_CACHE_ENTRIES 4096
#define VERDICT_CACHE_WORDS_MAX 512 /* longer replies are not kept */

/* A piece of the words, by place, or a fixed text. */
struct verdict_span {
    const char *fixed; /* NULL: at `offset` of the words */
    uint32_t offset, len;
};

struct cached_verdict {
    const struct ready_rule *rule; /* NULL: no rule knows it */
    struct verdict_span token, list, url;
};

struct verdict_key {
    struct slice words;
    const struct provider *provider;
    uint32_t code;
    int16_t dsn[3]; /* class, subject, detail; zeros: none */
    uint8_t stage;
    uint8_t period; /* which of the rules' dates have passed */
};

struct verdict_cache;

struct verdict_cache *verdict_cache_new(void);
void verdict_cache_free(struct verdict_cache *cache);

/* NULL: not there. Valid until the next put. */
const struct cached_verdict *verdict_cache_find(const struct verdict_cache *cache,
                                                const struct verdict_key *key);

/* Replaces the entries of a bucket in turn. */
void verdict_cache_put(struct verdict_cache *cache, const struct verdict_key *key,
                       const struct cached_verdict *verdict);

#endif
