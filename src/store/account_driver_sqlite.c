/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in an SQLite file of todoku's own (store/account_file.h). What others commit is noticed
 * by SQLite's data_version and told apart by the counts of changes that the file keeps: a password
 * that is changed does not have a million names read again. A file that was put in its place is
 * noticed by its inode. A find is one read transaction; what was committed before it is seen by it.
 */
#include "store/account_driver.h"

#include "base/civil.h"
#include "io/secret_memory.h"
#include "store/account_file.h"
#include "store/account_text.h"

/* A count of changes, asked for when data_version says that there was one. */
struct watch {
    int64_t version, count;
};

struct account_source {
    struct account_file file;
    struct buf default_domain;
    struct arena *arena; /* of one find */
    struct watch names;  /* of what was read */
    bool was_read;
    struct watch rows;
    bool rows_known; /* of the file that is open */
    uint64_t state;
};

static struct account_source *make(const struct account_place *place)
{
    struct account_source *source = MEM_NEW(struct account_source);
    source->arena = arena_new_from(8000, &secret_arena);
    buf_add_str(&source->file.path, place->path);
    buf_add(&source->default_domain, place->default_domain);
    return source;
}

static void release(struct account_source *source)
{
    if (source == NULL)
        return;
    account_file_done(&source->file);
    buf_done(&source->default_domain);
    arena_free(source->arena);
    mem_free(source);
}

static bool open_file(struct account_source *source, struct err *err)
{
    if (account_file_is_there(&source->file))
        return true;
    source->was_read = source->rows_known = false;
    return account_file_open(&source->file, err);
}

static bool fail(struct account_source *source, struct err *err)
{
    source->was_read = source->rows_known = false;
    return account_file_fail(&source->file, err);
}

/* ---- all names ---- */

static void begin(struct sql *sql)
{
    sql_run(sql, sql_take(sql, "BEGIN"));
}

static bool end(struct sql *sql)
{
    return sql_run(sql, sql_take(sql, "COMMIT"));
}

static int64_t data_version(struct sql *sql)
{
    return sql_number(sql, "PRAGMA data_version", -1);
}

static int64_t count_of_names(struct sql *sql)
{
    return sql_number(sql, "SELECT names FROM changes", -1);
}

static bool is_changed(struct account_source *source)
{
    struct sql *sql = &source->file.sql;
    if (!source->was_read || !account_file_is_there(&source->file))
        return true;
    int64_t version = data_version(sql);
    if (version != source->names.version && count_of_names(sql) != source->names.count)
        return true;
    source->names.version = version;
    return !sql_ok(sql);
}

/* One transaction: what it sees is of one moment, and not before the version was asked for. */
static bool read_all(struct account_source *source, account_name_see see, void *context)
{
    struct sql *sql = &source->file.sql;
    source->names.version = data_version(sql);
    begin(sql);
    source->names.count = count_of_names(sql);
    sqlite3_stmt *stmt =
        sql_take(sql, "SELECT login, NULL, class, flags, server FROM account "
                      "UNION ALL SELECT alias, login, NULL, NULL, NULL FROM alias");
    while (sql_next(sql, stmt)) {
        const struct account_name name = {sql_bytes(stmt, 0), sql_bytes(stmt, 1),
                                          sql_bytes(stmt, 2), sql_bytes(stmt, 3),
                                          sql_bytes(stmt, 4)};
        see(context, &name);
    }
    return end(sql);
}

static bool read_names(struct account_source *source, account_name_see see, void *context,
                       struct err *err)
{
    source->was_read =
        open_file(source, err) && (read_all(source, see, context) || fail(source, err));
    return source->was_read;
}

/* ---- one account ---- */

/* Takes a copy of a column. */
static struct slice keep(sqlite3_stmt *stmt, int column, struct arena *arena)
{
    struct slice text = sql_bytes(stmt, column);
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

/* Of what cannot be read nothing is permitted. */
static void read_app(sqlite3_stmt *stmt, struct arena *arena, struct account_app_password *app)
{
    const struct account_text text = {.login = keep(stmt, 0, arena),
                                      .secret = keep(stmt, 1, arena),
                                      .protocols = keep(stmt, 2, arena),
                                      .networks = keep(stmt, 3, arena),
                                      .valid_until = keep(stmt, 6, arena)};
    struct account_row row;
    account_text_read(&text, arena, &row);
    *app = (struct account_app_password){
        .name = row.login,
        .secret = row.secret,
        .networks = row.networks,
        .protocols = row.protocols,
        .created_us = sqlite3_column_int64(stmt, 4) * US_PER_SECOND,
        .last_used_us = sqlite3_column_int64(stmt, 5) * US_PER_SECOND,
        .until_us = row.valid_until_us,
    };
}

static void read_apps(struct sql *sql, struct arena *arena, struct account_row *row)
{
    struct account_app_password *apps = NULL;
    sqlite3_stmt *stmt =
        sql_take(sql, "SELECT name, secret, protocols, networks, created, last_used, valid_until "
                      "FROM app_password WHERE login = ?1 ORDER BY name");
    sql_bind_text(sql, stmt, 1, row->login);
    while (sql_next(sql, stmt)) {
        if (row->app_count == ACCOUNT_APPS_MAX) {
            row->fault = SLICE("app_password");
            row->valid_until_us = 0;
            sql_done(stmt);
            break;
        }
        if (apps == NULL)
            apps = arena_alloc(arena, ACCOUNT_APPS_MAX * sizeof(*apps));
        read_app(stmt, arena, &apps[row->app_count++]);
    }
    row->apps = apps;
}

/* Whether it is an account; then row is that. */
static bool find_account(struct sql *sql, struct slice login, struct arena *arena,
                         struct account_row *row)
{
    sqlite3_stmt *stmt = sql_take(sql, "SELECT login, class, server, secret, protocols, networks, "
                                       "valid_until, flags FROM account WHERE login = ?1");
    sql_bind_text(sql, stmt, 1, login);
    if (!sql_next(sql, stmt))
        return false;
    const struct account_text text = {
        keep(stmt, 0, arena), keep(stmt, 1, arena), keep(stmt, 2, arena), keep(stmt, 3, arena),
        keep(stmt, 4, arena), keep(stmt, 5, arena), keep(stmt, 6, arena), keep(stmt, 7, arena)};
    sql_done(stmt);
    account_text_read(&text, arena, row);
    read_apps(sql, arena, row);
    return true;
}

/* Whether it is another name; then *login is whose. */
static bool find_alias(struct sql *sql, struct arena *arena, struct slice *login)
{
    sqlite3_stmt *stmt = sql_take(sql, "SELECT login FROM alias WHERE alias = ?1");
    sql_bind_text(sql, stmt, 1, *login);
    if (!sql_next(sql, stmt))
        return false;
    *login = keep(stmt, 0, arena);
    sql_done(stmt);
    return true;
}

/* By this name, or that without the default domain. */
static bool find_step(struct account_source *source, struct arena *arena, struct slice *login,
                      struct account_row *row)
{
    struct sql *sql = &source->file.sql;
    struct slice local = account_without_domain(*login, buf_slice(&source->default_domain));
    if (find_account(sql, *login, arena, row) ||
        (local.len > 0 && find_account(sql, local, arena, row)))
        return true;
    if (!find_alias(sql, arena, login)) {
        *login = local;
        if (local.len == 0 || !find_alias(sql, arena, login))
            *login = SLICE("");
    }
    return false;
}

static bool find_row(struct account_source *source, struct slice login, struct arena *arena,
                     struct account_row *row)
{
    struct sql *sql = &source->file.sql;
    bool found = false;
    begin(sql);
    for (int step = 0; step <= ACCOUNT_ALIAS_STEPS && login.len > 0 && !found; step++)
        found = find_step(source, arena, &login, row);
    (void)end(sql);
    return found && sql_ok(sql);
}

static enum account_found find(struct account_source *source, struct slice login,
                               account_row_see see, void *context, struct err *err)
{
    struct arena *arena = source->arena;
    struct account_row row = {0};
    if (!open_file(source, err))
        return ACCOUNT_TROUBLE;
    bool found = find_row(source, login, arena, &row);
    bool good = sql_ok(&source->file.sql) || fail(source, err);
    if (found && good)
        see(context, &row);
    arena_wipe(arena);
    if (!good)
        return ACCOUNT_TROUBLE;
    return found ? ACCOUNT_FOUND : ACCOUNT_UNKNOWN;
}

/* ---- has anything changed ---- */

static bool state(struct account_source *source, uint64_t *out)
{
    struct sql *sql = &source->file.sql;
    if (!open_file(source, NULL))
        return false;
    int64_t version = data_version(sql);
    if (!source->rows_known || version != source->rows.version) {
        int64_t count = sql_number(sql, "SELECT rows FROM changes", -1);
        source->state += !source->rows_known || count != source->rows.count;
        source->rows = (struct watch){version, count};
        source->rows_known = true;
    }
    *out = source->state;
    return sql_ok(sql) || fail(source, NULL);
}

const struct account_driver account_driver_sqlite = {
    .word = "sqlite",
    .make = make,
    .free = release,
    .is_changed = is_changed,
    .read = read_names,
    .find = find,
    .state = state,
};
