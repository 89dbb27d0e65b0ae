/* SPDX-License-Identifier: Apache-2.0
 *
 * One SQLite connection with its prepared statements. The first failure sticks: until sql_clear all
 * further calls do nothing and say false, so that a transaction is written as straight code and
 * judged once at its end. One thread. The texts of statements are literals: they are told apart by
 * where they are, and there are few.
 */
#ifndef TD_STORE_SQL_H
#define TD_STORE_SQL_H

#include <sqlite3.h>

#include "base/err.h"
#include "base/slice.h"

#define SQL_STATEMENTS_MAX 64

struct sql {
    sqlite3 *db; /* NULL: not open */
    struct {
        const char *text;
        sqlite3_stmt *stmt;
    } statement[SQL_STATEMENTS_MAX];
    size_t count;
    int code;       /* SQLITE_OK, or the extended code of the first failure */
    int errno_code; /* of that failure, or 0 */
    char why[200];  /* SQLite's words for it */
};

/* What a failure means for who owns the file. */
enum sql_trouble {
    SQL_FINE,
    SQL_FULL,      /* disk, quota or file size limit */
    SQL_READ_ONLY, /* file, folder or file system */
    SQL_LOCKED,    /* another process holds it */
    SQL_DAMAGED,   /* not a database, or broken inside */
    SQL_FAILED,    /* anything else: I/O errors, memory */
};

/* `flags`: SQLITE_OPEN_...; waits `busy_ms` for locks. False: sql->code; nothing stays open. */
bool sql_open(struct sql *sql, const char *path, int flags, int busy_ms);

/* Also when not open. Keeps the failure. */
void sql_close(struct sql *sql);

bool sql_ok(const struct sql *sql);
void sql_clear(struct sql *sql);
enum sql_trouble sql_trouble(const struct sql *sql);

/* Fills err with "what: SQLite's words" and returns false. */
bool sql_err(const struct sql *sql, struct err *err, const char *what);

/* The prepared statement, without bindings; NULL when something has failed. Binding to NULL is
 * harmless. Not to be asked for again before it has been run to its end or sql_done. */
sqlite3_stmt *sql_take(struct sql *sql, const char *text);

/* Binds texts of any bytes; they must stay until the statement has been run. A column that others
 * fill with texts is compared with a text: to SQLite bytes are never the same. */
void sql_bind_bytes(struct sql *sql, sqlite3_stmt *stmt, int at, struct slice bytes);
void sql_bind_text(struct sql *sql, sqlite3_stmt *stmt, int at, struct slice text);
void sql_bind_number(struct sql *sql, sqlite3_stmt *stmt, int at, int64_t value);

/* Goes to the next row: false at the end and on failure; the statement is done then. */
bool sql_next(struct sql *sql, sqlite3_stmt *stmt);

/* Leaves a statement before its end. */
void sql_done(sqlite3_stmt *stmt);

/* Runs to the end; whether all is well. */
bool sql_run(struct sql *sql, sqlite3_stmt *stmt);

/* Bytes of a column of the current row; live until the next call on the statement. */
struct slice sql_bytes(sqlite3_stmt *stmt, int column);

/* Statements without results, not kept prepared. */
bool sql_exec(struct sql *sql, const char *text);

/* Undoes the transaction, if there is one, and clears the failure. */
void sql_rollback(struct sql *sql);

/* First column of the first row; `otherwise` when there is none. */
int64_t sql_number(struct sql *sql, const char *text, int64_t otherwise);

#endif
