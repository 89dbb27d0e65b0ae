/* SPDX-License-Identifier: Apache-2.0
 *
 * All rows of a time in order of time; see history_reader.h. Blocks overlap: lines come late, and
 * old logs are read in beside new ones. Every block of the window waits in a heap by the time of
 * its next row, and is read when it comes to the top. At most OPEN_MAX are held unpacked; of more,
 * the one that is needed last is put back and read again later, so that memory is bounded whatever
 * the order of times.
 */
#include "store/history_reader_private.h"

#include <stdlib.h>

#include "base/memory.h"

enum { OPEN_MAX = 64 }; /* some 500 kB each */

struct place {
    int64_t time_us;
    uint32_t index;
};

/* An unpacked block. */
struct opened {
    struct buf bytes;
    struct history_row *rows; /* room for HISTORY_CHUNK_ROWS */
    size_t count;
    struct place order[HISTORY_CHUNK_ROWS];
};

struct cursor {
    int64_t next_us;       /* time of the next row */
    int64_t block;         /* < 0: -1 - number of a piece of the tail */
    size_t at;             /* rows given */
    struct opened *opened; /* NULL: not unpacked */
};

struct history_stream {
    struct history_reader *reader;
    int64_t since_us, until_us;
    struct cursor *heap;
    size_t count, cap;
    struct buf *tail;
    size_t tail_count;
    struct opened *spare[OPEN_MAX]; /* not in use */
    size_t spare_count, opened_count;
    bool given; /* the top's row is with the caller */
    uint64_t damaged, dropped;
};

static void sift_down(struct history_stream *stream, size_t at)
{
    struct cursor *heap = stream->heap;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < stream->count; child++)
            if (heap[child].next_us < heap[least].next_us)
                least = child;
        if (least == at)
            return;
        struct cursor other = heap[at];
        heap[at] = heap[least];
        heap[least] = other;
        at = least;
    }
}

static void add_cursor(struct history_stream *stream, int64_t block, int64_t begin_us)
{
    if (stream->count == stream->cap) {
        stream->cap = stream->cap ? stream->cap * 2 : 64;
        stream->heap = mem_resize(stream->heap, stream->cap, sizeof(*stream->heap));
    }
    stream->heap[stream->count++] = (struct cursor){.next_us = begin_us, .block = block};
}

static void list_blocks(struct history_stream *stream)
{
    struct sql *sql = &stream->reader->sql;
    sqlite3_stmt *stmt = sql_take(
        sql, "SELECT block.id, block.begin_us FROM segment JOIN block ON block.id >= segment.id << "
             "16 AND block.id < (segment.id + 1) << 16 WHERE segment.state < 2 AND segment.end_us "
             ">= ?1 AND segment.begin_us < ?2 AND block.end_us >= ?1 AND block.begin_us < ?2");
    sql_bind_number(sql, stmt, 1, stream->since_us);
    sql_bind_number(sql, stmt, 2, stream->until_us);
    while (sql_next(sql, stmt))
        add_cursor(stream, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1));
    stmt = sql_take(sql, "SELECT begin_us, data FROM tail WHERE end_us >= ?1 AND begin_us < ?2");
    sql_bind_number(sql, stmt, 1, stream->since_us);
    sql_bind_number(sql, stmt, 2, stream->until_us);
    while (sql_next(sql, stmt)) {
        stream->tail = mem_resize(stream->tail, stream->tail_count + 1, sizeof(*stream->tail));
        struct buf *bytes = &stream->tail[stream->tail_count];
        *bytes = (struct buf){0};
        buf_add(bytes, sql_bytes(stmt, 1));
        stream->tail_count++;
        add_cursor(stream, -(int64_t)stream->tail_count, sqlite3_column_int64(stmt, 0));
    }
}

struct history_stream *history_stream_open(struct history_reader *reader, int64_t since_us,
                                           int64_t until_us, struct err *err)
{
    struct history_stream *stream = MEM_NEW(struct history_stream);
    stream->reader = reader;
    stream->since_us = since_us;
    stream->until_us = until_us;
    sql_exec(&reader->sql, "BEGIN");
    list_blocks(stream);
    if (!history_reader_end(reader, err)) {
        history_stream_free(stream);
        return NULL;
    }
    for (size_t i = stream->count; i-- > 0;)
        sift_down(stream, i);
    return stream;
}

static void opened_free(struct opened *opened)
{
    buf_done(&opened->bytes);
    mem_free(opened->rows);
    mem_free(opened);
}

void history_stream_free(struct history_stream *stream)
{
    if (stream == NULL)
        return;
    for (size_t i = 0; i < stream->count; i++)
        if (stream->heap[i].opened != NULL)
            opened_free(stream->heap[i].opened);
    for (size_t i = 0; i < stream->spare_count; i++)
        opened_free(stream->spare[i]);
    for (size_t i = 0; i < stream->tail_count; i++)
        buf_done(&stream->tail[i]);
    mem_free(stream->tail);
    mem_free(stream->heap);
    mem_free(stream);
}

static void put_back(struct history_stream *stream, struct cursor *cursor)
{
    stream->spare[stream->spare_count++] = cursor->opened;
    cursor->opened = NULL;
}

/* Room for one more block: a spare one, a new one, or that of the cursor that is needed last. */
static struct opened *take_spare(struct history_stream *stream)
{
    if (stream->spare_count == 0 && stream->opened_count < OPEN_MAX) {
        struct opened *opened = MEM_NEW(struct opened);
        opened->rows = MEM_NEW_ARRAY(struct history_row, HISTORY_CHUNK_ROWS);
        stream->opened_count++;
        return opened;
    }
    if (stream->spare_count == 0) {
        struct cursor *last = NULL;
        for (size_t i = 0; i < stream->count; i++)
            if (stream->heap[i].opened && (!last || stream->heap[i].next_us > last->next_us))
                last = &stream->heap[i];
        ASSERT(last != NULL);
        put_back(stream, last);
    }
    return stream->spare[--stream->spare_count];
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void put_in_order(struct opened *opened)
{
    bool sorted = true;
    for (size_t i = 0; i < opened->count; i++) {
        opened->order[i] = (struct place){.time_us = opened->rows[i].time_us, .index = (uint32_t)i};
        sorted = sorted && (i == 0 || opened->order[i].time_us >= opened->order[i - 1].time_us);
    }
    if (!sorted)
        qsort(opened->order, opened->count, sizeof(opened->order[0]), by_place);
}

/* Unpacks the block of the top; without rows when it cannot. */
static const struct opened *open_top(struct history_stream *stream)
{
    struct opened *opened = take_spare(stream);
    struct cursor *top = &stream->heap[0];
    enum history_load load = HISTORY_LOADED;
    struct slice chunk;
    if (top->block < 0) {
        chunk = buf_slice(&stream->tail[-1 - top->block]);
    } else {
        load = history_reader_load(stream->reader, top->block, &opened->bytes);
        sql_clear(&stream->reader->sql);
        chunk = buf_slice(&opened->bytes);
    }
    const struct history_row *rows = NULL;
    opened->count = 0;
    if (load == HISTORY_LOADED)
        rows = history_decoder_read(stream->reader->decoder, chunk, &opened->count);
    if (opened->count > 0)
        memcpy(opened->rows, rows, opened->count * sizeof(*rows));
    if (load == HISTORY_LOAD_MISSING)
        stream->dropped++;
    else
        stream->damaged += rows == NULL;
    top->opened = opened;
    put_in_order(opened);
    return opened;
}

static void drop_top(struct history_stream *stream)
{
    put_back(stream, &stream->heap[0]);
    stream->heap[0] = stream->heap[--stream->count];
    sift_down(stream, 0);
}

/* Goes on behind the row that was given. */
static void advance(struct history_stream *stream)
{
    struct cursor *top = &stream->heap[0];
    ASSERT(top->opened != NULL);
    if (++top->at >= top->opened->count) {
        drop_top(stream);
        return;
    }
    top->next_us = top->opened->order[top->at].time_us;
    sift_down(stream, 0);
}

const struct history_row *history_stream_next(struct history_stream *stream)
{
    if (stream->given)
        advance(stream);
    stream->given = false;
    while (stream->count > 0 && stream->heap[0].next_us < stream->until_us) {
        struct cursor *top = &stream->heap[0];
        const struct opened *opened = top->opened ? top->opened : open_top(stream);
        if (top->at >= opened->count) {
            drop_top(stream);
            continue;
        }
        if (top->next_us >= stream->since_us) {
            stream->given = true;
            return &opened->rows[opened->order[top->at].index];
        }
        advance(stream);
    }
    return NULL;
}

uint64_t history_stream_damaged(const struct history_stream *stream)
{
    return stream->damaged;
}

uint64_t history_stream_dropped(const struct history_stream *stream)
{
    return stream->dropped;
}
