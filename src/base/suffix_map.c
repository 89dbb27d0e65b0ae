/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing, at most half full. The hash runs over the bytes from the right, with bit 5 set
 * in each (which folds ASCII case and leaves dots, digits and hyphens alone); equal hashes are
 * settled by comparing the bytes. Only the owner's table decides how long a probe is: names that
 * are looked up are never stored.
 */
#include "base/suffix_map.h"

#include "base/memory.h"

#define SUFFIX_MAX 253
#define HASH_SEED UINT64_C(0xcbf29ce484222325)
#define HASH_STEP UINT64_C(0x9e3779b97f4a7c15)

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

static uint64_t hash_byte(uint64_t hash, char c)
{
    return (hash ^ ((unsigned char)c | 0x20u)) * HASH_STEP;
}

static size_t slot_index(uint64_t hash, size_t mask)
{
    return (size_t)(hash >> 32) & mask;
}

/* The slot that holds the suffix, or the empty one where it belongs. */
static struct suffix_slot *suffix_slot_of(const struct suffix_map *map, struct slice suffix,
                                          uint64_t hash, enum suffix_reach reach)
{
    for (size_t i = slot_index(hash, map->mask);; i = (i + 1) & map->mask) {
        struct suffix_slot *slot = &map->slots[i];
        if (slot->suffix.len == 0)
            return slot;
        if (slot->hash == hash && slot->reach == reach && slice_ieq(slot->suffix, suffix))
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

static struct slice drop_dots(struct slice name)
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
    suffix = drop_dots(suffix);
    if (suffix.len == 0 || suffix.len > SUFFIX_MAX)
        return;
    if ((map->count + 1) * 2 > map->mask)
        suffix_map_grow(map);
    uint64_t hash = HASH_SEED;
    for (size_t i = suffix.len; i > 0; i--)
        hash = hash_byte(hash, suffix.ptr[i - 1]);
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

uint32_t suffix_map_find(const struct suffix_map *map, struct slice name)
{
    name = drop_dots(name);
    uint32_t found = SUFFIX_MAP_NONE;
    uint64_t hash = HASH_SEED;
    unsigned labels = 0;
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '.') {
            const struct suffix_slot *slot =
                suffix_slot_of(map, slice_skip(name, i), hash, SUFFIX_BELOW);
            found = slot->suffix.len != 0 ? slot->value : found;
            if (++labels == map->max_labels)
                return found;
        }
        hash = hash_byte(hash, name.ptr[i - 1]);
    }
    const struct suffix_slot *whole = suffix_slot_of(map, name, hash, SUFFIX_EXACT);
    if (!map->has_exact || whole->suffix.len == 0)
        whole = suffix_slot_of(map, name, hash, SUFFIX_BELOW);
    return whole->suffix.len != 0 ? whole->value : found;
}
