/* SPDX-License-Identifier: Apache-2.0
 *
 * See sql.h. Peer document: SQLite 3.40 C interface.
 */
#include "store/sql.h"

#include <errno.h>
#include <stdio.h>

/* Keeps the first failure. errno: SQLite hands it out for few codes, but leaves it as it was (3.40:
 * a write beyond the limit of a file's size is SQLITE_IOERR_WRITE with EFBIG); callers clear it. */
static void fail(struct sql *sql, int code)
{
    int errno_code = errno;
    if (sql->code != SQLITE_OK)
        return;
    sql->code = sql->db ? sqlite3_extended_errcode(sql->db) : code;
    if (sql->code == SQLITE_OK || (sql->code & 0xff) != (code & 0xff))
        sql->code = code;
    sql->errno_code = sql->db ? sqlite3_system_errno(sql->db) : 0;
    if (sql->errno_code == 0 && (code & 0xff) == SQLITE_IOERR)
        sql->errno_code = errno_code;
    snprintf(sql->why, sizeof(sql->why), "%s",
             sql->db ? sqlite3_errmsg(sql->db) : sqlite3_errstr(code));
}

bool sql_open(struct sql *sql, const char *path, int flags, int busy_ms)
{
    sql_clear(sql);
    errno = 0;
    int code = sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        fail(sql, code);
        sql_close(sql);
        return false;
    }
    sqlite3_extended_result_codes(sql->db, 1);
    sqlite3_busy_timeout(sql->db, busy_ms);
    return true;
}

void sql_close(struct sql *sql)
{
    for (size_t i = 0; i < sql->count; i++)
        sqlite3_finalize(sql->statement[i].stmt);
    sql->count = 0;
    sqlite3_close_v2(sql->db);
    sql->db = NULL;
}

bool sql_ok(const struct sql *sql)
{
    return sql->code == SQLITE_OK;
}

void sql_clear(struct sql *sql)
{
    sql->code = SQLITE_OK;
    sql->errno_code = 0;
    sql->why[0] = '\0';
}

static bool errno_is_full(int code)
{
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

static bool errno_is_read_only(int code)
{
    return code == EROFS || code == EACCES || code == EPERM;
}

enum sql_trouble sql_trouble(const struct sql *sql)
{
    switch (sql->code & 0xff) {
    case SQLITE_OK:
        return SQL_FINE;
    case SQLITE_FULL:
        return SQL_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return SQL_READ_ONLY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return SQL_LOCKED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return SQL_DAMAGED;
    default:
        break;
    }
    if (errno_is_full(sql->errno_code))
        return SQL_FULL;
    return errno_is_read_only(sql->errno_code) ? SQL_READ_ONLY : SQL_FAILED;
}

bool sql_err(const struct sql *sql, struct err *err, const char *what)
{
    if (sql->errno_code != 0)
        return err_set_errno(err, sql->errno_code, "%s: %s", what, sql->why);
    return err_set(err, ERR_LIBRARY, "%s: %s", what, sql->why);
}

sqlite3_stmt *sql_take(struct sql *sql, const char *text)
{
    if (!sql_ok(sql))
        return NULL;
    for (size_t i = 0; i < sql->count; i++)
        if (sql->statement[i].text == text)
            return sql->statement[i].stmt;
    if (sql->count == SQL_STATEMENTS_MAX) {
        fail(sql, SQLITE_NOMEM);
        return NULL;
    }
    sqlite3_stmt *stmt = NULL;
    errno = 0;
    int code = sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (code != SQLITE_OK) {
        fail(sql, code);
        return NULL;
    }
    sql->statement[sql->count].text = text;
    sql->statement[sql->count++].stmt = stmt;
    return stmt;
}

void sql_bind_bytes(struct sql *sql, sqlite3_stmt *stmt, int at, struct slice bytes)
{
    if (stmt == NULL)
        return;
    int code =
        sqlite3_bind_blob64(stmt, at, bytes.len > 0 ? bytes.ptr : "", bytes.len, SQLITE_STATIC);
    if (code != SQLITE_OK)
        fail(sql, code);
}

void sql_bind_text(struct sql *sql, sqlite3_stmt *stmt, int at, struct slice text)
{
    if (stmt == NULL)
        return;
    int code = sqlite3_bind_text64(stmt, at, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    if (code != SQLITE_OK)
        fail(sql, code);
}

void sql_bind_number(struct sql *sql, sqlite3_stmt *stmt, int at, int64_t value)
{
    if (stmt == NULL)
        return;
    int code = sqlite3_bind_int64(stmt, at, value);
    if (code != SQLITE_OK)
        fail(sql, code);
}

void sql_done(sqlite3_stmt *stmt)
{
    if (stmt == NULL)
        return;
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

bool sql_next(struct sql *sql, sqlite3_stmt *stmt)
{
    if (stmt == NULL || !sql_ok(sql)) {
        sql_done(stmt);
        return false;
    }
    errno = 0;
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        fail(sql, code);
    sql_done(stmt);
    return false;
}

bool sql_run(struct sql *sql, sqlite3_stmt *stmt)
{
    while (sql_next(sql, stmt))
        continue;
    return sql_ok(sql);
}

struct slice sql_bytes(sqlite3_stmt *stmt, int column)
{
    const char *bytes = sqlite3_column_blob(stmt, column);
    return slice_of(bytes, (size_t)sqlite3_column_bytes(stmt, column));
}

bool sql_exec(struct sql *sql, const char *text)
{
    if (!sql_ok(sql))
        return false;
    errno = 0;
    int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        fail(sql, code);
    return sql_ok(sql);
}

void sql_rollback(struct sql *sql)
{
    if (sql->db != NULL && sqlite3_get_autocommit(sql->db) == 0)
        sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
    sql_clear(sql);
}

int64_t sql_number(struct sql *sql, const char *text, int64_t otherwise)
{
    sqlite3_stmt *stmt = sql_take(sql, text);
    int64_t value = otherwise;
    if (sql_next(sql, stmt))
        value = sqlite3_column_int64(stmt, 0);
    sql_done(stmt);
    return value;
}
