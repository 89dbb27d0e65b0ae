/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_retention.h. A segment's age is that of its newest row, but not less than that of its
 * closing: a row with a time in the future does not keep it for ever.
 */
#include "store/history_retention.h"

#include "store/history_filer.h"
#include "store/history_index.h"

enum {
    BLOCKS_A_STEP = 64,
    FREE_SHARE = 8, /* free pages are given back above 1/8 of the file */
    FREE_PAGES_MIN = 256,
};

static const int64_t HOUR_US = INT64_C(3600000000);

static int64_t bytes_in_use(struct sql *sql)
{
    return (sql_number(sql, "PRAGMA page_count", 0) - sql_number(sql, "PRAGMA freelist_count", 0)) *
           sql_number(sql, "PRAGMA page_size", 0);
}

/* The first segment that a statement with one number finds; 0: none. */
static int64_t segment_by(struct sql *sql, const char *text, int64_t value)
{
    sqlite3_stmt *stmt = sql_take(sql, text);
    sql_bind_number(sql, stmt, 1, value);
    int64_t id = sql_next(sql, stmt) ? sqlite3_column_int64(stmt, 0) : 0;
    sql_done(stmt);
    return id;
}

static int64_t segment_to_drop(struct sql *sql, const struct history_retention *limits,
                               int64_t now_us)
{
    int64_t id = segment_by(
        sql,
        "SELECT id FROM segment WHERE state = 1 AND min(end_us, created_us + 86400000000) < "
        "?1 ORDER BY id LIMIT 1",
        now_us - limits->rows_age_us);
    if (id != 0 || bytes_in_use(sql) <= limits->rows_bytes)
        return id;
    return segment_by(sql, "SELECT id FROM segment WHERE state = ?1 ORDER BY id LIMIT 1",
                      HISTORY_SEGMENT_CLOSED);
}

static void run_with(struct sql *sql, const char *text, int64_t first, int64_t second)
{
    sqlite3_stmt *stmt = sql_take(sql, text);
    sql_bind_number(sql, stmt, 1, first);
    sql_bind_number(sql, stmt, 2, second);
    sql_run(sql, stmt);
}

/* Some blocks of a segment that is being dropped, at last what is left of it. */
static void drop_some(struct sql *sql, int64_t id)
{
    int64_t first = id << HISTORY_BLOCK_BITS;
    run_with(sql,
             "DELETE FROM block WHERE id IN (SELECT id FROM block WHERE id >= ?1 AND id < "
             "?1 + 65536 ORDER BY id LIMIT ?2)",
             first, BLOCKS_A_STEP);
    if (!sql_ok(sql) || sqlite3_changes(sql->db) > 0)
        return;
    history_index_drop(sql, id);
    run_with(sql, "DELETE FROM segment WHERE id = ?1 AND state = ?2", id, HISTORY_SEGMENT_DROPPED);
}

/* Once an hour: looks at all of them. Late rows are waited for. */
static void drop_senders(struct sql *sql, int64_t hour)
{
    if (sql_number(sql, "SELECT value FROM meta WHERE name = 'senders tidied'", 0) == hour)
        return;
    run_with(sql, "DELETE FROM sender WHERE hour < ?1 AND first >= ?2", hour - HISTORY_SENDER_HOURS,
             0);
    run_with(sql, "DELETE FROM sender WHERE hour < ?1 AND first < ?2 AND domain <> x''", hour - 2,
             HISTORY_SENDER_LEAST);
    run_with(sql,
             "INSERT INTO meta(name, value) VALUES('senders tidied', ?1) ON CONFLICT(name) DO "
             "UPDATE SET value = ?1 + ?2",
             hour, 0);
}

static void drop_small(struct sql *sql, const struct history_retention *limits, int64_t now_us)
{
    run_with(sql, "DELETE FROM incident WHERE closed_us > ?2 AND closed_us < ?1",
             now_us - limits->incidents_age_us, 0);
    run_with(sql, "DELETE FROM rollup WHERE hour >= ?2 AND hour < ?1",
             (now_us - limits->sums_age_us) / HOUR_US, INT64_MIN);
    if (sql_ok(sql) && sqlite3_changes(sql->db) > 0)
        sql_run(sql, sql_take(sql, "DELETE FROM path WHERE id NOT IN (SELECT path FROM rollup)"));
    drop_senders(sql, now_us / HOUR_US);
}

static bool has_much_free(struct sql *sql)
{
    int64_t pages = sql_number(sql, "PRAGMA page_count", 0);
    int64_t unused = sql_number(sql, "PRAGMA freelist_count", 0);
    return unused > FREE_PAGES_MIN && unused > pages / FREE_SHARE;
}

bool history_retention_step(struct sql *sql, const struct history_retention *limits, int64_t now_us,
                            bool *more)
{
    sql_exec(sql, "BEGIN IMMEDIATE");
    int64_t dropping =
        segment_by(sql, "SELECT id FROM segment WHERE state = ?1 LIMIT 1", HISTORY_SEGMENT_DROPPED);
    int64_t next = dropping ? 0 : segment_to_drop(sql, limits, now_us);
    if (dropping)
        drop_some(sql, dropping);
    else if (next)
        run_with(sql, "UPDATE segment SET state = ?2 WHERE id = ?1", next, HISTORY_SEGMENT_DROPPED);
    else
        drop_small(sql, limits, now_us);
    sql_exec(sql, "COMMIT");
    bool shrink = sql_ok(sql) && dropping == 0 && next == 0 && has_much_free(sql);
    if (shrink)
        sql_exec(sql, "PRAGMA incremental_vacuum(2048)");
    *more = dropping || next || (shrink && has_much_free(sql));
    return sql_ok(sql);
}
