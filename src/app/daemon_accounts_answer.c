/* SPDX-License-Identifier: Apache-2.0
 *
 * What people ask of accounts, in JSON. Peer document: docs/openapi.yaml; app/account_answer.c
 * reads it back.
 */
#include "app/daemon_accounts_private.h"

#include <stdlib.h>

#include "app/account_wish.h"
#include "base/memory.h"
#include "model/json_value.h"
#include "model/login_form.h"

#define TRAIL_SHOWN 50

/* ---- one ---- */

static json_t *flag_json(const struct daemon_accounts *accounts, const struct account_flag *flag)
{
    json_t *object = json_value_object();
    json_value_put_word(object, "flag", account_flag_word(flag->kind));
    json_value_put_time(object, "since", flag->since_us);
    json_value_put_time(object, "until", flag->until_us);
    json_value_put_text(object, "by", flag->actor);
    if (accounts->rulings.share != NULL)
        json_value_put_text(object, "relay", flag->relay);
    json_value_put_text(object, "reason", flag->reason);
    return object;
}

static json_t *account_json(struct slice login, json_t *flags)
{
    json_t *object = json_value_object();
    json_value_put(object, "login", json_value_text(login));
    json_value_put(object, "flags", flags);
    return object;
}

static json_t *flags_of(const struct daemon_accounts *accounts, struct slice login)
{
    json_t *list = json_value_array();
    for (size_t i = ACCOUNT_FLAG_KINDS; i-- > 0;) {
        const struct account_flag *flag =
            account_flags_find(accounts->flags, login, (enum account_flag_kind)i);
        if (flag != NULL)
            json_value_append(list, flag_json(accounts, flag));
    }
    return list;
}

struct trail {
    json_t *list;
    bool is_shared;
};

static void add_entry(void *context, const struct account_state_entry *entry)
{
    const struct trail *trail = context;
    json_t *object = json_value_object();
    json_value_put_count(object, "number", (uint64_t)entry->number);
    json_value_put_time(object, "time", entry->time_us);
    json_value_put(object, "login", json_value_text(entry->login));
    json_value_put_text(object, "action", entry->action);
    json_value_put_text(object, "what", entry->what);
    if (entry->until_us > 0)
        json_value_put_time(object, "until", entry->until_us);
    json_value_put_text(object, "by", entry->actor);
    if (trail->is_shared)
        json_value_put_text(object, "relay", entry->relay);
    json_value_put_text(object, "reason", entry->reason);
    json_value_append(trail->list, object);
}

/* A trail that cannot be read is said, and what is set is shown all the same. */
static json_t *trail_json(const struct daemon_accounts *accounts, struct slice login)
{
    struct trail trail = {json_value_array(), accounts->rulings.share != NULL};
    struct err err;
    if (accounts->state != NULL &&
        !account_state_trail(accounts->state, login, TRAIL_SHOWN, add_entry, &trail, &err))
        OWN_LOG(accounts->options.log, OWN_LOG_ERROR, "account_trail_not_read",
                log_str("reason", err.text));
    return trail.list;
}

static void show_one(const struct daemon_accounts *accounts, struct slice login,
                     struct daemon_request *request, int64_t now_us)
{
    const struct account_book *book = daemon_account_book_now(accounts->options.book);
    json_t *account = account_json(login, flags_of(accounts, login));
    if (book != NULL)
        json_value_put_text(account, "class", account_book_find(book, login).account_class);
    json_value_put(account, "trail", trail_json(accounts, login));
    daemon_accounts_warn(accounts, account_flags_sending(accounts->flags, login, now_us), false,
                         daemon_accounts_doubts(accounts, login, request->doubts), account);
    json_value_print(account, true, &request->answer);
    request->found = request->good = true;
}

/* ---- all ---- */

struct list {
    const struct account_flag **flags;
    size_t count;
};

static void collect(void *context, const struct account_flag *flag)
{
    struct list *list = context;
    list->flags[list->count++] = flag;
}

/* By login, the sternest first. */
static int compare(const void *a, const void *b)
{
    const struct account_flag *const *left = a, *const *right = b;
    int order = slice_cmp((*left)->login, (*right)->login);
    return order != 0 ? order : (int)(*right)->kind - (int)(*left)->kind;
}

static void show_all(const struct daemon_accounts *accounts, struct daemon_request *request)
{
    size_t room = account_flags_count(accounts->flags) * ACCOUNT_FLAG_KINDS + 1;
    struct list list = {.flags = MEM_NEW_ARRAY(const struct account_flag *, room)};
    json_t *all = json_value_array(), *flags = NULL;
    account_flags_each(accounts->flags, collect, &list);
    qsort(list.flags, list.count, sizeof(list.flags[0]), compare);
    for (size_t i = 0; i < list.count; i++) {
        if (i == 0 || !slice_eq(list.flags[i]->login, list.flags[i - 1]->login)) {
            flags = json_value_array();
            json_value_append(all, account_json(list.flags[i]->login, flags));
        }
        json_value_append(flags, flag_json(accounts, list.flags[i]));
    }
    mem_free(list.flags);
    json_value_print(all, true, &request->answer);
    request->found = request->good = true;
}

/* ---- requests ---- */

static void set(struct daemon_accounts *accounts, struct daemon_request *request, int64_t now_us)
{
    const struct account_wish *wish = &request->account;
    struct account_flag flags[ACCOUNT_FLAG_KINDS];
    CLEANUP_BUF struct buf login = {0};
    size_t count = 0;
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++) {
        unsigned bit = ACCOUNT_FLAG_BIT(i);
        if (((wish->set | wish->clear) & bit) != 0)
            flags[count++] = (struct account_flag){.kind = (enum account_flag_kind)i,
                                                   .until_us = wish->set & bit ? wish->until_us : 0,
                                                   .login = wish->login,
                                                   .actor = wish->actor,
                                                   .reason = wish->reason};
    }
    request->found = true;
    if (!daemon_accounts_set(accounts, flags, count, now_us, &request->err))
        return;
    daemon_accounts_login(accounts, wish->login, &login);
    show_one(accounts, buf_slice(&login), request, now_us);
}

/* Whose other name it is may just have changed: what was said is dropped, and whose it was. */
static void note_changed(struct daemon_accounts *accounts, struct daemon_request *request)
{
    CLEANUP_BUF struct buf said = {0}, account = {0};
    struct slice login = buf_slice(&request->id);
    json_t *answer = json_value_object();
    if (login.len == 0) {
        daemon_auth_changed(accounts->options.auth, SLICE(""));
    } else {
        login_form(buf_slice(&accounts->default_domain), login, &said);
        daemon_accounts_login(accounts, login, &account);
        daemon_auth_changed(accounts->options.auth, buf_slice(&said));
        if (!slice_eq(buf_slice(&said), buf_slice(&account)))
            daemon_auth_changed(accounts->options.auth, buf_slice(&account));
        json_value_put_text(answer, "login", buf_slice(&account));
    }
    daemon_account_book_read_again(accounts->options.book);
    json_value_put_word(answer, "forgotten", login.len > 0 ? "account" : "all");
    json_value_print(answer, false, &request->answer);
    request->found = request->good = true;
}

void daemon_accounts_answer(struct daemon_accounts *accounts, struct daemon_request *request,
                            int64_t now_us)
{
    CLEANUP_BUF struct buf login = {0};
    if (request->kind == DAEMON_REQUEST_FLAG_ACCOUNT) {
        set(accounts, request, now_us);
    } else if (request->kind == DAEMON_REQUEST_ACCOUNTS_CHANGED) {
        note_changed(accounts, request);
    } else if (request->id.len > 0) {
        daemon_accounts_login(accounts, buf_slice(&request->id), &login);
        show_one(accounts, buf_slice(&login), request, now_us);
    } else {
        show_all(accounts, request);
    }
}
