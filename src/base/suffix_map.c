/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing, at most half full; one probe for each suffix of a name, shortest first. Bytes
 * are hashed and compared eight at a time with bit 5 set in each, which folds ASCII case and leaves
 * dots, digits and hyphens alone. (It also takes some control bytes for digits: a name with those
 * is not a name.) Names that are looked up are never stored.
 */
#include "base/suffix_map.h"

#include "base/memory.h"

#define SUFFIX_MAX 253
#define HASH_SEED UINT64_C(0xcbf29ce484222325)
#define HASH_STEP UINT64_C(0x9e3779b97f4a7c15)
#define CASE_BITS UINT64_C(0x2020202020202020)

struct suffix_slot {
    uint64_t hash;
    struct slice suffix; /* len 0: empty slot */
    uint32_t value;
    enum suffix_reach reach;
};

struct suffix_map {
    struct suffix_slot *slots; /* power of two */
    struct arena *arena;
    size_t mask, count;
    unsigned max_labels; /* of the deepest suffix */
    bool has_exact;
};

struct suffix_map *suffix_map_new(void)
{
    struct suffix_map *map = MEM_NEW(struct suffix_map);
    map->mask = 63;
    map->slots = MEM_NEW_ARRAY(struct suffix_slot, map->mask + 1);
    map->arena = arena_new(4096);
    return map;
}

void suffix_map_free(struct suffix_map *map)
{
    if (map == NULL)
        return;
    arena_free(map->arena);
    mem_free(map->slots);
    mem_free(map);
}

/* Eight bytes, case folded. */
static uint64_t load8(const char *p)
{
    uint64_t bytes;
    memcpy(&bytes, p, 8);
    return bytes | CASE_BITS;
}

/* Fewer than eight. */
static uint64_t load_short(struct slice s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < s.len; i++)
        bytes = bytes << 8 | (unsigned char)s.ptr[i];
    return bytes | CASE_BITS;
}

static uint64_t mix(uint64_t hash, uint64_t bytes)
{
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)(hash ^ bytes) * HASH_STEP;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The last step reads the last eight bytes, some of them for the second time. */
static uint64_t hash_of(struct slice s)
{
    uint64_t hash = HASH_SEED + s.len;
    if (s.len < 8)
        return mix(hash, load_short(s));
    for (size_t i = 0; i + 8 < s.len; i += 8)
        hash = mix(hash, load8(s.ptr + i));
    return mix(hash, load8(s.ptr + s.len - 8));
}

static bool same_name(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    if (a.len < 8)
        return load_short(a) == load_short(b);
    for (size_t i = 0; i + 8 < a.len; i += 8)
        if (load8(a.ptr + i) != load8(b.ptr + i))
            return false;
    return load8(a.ptr + a.len - 8) == load8(b.ptr + b.len - 8);
}

/* The slot that holds the suffix, or the empty one where it belongs. */
static struct suffix_slot *suffix_slot_of(const struct suffix_map *map, struct slice suffix,
                                          uint64_t hash, enum suffix_reach reach)
{
    for (size_t i = (size_t)hash & map->mask;; i = (i + 1) & map->mask) {
        struct suffix_slot *slot = &map->slots[i];
        if (slot->suffix.len == 0)
            return slot;
        if (slot->hash == hash && slot->reach == reach && same_name(slot->suffix, suffix))
            return slot;
    }
}

static void suffix_map_grow(struct suffix_map *map)
{
    size_t old_size = map->mask + 1;
    struct suffix_slot *old = map->slots;
    map->mask = old_size * 2 - 1;
    map->slots = MEM_NEW_ARRAY(struct suffix_slot, map->mask + 1);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].suffix.len != 0)
            *suffix_slot_of(map, old[i].suffix, old[i].hash, old[i].reach) = old[i];
    mem_free(old);
}

static struct slice drop_dot(struct slice name)
{
    if (name.len > 0 && name.ptr[name.len - 1] == '.')
        name.len--;
    return name;
}

static unsigned count_labels(struct slice name)
{
    unsigned labels = 1;
    for (size_t i = 0; i < name.len; i++)
        labels += name.ptr[i] == '.';
    return labels;
}

void suffix_map_put(struct suffix_map *map, struct slice suffix, enum suffix_reach reach,
                    uint32_t value)
{
    slice_take_prefix(&suffix, SLICE("."));
    suffix = drop_dot(suffix);
    if (suffix.len == 0 || suffix.len > SUFFIX_MAX)
        return;
    if ((map->count + 1) * 2 > map->mask)
        suffix_map_grow(map);
    uint64_t hash = hash_of(suffix);
    struct suffix_slot *slot = suffix_slot_of(map, suffix, hash, reach);
    if (slot->suffix.len == 0) {
        map->count++;
        suffix.ptr = arena_copy(map->arena, suffix.ptr, suffix.len);
    } else {
        suffix = slot->suffix;
    }
    *slot = (struct suffix_slot){.hash = hash, .suffix = suffix, .value = value, .reach = reach};
    unsigned labels = count_labels(suffix);
    map->max_labels = labels > map->max_labels ? labels : map->max_labels;
    map->has_exact |= reach == SUFFIX_EXACT;
}

/* Value of this very suffix, or `otherwise`. */
static uint32_t value_of(const struct suffix_map *map, struct slice suffix, enum suffix_reach reach,
                         uint32_t otherwise)
{
    const struct suffix_slot *slot = suffix_slot_of(map, suffix, hash_of(suffix), reach);
    return slot->suffix.len != 0 ? slot->value : otherwise;
}

uint32_t suffix_map_find(const struct suffix_map *map, struct slice name)
{
    name = drop_dot(name);
    uint32_t found = SUFFIX_MAP_NONE;
    unsigned labels = 0;
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] != '.')
            continue;
        found = value_of(map, slice_skip(name, i), SUFFIX_BELOW, found);
        if (++labels == map->max_labels)
            return found;
    }
    found = value_of(map, name, SUFFIX_BELOW, found);
    return map->has_exact ? value_of(map, name, SUFFIX_EXACT, found) : found;
}
