/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in a passwd-file (mail/passwd_line.h), of at most PASSWD_FILE_MAX bytes, with lines of
 * at most PASSWD_LINE_MAX. Best replaced by renaming; one that changes while it is read is read
 * again.
 *
 * A line with user= is another name and has a password of its own, as Dovecot has it; what it does
 * not say, the line of the account says. Both may forbid: flags of both, the earlier end, protocols
 * that both permit.
 */
#include "store/account_driver.h"

#include "io/secret_memory.h"
#include "store/account_text.h"
#include "store/passwd_index.h"

enum { TRIES = 3 };

struct account_source {
    struct buf path, default_domain;
    struct arena *arena;     /* of one find */
    struct file_stamp names; /* of what was read last */
    struct file_stamp rows;  /* of what was there when the state was asked for */
    uint64_t state;
    struct passwd_index *index; /* NULL: not needed yet, or not to be had */
};

static struct account_source *make(const struct account_place *place)
{
    struct account_source *source = MEM_NEW(struct account_source);
    source->arena = arena_new_from(8000, &secret_arena);
    buf_add_str(&source->path, place->path);
    buf_add(&source->default_domain, place->default_domain);
    return source;
}

static void release(struct account_source *source)
{
    if (source == NULL)
        return;
    passwd_index_free(source->index);
    buf_done(&source->path);
    buf_done(&source->default_domain);
    arena_free(source->arena);
    mem_free(source);
}

/* ---- all names ---- */

static bool is_changed(struct account_source *source)
{
    return file_stamp_is_old(&source->names, buf_str(&source->path));
}

static void see_line(struct slice line, account_name_see see, void *context)
{
    struct passwd_line parsed = {0};
    enum passwd_line_kind kind =
        line.len <= PASSWD_LINE_MAX ? passwd_line_parse(line, &parsed) : PASSWD_BAD;
    const struct account_name name = {parsed.login, parsed.user, parsed.account_class, parsed.flags,
                                      parsed.server};
    if (kind != PASSWD_NOTHING)
        see(context, &name);
}

static bool read_names(struct account_source *source, account_name_see see, void *context,
                       struct err *err)
{
    CLEANUP_SECRET_BUF struct buf text = {0};
    bool good = passwd_file_read(buf_str(&source->path), &text, &source->names, err);
    struct slice rest = buf_slice(&text);
    while (good && rest.len > 0)
        see_line(slice_cut(&rest, '\n'), see, context);
    if (!good)
        source->names = (struct file_stamp){0};
    return good;
}

/* ---- one account ---- */

static bool have_index(struct account_source *source, struct err *err)
{
    const char *path = buf_str(&source->path);
    if (source->index != NULL && !passwd_index_is_old(source->index, path))
        return true;
    passwd_index_free(source->index);
    source->index = passwd_index_new(path, err);
    return source->index != NULL;
}

/* By this name, or that without the default domain. */
static enum passwd_found find_line(struct account_source *source, struct slice login,
                                   struct buf *line, struct passwd_line *out)
{
    struct slice local = account_without_domain(login, buf_slice(&source->default_domain));
    enum passwd_found found = passwd_index_find(source->index, login, line, out);
    if (found == PASSWD_MISSING && local.len > 0)
        found = passwd_index_find(source->index, local, line, out);
    return found;
}

static struct slice keep(struct slice text, struct arena *arena)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

static void read_line(const struct passwd_line *line, struct arena *arena, struct account_row *row)
{
    CLEANUP_BUF struct buf flags = {0};
    buf_add(&flags, line->flags);
    if (line->is_closed)
        buf_add_str(&flags, " no-login");
    const struct account_text text = {
        .login = keep(line->login, arena),
        .account_class = keep(line->account_class, arena),
        .server = keep(line->server, arena),
        .secret = keep(line->password, arena),
        .protocols = keep(line->protocols, arena),
        .networks = keep(line->networks, arena),
        .valid_until = keep(line->valid_until, arena),
        .flags = keep(buf_slice(&flags), arena),
    };
    account_text_read(&text, arena, row);
}

static void take_if_not_said(struct slice *said, struct slice other)
{
    if (said->len == 0)
        *said = other;
}

/* Of the account that row is another name of. */
static void add_account(struct account_row *row, const struct account_row *account,
                        struct arena *arena)
{
    CLEANUP_BUF struct buf flags = {0};
    buf_addf(&flags, "%.*s%s%.*s", SLICE_ARG(row->flags), row->flags.len > 0 ? " " : "",
             SLICE_ARG(account->flags));
    take_if_not_said(&row->account_class, account->account_class);
    take_if_not_said(&row->server, account->server);
    take_if_not_said(&row->secret, account->secret);
    take_if_not_said(&row->networks, account->networks);
    take_if_not_said(&row->fault, account->fault);
    row->flags = account_text_words(keep(buf_slice(&flags), arena), arena);
    row->protocols &= account->protocols;
    if (account->valid_until_us < row->valid_until_us)
        row->valid_until_us = account->valid_until_us;
    row->login = account->login;
}

/* An account may be there for Dovecot and not in this file: then it has no line to add. A ring of
 * names are accounts each. */
static enum passwd_found find_row(struct account_source *source, struct slice login,
                                  struct arena *arena, struct account_row *row)
{
    CLEANUP_SECRET_BUF struct buf text = {0};
    struct passwd_line line;
    enum passwd_found found = find_line(source, login, &text, &line);
    if (found != PASSWD_FOUND)
        return found;
    read_line(&line, arena, row);
    struct slice own = row->login, user = keep(line.user, arena);
    for (int step = 0; user.len > 0 && !slice_ieq(user, row->login); step++) {
        struct account_row account;
        if (step == ACCOUNT_ALIAS_STEPS) {
            row->login = own;
            return PASSWD_FOUND;
        }
        row->login = user;
        found = find_line(source, user, &text, &line);
        if (found != PASSWD_FOUND)
            return found == PASSWD_MISSING ? PASSWD_FOUND : found;
        read_line(&line, arena, &account);
        add_account(row, &account, arena);
        user = keep(line.user, arena);
    }
    return PASSWD_FOUND;
}

static enum account_found find_once(struct account_source *source, struct slice login,
                                    account_row_see see, void *context, struct err *err)
{
    struct arena *arena = source->arena;
    struct account_row row = {0};
    enum passwd_found found = find_row(source, login, arena, &row);
    if (found == PASSWD_FOUND)
        see(context, &row);
    arena_wipe(arena);
    switch (found) {
    case PASSWD_FOUND:
        return ACCOUNT_FOUND;
    case PASSWD_MISSING:
        return ACCOUNT_UNKNOWN;
    case PASSWD_CHANGED:
        break;
    }
    (void)err_set(err, ERR_IO, "%s: was changed while it was read", buf_str(&source->path));
    return ACCOUNT_TROUBLE;
}

static enum account_found find(struct account_source *source, struct slice login,
                               account_row_see see, void *context, struct err *err)
{
    enum account_found found = ACCOUNT_TROUBLE;
    for (int i = 0; i < TRIES && found == ACCOUNT_TROUBLE; i++)
        if (have_index(source, err))
            found = find_once(source, login, see, context, err);
    if (found != ACCOUNT_TROUBLE && err != NULL)
        *err = (struct err){0};
    return found;
}

/* ---- has anything changed ---- */

static bool state(struct account_source *source, uint64_t *out)
{
    const char *path = buf_str(&source->path);
    if (file_stamp_is_old(&source->rows, path)) {
        source->state++;
        if (!file_stamp_look(path, &source->rows))
            return false;
    }
    *out = source->state;
    return true;
}

const struct account_driver account_driver_passwd_file = {
    .word = "passwd-file",
    .make = make,
    .free = release,
    .is_changed = is_changed,
    .read = read_names,
    .find = find,
    .state = state,
};
