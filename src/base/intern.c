/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing over 32-bit ids; the high half of the hash is kept beside each slot so that most
 * misses end without touching the string. Strings live in an arena and never move.
 */
#include "base/intern.h"

#include "base/memory.h"

#define INTERN_STRING_MAX 4096

struct intern_slot {
    uint32_t id; /* 0: empty */
    uint32_t tag;
};

struct intern {
    struct intern_slot *slots; /* power of two, at most 3/4 full */
    struct slice *strings;     /* [id] */
    struct arena *arena;
    uint32_t slot_mask, count, capacity, max;
    uint64_t overflows;
};

struct intern *intern_new(uint32_t max)
{
    struct intern *table = MEM_NEW(struct intern);
    table->slot_mask = 63;
    table->slots = MEM_NEW_ARRAY(struct intern_slot, 64);
    table->capacity = 32;
    table->strings = MEM_NEW_ARRAY(struct slice, 32);
    table->arena = arena_new(4096);
    table->max = max;
    table->strings[0] = SLICE("other");
    table->count = 1;
    return table;
}

void intern_free(struct intern *table)
{
    if (table == NULL)
        return;
    arena_free(table->arena);
    mem_free(table->slots);
    mem_free(table->strings);
    mem_free(table);
}

/* The slot that holds s, or the empty one where it belongs. */
static struct intern_slot *intern_slot_of(const struct intern *table, struct slice s, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    for (uint32_t i = (uint32_t)hash & table->slot_mask;; i = (i + 1) & table->slot_mask) {
        struct intern_slot *slot = &table->slots[i];
        if (slot->id == 0 || (slot->tag == tag && slice_eq(table->strings[slot->id], s)))
            return slot;
    }
}

static void intern_grow_slots(struct intern *table)
{
    uint32_t mask = table->slot_mask * 2 + 1;
    struct intern_slot *bigger = MEM_NEW_ARRAY(struct intern_slot, (size_t)mask + 1);
    for (uint32_t i = 0; i <= table->slot_mask; i++) {
        struct intern_slot slot = table->slots[i];
        if (slot.id == 0)
            continue;
        uint32_t at = (uint32_t)slice_hash(table->strings[slot.id]) & mask;
        while (bigger[at].id != 0)
            at = (at + 1) & mask;
        bigger[at] = slot;
    }
    mem_free(table->slots);
    table->slots = bigger;
    table->slot_mask = mask;
}

static uint32_t intern_add(struct intern *table, struct slice s, uint64_t hash)
{
    if (table->count > table->max || s.len > INTERN_STRING_MAX) {
        table->overflows++;
        return INTERN_OTHER;
    }
    if (table->count == table->capacity) {
        table->capacity *= 2;
        table->strings = mem_resize(table->strings, table->capacity, sizeof(struct slice));
    }
    if (table->count >= (table->slot_mask / 4) * 3)
        intern_grow_slots(table);
    uint32_t id = table->count++;
    table->strings[id] = slice_of(arena_copy(table->arena, s.ptr, s.len), s.len);
    *intern_slot_of(table, s, hash) = (struct intern_slot){.id = id, .tag = (uint32_t)(hash >> 32)};
    return id;
}

uint32_t intern_id_hashed(struct intern *table, struct slice s, uint64_t hash)
{
    const struct intern_slot *slot = intern_slot_of(table, s, hash);
    return slot->id != 0 ? slot->id : intern_add(table, s, hash);
}

uint32_t intern_id(struct intern *table, struct slice s)
{
    return intern_id_hashed(table, s, slice_hash(s));
}

uint32_t intern_find(const struct intern *table, struct slice s)
{
    return intern_slot_of(table, s, slice_hash(s))->id;
}

struct slice intern_get(const struct intern *table, uint32_t id)
{
    ASSERT(id < table->count);
    return table->strings[id];
}

uint32_t intern_count(const struct intern *table)
{
    return table->count;
}

uint64_t intern_overflows(const struct intern *table)
{
    return table->overflows;
}
