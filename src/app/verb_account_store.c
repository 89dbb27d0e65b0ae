/* SPDX-License-Identifier: Apache-2.0
 *
 * See verb_account_store.h.
 */
#include "app/verb_account_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/account_access.h"
#include "app/auth_plan.h"
#include "io/clock.h"
#include "io/typed_secret.h"
#include "model/json_value.h"
#include "store/account_writer.h"

/* What a deed works with. */
struct work {
    const struct account_store_wish *wish;
    struct account_access access;
    struct secret_key *key; /* NULL: there is none */
    struct account_writer *writer;
    struct buf typed; /* the password, where a file has it */
    FILE *file;       /* to import; NULL: none */
    struct buf said;  /* what is printed when it is done */
    json_t *json;     /* the same */
};

/* ---- secrets ---- */

/* Appends the stored form of the password that is given. */
static bool make_secret(struct work *work, struct buf *to, struct err *err)
{
    struct secret_terms terms;
    auth_plan_secrets(&work->access.settings->auth, work->key, &terms);
    const char *path = work->wish->password_file;
    return (work->typed.len > 0 || typed_secret_read(path, path == NULL, &work->typed, err)) &&
           secret_make(&terms, slice_from_str(work->wish->login), buf_slice(&work->typed), to, err);
}

static bool read_key(struct work *work, struct err *err)
{
    const char *path = work->access.settings->auth.plain_key;
    if (path == NULL || work->access.settings->auth.hashing.scheme != SECRET_MAKE_SEALED)
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
        return account_refuse(err, login, "is no account; todoku account list has them");
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
    const struct account_store_wish *wish = work->wish;
    struct account_import_counts counts = {0};
    struct secret_terms terms;
    auth_plan_secrets(&work->access.settings->auth, work->key, &terms);
    const struct account_file_import how = {
        .file = work->file,
        .path = wish->login,
        .format = wish->format,
        .existing = wish->update     ? ACCOUNT_IMPORT_CHANGE
                    : wish->new_only ? ACCOUNT_IMPORT_REFUSE
                                     : ACCOUNT_IMPORT_SKIP,
        .dry_run = wish->dry_run,
        .secrets = wish->keep_plain ? NULL : &terms,
    };
    bool good = account_file_import(work->writer, &how, &counts, err);
    buf_addf(&work->said, "%s%zu added, %zu changed, %zu other names, %zu there already\n",
             wish->dry_run ? "would be: " : "", counts.added, counts.changed, counts.aliases,
             counts.skipped);
    json_value_put(work->json, "dry_run", json_boolean(wish->dry_run));
    json_value_put_count(work->json, "added", counts.added);
    json_value_put_count(work->json, "changed", counts.changed);
    json_value_put_count(work->json, "aliases", counts.aliases);
    json_value_put_count(work->json, "skipped", counts.skipped);
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
};

/* What the caller alone may read: the file of a password, or of accounts. */
static bool open_files(struct work *work, struct err *err)
{
    const char *path = work->wish->deed == ACCOUNT_DEED_IMPORT ? work->wish->login : NULL;
    const char *password = work->wish->password_file;
    if (password != NULL && strcmp(password, "-") != 0)
        return typed_secret_read(password, false, &work->typed, err);
    if (path == NULL)
        return true;
    work->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    return work->file != NULL ||
           err_set(err, ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
}

static bool open(struct work *work, struct err *err)
{
    const struct account_access *access = &work->access;
    if (!account_access_open(&work->access, work->wish->config, err) || !read_key(work, err) ||
        !open_files(work, err) || !account_access_enter(access, err))
        return false;
    work->writer = account_writer_open(access->terms->driver, &access->terms->place, err);
    return work->writer != NULL;
}

static int run(const struct verb *verb, struct work *work)
{
    struct err err = {0};
    const struct account_store_wish *wish = work->wish;
    if (!open(work, &err) || !deeds[wish->deed].act(work, &err)) {
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
    struct work work = {.wish = wish, .json = json_value_object()};
    int status = run(verb, &work);
    if (status == VERB_FINE && work.access.is_unheard && wish->deed == ACCOUNT_DEED_ADD)
        fprintf(stderr,
                "todoku account: warning: %s: nothing in the configuration goes by it yet: "
                "accounts.path, or auth.listen\n",
                work.access.terms->place.path);
    account_writer_close(work.writer);
    secret_key_free(work.key);
    account_access_done(&work.access);
    if (work.file != NULL && work.file != stdin)
        (void)fclose(work.file);
    secret_buf_done(&work.typed);
    secret_buf_done(&work.said);
    json_decref(work.json);
    return status;
}
