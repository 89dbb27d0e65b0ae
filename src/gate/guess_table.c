/* SPDX-License-Identifier: Apache-2.0
 *
 * See guess_table.h.
 */
#include "gate/guess_table.h"

#include <math.h>

#include "base/memory.h"

enum { LINE = 8, BITS = 64 };

#define HALF_HOUR_US (INT64_C(1800) * 1000000)

struct guess_table {
    struct guess_row *rows;
    uint64_t lines; /* a power of two */
    struct hash_key key;
    uint32_t count;
    uint64_t crowded_out;
};

_Static_assert(sizeof(struct guess_row) == 48, "the header says how much a row takes");

/* ---- buckets ---- */

struct guess_bucket guess_bucket_of(const struct rate *rate)
{
    int64_t each_us = rate->within_us / rate->count;
    return (struct guess_bucket){.each_us = each_us > 0 ? each_us : 1,
                                 .count = rate->count,
                                 .most = rate->count + (rate->count + 1) / 2};
}

uint32_t guess_row_used(struct guess_row *row, const struct guess_bucket *bucket, int64_t now_us)
{
    int64_t missing_us = row->full_us - now_us;
    if (row->full_us == 0 || missing_us <= 0)
        return 0;
    if (missing_us > bucket->most * bucket->each_us) {
        row->full_us = 0;
        return 0;
    }
    return (uint32_t)((missing_us + bucket->each_us - 1) / bucket->each_us);
}

void guess_row_add(struct guess_row *row, const struct guess_bucket *bucket, uint32_t count,
                   int64_t now_us)
{
    int64_t most_us = now_us + bucket->most * bucket->each_us;
    int64_t from_us = guess_row_used(row, bucket, now_us) > 0 ? row->full_us : now_us;
    uint32_t bounded = count < bucket->most ? count : bucket->most;
    row->full_us = from_us + bounded * bucket->each_us;
    if (row->full_us > most_us)
        row->full_us = most_us;
}

int64_t guess_row_below_at(const struct guess_row *row, const struct guess_bucket *bucket,
                           uint32_t limit)
{
    return row->full_us - (limit - 1) * bucket->each_us;
}

/* ---- breadth ---- */

static uint32_t half_of(int64_t now_us)
{
    return (uint32_t)(now_us / HALF_HOUR_US);
}

static struct guess_breadth roll(const struct guess_breadth *breadth, int64_t now_us)
{
    struct guess_breadth now = {.half = half_of(now_us)};
    if (now.half == breadth->half)
        return *breadth;
    if (now.half == breadth->half + 1)
        memcpy(now.before, breadth->recent, sizeof(now.before));
    return now;
}

void guess_breadth_add(struct guess_breadth *breadth, uint64_t name, int64_t now_us)
{
    *breadth = roll(breadth, now_us);
    breadth->recent[name >> 32 & 1] |= UINT32_C(1) << (name >> 33) % 32;
}

uint32_t guess_breadth_count(const struct guess_breadth *breadth, int64_t now_us)
{
    struct guess_breadth now = roll(breadth, now_us);
    int empty = BITS - __builtin_popcount(now.recent[0] | now.before[0]) -
                __builtin_popcount(now.recent[1] | now.before[1]);
    if (empty == 0)
        empty = 1;
    return (uint32_t)lround(BITS * log((double)BITS / empty));
}

/* ---- the table ---- */

struct guess_table *guess_table_new(uint32_t max)
{
    struct guess_table *table = MEM_NEW(struct guess_table);
    ASSERT(max > 0 && max <= UINT32_C(1) << 26);
    table->lines = 1;
    while (table->lines * LINE < max)
        table->lines *= 2;
    table->rows = MEM_NEW_TABLE(struct guess_row, table->lines * LINE);
    return table;
}

void guess_table_free(struct guess_table *table)
{
    if (table == NULL)
        return;
    mem_free(table->rows);
    mem_free(table);
}

void guess_table_hash_by(struct guess_table *table, const struct hash_key *key)
{
    ASSERT(table->count == 0);
    table->key = *key;
}

void guess_table_clear(struct guess_table *table)
{
    memset(table->rows, 0, table->lines * LINE * sizeof(struct guess_row));
    table->count = 0;
}

static struct guess_row *line_of(const struct guess_table *table, uint64_t name)
{
    uint64_t hash = keyed_hash(&table->key, slice_of((const char *)&name, sizeof(name)));
    return &table->rows[(hash & (table->lines - 1)) * LINE];
}

struct guess_row *guess_table_find(const struct guess_table *table, uint64_t name)
{
    struct guess_row *line = line_of(table, name);
    for (size_t i = 0; i < LINE; i++)
        if (line[i].name == name)
            return &line[i];
    return NULL;
}

struct guess_row *guess_table_use(struct guess_table *table, uint64_t name, int64_t now_us)
{
    struct guess_row *line = line_of(table, name), *least = &line[0];
    for (size_t i = 0; i < LINE; i++) {
        if (line[i].name == name)
            return &line[i];
        if (least->name != 0 && (line[i].name == 0 || line[i].full_us < least->full_us))
            least = &line[i];
    }
    if (least->name == 0)
        table->count++;
    else if (least->full_us > now_us)
        table->crowded_out++;
    *least = (struct guess_row){.name = name};
    return least;
}

struct guess_row *guess_table_next(const struct guess_table *table, size_t *place)
{
    while (*place < table->lines * LINE) {
        struct guess_row *row = &table->rows[(*place)++];
        if (row->name != 0)
            return row;
    }
    return NULL;
}

uint32_t guess_table_count(const struct guess_table *table)
{
    return table->count;
}

uint64_t guess_table_crowded_out(const struct guess_table *table)
{
    return table->crowded_out;
}
