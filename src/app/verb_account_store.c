/* SPDX-License-Identifier: Apache-2.0
 *
 * See verb_account_store.h. Files that root makes in the folder of the daemon's user would lock
 * the daemon out, so root becomes the owner of the file, or of its folder, for the work.
 */
#include "app/verb_account_store.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/auth_plan.h"
#include "app/passwd_import.h"
#include "app/screen.h"
#include "app/settings_accounts.h"
#include "app/settings_glance.h"
#include "app/text_table.h"
#include "base/escape.h"
#include "io/clock.h"
#include "io/typed_secret.h"
#include "model/json_value.h"
#include "store/account_writer.h"

/* What a deed works with. */
struct work {
    const struct account_store_wish *wish;
    const struct settings *settings;
    struct account_terms *accounts;
    struct secret_key *key; /* NULL: there is none */
    struct account_writer *writer;
    struct buf said; /* what is printed when it is done */
    json_t *json;    /* the same */
};

/* ---- secrets ---- */

/* Appends the stored form of the password that is given. */
static bool make_secret(const struct work *work, struct buf *to, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf typed = {0};
    struct secret_terms terms;
    auth_plan_secrets(&work->settings->auth, work->key, &terms);
    return typed_secret_read(work->wish->password_file, work->wish->password_file == NULL, &typed,
                             err) &&
           secret_make(&terms, slice_from_str(work->wish->login), buf_slice(&typed), to, err);
}

static bool read_key(struct work *work, struct err *err)
{
    const char *path = work->settings->auth.plain_key;
    if (path == NULL || work->settings->auth.hashing.scheme != SECRET_MAKE_SEALED)
        return true;
    work->key = secret_key_read(path, NULL, err);
    return work->key != NULL;
}

/* ---- deeds ---- */

static bool add(struct work *work, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf secret = {0};
    struct account_change change = work->wish->change;
    change.text.login = slice_from_str(work->wish->login);
    if (!work->wish->no_password) {
        if (!make_secret(work, &secret, err))
            return false;
        change.text.secret = buf_slice(&secret);
        change.given |= 1u << ACCOUNT_COLUMN_SECRET;
    }
    buf_addf(&work->said, "%s was added%s\n", work->wish->login,
             work->wish->no_password ? "; without a password nobody can log in" : "");
    return account_writer_add(work->writer, &change, err);
}

static bool change(struct work *work, struct err *err)
{
    struct account_change change = work->wish->change;
    change.text.login = slice_from_str(work->wish->login);
    buf_addf(&work->said, "%s was changed\n", work->wish->login);
    return account_writer_change(work->writer, &change, err);
}

static bool set_password(struct work *work, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf secret = {0};
    enum account_name_kind kind;
    struct slice login = slice_from_str(work->wish->login);
    if (!account_writer_look(work->writer, login, &kind, err))
        return false;
    if (kind != ACCOUNT_NAME_ACCOUNT) /* before somebody types for nothing */
        return account_refuse(err, login, "is no account; todoku account names lists them");
    if (!make_secret(work, &secret, err))
        return false;
    const struct account_change change = {
        .text = {.login = login, .secret = buf_slice(&secret)},
        .given = 1u << ACCOUNT_COLUMN_SECRET,
    };
    buf_addf(&work->said, "the password of %s was changed\n", work->wish->login);
    return account_writer_change(work->writer, &change, err);
}

static bool remove_one(struct work *work, struct err *err)
{
    buf_addf(&work->said, "%s was removed, with its other names and app passwords\n",
             work->wish->login);
    return account_writer_remove(work->writer, slice_from_str(work->wish->login), err);
}

static bool alias(struct work *work, struct err *err)
{
    struct slice name = slice_from_str(work->wish->login);
    if (work->wish->clear) {
        buf_addf(&work->said, "%s is no other name any more\n", work->wish->login);
        return account_writer_remove_alias(work->writer, name, err);
    }
    buf_addf(&work->said, "%s is another name of %s\n", work->wish->login, work->wish->second);
    return account_writer_add_alias(work->writer, name, slice_from_str(work->wish->second), err);
}

/* Shown once, and kept in a form that nobody reads it from. */
static bool app_password(struct work *work, struct err *err)
{
    char typed[SECRET_APP_CHARS]; /* without a NUL */
    const struct slice shown = {typed, SECRET_APP_CHARS};
    CLEANUP_SECRET_BUF struct buf secret = {0};
    const struct secret_terms terms = {.choice = SECRET_MAKE_SSHA512};
    struct slice login = slice_from_str(work->wish->login);
    struct slice name = slice_from_str(work->wish->second);
    if (work->wish->clear) {
        buf_addf(&work->said, "the app password %s of %s was removed\n", work->wish->second,
                 work->wish->login);
        return account_writer_remove_app(work->writer, login, name, err);
    }
    if (!secret_make_app_password(typed, err) || !secret_make(&terms, login, shown, &secret, err))
        return false;
    const struct account_app_change app = {
        .name = name,
        .secret = buf_slice(&secret),
        .protocols = work->wish->change.text.protocols,
        .networks = work->wish->change.text.networks,
        .valid_until = work->wish->change.text.valid_until,
    };
    if (!account_writer_put_app(work->writer, login, &app, clock_now_us(), err))
        return false;
    buf_addf(&work->said,
             "%.*s\nThis is the app password %s of %s; it is shown this once. An old one of that "
             "name is void.\n",
             SLICE_ARG(shown), work->wish->second, work->wish->login);
    json_value_put_text(work->json, "password", shown);
    explicit_bzero(typed, sizeof(typed));
    return true;
}

static bool import(struct work *work, struct err *err)
{
    struct account_import_counts counts = {0};
    bool good = passwd_import(work->writer, work->wish->login, work->wish->update, &counts, err);
    buf_addf(&work->said, "%zu added, %zu changed, %zu other names, %zu there already\n",
             counts.added, counts.changed, counts.aliases, counts.skipped);
    json_value_put_count(work->json, "added", counts.added);
    json_value_put_count(work->json, "changed", counts.changed);
    json_value_put_count(work->json, "aliases", counts.aliases);
    json_value_put_count(work->json, "skipped", counts.skipped);
    return good;
}

/* Of any driver: what it names. */
struct listing {
    struct text_table *table;
    json_t *array;
};

static void list_name(void *context, const struct account_name *name)
{
    struct listing *listing = context;
    if (name->login.len == 0)
        return;
    const struct slice cells[] = {name->login, name->account, name->account_class, name->flags};
    static const char *const keys[] = {"login", "account", "class", "flags"};
    json_t *row = json_value_object();
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        escape_terminal(cells[i], text_table_cell(listing->table, TONE_PLAIN));
        if (cells[i].len > 0)
            json_value_put_text(row, keys[i], cells[i]);
    }
    json_value_append(listing->array, row);
}

static bool list(struct work *work, struct err *err)
{
    static const struct text_column columns[] = {{.title = "login"},
                                                 {.title = "is another name of"},
                                                 {.title = "class"},
                                                 {.title = "flags"}};
    const struct account_driver *driver = work->accounts->driver;
    struct text_style style = screen_style(true, COLOUR_AUTO);
    struct listing listing = {text_table_new(columns, sizeof(columns) / sizeof(columns[0])),
                              json_value_array()};
    struct account_source *source = driver->make(&work->accounts->place);
    bool good = driver->read(source, list_name, &listing, err);
    driver->free(source);
    if (good && json_array_size(listing.array) == 0)
        buf_add_str(&work->said, "no accounts\n");
    else
        text_table_print(listing.table, &style, &work->said);
    text_table_free(listing.table);
    json_value_put(work->json, "accounts", listing.array);
    return good;
}

static const struct {
    bool (*act)(struct work *work, struct err *err);
    const char *done;
} deeds[] = {
    [ACCOUNT_DEED_ADD] = {add, "added"},
    [ACCOUNT_DEED_CHANGE] = {change, "changed"},
    [ACCOUNT_DEED_REMOVE] = {remove_one, "removed"},
    [ACCOUNT_DEED_PASSWD] = {set_password, "password-changed"},
    [ACCOUNT_DEED_ALIAS] = {alias, "alias"},
    [ACCOUNT_DEED_APP_PASSWORD] = {app_password, "app-password"},
    [ACCOUNT_DEED_IMPORT] = {import, "imported"},
    [ACCOUNT_DEED_LIST] = {list, "listed"},
};

/* ---- where and as whom ---- */

/* Only root can, and only root has to. */
static bool become_owner(const char *path, struct err *err)
{
    struct stat st;
    CLEANUP_BUF struct buf folder = {0};
    if (geteuid() != 0)
        return true;
    buf_add_str(&folder, path);
    if (stat(path, &st) != 0 && stat(dirname(folder.ptr), &st) != 0)
        return err_set(err, ERR_IO, "%s: neither it nor its folder is there", path);
    return st.st_uid == 0 || (setegid(st.st_gid) == 0 && seteuid(st.st_uid) == 0) ||
           err_set(err, ERR_IO, "%s: its owner cannot be acted for", path);
}

static bool open_writer(struct work *work, struct err *err)
{
    work->accounts = settings_accounts_make(work->settings);
    if (work->accounts->driver == NULL)
        return err_set(err, ERR_USAGE,
                       "no accounts are configured: accounts: { driver: sqlite, path: FILE }");
    if (work->accounts->driver == &account_driver_sqlite &&
        !become_owner(work->accounts->place.path, err))
        return false;
    if (work->wish->deed == ACCOUNT_DEED_LIST) /* nothing is written */
        return true;
    work->writer = account_writer_open(work->accounts->driver, &work->accounts->place, err);
    return work->writer != NULL;
}

static int run(const struct verb *verb, struct work *work)
{
    struct err err = {0};
    const struct account_store_wish *wish = work->wish;
    if (!read_key(work, &err) || !open_writer(work, &err) || !deeds[wish->deed].act(work, &err)) {
        int status = verb_fail(verb, &err);
        return err.code == ERR_INPUT ? VERB_NO : status; /* it was refused, and why is known */
    }
    if (!wish->json) {
        fwrite(work->said.ptr, 1, work->said.len, stdout);
        return VERB_FINE;
    }
    CLEANUP_SECRET_BUF struct buf text = {0};
    json_value_put_word(work->json, "done", deeds[wish->deed].done);
    if (wish->login != NULL && wish->deed != ACCOUNT_DEED_IMPORT)
        json_value_put_text(work->json, "login", slice_from_str(wish->login));
    json_value_print(json_incref(work->json), true, &text);
    fwrite(text.ptr, 1, text.len, stdout);
    return VERB_FINE;
}

int verb_account_store(const struct verb *verb, const struct account_store_wish *wish)
{
    static const char *const keys[] = {"state", "control", "policy", "accounts", "auth", NULL};
    struct err err = {0};
    struct settings *settings = settings_glance_at(wish->config, keys, &err);
    if (settings == NULL)
        return verb_fail(verb, &err);
    struct work work = {.wish = wish, .settings = settings, .json = json_value_object()};
    int status = run(verb, &work);
    account_writer_close(work.writer);
    account_terms_free(work.accounts);
    secret_key_free(work.key);
    secret_buf_done(&work.said);
    json_decref(work.json);
    settings_free(settings);
    return status;
}
