/* SPDX-License-Identifier: Apache-2.0
 *
 * See choice_cache.h. Buckets of four; the hashes of a bucket stand together, apart from the bytes,
 * so that a miss costs one cache line.
 */
#include "watch/choice_cache.h"

#include "base/memory.h"

#define WAYS 4
#define BUCKETS 512 /* power of two */
#define TEXT_BYTES 512

struct choice_bucket {
    uint64_t hashes[WAYS]; /* 0: free */
    uint32_t next;         /* way to be replaced */
};

struct choice_entry {
    struct choice choice;
    struct rule_query query; /* without its time */
    uint32_t period, len;
    char text[TEXT_BYTES];
};

struct choice_cache {
    struct choice_bucket buckets[BUCKETS];
    struct choice_entry entries[BUCKETS * WAYS];
};

struct choice_cache *choice_cache_new(void)
{
    return MEM_NEW(struct choice_cache);
}

void choice_cache_free(struct choice_cache *cache)
{
    mem_free(cache);
}

struct choice_key choice_key_of(struct slice text, const struct rule_query *query, uint32_t period)
{
    uint64_t facts = (uint64_t)query->code << 32 | (uint64_t)query->stage << 24 | period;
    facts ^= (uint64_t)(uintptr_t)query->provider;
    uint64_t hash = slice_hash(text) ^ facts * UINT64_C(0x9e3779b97f4a7c15);
    return (struct choice_key){text, query, period, hash | 1};
}

static bool same_dsn(const struct rule_query *a, const struct rule_query *b)
{
    return a->has_dsn == b->has_dsn &&
           (!a->has_dsn || (a->dsn.class == b->dsn.class && a->dsn.subject == b->dsn.subject &&
                            a->dsn.detail == b->dsn.detail));
}

static bool is_entry_of(const struct choice_entry *entry, const struct choice_key *key)
{
    const struct rule_query *query = key->query;
    return entry->period == key->period && entry->query.code == query->code &&
           entry->query.stage == query->stage && entry->query.provider == query->provider &&
           same_dsn(&entry->query, query) && slice_eq(slice_of(entry->text, entry->len), key->text);
}

static size_t bucket_of(const struct choice_key *key)
{
    return (size_t)(key->hash >> 16) % BUCKETS;
}

bool choice_cache_find(const struct choice_cache *cache, const struct choice_key *key,
                       struct choice *out)
{
    size_t at = bucket_of(key);
    for (size_t way = 0; way < WAYS; way++) {
        const struct choice_entry *entry = &cache->entries[at * WAYS + way];
        if (cache->buckets[at].hashes[way] == key->hash && is_entry_of(entry, key)) {
            *out = entry->choice;
            return true;
        }
    }
    return false;
}

void choice_cache_put(struct choice_cache *cache, const struct choice_key *key,
                      struct choice choice)
{
    if (key->text.len > TEXT_BYTES)
        return;
    size_t at = bucket_of(key);
    struct choice_bucket *bucket = &cache->buckets[at];
    size_t way = bucket->next++ % WAYS;
    struct choice_entry *entry = &cache->entries[at * WAYS + way];
    bucket->hashes[way] = key->hash;
    entry->choice = choice;
    entry->query = *key->query;
    entry->period = key->period;
    entry->len = (uint32_t)key->text.len;
    if (key->text.len > 0)
        memcpy(entry->text, key->text.ptr, key->text.len);
}
