/* SPDX-License-Identifier: Apache-2.0
 *
 * A query of the operator in an SQLite file, which is opened for reading alone. In it stand :key
 * (small letters), :user, what is before its last @ or all of it, and :domain, what is behind; they
 * are bound, never pasted. The first column of each row is a value, several are one with commas
 * between. A query that takes longer than its time is ended; a file that was replaced is opened
 * anew.
 *
 * Peer documents: sqlite_table(5); SQLite's C interface, sqlite3_progress_handler.
 */
#include "store/lookup_driver.h"

#include <sys/stat.h>

#include "io/clock.h"
#include "mail/address.h"
#include "store/sql.h"

enum { STEPS = 1000, ROWS_MAX = 1000 };

struct lookup_source {
    const struct lookup_place *place;
    int64_t timeout_us;
    int64_t end_us; /* of the question under way, on the steady clock */
    struct sql sql;
    dev_t device;
    ino_t inode;
};

static bool fail(struct lookup_source *source, struct err *err)
{
    (void)sql_err(&source->sql, err, source->place->path);
    sql_close(&source->sql);
    sql_clear(&source->sql);
    return false;
}

/* ---- opening ---- */

static int is_late(void *context)
{
    const struct lookup_source *source = context;
    return clock_steady_us() >= source->end_us;
}

/* What it is about, by the name of a parameter. False: there is no such. */
static bool value_of(const char *name, struct slice key, struct slice *value)
{
    struct slice domain = address_domain(key);
    struct slice wanted = slice_from_str(name == NULL ? "?" : name);
    if (slice_eq(wanted, SLICE(":key")))
        *value = key;
    else if (slice_eq(wanted, SLICE(":domain")))
        *value = domain;
    else if (slice_eq(wanted, SLICE(":user")))
        *value = slice_first(key, slice_find_char(key, '@') == NULL ? key.len
                                                                    : key.len - domain.len - 1);
    else
        return false;
    return true;
}

static bool check_query(struct lookup_source *source, struct err *err)
{
    struct slice value;
    sqlite3_stmt *stmt = sql_take(&source->sql, source->place->query);
    const char *path = source->place->path;
    if (stmt == NULL)
        return fail(source, err);
    int count = sqlite3_bind_parameter_count(stmt);
    if (!sqlite3_stmt_readonly(stmt) || sqlite3_column_count(stmt) == 0)
        return err_set(err, ERR_INPUT, "%s: the query is no SELECT", path);
    for (int i = 1; i <= count; i++)
        if (!value_of(sqlite3_bind_parameter_name(stmt, i), SLICE("a"), &value))
            return err_set(err, ERR_INPUT,
                           "%s: the query has a parameter that is none of :key, :user and :domain",
                           path);
    return count > 0 ||
           err_set(err, ERR_INPUT, "%s: the query has no :key (%%s is not replaced)", path);
}

static bool open_file(struct lookup_source *source, struct err *err)
{
    struct stat st;
    const char *path = source->place->path;
    int busy_ms = (int)(source->timeout_us / 1000);
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(err, ERR_IO, "%s: is not there, or no file", path);
    source->device = st.st_dev;
    source->inode = st.st_ino;
    if (!sql_open(&source->sql, path, SQLITE_OPEN_READONLY, busy_ms))
        return fail(source, err);
    sqlite3_progress_handler(source->sql.db, STEPS, is_late, source);
    source->end_us = clock_steady_us() + source->timeout_us;
    if (check_query(source, err))
        return true;
    sql_close(&source->sql);
    sql_clear(&source->sql);
    return false;
}

static bool ensure_open(struct lookup_source *source, struct err *err)
{
    struct stat st;
    if (source->sql.db != NULL && stat(source->place->path, &st) == 0 &&
        st.st_dev == source->device && st.st_ino == source->inode)
        return true;
    sql_close(&source->sql);
    sql_clear(&source->sql);
    return open_file(source, err);
}

static void release(struct lookup_source *source)
{
    sql_close(&source->sql);
    mem_free(source);
}

static struct lookup_source *open_sqlite(const struct lookup_place *place,
                                         const struct lookup_options *options, struct err *err)
{
    struct lookup_source *source = MEM_NEW(struct lookup_source);
    source->place = place;
    source->timeout_us = options->timeout_us;
    if (open_file(source, err))
        return source;
    release(source);
    return NULL;
}

/* ---- asking ---- */

static void bind(struct lookup_source *source, sqlite3_stmt *stmt, struct slice key)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++) {
        struct slice value = SLICE("");
        (void)value_of(sqlite3_bind_parameter_name(stmt, i), key, &value);
        sql_bind_text(&source->sql, stmt, i, value);
    }
}

/* How many rows there are, at most ROWS_MAX + 1. */
static size_t read_values(struct lookup_source *source, sqlite3_stmt *stmt, struct buf *value)
{
    size_t count = 0, begin = value->len;
    while (sql_next(&source->sql, stmt)) {
        if (count++ == ROWS_MAX || value->len - begin > LOOKUP_VALUE_MAX) {
            sql_done(stmt);
            break;
        }
        if (value->len > begin)
            buf_add_char(value, ',');
        buf_add(value, sql_bytes(stmt, 0));
    }
    return count;
}

static enum lookup_found find(struct lookup_source *source, struct slice key, bool may_wait,
                              struct buf *value, struct err *err)
{
    char lower[LOOKUP_KEY_MAX];
    if (!may_wait)
        return LOOKUP_WAITS;
    if (!ensure_open(source, err))
        return LOOKUP_TROUBLE;
    slice_copy_lower(key, lower);
    source->end_us = clock_steady_us() + source->timeout_us;
    sqlite3_stmt *stmt = sql_take(&source->sql, source->place->query);
    if (stmt != NULL)
        bind(source, stmt, slice_of(lower, key.len));
    size_t count = read_values(source, stmt, value);
    if (!sql_ok(&source->sql)) {
        if ((source->sql.code & 0xff) == SQLITE_INTERRUPT)
            err_set(err, ERR_LIMIT, "%s: the query took longer than %lld ms", source->place->path,
                    (long long)(source->timeout_us / 1000));
        else
            (void)fail(source, err);
        sql_close(&source->sql);
        sql_clear(&source->sql);
        return LOOKUP_TROUBLE;
    }
    if (count <= ROWS_MAX)
        return count > 0 ? LOOKUP_FOUND : LOOKUP_MISSING;
    err_set(err, ERR_LIMIT, "%s: more than %d rows for %.*s", source->place->path, ROWS_MAX,
            SLICE_ARG(key));
    return LOOKUP_TROUBLE;
}

const struct lookup_driver lookup_driver_sqlite = {
    .open = open_sqlite,
    .free = release,
    .find = find,
};
