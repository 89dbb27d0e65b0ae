/* SPDX-License-Identifier: Apache-2.0
 *
 * Verdicts of replies seen lately: a log repeats the same reason thousands of times. A hit is
 * exact: every fact is compared byte by byte, and the time by the period between two dates of the
 * rules that it falls into. So an answer from here is the one the rules would give. Fixed memory,
 * some 3 MiB, touched as it fills.
 */
#ifndef TD_WATCH_VERDICT_CACHE_H
#define TD_WATCH_VERDICT_CACHE_H

#include "watch/classifier.h"

#define VERDICT_CACHE_ENTRIES 4096
#define VERDICT_CACHE_BYTES_MAX 576 /* text, relay and dsn together; longer ones are not kept */

struct verdict_cache;

struct verdict_cache *verdict_cache_new(void);
void verdict_cache_free(struct verdict_cache *cache);

/* What a verdict depends on. Borrowed, for one find and the put that follows it. */
struct verdict_key {
    const struct reply_facts *facts;
    uint32_t period; /* between which dates of the rules the time lies */
    uint64_t hash;
};
struct verdict_key verdict_key_of(const struct reply_facts *facts, uint32_t period);

/* False: not there, *out untouched. Slices in *out point into facts->text where they did when the
 * verdict was put. */
bool verdict_cache_find(const struct verdict_cache *cache, const struct verdict_key *key,
                        struct verdict *out);

/* Replaces the entries of a bucket in turn. Strings of the verdict outside of facts->text must live
 * as long as the cache. */
void verdict_cache_put(struct verdict_cache *cache, const struct verdict_key *key,
                       const struct verdict *verdict);

#endif
