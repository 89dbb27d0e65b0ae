/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_table.h. Chains of rows by hash, and one ring of all rows by use whose ends are at row
 * 0. Rows lie in blocks that are made as they are needed.
 */
#include "gate/limit_table.h"

#include "base/memory.h"

enum { BLOCK_ROWS = 32768, USED = 0x8000 };

struct row {
    uint32_t chain;        /* next row of this bucket, or of those that are free; 0: none */
    uint32_t newer, older; /* in order of use; row 0 closes the ring */
    uint32_t hash;
    uint16_t length;           /* and USED */
    char key[LIMIT_KEY_SHORT]; /* or, of a longer one, a pointer to memory of its own */
    union meter meters[];
};

struct limit_table {
    size_t meters, row_bytes;
    char **blocks;
    uint32_t *buckets;
    uint32_t mask, made, max; /* rows are 1 to made */
    struct hash_key hash_key;
    uint32_t count, free; /* in use; the first of those that were let go */
    uint64_t crowded_out;
};

static struct row *row_at(const struct limit_table *table, uint32_t number)
{
    return (struct row *)(void *)(table->blocks[number / BLOCK_ROWS] +
                                  number % BLOCK_ROWS * table->row_bytes);
}

struct limit_table *limit_table_new(size_t meters, uint32_t max)
{
    struct limit_table *table = MEM_NEW(struct limit_table);
    uint32_t buckets = 16;
    ASSERT(meters > 0 && meters <= LIMIT_METERS_MAX && max > 0 && max <= UINT32_C(1) << 30);
    while (buckets < max)
        buckets *= 2;
    table->meters = meters;
    table->row_bytes = sizeof(struct row) + meters * sizeof(union meter);
    table->buckets = MEM_NEW_TABLE(uint32_t, buckets);
    table->mask = buckets - 1;
    table->blocks = MEM_NEW_ARRAY(char *, max / BLOCK_ROWS + 1);
    table->blocks[0] = mem_new_large(BLOCK_ROWS, table->row_bytes);
    table->max = max;
    return table;
}

/* ---- keys ---- */

static char *long_key(const struct row *row)
{
    char *key;
    memcpy(&key, row->key, sizeof(key));
    return key;
}

static struct slice key_of(const struct row *row)
{
    size_t length = row->length & ~(unsigned)USED;
    return slice_of(length > LIMIT_KEY_SHORT ? long_key(row) : row->key, length);
}

static void set_key(struct row *row, struct slice key)
{
    char *to = row->key;
    if (key.len > LIMIT_KEY_SHORT) {
        to = mem_new(1, key.len);
        memcpy(row->key, &to, sizeof(to));
    }
    if (key.len > 0)
        memcpy(to, key.ptr, key.len);
    row->length = (uint16_t)(key.len | USED);
}

static void drop_key(struct row *row)
{
    if ((row->length & ~(unsigned)USED) > LIMIT_KEY_SHORT)
        mem_free(long_key(row));
    row->length = 0;
}

void limit_table_free(struct limit_table *table)
{
    if (table == NULL)
        return;
    for (uint32_t i = 1; i <= table->made; i++)
        drop_key(row_at(table, i));
    for (uint32_t i = 0; i <= table->made / BLOCK_ROWS; i++)
        mem_free(table->blocks[i]);
    mem_free(table->blocks);
    mem_free(table->buckets);
    mem_free(table);
}

/* ---- the ring ---- */

static void unlist(struct limit_table *table, const struct row *row)
{
    row_at(table, row->newer)->older = row->older;
    row_at(table, row->older)->newer = row->newer;
}

/* Row 0 is between the newest (its older) and the oldest (its newer). */
static void list_newest(struct limit_table *table, uint32_t number)
{
    struct row *row = row_at(table, number), *ends = row_at(table, 0);
    row->newer = 0;
    row->older = ends->older;
    row_at(table, ends->older)->newer = number;
    ends->older = number;
}

/* ---- rows ---- */

static uint32_t find(const struct limit_table *table, struct slice key, uint32_t hash)
{
    uint32_t number = table->buckets[hash & table->mask];
    while (number != 0) {
        const struct row *row = row_at(table, number);
        if (row->hash == hash && slice_eq(key_of(row), key))
            break;
        number = row->chain;
    }
    return number;
}

static void let_go(struct limit_table *table, uint32_t number)
{
    struct row *row = row_at(table, number);
    uint32_t *place = &table->buckets[row->hash & table->mask];
    while (*place != number)
        place = &row_at(table, *place)->chain;
    *place = row->chain;
    unlist(table, row);
    drop_key(row);
    row->chain = table->free;
    table->free = number;
    table->count--;
}

/* A row that nobody has. */
static uint32_t take_row(struct limit_table *table)
{
    if (table->count == table->max) {
        let_go(table, row_at(table, 0)->newer);
        table->crowded_out++;
    }
    table->count++;
    uint32_t number = table->free;
    if (number != 0) {
        table->free = row_at(table, number)->chain;
        return number;
    }
    number = ++table->made;
    if (number % BLOCK_ROWS == 0)
        table->blocks[number / BLOCK_ROWS] = mem_new_large(BLOCK_ROWS, table->row_bytes);
    return number;
}

static uint32_t add(struct limit_table *table, struct slice key, uint32_t hash)
{
    uint32_t number = take_row(table);
    uint32_t *bucket = &table->buckets[hash & table->mask];
    struct row *row = row_at(table, number);
    set_key(row, key);
    memset(row->meters, 0, table->meters * sizeof(row->meters[0]));
    row->hash = hash;
    row->chain = *bucket;
    *bucket = number;
    return number;
}

static uint32_t hash_of(const struct limit_table *table, struct slice key)
{
    return (uint32_t)keyed_hash(&table->hash_key, key);
}

void limit_table_hash_by(struct limit_table *table, const struct hash_key *key)
{
    ASSERT(table->count == 0);
    table->hash_key = *key;
}

union meter *limit_table_find(struct limit_table *table, struct slice key)
{
    uint32_t number = find(table, key, hash_of(table, key));
    return number == 0 ? NULL : row_at(table, number)->meters;
}

union meter *limit_table_use(struct limit_table *table, struct slice key)
{
    ASSERT(key.len <= LIMIT_KEY_MAX);
    uint32_t hash = hash_of(table, key), number = find(table, key, hash);
    if (number == 0)
        number = add(table, key, hash);
    else
        unlist(table, row_at(table, number));
    list_newest(table, number);
    return row_at(table, number)->meters;
}

struct slice limit_table_key(const union meter *meters)
{
    const char *bytes = (const char *)meters - offsetof(struct row, meters);
    return key_of((const struct row *)(const void *)bytes);
}

/* ---- all of them ---- */

static bool is_idle(const struct limit_table *table, const struct row *row,
                    const struct meter_plan *plans, int64_t now_us)
{
    for (size_t i = 0; i < table->meters; i++)
        if (!meter_is_idle(&row->meters[i], &plans[i], now_us))
            return false;
    return true;
}

size_t limit_table_sweep(struct limit_table *table, const struct meter_plan *plans, int64_t now_us,
                         size_t most)
{
    size_t gone = 0;
    for (; gone < most; gone++) {
        uint32_t oldest = row_at(table, 0)->newer;
        if (oldest == 0 || !is_idle(table, row_at(table, oldest), plans, now_us))
            break;
        let_go(table, oldest);
    }
    return gone;
}

void limit_table_each(const struct limit_table *table, enum limit_table_order order,
                      limit_table_see see, void *context)
{
    const struct row *row = row_at(table, 0);
    for (;;) {
        uint32_t next = order == LIMIT_NEWEST_FIRST ? row->older : row->newer;
        if (next == 0)
            return;
        row = row_at(table, next);
        see(context, key_of(row), row->meters);
    }
}

bool limit_table_some(const struct limit_table *table, uint32_t *place, uint32_t most,
                      limit_table_see see, void *context)
{
    for (uint32_t seen = 0; seen < most && *place < table->made; seen++) {
        const struct row *row = row_at(table, ++*place);
        if ((row->length & USED) != 0)
            see(context, key_of(row), row->meters);
    }
    return *place < table->made;
}

uint32_t limit_table_count(const struct limit_table *table)
{
    return table->count;
}

uint64_t limit_table_crowded_out(const struct limit_table *table)
{
    return table->crowded_out;
}
