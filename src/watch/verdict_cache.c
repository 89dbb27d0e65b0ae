/* SPDX-License-Identifier: Apache-2.0
 *
 * Buckets of four; the hashes of a bucket stand together, apart from the bytes, so that a miss
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
    struct verdict verdict; /* what was in the text is in `bytes` */
    uint32_t code, period;
    enum reply_stage stage;
    uint32_t text_len, relay_len, dsn_len;
    char bytes[VERDICT_CACHE_BYTES_MAX]; /* text, relay, dsn */
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

struct verdict_key verdict_key_of(const struct reply_facts *facts, uint32_t period)
{
    uint64_t hash = slice_hash(facts->text);
    hash = hash * 3 + slice_hash(facts->relay);
    hash = hash * 3 + slice_hash(facts->dsn);
    hash += ((uint64_t)facts->code << 32 | (uint64_t)facts->stage << 24 | period) *
            UINT64_C(0x9e3779b97f4a7c15);
    return (struct verdict_key){facts, period, hash ? hash : 1};
}

static bool fits(const struct reply_facts *facts)
{
    return facts->text.len <= VERDICT_CACHE_BYTES_MAX &&
           facts->text.len + facts->relay.len + facts->dsn.len <= VERDICT_CACHE_BYTES_MAX;
}

static struct slice entry_text(const struct cache_entry *entry)
{
    return slice_of(entry->bytes, entry->text_len);
}

static bool is_entry_of(const struct cache_entry *entry, const struct verdict_key *key)
{
    const struct reply_facts *facts = key->facts;
    const char *relay = entry->bytes + entry->text_len;
    const char *dsn = relay + entry->relay_len;
    return entry->code == facts->code && entry->stage == facts->stage &&
           entry->period == key->period && slice_eq(entry_text(entry), facts->text) &&
           slice_eq(slice_of(relay, entry->relay_len), facts->relay) &&
           slice_eq(slice_of(dsn, entry->dsn_len), facts->dsn);
}

/* A slice of `from` becomes the same slice of `to`; others stay. */
static void move_slice(struct slice *slice, struct slice from, struct slice to)
{
    uintptr_t offset = (uintptr_t)slice->ptr - (uintptr_t)from.ptr;
    if (slice->len > 0 && offset < from.len)
        slice->ptr = to.ptr + offset;
}

static void move_slices(struct verdict *verdict, struct slice from, struct slice to)
{
    move_slice(&verdict->token, from, to);
    move_slice(&verdict->list, from, to);
    move_slice(&verdict->url, from, to);
}

bool verdict_cache_find(const struct verdict_cache *cache, const struct verdict_key *key,
                        struct verdict *out)
{
    size_t at = (size_t)(key->hash >> 32) % BUCKETS;
    for (size_t way = 0; way < WAYS; way++) {
        const struct cache_entry *entry = &cache->entries[at * WAYS + way];
        if (cache->buckets[at].hashes[way] == key->hash && is_entry_of(entry, key)) {
            *out = entry->verdict;
            move_slices(out, entry_text(entry), key->facts->text);
            return true;
        }
    }
    return false;
}

static char *add_bytes(char *to, struct slice bytes)
{
    if (bytes.len > 0)
        memcpy(to, bytes.ptr, bytes.len);
    return to + bytes.len;
}

void verdict_cache_put(struct verdict_cache *cache, const struct verdict_key *key,
                       const struct verdict *verdict)
{
    const struct reply_facts *facts = key->facts;
    if (!fits(facts))
        return;
    size_t at = (size_t)(key->hash >> 32) % BUCKETS;
    struct cache_bucket *bucket = &cache->buckets[at];
    size_t way = bucket->next++ % WAYS;
    bucket->hashes[way] = key->hash;
    struct cache_entry *entry = &cache->entries[at * WAYS + way];
    entry->code = facts->code;
    entry->period = key->period;
    entry->stage = facts->stage;
    entry->text_len = (uint32_t)facts->text.len;
    entry->relay_len = (uint32_t)facts->relay.len;
    entry->dsn_len = (uint32_t)facts->dsn.len;
    add_bytes(add_bytes(add_bytes(entry->bytes, facts->text), facts->relay), facts->dsn);
    entry->verdict = *verdict;
    move_slices(&entry->verdict, facts->text, entry_text(entry));
}
