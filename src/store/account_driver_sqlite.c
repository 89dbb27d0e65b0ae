/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in an SQLite file of todoku's own, which it makes when it is not there:
 *
 *      account(login, class)     an account; class NULL or empty: none
 *      alias(alias, login)       another name of one
 *
 * Others write to it, with SQL; what they commit is noticed by SQLite's data_version, and a file
 * that was put in its place by another inode. It is made, and an empty one given its tables, until
 * it has been read once: one that is missing or empty after that is being replaced. A file of
 * others, a newer one and one that is damaged are errors: nothing of accounts is ever moved away.
 */
#include "store/account_driver.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/memory.h"
#include "store/sql.h"

#define APPLICATION_ID 0x74646163 /* tdac */
#define VERSION 1

struct account_source {
    struct buf path;
    struct sql sql;
    struct {
        dev_t device;
        ino_t inode;
    } file;          /* that is open */
    int64_t version; /* SQLite's, of what was read */
    bool was_read;
    bool is_made; /* it was read once */
};

/* A step that has been released is never changed. */
static const char schema[] =
    "CREATE TABLE account(login TEXT NOT NULL PRIMARY KEY, class TEXT) WITHOUT ROWID;"
    "CREATE TABLE alias(alias TEXT NOT NULL PRIMARY KEY, login TEXT NOT NULL) WITHOUT ROWID;";

static struct account_source *make(const char *path)
{
    struct account_source *source = MEM_NEW(struct account_source);
    buf_add_str(&source->path, path);
    return source;
}

static void release(struct account_source *source)
{
    if (source == NULL)
        return;
    sql_close(&source->sql);
    buf_done(&source->path);
    mem_free(source);
}

/* ---- opening ---- */

static bool is_the_open_one(const struct account_source *source)
{
    struct stat st;
    return source->sql.db != NULL && stat(buf_str(&source->path), &st) == 0 &&
           st.st_dev == source->file.device && st.st_ino == source->file.inode;
}

/* True: it is ours, or has nothing in it yet (*is_empty). */
static bool is_ours(struct account_source *source, bool *is_empty, struct err *err)
{
    struct sql *sql = &source->sql;
    const char *path = buf_str(&source->path);
    int64_t id = sql_number(sql, "PRAGMA application_id", 0);
    int64_t version = sql_number(sql, "PRAGMA user_version", 0);
    int64_t tables = sql_number(sql, "SELECT count(*) FROM sqlite_schema", 0);
    *is_empty = id == 0 && version == 0 && tables == 0;
    if (!sql_ok(sql))
        return sql_err(sql, err, path);
    if (id != APPLICATION_ID && !*is_empty)
        return err_set(err, ERR_INPUT, "%s: a database, but not one of accounts of todoku", path);
    if (version > VERSION)
        return err_set(err, ERR_INPUT,
                       "%s: made by a newer todoku (form %lld, known is %d): update todoku", path,
                       (long long)version, VERSION);
    return true;
}

static void set_up(struct sql *sql)
{
    char mark[96];
    snprintf(mark, sizeof(mark), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
             APPLICATION_ID, VERSION);
    if (sql_exec(sql, "PRAGMA journal_mode=WAL; BEGIN IMMEDIATE") && sql_exec(sql, schema))
        sql_exec(sql, mark);
}

static bool open_file(struct account_source *source, struct err *err)
{
    struct sql *sql = &source->sql;
    const char *path = buf_str(&source->path);
    struct stat st;
    bool is_empty = false;
    sql_close(sql);
    sql_clear(sql);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: is not a file", path);
    int create = source->is_made ? 0 : SQLITE_OPEN_CREATE;
    if (!sql_open(sql, path, SQLITE_OPEN_READWRITE | create, ACCOUNT_BUSY_MS))
        return sql_err(sql, err, path);
    if (!is_ours(source, &is_empty, err))
        return false;
    if (is_empty && source->is_made)
        return err_set(err, ERR_INPUT, "%s: has become empty", path);
    if (is_empty)
        set_up(sql);
    if (!sql_ok(sql) || stat(path, &st) != 0)
        return sql_err(sql, err, path);
    source->file.device = st.st_dev;
    source->file.inode = st.st_ino;
    return true;
}

/* ---- reading ---- */

static bool is_changed(struct account_source *source)
{
    bool same = source->was_read && is_the_open_one(source) &&
                sql_number(&source->sql, "PRAGMA data_version", -1) == source->version;
    return !same || !sql_ok(&source->sql);
}

/* One statement: what it sees is of one moment, and not before the version was asked for. */
static bool read_all(struct account_source *source, account_name_see see, void *context)
{
    struct sql *sql = &source->sql;
    source->version = sql_number(sql, "PRAGMA data_version", -1);
    sqlite3_stmt *stmt = sql_take(sql, "SELECT login, NULL, class FROM account UNION ALL "
                                       "SELECT alias, login, NULL FROM alias");
    while (sql_next(sql, stmt)) {
        const struct account_name name = {sql_bytes(stmt, 0), sql_bytes(stmt, 1),
                                          sql_bytes(stmt, 2)};
        see(context, &name);
    }
    return sql_ok(sql);
}

static bool read_names(struct account_source *source, account_name_see see, void *context,
                       struct err *err)
{
    bool good = is_the_open_one(source) || open_file(source, err);
    if (good && !read_all(source, see, context))
        good = sql_err(&source->sql, err, buf_str(&source->path));
    source->was_read = good;
    source->is_made = source->is_made || good;
    if (!good) {
        sql_close(&source->sql);
        sql_clear(&source->sql);
    }
    return good;
}

const struct account_driver account_driver_sqlite = {
    .word = "sqlite",
    .make = make,
    .free = release,
    .is_changed = is_changed,
    .read = read_names,
};
