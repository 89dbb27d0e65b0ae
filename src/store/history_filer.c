/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_filer.h. What is held in memory (the open segment's sums, the rows of the tail) is a
 * copy of what the tables say, read again after a failure.
 */
#include "store/history_filer.h"

#include <assert.h>

#include "store/history_index.h"
#include "store/history_pack.h"

enum {
    BLOCK_ROWS_MIN = HISTORY_CHUNK_ROWS / 2, /* smaller pieces go to the tail */
    ALL_INDEXED = (1 << HISTORY_KEYS) - 1,
};

struct segment {
    int64_t id; /* 0: none is open */
    int64_t created_us, blocks, rows, bytes, begin_us, end_us;
};

struct history_filer {
    struct sql *sql;
    int64_t segment_bytes;
    bool loaded; /* the rest is as the tables say */
    bool changed;
    struct segment open;
    struct history_encoder *encoder; /* rows of the tail */
    struct history_piece tail;       /* what they are filed under */
    struct history_decoder *decoder;
    struct history_packer *packer;
    struct buf packed;
};

struct history_filer *history_filer_new(struct sql *sql, int64_t segment_bytes)
{
    struct history_filer *filer = MEM_NEW(struct history_filer);
    filer->sql = sql;
    filer->segment_bytes = segment_bytes;
    filer->encoder = history_encoder_new();
    filer->decoder = history_decoder_new();
    filer->packer = history_packer_new();
    return filer;
}

void history_filer_free(struct history_filer *filer)
{
    if (filer == NULL)
        return;
    history_encoder_free(filer->encoder);
    history_piece_done(&filer->tail);
    history_decoder_free(filer->decoder);
    history_packer_free(filer->packer);
    buf_done(&filer->packed);
    mem_free(filer);
}

static void forget_tail(struct history_filer *filer)
{
    buf_clear(&filer->tail.bytes);
    history_encoder_finish(filer->encoder, &filer->tail.bytes);
    history_piece_done(&filer->tail);
}

void history_filer_forget(struct history_filer *filer)
{
    filer->loaded = filer->changed = false;
    forget_tail(filer);
}

static void remember(struct history_filer *filer, struct slice chunk)
{
    size_t count;
    const struct history_row *rows = history_decoder_read(filer->decoder, chunk, &count);
    for (size_t i = 0; i < count; i++)
        if (history_encoder_rows(filer->encoder) < HISTORY_CHUNK_ROWS)
            history_piece_add(&filer->tail, filer->encoder, &rows[i]);
}

static void load(struct history_filer *filer)
{
    struct segment *open = &filer->open;
    if (filer->loaded)
        return;
    *open = (struct segment){0};
    sqlite3_stmt *stmt =
        sql_take(filer->sql, "SELECT id, created_us, blocks, rows, bytes, begin_us, end_us FROM "
                             "segment WHERE state = 0 ORDER BY id DESC LIMIT 1");
    int64_t *const to[] = {&open->id,    &open->created_us, &open->blocks, &open->rows,
                           &open->bytes, &open->begin_us,   &open->end_us};
    if (sql_next(filer->sql, stmt))
        for (int i = 0; i < 7; i++)
            *to[i] = sqlite3_column_int64(stmt, i);
    sql_done(stmt);
    stmt = sql_take(filer->sql, "SELECT data FROM tail ORDER BY id");
    while (sql_next(filer->sql, stmt))
        remember(filer, sql_bytes(stmt, 0));
    filer->loaded = sql_ok(filer->sql);
}

static void begin_segment(struct history_filer *filer, int64_t now_us)
{
    int64_t id = sql_number(filer->sql, "SELECT max(id) FROM segment", 0) + 1;
    filer->open = (struct segment){
        .id = id, .created_us = now_us, .begin_us = INT64_MAX, .end_us = INT64_MIN};
    sqlite3_stmt *stmt = sql_take(
        filer->sql, "INSERT INTO segment(id, state, created_us, blocks, rows, bytes, begin_us, "
                    "end_us, indexed) VALUES(?1, 0, ?2, 0, 0, 0, 0, 0, 0)");
    sql_bind_number(filer->sql, stmt, 1, id);
    sql_bind_number(filer->sql, stmt, 2, now_us);
    sql_run(filer->sql, stmt);
}

static void insert_block(struct history_filer *filer, int64_t id, const struct history_piece *piece)
{
    struct sql *sql = filer->sql;
    sqlite3_stmt *stmt = sql_take(
        sql, "INSERT INTO block(id, rows, begin_us, end_us, data) VALUES(?1, ?2, ?3, ?4, ?5)");
    sql_bind_number(sql, stmt, 1, id);
    sql_bind_number(sql, stmt, 2, piece->rows);
    sql_bind_number(sql, stmt, 3, piece->begin_us);
    sql_bind_number(sql, stmt, 4, piece->end_us);
    sql_bind_bytes(sql, stmt, 5, buf_slice(&filer->packed));
    sql_run(sql, stmt);
}

static void write_block(struct history_filer *filer, struct history_piece *piece, int64_t now_us)
{
    if (filer->open.id == 0)
        begin_segment(filer, now_us);
    struct segment *open = &filer->open;
    int64_t id = open->id << HISTORY_BLOCK_BITS | open->blocks;
    history_pack(filer->packer, buf_slice(&piece->bytes), &filer->packed);
    insert_block(filer, id, piece);
    for (unsigned key = 0; key < HISTORY_KEYS; key++)
        history_index_put(filer->sql, id, key, &piece->keys[key]);
    open->blocks++;
    open->rows += piece->rows;
    open->bytes += (int64_t)filer->packed.len;
    open->begin_us = piece->begin_us < open->begin_us ? piece->begin_us : open->begin_us;
    open->end_us = piece->end_us > open->end_us ? piece->end_us : open->end_us;
    filer->changed = true;
}

static void flush_tail(struct history_filer *filer, int64_t now_us)
{
    filer->tail.rows = history_encoder_rows(filer->encoder);
    if (filer->tail.rows == 0)
        return;
    history_encoder_finish(filer->encoder, &filer->tail.bytes);
    write_block(filer, &filer->tail, now_us);
    history_piece_done(&filer->tail);
    sql_run(filer->sql, sql_take(filer->sql, "DELETE FROM tail"));
}

static void add_to_tail(struct history_filer *filer, const struct history_piece *piece,
                        int64_t now_us)
{
    struct sql *sql = filer->sql;
    if (history_encoder_rows(filer->encoder) + piece->rows > HISTORY_CHUNK_ROWS)
        flush_tail(filer, now_us);
    sqlite3_stmt *stmt =
        sql_take(sql, "INSERT INTO tail(rows, begin_us, end_us, data) VALUES(?1, ?2, ?3, ?4)");
    sql_bind_number(sql, stmt, 1, piece->rows);
    sql_bind_number(sql, stmt, 2, piece->begin_us);
    sql_bind_number(sql, stmt, 3, piece->end_us);
    sql_bind_bytes(sql, stmt, 4, buf_slice(&piece->bytes));
    sql_run(sql, stmt);
    remember(filer, buf_slice(&piece->bytes));
}

static bool is_full(const struct history_filer *filer, int64_t now_us)
{
    const struct segment *open = &filer->open;
    return open->rows >= HISTORY_SEGMENT_ROWS || open->blocks >= HISTORY_SEGMENT_BLOCKS ||
           open->bytes >= filer->segment_bytes ||
           now_us - open->created_us >= HISTORY_SEGMENT_SPAN_US;
}

static void close_segment(struct history_filer *filer)
{
    history_filer_save(filer);
    sqlite3_stmt *stmt = sql_take(filer->sql, "UPDATE segment SET state = 1 WHERE id = ?1");
    sql_bind_number(filer->sql, stmt, 1, filer->open.id);
    sql_run(filer->sql, stmt);
    filer->open = (struct segment){0};
}

bool history_filer_put(struct history_filer *filer, struct history_batch *batch, int64_t now_us)
{
    history_batch_seal(batch);
    load(filer);
    for (size_t i = 0; i < batch->piece_count && sql_ok(filer->sql); i++) {
        struct history_piece *piece = &batch->pieces[i];
        if (piece->rows < BLOCK_ROWS_MIN)
            add_to_tail(filer, piece, now_us);
        else
            write_block(filer, piece, now_us);
        if (filer->open.id != 0 && is_full(filer, now_us))
            close_segment(filer);
    }
    return sql_ok(filer->sql);
}

bool history_filer_save(struct history_filer *filer)
{
    struct sql *sql = filer->sql;
    const struct segment *open = &filer->open;
    if (!filer->changed || open->id == 0)
        return sql_ok(sql);
    filer->changed = false;
    sqlite3_stmt *stmt = sql_take(sql, "UPDATE segment SET blocks = ?2, rows = ?3, bytes = ?4, "
                                       "begin_us = ?5, end_us = ?6 WHERE id = ?1");
    const int64_t values[] = {open->id,    open->blocks,   open->rows,
                              open->bytes, open->begin_us, open->end_us};
    for (int i = 0; i < 6; i++)
        sql_bind_number(sql, stmt, i + 1, values[i]);
    return sql_run(sql, stmt);
}

/* Merges one key of one closed segment; false when there is none left. */
static bool merge_one(struct sql *sql)
{
    int64_t segment = 0, indexed = 0;
    sqlite3_stmt *stmt = sql_take(sql, "SELECT id, indexed FROM segment WHERE state = 1 AND "
                                       "indexed <> 15 ORDER BY id LIMIT 1");
    static_assert(ALL_INDEXED == 15, "the statement above has the number");
    if (sql_next(sql, stmt)) {
        segment = sqlite3_column_int64(stmt, 0);
        indexed = sqlite3_column_int64(stmt, 1);
    }
    sql_done(stmt);
    if (segment == 0)
        return false;
    unsigned key = 0;
    while (indexed >> key & 1)
        key++;
    history_index_merge(sql, segment, key);
    stmt = sql_take(sql, "UPDATE segment SET indexed = indexed | ?2 WHERE id = ?1");
    sql_bind_number(sql, stmt, 1, segment);
    sql_bind_number(sql, stmt, 2, INT64_C(1) << key);
    return sql_run(sql, stmt);
}

bool history_filer_tidy(struct history_filer *filer, int64_t now_us, bool *more)
{
    load(filer);
    if (filer->open.id != 0 && is_full(filer, now_us))
        close_segment(filer);
    *more = merge_one(filer->sql) && sql_ok(filer->sql);
    return sql_ok(filer->sql);
}
