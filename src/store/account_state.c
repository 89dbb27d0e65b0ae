/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_state.h. Opened by the daemon at its start; a second process that holds the file is
 * waited for BUSY_MS and then an error.
 */
#include "store/account_state.h"

#include <errno.h>
#include <stdio.h>

#include "base/memory.h"
#include "store/sql.h"

#define APPLICATION_ID 0x74646131 /* tda1 */
#define VERSION 3
#define BUSY_MS 1000

struct account_state {
    struct sql sql;
    char path[4096];
};

/* From nothing to version 1, from that to 2 ... A step that has been released is never changed. */
static const char *const steps[VERSION] = {
    "CREATE TABLE flag(login BLOB NOT NULL, flag BLOB NOT NULL, actor BLOB NOT NULL, reason BLOB "
    "NOT NULL, since_us INTEGER NOT NULL, until_us INTEGER NOT NULL, PRIMARY KEY(login, flag)) "
    "WITHOUT ROWID;"
    "CREATE TABLE trail(number INTEGER PRIMARY KEY AUTOINCREMENT, time_us INTEGER NOT NULL, login "
    "BLOB NOT NULL, action BLOB NOT NULL, what BLOB NOT NULL, actor BLOB NOT NULL, reason BLOB NOT "
    "NULL, until_us INTEGER NOT NULL);"
    "CREATE INDEX trail_login ON trail(login, number);",
    "CREATE TABLE account_limit(login BLOB NOT NULL, name BLOB NOT NULL, temporary INTEGER NOT "
    "NULL, most INTEGER NOT NULL, actor BLOB NOT NULL, reason BLOB NOT NULL, since_us INTEGER NOT "
    "NULL, until_us INTEGER NOT NULL, PRIMARY KEY(login, name, temporary)) WITHOUT ROWID;",
    "ALTER TABLE flag ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE flag ADD COLUMN relay BLOB NOT NULL DEFAULT x'';"
    "UPDATE flag SET stamp = since_us;"
    "ALTER TABLE account_limit ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account_limit ADD COLUMN relay BLOB NOT NULL DEFAULT x'';"
    "UPDATE account_limit SET stamp = since_us;"
    "ALTER TABLE trail ADD COLUMN relay BLOB NOT NULL DEFAULT x'';"
    "CREATE TABLE ruling_end(name BLOB NOT NULL PRIMARY KEY, ruling BLOB NOT NULL) WITHOUT ROWID;",
};

/* ---- opening ---- */

/* False with err: the file is somebody else's or newer; sql is fine then. */
static bool is_ours(struct account_state *state, struct err *err)
{
    struct sql *sql = &state->sql;
    int64_t id = sql_number(sql, "PRAGMA application_id", 0);
    int64_t version = sql_number(sql, "PRAGMA user_version", 0);
    int64_t tables = sql_number(sql, "SELECT count(*) FROM sqlite_schema", 0);
    if (!sql_ok(sql) || (id == 0 && version == 0 && tables == 0))
        return sql_ok(sql);
    if (id != APPLICATION_ID)
        return err_set(err, ERR_INPUT, "%s: a database, but not of todoku: move it away",
                       state->path);
    if (version > VERSION)
        return err_set(err, ERR_INPUT,
                       "%s: made by a newer todoku (form %lld, known is %d): update todoku",
                       state->path, (long long)version, VERSION);
    return true;
}

static void set_up(struct sql *sql)
{
    char mark[96];
    sql_exec(sql, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    int64_t version = sql_number(sql, "PRAGMA user_version", 0);
    if (version == VERSION || !sql_exec(sql, "BEGIN IMMEDIATE"))
        return;
    snprintf(mark, sizeof(mark), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
             APPLICATION_ID, VERSION);
    while (version < VERSION && sql_exec(sql, steps[version]))
        version++;
    if (sql_ok(sql))
        sql_exec(sql, mark);
}

static void check(struct sql *sql)
{
    sqlite3_stmt *stmt = sql_take(sql, "PRAGMA quick_check(1)");
    bool good = true;
    while (sql_next(sql, stmt))
        good = good && slice_eq(sql_bytes(stmt, 0), SLICE("ok"));
    if (sql_ok(sql) && !good) {
        sql->code = SQLITE_CORRUPT;
        snprintf(sql->why, sizeof(sql->why), "the check found faults");
    }
}

static bool open_file(struct account_state *state, struct err *err)
{
    struct sql *sql = &state->sql;
    if (!sql_open(sql, state->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, BUSY_MS))
        return sql_err(sql, err, state->path);
    if (!is_ours(state, err)) {
        if (!sql_ok(sql))
            (void)sql_err(sql, err, state->path);
        sql_close(sql);
        return false;
    }
    set_up(sql);
    check(sql);
    if (sql_ok(sql))
        return true;
    (void)sql_err(sql, err, state->path);
    sql_close(sql);
    return false;
}

/* With what SQLite keeps beside it, which belongs to it. */
static bool set_aside(const char *path, int64_t now_us, struct buf *aside, struct err *err)
{
    static const char *const parts[] = {"-wal", "-shm", ""};
    buf_addf(aside, "%s.damaged-%lld", path, (long long)(now_us / 1000000));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        CLEANUP_BUF struct buf from = {0}, to = {0};
        buf_addf(&from, "%s%s", path, parts[i]);
        buf_addf(&to, "%s%s", buf_str(aside), parts[i]);
        if (rename(buf_str(&from), buf_str(&to)) != 0 && errno != ENOENT)
            return err_set_errno(err, errno, "%s: damaged, and cannot be renamed", buf_str(&from));
    }
    return true;
}

struct account_state *account_state_open(const char *folder, int64_t now_us, struct buf *aside,
                                         struct err *err)
{
    struct account_state *state = MEM_NEW(struct account_state);
    snprintf(state->path, sizeof(state->path), "%s/" ACCOUNT_STATE_FILE, folder);
    bool good = open_file(state, err);
    if (!good && sql_trouble(&state->sql) == SQL_DAMAGED &&
        set_aside(state->path, now_us, aside, err)) {
        sql_clear(&state->sql);
        good = open_file(state, err);
    }
    if (good)
        return state;
    mem_free(state);
    return NULL;
}

void account_state_close(struct account_state *state)
{
    if (state == NULL)
        return;
    sql_close(&state->sql);
    mem_free(state);
}

/* ---- writing ---- */

void account_state_begin(struct account_state *state)
{
    sql_exec(&state->sql, "BEGIN IMMEDIATE");
}

void account_state_clear_flags(struct account_state *state)
{
    sql_exec(&state->sql, "DELETE FROM flag");
}

void account_state_put_flag(struct account_state *state, const struct account_state_flag *flag)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(sql, "REPLACE INTO flag(login, flag, actor, reason, since_us, "
                                       "until_us, stamp, relay) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                                       "?8)");
    sql_bind_bytes(sql, stmt, 1, flag->login);
    sql_bind_bytes(sql, stmt, 2, flag->flag);
    sql_bind_bytes(sql, stmt, 3, flag->actor);
    sql_bind_bytes(sql, stmt, 4, flag->reason);
    sql_bind_number(sql, stmt, 5, flag->since_us);
    sql_bind_number(sql, stmt, 6, flag->until_us);
    sql_bind_number(sql, stmt, 7, flag->stamp);
    sql_bind_bytes(sql, stmt, 8, flag->relay);
    sql_run(sql, stmt);
}

void account_state_drop_flag(struct account_state *state, struct slice login, struct slice flag)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(sql, "DELETE FROM flag WHERE login = ?1 AND flag = ?2");
    sql_bind_bytes(sql, stmt, 1, login);
    sql_bind_bytes(sql, stmt, 2, flag);
    sql_run(sql, stmt);
}

void account_state_clear_limits(struct account_state *state)
{
    sql_exec(&state->sql, "DELETE FROM account_limit");
}

void account_state_put_limit(struct account_state *state, const struct account_state_limit *limit)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(
        sql, "REPLACE INTO account_limit(login, name, temporary, most, actor, reason, "
             "since_us, until_us, stamp, relay) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
             "?10)");
    sql_bind_bytes(sql, stmt, 1, limit->login);
    sql_bind_bytes(sql, stmt, 2, limit->limit);
    sql_bind_number(sql, stmt, 3, limit->temporary);
    sql_bind_number(sql, stmt, 4, limit->count);
    sql_bind_bytes(sql, stmt, 5, limit->actor);
    sql_bind_bytes(sql, stmt, 6, limit->reason);
    sql_bind_number(sql, stmt, 7, limit->since_us);
    sql_bind_number(sql, stmt, 8, limit->until_us);
    sql_bind_number(sql, stmt, 9, limit->stamp);
    sql_bind_bytes(sql, stmt, 10, limit->relay);
    sql_run(sql, stmt);
}

void account_state_drop_limit(struct account_state *state, struct slice login, struct slice limit,
                              bool temporary)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(
        sql, "DELETE FROM account_limit WHERE login = ?1 AND name = ?2 AND temporary = ?3");
    sql_bind_bytes(sql, stmt, 1, login);
    sql_bind_bytes(sql, stmt, 2, limit);
    sql_bind_number(sql, stmt, 3, temporary);
    sql_run(sql, stmt);
}

void account_state_clear_ends(struct account_state *state)
{
    sql_exec(&state->sql, "DELETE FROM ruling_end");
}

void account_state_put_end(struct account_state *state, const struct account_state_end *end)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(sql, "REPLACE INTO ruling_end(name, ruling) VALUES(?1, ?2)");
    sql_bind_bytes(sql, stmt, 1, end->key);
    sql_bind_bytes(sql, stmt, 2, end->text);
    sql_run(sql, stmt);
}

void account_state_drop_end(struct account_state *state, struct slice key)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(sql, "DELETE FROM ruling_end WHERE name = ?1");
    sql_bind_bytes(sql, stmt, 1, key);
    sql_run(sql, stmt);
}

void account_state_add(struct account_state *state, const struct account_state_entry *entry)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt =
        sql_take(sql, "INSERT INTO trail(time_us, login, action, what, actor, "
                      "reason, until_us, relay) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                      "?8)");
    sql_bind_number(sql, stmt, 1, entry->time_us);
    sql_bind_bytes(sql, stmt, 2, entry->login);
    sql_bind_bytes(sql, stmt, 3, entry->action);
    sql_bind_bytes(sql, stmt, 4, entry->what);
    sql_bind_bytes(sql, stmt, 5, entry->actor);
    sql_bind_bytes(sql, stmt, 6, entry->reason);
    sql_bind_number(sql, stmt, 7, entry->until_us);
    sql_bind_bytes(sql, stmt, 8, entry->relay);
    sql_run(sql, stmt);
    stmt = sql_take(sql, "DELETE FROM trail WHERE number <= (SELECT max(number) FROM trail) - ?1");
    sql_bind_number(sql, stmt, 1, ACCOUNT_STATE_TRAIL_MAX);
    sql_run(sql, stmt);
}

bool account_state_commit(struct account_state *state, struct err *err)
{
    struct sql *sql = &state->sql;
    if (sql_exec(sql, "COMMIT"))
        return true;
    (void)sql_err(sql, err, state->path);
    sql_rollback(sql);
    return false;
}

/* ---- reading ---- */

/* All was read; or false and err, and the next call begins anew. */
static bool end_reading(struct account_state *state, struct err *err)
{
    if (sql_ok(&state->sql))
        return true;
    (void)sql_err(&state->sql, err, state->path);
    sql_clear(&state->sql);
    return false;
}

bool account_state_flags(struct account_state *state, account_state_flag_see see, void *context,
                         struct err *err)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(
        sql, "SELECT login, flag, actor, reason, since_us, until_us, stamp, relay FROM flag");
    while (sql_next(sql, stmt)) {
        const struct account_state_flag flag = {.login = sql_bytes(stmt, 0),
                                                .flag = sql_bytes(stmt, 1),
                                                .actor = sql_bytes(stmt, 2),
                                                .reason = sql_bytes(stmt, 3),
                                                .since_us = sqlite3_column_int64(stmt, 4),
                                                .until_us = sqlite3_column_int64(stmt, 5),
                                                .stamp = sqlite3_column_int64(stmt, 6),
                                                .relay = sql_bytes(stmt, 7)};
        see(context, &flag);
    }
    return end_reading(state, err);
}

bool account_state_limits(struct account_state *state, account_state_limit_see see, void *context,
                          struct err *err)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(sql, "SELECT login, name, temporary, most, actor, reason, "
                                       "since_us, until_us, stamp, relay FROM account_limit");
    while (sql_next(sql, stmt)) {
        const struct account_state_limit limit = {.login = sql_bytes(stmt, 0),
                                                  .limit = sql_bytes(stmt, 1),
                                                  .temporary = sqlite3_column_int64(stmt, 2) != 0,
                                                  .count = sqlite3_column_int64(stmt, 3),
                                                  .actor = sql_bytes(stmt, 4),
                                                  .reason = sql_bytes(stmt, 5),
                                                  .since_us = sqlite3_column_int64(stmt, 6),
                                                  .until_us = sqlite3_column_int64(stmt, 7),
                                                  .stamp = sqlite3_column_int64(stmt, 8),
                                                  .relay = sql_bytes(stmt, 9)};
        see(context, &limit);
    }
    return end_reading(state, err);
}

bool account_state_ends(struct account_state *state, account_state_end_see see, void *context,
                        struct err *err)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = sql_take(sql, "SELECT name, ruling FROM ruling_end");
    while (sql_next(sql, stmt)) {
        const struct account_state_end end = {sql_bytes(stmt, 0), sql_bytes(stmt, 1)};
        see(context, &end);
    }
    return end_reading(state, err);
}

static sqlite3_stmt *take_trail(struct sql *sql, struct slice login, size_t most)
{
    static const char of_all[] = "SELECT number, time_us, login, action, what, actor, reason, "
                                 "until_us, relay FROM trail ORDER BY number DESC LIMIT ?1";
    static const char of_login[] = "SELECT number, time_us, login, action, what, actor, reason, "
                                   "until_us, relay FROM trail WHERE login = ?2 ORDER BY number "
                                   "DESC LIMIT ?1";
    sqlite3_stmt *stmt = sql_take(sql, login.len > 0 ? of_login : of_all);
    sql_bind_number(sql, stmt, 1, (int64_t)most);
    if (login.len > 0)
        sql_bind_bytes(sql, stmt, 2, login);
    return stmt;
}

bool account_state_trail(struct account_state *state, struct slice login, size_t most,
                         account_state_entry_see see, void *context, struct err *err)
{
    struct sql *sql = &state->sql;
    sqlite3_stmt *stmt = take_trail(sql, login, most);
    while (sql_next(sql, stmt)) {
        const struct account_state_entry entry = {.number = sqlite3_column_int64(stmt, 0),
                                                  .time_us = sqlite3_column_int64(stmt, 1),
                                                  .login = sql_bytes(stmt, 2),
                                                  .action = sql_bytes(stmt, 3),
                                                  .what = sql_bytes(stmt, 4),
                                                  .actor = sql_bytes(stmt, 5),
                                                  .reason = sql_bytes(stmt, 6),
                                                  .until_us = sqlite3_column_int64(stmt, 7),
                                                  .relay = sql_bytes(stmt, 8)};
        see(context, &entry);
    }
    return end_reading(state, err);
}
