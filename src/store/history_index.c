/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_index.h. A page holds entries in order of their hashes:
 *
 *     difference to the hash before << 1 | 1, block              (in one block)
 *     difference to the hash before << 1, count, block, differences of blocks
 *
 * Its id ends with its first hash, and all entries of a hash are in one page.
 */
#include "store/history_index.h"

#include <endian.h>

#include "store/history_bytes.h"

enum {
    RUN_KEY_SHIFT = 16,
    RUN_SEGMENT_SHIFT = 18,
    PAGE_KEY_SHIFT = 32,
    PAGE_SEGMENT_SHIFT = 34,
    PAGE_BYTES = 960, /* four of them fill a page of the file */
    RADIX_BITS = 11,
    RADIX = 1 << RADIX_BITS,
};

#define BLOCK_MASK ((INT64_C(1) << HISTORY_BLOCK_BITS) - 1)

static void add_block(struct history_block_list *list, int64_t id)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 64;
        list->id = mem_resize(list->id, list->cap, sizeof(*list->id));
    }
    list->id[list->count++] = id;
}

/* Entries hash << 32 | block. */
struct entries {
    uint64_t *at, *spare;
    size_t count;
};

/* By hash; entries of one hash stay in their order. Three passes of 11 bits. */
static void sort_by_hash(struct entries *entries)
{
    uint32_t start[RADIX];
    for (unsigned shift = 32; shift < 64; shift += RADIX_BITS) {
        memset(start, 0, sizeof(start));
        for (size_t i = 0; i < entries->count; i++)
            start[entries->at[i] >> shift & (RADIX - 1)]++;
        uint32_t sum = 0;
        for (size_t i = 0; i < RADIX; i++) {
            uint32_t here = start[i];
            start[i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < entries->count; i++)
            entries->spare[start[entries->at[i] >> shift & (RADIX - 1)]++] = entries->at[i];
        uint64_t *sorted = entries->spare;
        entries->spare = entries->at;
        entries->at = sorted;
    }
}

static void entries_init(struct entries *entries, size_t count)
{
    entries->at = MEM_NEW_ARRAY(uint64_t, count);
    entries->spare = MEM_NEW_ARRAY(uint64_t, count);
    entries->count = 0;
}

static void entries_done(struct entries *entries)
{
    mem_free(entries->at);
    mem_free(entries->spare);
}

/* Sorts and drops what comes twice; little endian, as on disk. */
static void sort_hashes(struct history_hashes *hashes)
{
    struct entries entries;
    entries_init(&entries, hashes->count);
    for (size_t i = 0; i < hashes->count; i++)
        entries.at[entries.count++] = (uint64_t)hashes->hash[i] << 32;
    sort_by_hash(&entries);
    hashes->count = 0;
    for (size_t i = 0; i < entries.count; i++)
        if (i == 0 || entries.at[i] != entries.at[i - 1])
            hashes->hash[hashes->count++] = htole32((uint32_t)(entries.at[i] >> 32));
    entries_done(&entries);
}

static int64_t run_id(int64_t segment, enum history_key key, int64_t number)
{
    return segment << RUN_SEGMENT_SHIFT | (int64_t)key << RUN_KEY_SHIFT | number;
}

bool history_index_put(struct sql *sql, int64_t block, enum history_key key,
                       struct history_hashes *hashes)
{
    if (hashes->count == 0)
        return sql_ok(sql);
    sort_hashes(hashes);
    sqlite3_stmt *stmt = sql_take(sql, "INSERT INTO run(id, data) VALUES(?1, ?2)");
    sql_bind_number(sql, stmt, 1, run_id(block >> HISTORY_BLOCK_BITS, key, block & BLOCK_MASK));
    sql_bind_bytes(sql, stmt, 2,
                   slice_of((const char *)hashes->hash, hashes->count * sizeof(uint32_t)));
    return sql_run(sql, stmt);
}

static uint32_t run_hash(struct slice run, size_t i)
{
    uint32_t hash;
    memcpy(&hash, run.ptr + i * sizeof(hash), sizeof(hash));
    return le32toh(hash);
}

/* Binds the first and last id of the runs of a key. */
static sqlite3_stmt *bind_runs(struct sql *sql, const char *text, int64_t segment,
                               enum history_key key)
{
    sqlite3_stmt *stmt = sql_take(sql, text);
    sql_bind_number(sql, stmt, 1, run_id(segment, key, 0));
    sql_bind_number(sql, stmt, 2, run_id(segment, key, BLOCK_MASK));
    return stmt;
}

static size_t count_entries(struct sql *sql, int64_t segment, enum history_key key)
{
    sqlite3_stmt *stmt = bind_runs(
        sql, "SELECT sum(length(data)) FROM run WHERE id BETWEEN ?1 AND ?2", segment, key);
    int64_t bytes = sql_next(sql, stmt) ? sqlite3_column_int64(stmt, 0) : 0;
    sql_done(stmt);
    return (size_t)bytes / sizeof(uint32_t);
}

static void read_entries(struct sql *sql, int64_t segment, enum history_key key,
                         struct entries *entries, size_t room)
{
    sqlite3_stmt *stmt = bind_runs(
        sql, "SELECT id, data FROM run WHERE id BETWEEN ?1 AND ?2 ORDER BY id", segment, key);
    while (sql_next(sql, stmt)) {
        uint64_t number = (uint64_t)(sqlite3_column_int64(stmt, 0) & BLOCK_MASK);
        struct slice run = sql_bytes(stmt, 1);
        for (size_t i = 0; i < run.len / sizeof(uint32_t) && entries->count < room; i++)
            entries->at[entries->count++] = (uint64_t)run_hash(run, i) << 32 | number;
    }
}

/* Appends the entries of one hash: entries [from, to). */
static void write_hash(const struct entries *entries, size_t from, size_t to, uint32_t before,
                       struct buf *page)
{
    uint64_t step = (uint64_t)((uint32_t)(entries->at[from] >> 32) - before) << 1;
    history_bytes_add(page, to - from == 1 ? step | 1 : step);
    if (to - from > 1)
        history_bytes_add(page, to - from);
    uint32_t number = 0;
    for (size_t i = from; i < to; i++) {
        history_bytes_add(page, (uint32_t)entries->at[i] - number);
        number = (uint32_t)entries->at[i];
    }
}

static int64_t page_id(int64_t segment, enum history_key key, uint32_t hash)
{
    return segment << PAGE_SEGMENT_SHIFT | (int64_t)key << PAGE_KEY_SHIFT | hash;
}

static bool write_page(struct sql *sql, int64_t id, struct buf *page)
{
    sqlite3_stmt *stmt = sql_take(sql, "INSERT INTO page(id, data) VALUES(?1, ?2)");
    sql_bind_number(sql, stmt, 1, id);
    sql_bind_bytes(sql, stmt, 2, buf_slice(page));
    sql_run(sql, stmt);
    buf_clear(page);
    return sql_ok(sql);
}

static void write_pages(struct sql *sql, int64_t segment, enum history_key key,
                        const struct entries *entries)
{
    CLEANUP_BUF struct buf page = {0};
    uint32_t first = 0, before = 0;
    for (size_t from = 0, to; from < entries->count; from = to) {
        uint32_t hash = (uint32_t)(entries->at[from] >> 32);
        for (to = from + 1; to < entries->count && entries->at[to] >> 32 == hash; to++)
            continue;
        if (page.len == 0)
            first = before = hash;
        write_hash(entries, from, to, before, &page);
        before = hash;
        if (page.len >= PAGE_BYTES && !write_page(sql, page_id(segment, key, first), &page))
            return;
    }
    if (page.len > 0)
        write_page(sql, page_id(segment, key, first), &page);
}

bool history_index_merge(struct sql *sql, int64_t segment, enum history_key key)
{
    struct entries entries;
    size_t room = count_entries(sql, segment, key);
    entries_init(&entries, room);
    read_entries(sql, segment, key, &entries, room);
    sort_by_hash(&entries);
    if (sql_ok(sql))
        write_pages(sql, segment, key, &entries);
    entries_done(&entries);
    return sql_run(sql, bind_runs(sql, "DELETE FROM run WHERE id BETWEEN ?1 AND ?2", segment, key));
}

bool history_index_drop(struct sql *sql, int64_t segment)
{
    sqlite3_stmt *stmt = sql_take(sql, "DELETE FROM run WHERE id >= ?1 AND id < ?2");
    sql_bind_number(sql, stmt, 1, run_id(segment, 0, 0));
    sql_bind_number(sql, stmt, 2, run_id(segment + 1, 0, 0));
    sql_run(sql, stmt);
    stmt = sql_take(sql, "DELETE FROM page WHERE id >= ?1 AND id < ?2");
    sql_bind_number(sql, stmt, 1, page_id(segment, 0, 0));
    sql_bind_number(sql, stmt, 2, page_id(segment + 1, 0, 0));
    return sql_run(sql, stmt);
}

static bool run_has(struct slice run, uint32_t hash)
{
    size_t low = 0, high = run.len / sizeof(uint32_t);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run_hash(run, middle) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < run.len / sizeof(uint32_t) && run_hash(run, low) == hash;
}

static void find_in_runs(struct sql *sql, const struct history_index_query *query,
                         struct history_block_list *out)
{
    sqlite3_stmt *stmt =
        bind_runs(sql, "SELECT id, data FROM run WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
                  query->segment, query->key);
    while (sql_next(sql, stmt))
        if (run_has(sql_bytes(stmt, 1), query->hash))
            add_block(out, query->segment << HISTORY_BLOCK_BITS |
                               (sqlite3_column_int64(stmt, 0) & BLOCK_MASK));
}

static void find_in_page(struct slice page, uint32_t first, const struct history_index_query *query,
                         struct history_block_list *out)
{
    struct history_bytes from = {.rest = page};
    uint64_t hash = first;
    while (from.rest.len > 0 && hash <= query->hash) {
        uint64_t head = history_bytes_take(&from, UINT64_C(1) << 33);
        uint64_t count = head & 1 ? 1 : history_bytes_take(&from, UINT32_MAX);
        uint64_t number = 0;
        hash += head >> 1;
        for (uint64_t i = 0; i < count && !from.bad; i++) {
            number += history_bytes_take(&from, (uint64_t)BLOCK_MASK);
            if (hash == query->hash && number <= (uint64_t)BLOCK_MASK && !from.bad)
                add_block(out, query->segment << HISTORY_BLOCK_BITS | (int64_t)number);
        }
    }
}

static void find_in_pages(struct sql *sql, const struct history_index_query *query,
                          struct history_block_list *out)
{
    sqlite3_stmt *stmt = sql_take(
        sql, "SELECT id, data FROM page WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1");
    sql_bind_number(sql, stmt, 1, page_id(query->segment, query->key, 0));
    sql_bind_number(sql, stmt, 2, page_id(query->segment, query->key, query->hash));
    if (sql_next(sql, stmt))
        find_in_page(sql_bytes(stmt, 1), (uint32_t)sqlite3_column_int64(stmt, 0), query, out);
    sql_done(stmt);
}

bool history_index_find(struct sql *sql, const struct history_index_query *query,
                        struct history_block_list *out)
{
    if (query->merged)
        find_in_pages(sql, query, out);
    else
        find_in_runs(sql, query, out);
    return sql_ok(sql);
}
