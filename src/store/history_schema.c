/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_schema.h. The steps below are the schema: a new file goes through all of them, an old
 * one through those that it lacks, each in a transaction of its own. A step that has been released
 * is never changed.
 */
#include "store/history_schema.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"

#define APPLICATION_ID 0x74646831 /* tdh1 */

static const char *const steps[HISTORY_SCHEMA_VERSION] = {
    /* 1: rows, and what is committed with them. Times in microseconds since 1970 UTC.
     * segment.state: 0 gets blocks, 1 closed, 2 being dropped; indexed: bits of keys with pages. */
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY, state INTEGER NOT NULL, created_us INTEGER NOT "
    "NULL, blocks INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, begin_us "
    "INTEGER "
    "NOT NULL, end_us INTEGER NOT NULL, indexed INTEGER NOT NULL);"
    "CREATE TABLE block(id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, begin_us INTEGER NOT NULL, "
    "end_us INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE tail(id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, begin_us INTEGER NOT NULL, "
    "end_us INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE run(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE page(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE position(name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE counter(name BLOB PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",
    /* 2: incidents, and sums by hour. */
    "CREATE TABLE incident(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind BLOB NOT "
    "NULL, "
    "key BLOB NOT NULL, opened_us INTEGER NOT NULL, acked_us INTEGER NOT NULL, closed_us INTEGER "
    "NOT NULL, updated_us INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE INDEX incident_opened ON incident(opened_us);"
    "CREATE INDEX incident_open ON incident(closed_us) WHERE closed_us = 0;"
    "CREATE TABLE path(id INTEGER PRIMARY KEY, relay BLOB NOT NULL, source BLOB NOT NULL, provider "
    "BLOB NOT NULL, UNIQUE(relay, source, provider));"
    "CREATE TABLE rollup(hour INTEGER NOT NULL, path INTEGER NOT NULL, class BLOB NOT NULL, "
    "attempts INTEGER NOT NULL, sent INTEGER NOT NULL, deferred INTEGER NOT NULL, bounced INTEGER "
    "NOT NULL, expired INTEGER NOT NULL, PRIMARY KEY(hour, path, class)) WITHOUT ROWID;",
    /* 3: first tries by the hour, of paths and of sender domains. Of older rows the recipients that
     * ended stand for those that began, for the four weeks that are learned from: as many hours
     * with mail as these have, and three days more, so that a wrong clock which left hours of the
     * far future behind takes nothing from them. */
    "ALTER TABLE rollup ADD COLUMN first INTEGER NOT NULL DEFAULT 0;"
    "UPDATE rollup SET first = sent + bounced + expired WHERE hour >= (SELECT min(hour) FROM "
    "(SELECT DISTINCT hour FROM rollup ORDER BY hour DESC LIMIT 744));"
    "CREATE TABLE sender(hour INTEGER NOT NULL, domain BLOB NOT NULL, first INTEGER NOT NULL, "
    "PRIMARY KEY(hour, domain)) WITHOUT ROWID;",
    /* 4: rows know one text and two states more, which an older todoku would take for damage. */
    "",
    /* 5: each position once more, on other pages: a damaged one has a spare. */
    ("CREATE TABLE spare(name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
     "INSERT INTO spare SELECT name, value FROM position;"),
};

static int64_t version_of(struct sql *sql)
{
    return sql_number(sql, "PRAGMA user_version", 0);
}

/* 4,000 pages of log are 16 MB. Page size and auto_vacuum count only while the file is empty; later
 * the latter would wait for the lock of a writer. */
static void set_up(struct sql *sql)
{
    if (version_of(sql) == 0)
        sql_exec(sql, "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL");
    sql_exec(sql, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                  "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864;"
                  "PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY");
}

/* False with err: the file is somebody else's or newer; sql is fine then. */
static bool is_ours(struct sql *sql, const char *path, struct err *err)
{
    int64_t id = sql_number(sql, "PRAGMA application_id", 0);
    int64_t version = version_of(sql);
    int64_t tables = sql_number(sql, "SELECT count(*) FROM sqlite_schema", 0);
    if (!sql_ok(sql) || (id == 0 && version == 0 && tables == 0))
        return sql_ok(sql);
    if (id != APPLICATION_ID)
        return err_set(err, ERR_INPUT, "%s: a database, but not of todoku: move it away", path);
    if (version > HISTORY_SCHEMA_VERSION)
        return err_set(err, ERR_INPUT,
                       "%s: made by a newer todoku (form %lld, known is %d): update todoku", path,
                       (long long)version, HISTORY_SCHEMA_VERSION);
    return true;
}

static void migrate(struct sql *sql)
{
    for (int64_t version = version_of(sql); version < HISTORY_SCHEMA_VERSION; version++) {
        char mark[96];
        snprintf(mark, sizeof(mark), "PRAGMA application_id=%d; PRAGMA user_version=%lld; COMMIT",
                 APPLICATION_ID, (long long)version + 1);
        if (!sql_exec(sql, "BEGIN IMMEDIATE") || !sql_exec(sql, steps[version]) ||
            !sql_exec(sql, mark))
            return;
    }
}

static int out_of_time(void *until)
{
    return clock_steady_us() > *(const int64_t *)until;
}

/* Whether a check finds nothing; one that is out of time has found nothing. */
static bool check(struct sql *sql, const char *pragma, int64_t limit_us)
{
    int64_t until = clock_steady_us() + limit_us;
    sqlite3_progress_handler(sql->db, 10000, out_of_time, &until);
    sqlite3_stmt *stmt = sql_take(sql, pragma);
    bool good = true;
    while (sql_next(sql, stmt))
        good = good && slice_eq(sql_bytes(stmt, 0), SLICE("ok"));
    sqlite3_progress_handler(sql->db, 0, NULL, NULL);
    if (sql->code == SQLITE_INTERRUPT)
        sql_clear(sql);
    return good && sql_ok(sql);
}

/* What is small and must be right, then as much of the whole as there is time for: blocks carry
 * checksums that are tested when they are read. */
static void check_file(struct sql *sql, int64_t limit_us)
{
    static const char *const small[] = {
        "PRAGMA quick_check(meta)",          "PRAGMA quick_check(segment)",
        "PRAGMA quick_check(tail)",          "PRAGMA quick_check(position)",
        "PRAGMA quick_check(counter)",       "PRAGMA quick_check(incident)",
        "PRAGMA quick_check(sqlite_schema)",
    };
    bool good = true;
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]) && sql_ok(sql); i++)
        good = good && check(sql, small[i], INT64_MAX / 2);
    if (limit_us > 0 && good)
        good = check(sql, "PRAGMA quick_check(1)", limit_us);
    if (sql_ok(sql) && !good) {
        sql->code = SQLITE_CORRUPT;
        snprintf(sql->why, sizeof(sql->why), "the check found faults");
    }
}

/* Opens and checks one file; true when it can be used. */
static bool open_file(const struct history_opening *opening, const char *path, struct sql *sql,
                      struct err *err)
{
    if (!sql_open(sql, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, opening->busy_ms))
        return sql_err(sql, err, path);
    if (!is_ours(sql, path, err)) {
        if (!sql_ok(sql))
            sql_err(sql, err, path);
        sql_close(sql);
        return false;
    }
    set_up(sql);
    migrate(sql);
    check_file(sql, opening->check_us);
    if (sql_ok(sql) && sqlite3_db_readonly(sql->db, "main") == 1) {
        sql->code = SQLITE_READONLY;
        snprintf(sql->why, sizeof(sql->why), "the file is read-only");
    }
    if (sql_ok(sql))
        return true;
    sql_err(sql, err, path);
    sql_close(sql);
    return false;
}

/* Takes over what is small and still good. */
static void salvage(struct sql *sql, const char *aside)
{
    static const char *const tables[][2] = {
        {"PRAGMA old.quick_check(position)",
         "INSERT OR IGNORE INTO position SELECT * FROM old.position"},
        {"PRAGMA old.quick_check(spare)", "INSERT OR IGNORE INTO spare SELECT * FROM old.spare"},
        {"PRAGMA old.quick_check(counter)",
         "INSERT OR IGNORE INTO counter SELECT * FROM old.counter"},
        {"PRAGMA old.quick_check(incident)",
         "INSERT OR IGNORE INTO incident SELECT * FROM old.incident"},
        {"PRAGMA old.quick_check(meta)", "INSERT OR IGNORE INTO meta SELECT * FROM old.meta"},
    };
    sqlite3_stmt *stmt = sql_take(sql, "ATTACH ?1 AS old");
    if (stmt != NULL)
        sqlite3_bind_text(stmt, 1, aside, -1, SQLITE_STATIC);
    if (sql_run(sql, stmt))
        for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
            if (check(sql, tables[i][0], INT64_C(10000000)))
                sql_exec(sql, tables[i][1]);
            sql_clear(sql);
        }
    sql_clear(sql);
    sql_exec(sql, "DETACH old");
    sql_clear(sql);
}

/* With what SQLite keeps beside it, which belongs to it. */
static bool set_aside(const char *path, const char *to, struct err *err)
{
    static const char *const parts[] = {"-wal", "-shm"};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_BUF struct buf from = {0}, CLEANUP_BUF beside = {0};
        buf_addf(&from, "%s%s", path, parts[i]);
        buf_addf(&beside, "%s%s", to, parts[i]);
        if (rename(from.ptr, beside.ptr) != 0 && errno != ENOENT)
            return err_set_errno(err, errno, "%s: damaged, and cannot be renamed", from.ptr);
    }
    if (rename(path, to) != 0)
        return err_set_errno(err, errno, "%s: damaged, and cannot be renamed", path);
    return true;
}

static enum history_opened renew(const struct history_opening *opening, const char *path,
                                 struct sql *sql, struct buf *aside, struct err *err)
{
    buf_clear(aside);
    buf_addf(aside, "%s.damaged-%lld", path, (long long)(opening->now_us / 1000000));
    for (int i = 1; access(aside->ptr, F_OK) == 0 && i < 1000; i++) {
        buf_clear(aside);
        buf_addf(aside, "%s.damaged-%lld.%d", path, (long long)(opening->now_us / 1000000), i);
    }
    if (!set_aside(path, aside->ptr, err) || !open_file(opening, path, sql, err))
        return HISTORY_NOT_OPENED;
    salvage(sql, aside->ptr);
    return HISTORY_RENEWED;
}

enum history_opened history_schema_open(const struct history_opening *opening, struct sql *sql,
                                        struct buf *aside, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/" HISTORY_FILE, opening->folder);
    buf_clear(aside);
    if (!opening->distrust) {
        if (open_file(opening, path.ptr, sql, err))
            return HISTORY_OPENED;
        if (sql_trouble(sql) != SQL_DAMAGED)
            return HISTORY_NOT_OPENED;
    }
    sql_clear(sql);
    return renew(opening, path.ptr, sql, aside, err);
}

static bool open_reader(struct sql *sql, const char *path, int flags)
{
    return sql_open(sql, path, SQLITE_OPEN_READONLY | flags, 2000) &&
           sql_exec(sql, "PRAGMA query_only=ON; PRAGMA cache_size=-8192") && version_of(sql) >= 0 &&
           sql_ok(sql);
}

/* SQLite makes a file beside the database even to read it. Who may not, reads the file as it is
 * when nobody writes it, which shows in the absence of its log. */
static bool open_unwritten(struct sql *sql, const char *path)
{
    CLEANUP_BUF struct buf uri = {0}, CLEANUP_BUF log = {0};
    buf_addf(&log, "%s-wal", path);
    if (access(log.ptr, F_OK) == 0)
        return false;
    buf_add_str(&uri, "file:");
    for (const char *p = path; *p != '\0'; p++)
        if (strchr("%?#", *p) != NULL)
            buf_addf(&uri, "%%%02X", (unsigned char)*p);
        else
            buf_add_char(&uri, *p);
    buf_add_str(&uri, "?immutable=1");
    sql_close(sql);
    return open_reader(sql, uri.ptr, SQLITE_OPEN_URI);
}

bool history_schema_open_reader(const char *folder, struct sql *sql, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/" HISTORY_FILE, folder);
    bool open = open_reader(sql, path.ptr, 0) ||
                (access(path.ptr, R_OK) == 0 && open_unwritten(sql, path.ptr));
    if (!open)
        sql_err(sql, err, path.ptr);
    else if (!is_ours(sql, path.ptr, err))
        open = sql_ok(sql) ? false : sql_err(sql, err, path.ptr);
    else if (version_of(sql) < HISTORY_SCHEMA_VERSION)
        open = err_set(err, ERR_INPUT,
                       "%s: made by an older todoku; `todoku run` brings it up to date", path.ptr);
    if (!open)
        sql_close(sql);
    return open;
}
