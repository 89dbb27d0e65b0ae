/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing over 32-bit ids; a part of the hash is kept beside each slot so that most misses
 * end without touching the string, and so that the slots grow without it. Strings lie one after the
 * other in blocks and never move: two bytes of length, the bytes, a NUL.
 */
#include "base/intern.h"

#include <string.h>

#include "base/memory.h"

#define INTERN_STRING_MAX 4096
#define BLOCK_BITS 14
#define BLOCK (1u << BLOCK_BITS)
#define BLOCKS_MAX (1u << (32 - BLOCK_BITS))

struct intern_slot {
    uint32_t id;  /* 0: empty */
    uint32_t tag; /* low half of the hash, which also says where it belongs */
};

struct intern {
    struct intern_slot *slots; /* power of two, at most 3/4 full */
    uint32_t *places;          /* [id]: where the string begins: block number * BLOCK + offset */
    char **blocks;
    uint32_t block_count, block_used;
    uint32_t slot_mask, count, capacity, max;
    uint64_t overflows;
};

static struct slice string_of(const struct intern *table, uint32_t id)
{
    uint32_t place = table->places[id];
    const char *begin = table->blocks[place >> BLOCK_BITS] + (place & (BLOCK - 1));
    uint16_t len;
    memcpy(&len, begin, sizeof(len));
    return slice_of(begin + sizeof(len), len);
}

/* Copies s behind the others and gives it the next id; false: no room is left. */
static bool keep_string(struct intern *table, struct slice s)
{
    uint16_t len = (uint16_t)s.len;
    uint32_t need = (uint32_t)sizeof(len) + len + 1;
    if (table->block_count == 0 || BLOCK - table->block_used < need) {
        if (table->block_count == BLOCKS_MAX)
            return false;
        table->blocks = mem_resize(table->blocks, table->block_count + 1, sizeof(char *));
        table->blocks[table->block_count++] = mem_resize(NULL, BLOCK, 1);
        table->block_used = 0;
    }
    char *to = table->blocks[table->block_count - 1] + table->block_used;
    memcpy(to, &len, sizeof(len));
    if (len > 0)
        memcpy(to + sizeof(len), s.ptr, len);
    to[sizeof(len) + len] = '\0';
    table->places[table->count++] = (table->block_count - 1) * BLOCK + table->block_used;
    table->block_used += need;
    return true;
}

struct intern *intern_new(uint32_t max)
{
    struct intern *table = MEM_NEW(struct intern);
    table->slot_mask = 63;
    table->slots = MEM_NEW_ARRAY(struct intern_slot, 64);
    table->capacity = 32;
    table->places = MEM_NEW_ARRAY(uint32_t, 32);
    table->max = max;
    keep_string(table, SLICE("other"));
    return table;
}

void intern_free(struct intern *table)
{
    if (table == NULL)
        return;
    for (uint32_t i = 0; i < table->block_count; i++)
        mem_free(table->blocks[i]);
    mem_free(table->blocks);
    mem_free(table->slots);
    mem_free(table->places);
    mem_free(table);
}

/* The slot that holds s, or the empty one where it belongs. */
static struct intern_slot *intern_slot_of(const struct intern *table, struct slice s, uint64_t hash)
{
    uint32_t tag = (uint32_t)hash;
    for (uint32_t i = tag & table->slot_mask;; i = (i + 1) & table->slot_mask) {
        struct intern_slot *slot = &table->slots[i];
        if (slot->id == 0 || (slot->tag == tag && slice_eq(string_of(table, slot->id), s)))
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
        uint32_t at = slot.tag & mask;
        while (bigger[at].id != 0)
            at = (at + 1) & mask;
        bigger[at] = slot;
    }
    mem_free(table->slots);
    table->slots = bigger;
    table->slot_mask = mask;
}

static uint32_t intern_overflow(struct intern *table)
{
    table->overflows++;
    return INTERN_OTHER;
}

static uint32_t intern_add(struct intern *table, struct slice s, uint64_t hash)
{
    if (table->count > table->max || s.len > INTERN_STRING_MAX)
        return intern_overflow(table);
    if (table->count == table->capacity) {
        table->capacity *= 2;
        table->places = mem_resize(table->places, table->capacity, sizeof(uint32_t));
    }
    if (!keep_string(table, s))
        return intern_overflow(table);
    uint32_t id = table->count - 1;
    if (id >= (table->slot_mask / 4) * 3)
        intern_grow_slots(table);
    *intern_slot_of(table, s, hash) = (struct intern_slot){.id = id, .tag = (uint32_t)hash};
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
    return string_of(table, id);
}

uint32_t intern_count(const struct intern *table)
{
    return table->count;
}

uint64_t intern_overflows(const struct intern *table)
{
    return table->overflows;
}
