/* SPDX-License-Identifier: Apache-2.0
 *
 * Buckets of four; the hashes of a bucket stand together, apart from the words, so that a miss
 * costs one cache line.
 */
#include "watch/verdict_cache.h"

#include "base/memory.h"

#define WAYS 4
#define BUCKETS (VERDICT_CACHE_ENTRIES / WAYS) /* power of two */

struct cache_bucket {
    uint64_t hashes[WAYS]; /* 0: empty */
    uint32_t next;         /* way to be replaced */
};

struct cache_entry {
    struct verdict_key key; /* words.ptr is not used: the bytes follow */
    struct cached_verdict verdict;
    char words[VERDICT_CACHE_WORDS_MAX];
};

struct verdict_cache {
    struct cache_bucket buckets[BUCKETS];
    struct cache_entry entries[VERDICT_CACHE_ENTRIES];
};

struct verdict_cache *verdict_cache_new(void)
{
    return MEM_NEW(struct verdict_cache);
}

void verdict_cache_free(struct verdict_cache *cache)
{
    mem_free(cache);
}

static uint64_t key_hash(const struct verdict_key *key)
{
    uint64_t facts = (uint64_t)(uintptr_t)key->provider;
    facts ^= (uint64_t)key->code << 48 ^ (uint64_t)key->stage << 44 ^ (uint64_t)key->period << 36;
    facts ^= (uint64_t)(uint16_t)key->dsn[1] << 10 ^ (uint64_t)(uint16_t)key->dsn[2] ^
             (uint64_t)(uint16_t)key->dsn[0] << 20;
    uint64_t hash = slice_hash(key->words) ^ facts * UINT64_C(0x9e3779b97f4a7c15);
    return hash ? hash : 1;
}

static bool is_entry_of(const struct cache_entry *entry, const struct verdict_key *key)
{
    return entry->key.provider == key->provider && entry->key.code == key->code &&
           memcmp(entry->key.dsn, key->dsn, sizeof(key->dsn)) == 0 &&
           entry->key.stage == key->stage && entry->key.period == key->period &&
           entry->key.words.len == key->words.len &&
           memcmp(entry->words, key->words.ptr, key->words.len) == 0;
}

const struct cached_verdict *verdict_cache_find(const struct verdict_cache *cache,
                                                const struct verdict_key *key)
{
    if (key->words.len == 0 || key->words.len > VERDICT_CACHE_WORDS_MAX)
        return NULL;
    uint64_t hash = key_hash(key);
    size_t at = (size_t)(hash >> 40) % BUCKETS;
    const struct cache_bucket *bucket = &cache->buckets[at];
    for (size_t way = 0; way < WAYS; way++) {
        const struct cache_entry *entry = &cache->entries[at * WAYS + way];
        if (bucket->hashes[way] == hash && is_entry_of(entry, key))
            return &entry->verdict;
    }
    return NULL;
}

void verdict_cache_put(struct verdict_cache *cache, const struct verdict_key *key,
                       const struct cached_verdict *verdict)
{
    if (key->words.len == 0 || key->words.len > VERDICT_CACHE_WORDS_MAX)
        return;
    uint64_t hash = key_hash(key);
    size_t at = (size_t)(hash >> 40) % BUCKETS;
    struct cache_bucket *bucket = &cache->buckets[at];
    size_t way = bucket->next++ % WAYS;
    bucket->hashes[way] = hash;
    struct cache_entry *entry = &cache->entries[at * WAYS + way];
    entry->key = *key;
    entry->verdict = *verdict;
    memcpy(entry->words, key->words.ptr, key->words.len);
}
