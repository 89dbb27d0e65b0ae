/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_writer.h.
 */
#include "store/account_writer.h"

#include "base/civil.h"
#include "io/secret_memory.h"
#include "store/account_file.h"

struct account_writer {
    struct account_file file;
    struct buf default_domain;
    struct arena *arena; /* of one call */
    bool is_lost;        /* what was begun has failed */
};

static const char no_such_account[] = "there is no such account";

/* ---- opening ---- */

struct account_writer *account_writer_open(const struct account_driver *driver,
                                           const struct account_place *place, struct err *err)
{
    if (driver != &account_driver_sqlite) {
        (void)err_set(err, ERR_USAGE,
                      "accounts stand elsewhere (accounts.driver: %s), and todoku does not write "
                      "there: change them where they are kept; flags can be set all the same",
                      driver != NULL ? driver->word : "none");
        return NULL;
    }
    struct account_writer *writer = MEM_NEW(struct account_writer);
    buf_add_str(&writer->file.path, place->path);
    buf_add(&writer->default_domain, place->default_domain);
    writer->arena = arena_new_from(4000, &secret_arena);
    if (account_file_open(&writer->file, err) &&
        (sql_exec(&writer->file.sql, "PRAGMA synchronous=FULL; PRAGMA cache_size=-65536") ||
         account_file_fail(&writer->file, err)))
        return writer;
    account_writer_close(writer);
    return NULL;
}

void account_writer_close(struct account_writer *writer)
{
    if (writer == NULL)
        return;
    account_writer_undo(writer);
    account_file_done(&writer->file);
    buf_done(&writer->default_domain);
    arena_free(writer->arena);
    mem_free(writer);
}

/* ---- transactions ---- */

static bool is_begun(const struct account_writer *writer)
{
    return writer->file.sql.db != NULL && sqlite3_get_autocommit(writer->file.sql.db) == 0;
}

bool account_writer_begin(struct account_writer *writer, struct err *err)
{
    struct sql *sql = &writer->file.sql;
    ASSERT(!is_begun(writer));
    if (!account_file_open(&writer->file, err))
        return false;
    return sql_run(sql, sql_take(sql, "BEGIN IMMEDIATE")) || account_file_fail(&writer->file, err);
}

static bool tell_lost(struct account_writer *writer, struct err *err)
{
    return err_set(err, ERR_IO, "%s: an earlier change failed; nothing is changed",
                   buf_str(&writer->file.path));
}

bool account_writer_commit(struct account_writer *writer, struct err *err)
{
    struct sql *sql = &writer->file.sql;
    bool is_lost = writer->is_lost;
    writer->is_lost = false;
    if (is_lost)
        return tell_lost(writer, err);
    return sql_run(sql, sql_take(sql, "COMMIT")) || account_file_fail(&writer->file, err);
}

void account_writer_undo(struct account_writer *writer)
{
    writer->is_lost = false;
    sql_rollback(&writer->file.sql);
}

/* ---- a call, within what was begun or by itself ---- */

struct call {
    struct account_writer *writer;
    struct sql *sql;
    bool is_alone;
};

static bool enter(struct account_writer *writer, struct call *call, struct err *err)
{
    *call = (struct call){writer, &writer->file.sql, !is_begun(writer)};
    arena_wipe(writer->arena);
    if (writer->is_lost)
        return tell_lost(writer, err);
    return !call->is_alone || account_writer_begin(writer, err);
}

/* good: nothing was refused. */
static bool leave(const struct call *call, bool good, struct err *err)
{
    if (!sql_ok(call->sql)) {
        call->writer->is_lost = !call->is_alone;
        return account_file_fail(&call->writer->file, err);
    }
    if (good && call->is_alone)
        return account_writer_commit(call->writer, err);
    if (call->is_alone)
        account_writer_undo(call->writer);
    return good;
}

/* ---- names ---- */

static bool is_there(struct sql *sql, const char *text, struct slice name)
{
    sqlite3_stmt *stmt = sql_take(sql, text);
    sql_bind_text(sql, stmt, 1, name);
    bool found = sql_next(sql, stmt);
    sql_done(stmt);
    return found;
}

/* The same name in its other form, with the default domain or without; or empty. */
static struct slice other_form(const struct account_writer *writer, struct slice name)
{
    struct slice domain = buf_slice(&writer->default_domain);
    if (slice_find_char(name, '@') != NULL)
        return account_without_domain(name, domain);
    if (domain.len == 0)
        return SLICE("");
    char *form = arena_alloc(writer->arena, name.len + 1 + domain.len), *at = form;
    (void)slice_put(name, &at);
    *at++ = '@';
    (void)slice_put(domain, &at);
    return slice_between(form, at);
}

static bool is_account(const struct call *call, struct slice login)
{
    return is_there(call->sql, "SELECT 1 FROM account WHERE login = ?1", login);
}

static bool is_alias(const struct call *call, struct slice alias)
{
    return is_there(call->sql, "SELECT 1 FROM alias WHERE alias = ?1", alias);
}

/* As it stands there. False and err: there is none. */
static bool find(const struct call *call, struct slice *login, struct err *err)
{
    struct slice other = other_form(call->writer, *login);
    if (is_account(call, *login))
        return true;
    if (other.len > 0 && is_account(call, other)) {
        *login = other;
        return true;
    }
    bool named = is_alias(call, *login) || (other.len > 0 && is_alias(call, other));
    return account_refuse(err, *login,
                          named ? "is another name of an account; name that" : no_such_account);
}

/* but: an account that it may be, as it stands there. */
static bool is_free(const struct call *call, struct slice name, struct slice but, struct err *err)
{
    const struct slice forms[] = {name, other_form(call->writer, name)};
    if (!account_login_check(name, err))
        return false;
    for (size_t i = 0; i < 2 && (i == 0 || forms[i].len > 0); i++) {
        if (!slice_ieq(forms[i], but) && is_account(call, forms[i]))
            return account_refuse(err, name, "there is an account of that name already");
        if (is_alias(call, forms[i]))
            return account_refuse(err, name, "is another name of an account already");
    }
    return true;
}

bool account_writer_look(struct account_writer *writer, struct slice login,
                         enum account_name_kind *out, struct err *err)
{
    struct call call;
    if (!enter(writer, &call, err))
        return false;
    const struct slice forms[] = {login, other_form(writer, login)};
    enum account_name_kind kind = ACCOUNT_NAME_FREE;
    for (size_t i = 0; i < 2 && (i == 0 || forms[i].len > 0); i++) {
        if (is_account(&call, forms[i]))
            kind = ACCOUNT_NAME_ACCOUNT;
        else if (kind == ACCOUNT_NAME_FREE && is_alias(&call, forms[i]))
            kind = ACCOUNT_NAME_ALIAS;
    }
    if (!leave(&call, true, err))
        return false;
    *out = kind;
    return true;
}

/* ---- accounts ---- */

/* Empty: NULL. */
static void bind(const struct call *call, sqlite3_stmt *stmt, int at, struct slice text)
{
    if (text.len > 0)
        sql_bind_text(call->sql, stmt, at, text);
}

static bool add(const struct call *call, const struct account_text *text)
{
    sqlite3_stmt *stmt =
        sql_take(call->sql, "INSERT INTO account(login, class, server, secret, protocols, "
                            "networks, valid_until, flags) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    bind(call, stmt, 1, text->login);
    for (int i = 0; i < ACCOUNT_COLUMN_COUNT; i++)
        bind(call, stmt, i + 2, account_text_of(text, (enum account_column)i));
    return sql_run(call->sql, stmt);
}

bool account_writer_add(struct account_writer *writer, const struct account_change *change,
                        struct err *err)
{
    struct call call;
    struct account_text text;
    if (!enter(writer, &call, err))
        return false;
    bool good = account_change_check(change, writer->arena, &text, err) &&
                is_free(&call, text.login, SLICE(""), err) && add(&call, &text);
    return leave(&call, good, err);
}

/* A column is set only when it is given: the triggers tell a name from a password by that. */
static bool change_columns(const struct call *call, const struct account_text *text, unsigned given)
{
    static const char *const updates[] = {
#define X(name, member, column) "UPDATE account SET " column " = ?2 WHERE login = ?1",
        ACCOUNT_COLUMNS(X)
#undef X
    };
    for (int i = 0; i < ACCOUNT_COLUMN_COUNT; i++) {
        if ((given & 1u << i) == 0)
            continue;
        sqlite3_stmt *stmt = sql_take(call->sql, updates[i]);
        bind(call, stmt, 1, text->login);
        bind(call, stmt, 2, account_text_of(text, (enum account_column)i));
        (void)sql_run(call->sql, stmt);
    }
    return sql_ok(call->sql);
}

bool account_writer_change(struct account_writer *writer, const struct account_change *change,
                           struct err *err)
{
    struct call call;
    struct account_text text;
    if (!enter(writer, &call, err))
        return false;
    bool good = account_change_check(change, writer->arena, &text, err) &&
                find(&call, &text.login, err) && change_columns(&call, &text, change->given);
    return leave(&call, good, err);
}

/* Runs statements with two names. */
static bool run_all(const struct call *call, const char *const *texts, size_t count,
                    const struct slice *names)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *stmt = sql_take(call->sql, texts[i]);
        bind(call, stmt, 1, names[0]);
        if (names[1].len > 0)
            bind(call, stmt, 2, names[1]);
        (void)sql_run(call->sql, stmt);
    }
    return sql_ok(call->sql);
}

bool account_writer_rename(struct account_writer *writer, struct slice login, struct slice to,
                           struct err *err)
{
    static const char *const texts[] = {"UPDATE account SET login = ?2 WHERE login = ?1",
                                        "UPDATE alias SET login = ?2 WHERE login = ?1",
                                        "UPDATE app_password SET login = ?2 WHERE login = ?1"};
    struct call call;
    if (!enter(writer, &call, err))
        return false;
    bool good = find(&call, &login, err) && is_free(&call, to, login, err);
    const struct slice names[] = {login, to};
    return leave(&call, good && run_all(&call, texts, 3, names), err);
}

bool account_writer_remove(struct account_writer *writer, struct slice login, struct err *err)
{
    static const char *const texts[] = {"DELETE FROM account WHERE login = ?1",
                                        "DELETE FROM alias WHERE login = ?1",
                                        "DELETE FROM app_password WHERE login = ?1"};
    struct call call;
    if (!enter(writer, &call, err))
        return false;
    bool good = find(&call, &login, err);
    const struct slice names[] = {login, SLICE("")};
    return leave(&call, good && run_all(&call, texts, 3, names), err);
}

/* ---- other names ---- */

bool account_writer_add_alias(struct account_writer *writer, struct slice alias, struct slice login,
                              struct err *err)
{
    static const char *const texts[] = {"INSERT INTO alias(alias, login) VALUES(?1, ?2)"};
    struct call call;
    if (!enter(writer, &call, err))
        return false;
    bool good = find(&call, &login, err) && is_free(&call, alias, SLICE(""), err);
    const struct slice names[] = {alias, login};
    return leave(&call, good && run_all(&call, texts, 1, names), err);
}

bool account_writer_remove_alias(struct account_writer *writer, struct slice alias, struct err *err)
{
    static const char *const texts[] = {"DELETE FROM alias WHERE alias = ?1"};
    struct call call;
    if (!enter(writer, &call, err))
        return false;
    struct slice other = other_form(writer, alias);
    if (!is_alias(&call, alias) && other.len > 0 && is_alias(&call, other))
        alias = other;
    bool good =
        is_alias(&call, alias) || account_refuse(err, alias, "is no other name of an account");
    const struct slice names[] = {alias, SLICE("")};
    return leave(&call, good && run_all(&call, texts, 1, names), err);
}

/* ---- app passwords ---- */

static bool has_room(const struct call *call, struct slice login, struct slice name,
                     struct err *err)
{
    sqlite3_stmt *stmt =
        sql_take(call->sql, "SELECT count(*) FROM app_password WHERE login = ?1 AND name <> ?2");
    bind(call, stmt, 1, login);
    bind(call, stmt, 2, name);
    int64_t count = sql_next(call->sql, stmt) ? sqlite3_column_int64(stmt, 0) : 0;
    sql_done(stmt);
    return count < ACCOUNT_APPS_MAX ||
           account_refuse(err, login, "has 64 app passwords already, and no more can be");
}

static bool put_app(const struct call *call, struct slice login,
                    const struct account_app_change *app, int64_t now_us)
{
    sqlite3_stmt *stmt =
        sql_take(call->sql, "REPLACE INTO app_password(login, name, secret, protocols, networks, "
                            "valid_until, created) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    bind(call, stmt, 1, login);
    bind(call, stmt, 2, app->name);
    bind(call, stmt, 3, app->secret);
    bind(call, stmt, 4, app->protocols);
    bind(call, stmt, 5, app->networks);
    bind(call, stmt, 6, app->valid_until);
    sql_bind_number(call->sql, stmt, 7, now_us / US_PER_SECOND);
    return sql_run(call->sql, stmt);
}

bool account_writer_put_app(struct account_writer *writer, struct slice login,
                            const struct account_app_change *app, int64_t now_us, struct err *err)
{
    struct call call;
    struct account_app_change checked;
    if (!enter(writer, &call, err))
        return false;
    bool good = find(&call, &login, err) &&
                account_app_change_check(login, app, writer->arena, &checked, err) &&
                has_room(&call, login, checked.name, err) &&
                put_app(&call, login, &checked, now_us);
    return leave(&call, good, err);
}

bool account_writer_remove_app(struct account_writer *writer, struct slice login, struct slice name,
                               struct err *err)
{
    static const char *const texts[] = {"DELETE FROM app_password WHERE login = ?1 AND name = ?2"};
    struct call call;
    if (!enter(writer, &call, err))
        return false;
    bool good = find(&call, &login, err);
    const struct slice names[] = {login, name};
    good = good && run_all(&call, texts, 1, names);
    if (good && sqlite3_changes(call.sql->db) == 0)
        good = account_refuse(err, login, "has no app password of that name");
    return leave(&call, good, err);
}

static void touch(const struct call *call, const struct account_use *use)
{
    sqlite3_stmt *stmt =
        sql_take(call->sql, "UPDATE app_password SET last_used = ?3 WHERE login = ?1 AND name = ?2 "
                            "AND coalesce(last_used, 0) < ?3");
    bind(call, stmt, 1, use->login);
    bind(call, stmt, 2, use->app);
    sql_bind_number(call->sql, stmt, 3, use->used_us / US_PER_SECOND);
    (void)sql_run(call->sql, stmt);
}

bool account_writer_touch(struct account_writer *writer, const struct account_use *uses,
                          size_t count, struct err *err)
{
    struct call call;
    if (!enter(writer, &call, err))
        return false;
    for (size_t i = 0; i < count; i++)
        touch(&call, &uses[i]);
    return leave(&call, true, err);
}

bool account_writer_renew(struct account_writer *writer, struct slice login, struct slice before,
                          struct slice secret, struct err *err)
{
    struct call call;
    if (!enter(writer, &call, err))
        return false;
    bool good = find(&call, &login, err);
    if (good) {
        sqlite3_stmt *stmt =
            sql_take(call.sql, "UPDATE account SET secret = ?3 WHERE login = ?1 AND secret = ?2");
        bind(&call, stmt, 1, login);
        bind(&call, stmt, 2, before);
        bind(&call, stmt, 3, secret);
        (void)sql_run(call.sql, stmt);
    }
    return leave(&call, good, err);
}
