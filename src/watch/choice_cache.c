/* SPDX-License-Identifier: Apache-2.0
 *
 * See choice_cache.h. Direct-mapped: a newer text takes the place of an older one.
 */
#include "watch/choice_cache.h"

#include "base/memory.h"

#define SLOTS 1024
#define TEXT_BYTES 512

struct slot {
    uint64_t hash; /* 0: free */
    struct choice choice;
    struct rule_query query; /* without its time */
    uint32_t period, len;
    char text[TEXT_BYTES];
};

struct choice_cache {
    struct slot slots[SLOTS];
};

struct choice_cache *choice_cache_new(void)
{
    return MEM_NEW(struct choice_cache);
}

void choice_cache_free(struct choice_cache *cache)
{
    mem_free(cache);
}

static uint64_t hash_of(struct slice text, const struct rule_query *query, uint32_t period)
{
    uint64_t facts = (uint64_t)query->code << 32 | (uint64_t)query->stage << 24 | period;
    facts ^= (uint64_t)(uintptr_t)query->provider;
    return (slice_hash(text) ^ facts * UINT64_C(0x9e3779b97f4a7c15)) | 1;
}

static bool same_dsn(const struct rule_query *a, const struct rule_query *b)
{
    return a->has_dsn == b->has_dsn &&
           (!a->has_dsn || (a->dsn.class == b->dsn.class && a->dsn.subject == b->dsn.subject &&
                            a->dsn.detail == b->dsn.detail));
}

static bool is_of(const struct slot *slot, struct slice text, const struct rule_query *query,
                  uint32_t period)
{
    return slot->period == period && slot->query.code == query->code &&
           slot->query.stage == query->stage && slot->query.provider == query->provider &&
           same_dsn(&slot->query, query) && slice_eq(slice_of(slot->text, slot->len), text);
}

bool choice_cache_find(const struct choice_cache *cache, struct slice text,
                       const struct rule_query *query, uint32_t period, struct choice *out)
{
    uint64_t hash = hash_of(text, query, period);
    const struct slot *slot = &cache->slots[(hash >> 16) % SLOTS];
    if (slot->hash != hash || !is_of(slot, text, query, period))
        return false;
    *out = slot->choice;
    return true;
}

void choice_cache_put(struct choice_cache *cache, struct slice text, const struct rule_query *query,
                      uint32_t period, struct choice choice)
{
    if (text.len > TEXT_BYTES)
        return;
    uint64_t hash = hash_of(text, query, period);
    struct slot *slot = &cache->slots[(hash >> 16) % SLOTS];
    slot->hash = hash;
    slot->choice = choice;
    slot->query = *query;
    slot->period = period;
    slot->len = (uint32_t)text.len;
    if (text.len > 0)
        memcpy(slot->text, text.ptr, text.len);
}
