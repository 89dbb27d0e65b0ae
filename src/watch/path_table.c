/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths by number and by (relay, source, provider).
 */
#include "watch/path_table.h"

#include "base/memory.h"

#define SLOTS_LEAST 1024 /* power of two */

struct path_table {
    struct path *paths;
    uint32_t count, capacity;
    uint32_t *slots; /* number + 1, 0: free; at most half of them are used */
    uint32_t slot_mask;
    uint32_t *newest; /* [provider], number + 1 */
    uint32_t newest_capacity;
};

static uint32_t *newest_of(struct path_table *table, uint32_t provider)
{
    if (provider >= table->newest_capacity) {
        uint32_t capacity = table->newest_capacity ? table->newest_capacity : 64;
        while (capacity <= provider)
            capacity *= 2;
        table->newest = mem_resize(table->newest, capacity, sizeof(*table->newest));
        for (uint32_t i = table->newest_capacity; i < capacity; i++)
            table->newest[i] = 0;
        table->newest_capacity = capacity;
    }
    return &table->newest[provider];
}

static uint32_t add_path(struct path_table *table, uint32_t relay, uint32_t source,
                         uint32_t provider)
{
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? table->capacity * 2 : 64;
        table->paths = mem_resize(table->paths, table->capacity, sizeof(struct path));
    }
    uint32_t *newest = newest_of(table, provider);
    table->paths[table->count] = (struct path){.relay = relay,
                                               .source = source,
                                               .provider = provider,
                                               .first_us = INT64_MAX,
                                               .last_us = INT64_MIN,
                                               .sibling = *newest};
    *newest = ++table->count;
    return table->count - 1;
}

/* Path 0 is "other": the numbers 0 name "other" in the tables of names too. It has no slot. */
struct path_table *path_table_new(void)
{
    struct path_table *table = MEM_NEW(struct path_table);
    table->slots = MEM_NEW_ARRAY(uint32_t, SLOTS_LEAST);
    table->slot_mask = SLOTS_LEAST - 1;
    add_path(table, 0, 0, 0);
    return table;
}

void path_table_free(struct path_table *table)
{
    if (table == NULL)
        return;
    for (uint32_t i = 0; i < table->count; i++)
        latency_done(&table->paths[i].latency);
    mem_free(table->paths);
    mem_free(table->slots);
    mem_free(table->newest);
    mem_free(table);
}

/* Where the path belongs, before the mask. */
static uint32_t place_of(uint32_t relay, uint32_t source, uint32_t provider)
{
    uint64_t mixed = ((uint64_t)relay << 44) ^ ((uint64_t)source << 28) ^ provider;
    mixed *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 40);
}

static void grow_slots(struct path_table *table)
{
    uint32_t mask = table->slot_mask * 2 + 1;
    uint32_t *bigger = MEM_NEW_ARRAY(uint32_t, (size_t)mask + 1);
    for (uint32_t number = 1; number < table->count; number++) {
        const struct path *path = &table->paths[number];
        uint32_t at = place_of(path->relay, path->source, path->provider) & mask;
        while (bigger[at] != 0)
            at = (at + 1) & mask;
        bigger[at] = number + 1;
    }
    mem_free(table->slots);
    table->slots = bigger;
    table->slot_mask = mask;
}

uint32_t path_table_number(struct path_table *table, uint32_t relay, uint32_t source,
                           uint32_t provider, uint32_t bound)
{
    uint32_t at = place_of(relay, source, provider) & table->slot_mask;
    for (; table->slots[at] != 0; at = (at + 1) & table->slot_mask) {
        const struct path *path = &table->paths[table->slots[at] - 1];
        if (path->relay == relay && path->source == source && path->provider == provider)
            return table->slots[at] - 1;
    }
    if (table->count >= bound)
        return 0;
    uint32_t number = add_path(table, relay, source, provider);
    table->slots[at] = number + 1;
    if (table->count > table->slot_mask / 2)
        grow_slots(table);
    return number;
}

struct path *path_table_get(struct path_table *table, uint32_t number)
{
    ASSERT(number < table->count);
    return &table->paths[number];
}

const struct path *path_table_read(const struct path_table *table, uint32_t number)
{
    ASSERT(number < table->count);
    return &table->paths[number];
}

uint32_t path_table_count(const struct path_table *table)
{
    return table->count;
}

uint32_t path_table_of_provider(const struct path_table *table, uint32_t provider)
{
    return provider < table->newest_capacity ? table->newest[provider] : 0;
}
