/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting messages by id. See waiting_table.h. Linear probing; a removal moves the rows behind it
 * up, so that there are no graves.
 */
#include "watch/waiting_table.h"

#include "base/memory.h"

#define SIZE_LEAST 1024

struct waiting_table {
    struct waiting_message *rows;
    uint32_t size, count, max; /* size: a power of two */
};

struct waiting_table *waiting_table_new(uint32_t max)
{
    struct waiting_table *table = MEM_NEW(struct waiting_table);
    table->rows = MEM_NEW_ARRAY(struct waiting_message, SIZE_LEAST);
    table->size = SIZE_LEAST;
    table->max = max;
    return table;
}

void waiting_table_free(struct waiting_table *table)
{
    if (table == NULL)
        return;
    mem_free(table->rows);
    mem_free(table);
}

static uint32_t home_of(const struct waiting_table *table, uint64_t id_hash)
{
    return (uint32_t)(id_hash ^ id_hash >> 32) & (table->size - 1);
}

static uint32_t after(const struct waiting_table *table, uint32_t place)
{
    return (place + 1) & (table->size - 1);
}

struct waiting_message *waiting_table_find(const struct waiting_table *table, uint64_t id_hash,
                                           uint64_t serial)
{
    uint32_t place = home_of(table, id_hash);
    for (; table->rows[place].serial != 0; place = after(table, place))
        if (table->rows[place].id_hash == id_hash && table->rows[place].serial == serial)
            return &table->rows[place];
    return NULL;
}

struct waiting_message *waiting_table_newest(const struct waiting_table *table, uint64_t id_hash)
{
    struct waiting_message *newest = NULL;
    uint32_t place = home_of(table, id_hash);
    for (; table->rows[place].serial != 0; place = after(table, place)) {
        struct waiting_message *row = &table->rows[place];
        if (row->id_hash == id_hash && (newest == NULL || newest->serial < row->serial))
            newest = row;
    }
    return newest;
}

static struct waiting_message *free_row(struct waiting_table *table, uint64_t id_hash)
{
    uint32_t place = home_of(table, id_hash);
    while (table->rows[place].serial != 0)
        place = after(table, place);
    return &table->rows[place];
}

static void grow(struct waiting_table *table)
{
    struct waiting_message *old = table->rows;
    uint32_t size = table->size;
    table->size = size * 2;
    table->rows = MEM_NEW_ARRAY(struct waiting_message, table->size);
    for (uint32_t i = 0; i < size; i++)
        if (old[i].serial != 0)
            *free_row(table, old[i].id_hash) = old[i];
    mem_free(old);
}

struct waiting_message *waiting_table_add(struct waiting_table *table, uint64_t id_hash,
                                          uint64_t serial, int64_t begin_us)
{
    if (table->count == table->max)
        return NULL;
    if (table->count >= table->size / 2)
        grow(table);
    struct waiting_message *row = free_row(table, id_hash);
    *row = (struct waiting_message){.id_hash = id_hash, .serial = serial, .begin_us = begin_us};
    table->count++;
    return row;
}

void waiting_table_remove(struct waiting_table *table, struct waiting_message *message)
{
    uint32_t hole = (uint32_t)(message - table->rows), mask = table->size - 1;
    table->count--;
    for (uint32_t place = after(table, hole); table->rows[place].serial != 0;
         place = after(table, place)) {
        uint32_t home = home_of(table, table->rows[place].id_hash);
        if (((place - home) & mask) < ((place - hole) & mask))
            continue; /* it would come before its home */
        table->rows[hole] = table->rows[place];
        hole = place;
    }
    table->rows[hole] = (struct waiting_message){.serial = 0};
}

/* Stays at the place of the one it returns: when that is removed, another one may move there. */
struct waiting_message *waiting_table_unheard(const struct waiting_table *table, int64_t before_s,
                                              uint32_t *place)
{
    for (; *place < table->size; ++*place) {
        struct waiting_message *row = &table->rows[*place];
        if (row->serial != 0 && row->heard_s < before_s)
            return row;
    }
    return NULL;
}
