/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows about a key: each segment's index names blocks, the blocks are read from the newest to the
 * oldest until there are enough rows. See history_reader.h and history_index.h.
 */
#include "store/history_reader_private.h"

#include <stdlib.h>

#include "base/memory.h"
#include "store/history_index.h"

struct candidate {
    int64_t id, end_us;
};

struct search {
    struct history_reader *reader;
    const struct history_query *query;
    struct history_found *found;
    size_t cap;
    struct history_block_list blocks;
};

static bool in_window(const struct history_query *query, int64_t time_us)
{
    return time_us >= query->since_us && time_us < query->until_us;
}

static void keep_row(struct search *search, const struct history_row *row)
{
    struct history_found *found = search->found;
    if (found->count == search->cap) {
        search->cap = search->cap ? search->cap * 2 : 64;
        found->rows = mem_resize(found->rows, search->cap, sizeof(*found->rows));
    }
    ASSERT(found->rows != NULL);
    struct history_row *kept = &found->rows[found->count++];
    *kept = *row;
    for (size_t i = 0; i < HISTORY_TEXT_COUNT; i++)
        if (row->text[i].len > 0)
            kept->text[i].ptr = arena_copy(found->arena, row->text[i].ptr, row->text[i].len);
}

static void search_chunk(struct search *search, struct slice chunk)
{
    size_t count;
    const struct history_row *rows = history_decoder_read(search->reader->decoder, chunk, &count);
    search->found->damaged += rows == NULL;
    for (size_t i = 0; rows != NULL && i < count; i++)
        if (in_window(search->query, rows[i].time_us) &&
            history_row_matches(&rows[i], search->query->key, search->query->text))
            keep_row(search, &rows[i]);
}

static int by_time(const void *a, const void *b)
{
    const struct history_row *x = a, *y = b;
    return (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

/* Sorts and leaves the newest `limit`; what older rows cannot change any more: the oldest time that
 * still counts. */
static int64_t trim(struct search *search)
{
    struct history_found *found = search->found;
    size_t limit = search->query->limit;
    if (found->count > 1)
        qsort(found->rows, found->count, sizeof(*found->rows), by_time);
    if (found->count < limit)
        return INT64_MIN;
    if (found->count > limit) {
        memmove(found->rows, found->rows + (found->count - limit), limit * sizeof(*found->rows));
        found->count = limit;
        found->more = true;
    }
    return limit > 0 ? found->rows[0].time_us : INT64_MAX;
}

static void find_blocks(struct search *search)
{
    struct sql *sql = &search->reader->sql;
    const struct history_query *query = search->query;
    struct history_index_query look = {.key = query->key,
                                       .hash = history_key_hash(query->key, query->text)};
    sqlite3_stmt *stmt = sql_take(sql, "SELECT id, indexed FROM segment WHERE state < 2 AND "
                                       "end_us >= ?1 AND begin_us < ?2 ORDER BY id");
    sql_bind_number(sql, stmt, 1, query->since_us);
    sql_bind_number(sql, stmt, 2, query->until_us);
    while (sql_next(sql, stmt)) {
        look.segment = sqlite3_column_int64(stmt, 0);
        look.merged = sqlite3_column_int64(stmt, 1) >> query->key & 1;
        history_index_find(sql, &look, &search->blocks);
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return (x->end_us < y->end_us) - (x->end_us > y->end_us);
}

/* Those of the blocks that reach into the window; returns how many. */
static size_t candidates(struct search *search, struct candidate *to)
{
    struct sql *sql = &search->reader->sql;
    size_t count = 0;
    for (size_t i = 0; i < search->blocks.count; i++) {
        sqlite3_stmt *stmt = sql_take(sql, "SELECT begin_us, end_us FROM block WHERE id = ?1");
        sql_bind_number(sql, stmt, 1, search->blocks.id[i]);
        if (sql_next(sql, stmt) && sqlite3_column_int64(stmt, 0) < search->query->until_us &&
            sqlite3_column_int64(stmt, 1) >= search->query->since_us)
            to[count++] = (struct candidate){.id = search->blocks.id[i],
                                             .end_us = sqlite3_column_int64(stmt, 1)};
        sql_done(stmt);
    }
    if (count > 1)
        qsort(to, count, sizeof(*to), newest_first);
    return count;
}

static void search_blocks(struct search *search)
{
    find_blocks(search);
    struct candidate *blocks = MEM_NEW_ARRAY(struct candidate, search->blocks.count);
    size_t count = candidates(search, blocks);
    int64_t oldest_us = trim(search);
    for (size_t i = 0; i < count && sql_ok(&search->reader->sql); i++) {
        if (blocks[i].end_us < oldest_us) {
            search->found->more = true;
            break;
        }
        struct buf *bytes = &search->reader->bytes;
        if (history_reader_load(search->reader, blocks[i].id, bytes) == HISTORY_LOADED)
            search_chunk(search, buf_slice(bytes));
        else
            search->found->damaged++;
        oldest_us = trim(search);
    }
    mem_free(blocks);
    mem_free(search->blocks.id);
}

static void search_tail(struct search *search)
{
    sqlite3_stmt *stmt = sql_take(&search->reader->sql, "SELECT data FROM tail ORDER BY id");
    while (sql_next(&search->reader->sql, stmt))
        search_chunk(search, sql_bytes(stmt, 0));
}

bool history_find(struct history_reader *reader, const struct history_query *query,
                  struct history_found *out, struct err *err)
{
    ASSERT(query->limit <= HISTORY_FOUND_MAX);
    *out = (struct history_found){.arena = arena_new(16384)};
    struct search search = {.reader = reader, .query = query, .found = out};
    sql_exec(&reader->sql, "BEGIN");
    search_tail(&search);
    search_blocks(&search);
    if (history_reader_end(reader, err))
        return true;
    history_found_done(out);
    return false;
}

void history_found_done(struct history_found *found)
{
    mem_free(found->rows);
    if (found->arena != NULL)
        arena_free(found->arena);
    *found = (struct history_found){0};
}
