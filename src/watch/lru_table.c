/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows by key, least lately used goes first. See lru_table.h. Chains of rows by hash, and one list
 * of all rows by use whose ends are at row 0.
 */
#include "watch/lru_table.h"

#include "base/memory.h"

struct lru_row {
    uint64_t key;
    uint32_t chain;        /* next row of this bucket; 0: none */
    uint32_t newer, older; /* in order of use; row 0 closes the ring */
};

struct lru_table {
    struct lru_row *rows;
    uint32_t *buckets;
    uint32_t mask, count, max;
};

struct lru_table *lru_table_new(uint32_t max)
{
    struct lru_table *table = MEM_NEW(struct lru_table);
    uint32_t buckets = 16;
    while (buckets < max)
        buckets *= 2;
    table->rows = MEM_NEW_TABLE(struct lru_row, (size_t)max + 1);
    table->buckets = MEM_NEW_TABLE(uint32_t, buckets);
    table->mask = buckets - 1;
    table->max = max;
    return table;
}

void lru_table_free(struct lru_table *table)
{
    if (table == NULL)
        return;
    mem_free(table->rows);
    mem_free(table->buckets);
    mem_free(table);
}

static uint32_t *bucket_of(const struct lru_table *table, uint64_t key)
{
    return &table->buckets[(key ^ key >> 32) & table->mask];
}

uint32_t lru_table_find(const struct lru_table *table, uint64_t key)
{
    uint32_t row = *bucket_of(table, key);
    while (row != 0 && table->rows[row].key != key)
        row = table->rows[row].chain;
    return row;
}

static void unlist(struct lru_table *table, uint32_t row)
{
    struct lru_row *rows = table->rows;
    rows[rows[row].newer].older = rows[row].older;
    rows[rows[row].older].newer = rows[row].newer;
}

/* Row 0 is between the newest (its older) and the oldest (its newer). */
static void list_newest(struct lru_table *table, uint32_t row)
{
    struct lru_row *rows = table->rows;
    rows[row].newer = 0;
    rows[row].older = rows[0].older;
    rows[rows[0].older].newer = row;
    rows[0].older = row;
}

static void unchain(struct lru_table *table, uint32_t row)
{
    uint32_t *place = bucket_of(table, table->rows[row].key);
    while (*place != row)
        place = &table->rows[*place].chain;
    *place = table->rows[row].chain;
}

uint32_t lru_table_use(struct lru_table *table, uint64_t key, bool *fresh)
{
    uint32_t row = lru_table_find(table, key);
    *fresh = row == 0;
    if (row != 0) {
        unlist(table, row);
    } else {
        if (table->count < table->max) {
            row = ++table->count;
        } else {
            row = table->rows[0].newer;
            unlist(table, row);
            unchain(table, row);
        }
        uint32_t *bucket = bucket_of(table, key);
        table->rows[row].key = key;
        table->rows[row].chain = *bucket;
        *bucket = row;
    }
    list_newest(table, row);
    return row;
}

uint32_t lru_table_count(const struct lru_table *table)
{
    return table->count;
}
