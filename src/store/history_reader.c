/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_reader.h. Here: all that is read without blocks.
 */
#include "store/history_reader_private.h"

#include "base/memory.h"
#include "io/clock.h"
#include "store/history_schema.h"

static const int64_t HOUR_US = INT64_C(3600000000);

struct history_reader *history_reader_open(const char *folder, struct err *err)
{
    struct history_reader *reader = MEM_NEW(struct history_reader);
    if (!history_schema_open_reader(folder, &reader->sql, err)) {
        mem_free(reader);
        return NULL;
    }
    reader->packer = history_packer_new();
    reader->decoder = history_decoder_new();
    return reader;
}

void history_reader_free(struct history_reader *reader)
{
    if (reader == NULL)
        return;
    sql_close(&reader->sql);
    history_packer_free(reader->packer);
    history_decoder_free(reader->decoder);
    buf_done(&reader->bytes);
    mem_free(reader);
}

enum history_load history_reader_load(struct history_reader *reader, int64_t block, struct buf *to)
{
    enum history_load load = HISTORY_LOAD_MISSING;
    sqlite3_stmt *stmt = sql_take(&reader->sql, "SELECT data FROM block WHERE id = ?1");
    sql_bind_number(&reader->sql, stmt, 1, block);
    if (sql_next(&reader->sql, stmt))
        load = history_unpack(reader->packer, sql_bytes(stmt, 0), HISTORY_CHUNK_BYTES_MAX, to)
                   ? HISTORY_LOADED
                   : HISTORY_LOAD_DAMAGED;
    sql_done(stmt);
    if (sql_trouble(&reader->sql) != SQL_DAMAGED)
        return load;
    sql_clear(&reader->sql); /* the rest may well be readable */
    return HISTORY_LOAD_DAMAGED;
}

bool history_reader_end(struct history_reader *reader, struct err *err)
{
    bool good = sql_ok(&reader->sql) || sql_err(&reader->sql, err, "the history cannot be read");
    sql_rollback(&reader->sql);
    return good;
}

/* The hour that begins at or after a time. */
static int64_t hour_from(int64_t us)
{
    return us / HOUR_US + (us % HOUR_US > 0);
}

/* A question whose ?1 and ?2 are the first hour of a span and the one behind it. */
static sqlite3_stmt *ask_hours(struct sql *sql, const char *text, int64_t since_us,
                               int64_t until_us)
{
    sqlite3_stmt *stmt = sql_take(sql, text);
    sql_bind_number(sql, stmt, 1, hour_from(since_us));
    sql_bind_number(sql, stmt, 2, hour_from(until_us));
    return stmt;
}

bool history_hours(struct history_reader *reader, const struct history_span *span,
                   void (*take)(void *data, const struct history_hour *hour), void *data,
                   struct err *err)
{
    struct sql *sql = &reader->sql;
    sqlite3_stmt *stmt = ask_hours(
        sql,
        "SELECT hour, relay, source, provider, class, attempts, sent, deferred, bounced, expired "
        "FROM rollup JOIN path ON path.id = rollup.path WHERE hour >= ?1 AND hour < ?2 ORDER BY "
        "hour",
        span->since_us, span->until_us);
    while (sql_next(sql, stmt)) {
        const struct history_hour hour = {
            .begin_us = sqlite3_column_int64(stmt, 0) * HOUR_US,
            .relay = sql_bytes(stmt, 1),
            .source = sql_bytes(stmt, 2),
            .provider = sql_bytes(stmt, 3),
            .class = sql_bytes(stmt, 4),
            .attempts = (uint64_t)sqlite3_column_int64(stmt, 5),
            .sent = (uint64_t)sqlite3_column_int64(stmt, 6),
            .deferred = (uint64_t)sqlite3_column_int64(stmt, 7),
            .bounced = (uint64_t)sqlite3_column_int64(stmt, 8),
            .expired = (uint64_t)sqlite3_column_int64(stmt, 9),
        };
        take(data, &hour);
    }
    return history_reader_end(reader, err);
}

static int out_of_time(void *until)
{
    return clock_steady_us() > *(const int64_t *)until;
}

bool history_volumes(struct history_reader *reader, const struct history_volume_query *query,
                     void (*take)(void *data, const struct history_volume *volume), void *data,
                     struct err *err)
{
    static const char *const texts[] = {
        [HISTORY_VOLUME_PATHS] =
            "SELECT hour, relay, source, provider, x'', sum(first) FROM rollup JOIN path ON "
            "path.id = rollup.path WHERE hour >= ?1 AND hour < ?2 GROUP BY hour, path ORDER BY "
            "hour DESC, path DESC",
        [HISTORY_VOLUME_SENDERS] =
            "SELECT hour, x'', x'', x'', domain, first FROM sender WHERE hour >= ?1 AND hour < ?2 "
            "ORDER BY hour DESC, domain DESC",
        [HISTORY_VOLUME_PROVIDERS] =
            "SELECT hour, x'', x'', provider, x'', sum(first) FROM rollup JOIN path ON path.id = "
            "rollup.path WHERE hour >= ?1 AND hour < ?2 GROUP BY hour, provider ORDER BY hour",
    };
    struct sql *sql = &reader->sql;
    int64_t until_us = clock_steady_us() + query->wait_us;
    sqlite3_progress_handler(sql->db, 10000, out_of_time, &until_us);
    sqlite3_stmt *stmt = ask_hours(sql, texts[query->kind], query->since_us, query->until_us);
    while (sql_next(sql, stmt)) {
        const struct history_volume volume = {
            .begin_us = sqlite3_column_int64(stmt, 0) * HOUR_US,
            .relay = sql_bytes(stmt, 1),
            .source = sql_bytes(stmt, 2),
            .provider = sql_bytes(stmt, 3),
            .domain = sql_bytes(stmt, 4),
            .recipients = (uint64_t)sqlite3_column_int64(stmt, 5),
        };
        if (volume.recipients > 0)
            take(data, &volume);
    }
    sqlite3_progress_handler(sql->db, 0, NULL, NULL);
    return history_reader_end(reader, err);
}

static bool read_position(struct history_reader *reader, const char *question, struct slice name,
                          struct buf *to, struct err *err)
{
    struct sql *sql = &reader->sql;
    sqlite3_stmt *stmt = sql_take(sql, question);
    sql_bind_bytes(sql, stmt, 1, name);
    bool found = sql_next(sql, stmt);
    if (found)
        buf_add(to, sql_bytes(stmt, 0));
    sql_done(stmt);
    if (err)
        *err = (struct err){0};
    return history_reader_end(reader, err) && found;
}

bool history_position(struct history_reader *reader, struct slice name, struct buf *to,
                      struct err *err)
{
    return read_position(reader, "SELECT value FROM position WHERE name = ?1", name, to, err);
}

bool history_position_spare(struct history_reader *reader, struct slice name, struct buf *to,
                            struct err *err)
{
    return read_position(reader, "SELECT value FROM spare WHERE name = ?1", name, to, err);
}

bool history_counters(struct history_reader *reader,
                      void (*take)(void *data, struct slice name, int64_t value), void *data,
                      struct err *err)
{
    sqlite3_stmt *stmt = sql_take(&reader->sql, "SELECT name, value FROM counter ORDER BY name");
    while (sql_next(&reader->sql, stmt))
        take(data, sql_bytes(stmt, 0), sqlite3_column_int64(stmt, 1));
    return history_reader_end(reader, err);
}

static struct history_incident incident_of(sqlite3_stmt *stmt)
{
    return (struct history_incident){
        .id = sql_bytes(stmt, 0),
        .kind = sql_bytes(stmt, 1),
        .key = sql_bytes(stmt, 2),
        .opened_us = sqlite3_column_int64(stmt, 3),
        .acked_us = sqlite3_column_int64(stmt, 4),
        .closed_us = sqlite3_column_int64(stmt, 5),
        .updated_us = sqlite3_column_int64(stmt, 6),
        .body = sql_bytes(stmt, 7),
    };
}

#define INCIDENT_COLUMNS \
    "SELECT id, kind, key, opened_us, acked_us, closed_us, updated_us, body FROM incident "

bool history_incidents(struct history_reader *reader, const struct history_incident_query *query,
                       void (*take)(void *data, const struct history_incident *incident),
                       void *data, struct err *err)
{
    struct sql *sql = &reader->sql;
    sqlite3_stmt *stmt =
        query->id.len > 0 ? sql_take(sql, INCIDENT_COLUMNS "WHERE id = ?1")
        : query->only_open
            ? sql_take(sql, INCIDENT_COLUMNS
                       "WHERE closed_us = 0 AND opened_us < ?3 ORDER BY opened_us DESC LIMIT ?4")
            : sql_take(sql, INCIDENT_COLUMNS
                       "WHERE opened_us < ?3 AND (closed_us = 0 OR closed_us >= ?2) ORDER BY "
                       "opened_us DESC LIMIT ?4");
    if (query->id.len > 0) {
        sql_bind_bytes(sql, stmt, 1, query->id);
    } else {
        if (!query->only_open)
            sql_bind_number(sql, stmt, 2, query->since_us);
        sql_bind_number(sql, stmt, 3, query->until_us);
        sql_bind_number(sql, stmt, 4, (int64_t)query->limit);
    }
    while (sql_next(sql, stmt)) {
        const struct history_incident incident = incident_of(stmt);
        take(data, &incident);
    }
    return history_reader_end(reader, err);
}

bool history_extent_get(struct history_reader *reader, struct history_extent *out, struct err *err)
{
    struct sql *sql = &reader->sql;
    *out = (struct history_extent){0};
    sqlite3_stmt *stmt = sql_take(
        sql, "SELECT sum(rows), count(DISTINCT segment), min(begin_us), max(end_us) FROM (SELECT "
             "rows, id AS segment, begin_us, end_us FROM segment WHERE state < 2 AND rows > 0 "
             "UNION ALL SELECT rows, NULL, begin_us, end_us FROM tail)");
    if (sql_next(sql, stmt)) {
        out->rows = (uint64_t)sqlite3_column_int64(stmt, 0);
        out->segments = (uint64_t)sqlite3_column_int64(stmt, 1);
        out->begin_us = sqlite3_column_int64(stmt, 2);
        out->end_us = sqlite3_column_int64(stmt, 3);
    }
    sql_done(stmt);
    out->used_bytes =
        (sql_number(sql, "PRAGMA page_count", 0) - sql_number(sql, "PRAGMA freelist_count", 0)) *
        sql_number(sql, "PRAGMA page_size", 0);
    return history_reader_end(reader, err);
}
