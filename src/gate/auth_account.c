/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_account.h.
 */
#include "gate/auth_account.h"

#include <string.h>

#include "base/memory.h"
#include "model/account_flag.h"

/* ---- one block ---- */

/* What stands behind the account: apps, networks of all, texts. */
struct room {
    size_t networks, texts;
};

static struct room room_of(const struct auth_account *account)
{
    struct room room = {account->from.count, account->login.len + account->account_class.len +
                                                 account->server.len + account->fault.len};
    for (size_t i = 0; i < account->app_count; i++) {
        room.networks += account->apps[i].from.count;
        room.texts += account->apps[i].name.len;
    }
    return room;
}

static struct auth_networks put_networks(const struct auth_networks *from, struct ip_network **at)
{
    struct auth_networks to = {*at, from->count};
    if (from->count > 0)
        memcpy(*at, from->list, from->count * sizeof(from->list[0]));
    *at += from->count;
    return to;
}

struct auth_account *auth_account_copy(const struct auth_account *from)
{
    struct room room = room_of(from);
    struct auth_account *copy =
        mem_new(1, sizeof(*copy) + from->app_count * sizeof(from->apps[0]) +
                       room.networks * sizeof(struct ip_network) + room.texts);
    struct auth_app *apps = (struct auth_app *)(void *)(copy + 1);
    struct ip_network *networks = (struct ip_network *)(void *)(apps + from->app_count);
    char *at = (char *)(networks + room.networks);
    *copy = *from;
    copy->apps = apps;
    copy->from = put_networks(&from->from, &networks);
    for (size_t i = 0; i < from->app_count; i++) {
        apps[i] = from->apps[i];
        apps[i].from = put_networks(&from->apps[i].from, &networks);
        apps[i].name = slice_put(from->apps[i].name, &at);
    }
    copy->login = slice_put(from->login, &at);
    copy->account_class = slice_put(from->account_class, &at);
    copy->server = slice_put(from->server, &at);
    copy->fault = slice_put(from->fault, &at);
    return copy;
}

/* ---- reading words ---- */

/* Empty: there is none any more. */
static struct slice next_word(struct slice *rest)
{
    struct slice word = {0};
    while (word.len == 0 && rest->ptr != NULL)
        word = slice_cut(rest, ' ');
    return word;
}

/* Networks of an account and of its app passwords, one behind the other. */
struct networks {
    struct ip_network list[AUTH_NETWORKS_MAX];
    size_t count;
};

static struct auth_networks read_networks(struct networks *all, struct slice text,
                                          struct slice *fault)
{
    struct auth_networks read = {all->list + all->count, 0};
    for (struct slice word; (word = next_word(&text)).len > 0; read.count++, all->count++)
        if (all->count == AUTH_NETWORKS_MAX || !ip_network_parse(word, &all->list[all->count])) {
            *fault = SLICE("networks");
            break;
        }
    return read;
}

static unsigned read_flags(struct slice text, struct slice *fault)
{
    unsigned flags = 0;
    enum account_flag_kind kind;
    for (struct slice word; (word = next_word(&text)).len > 0;) {
        if (account_flag_from_word(word, &kind))
            flags |= 1u << kind;
        else
            *fault = SLICE("flags");
    }
    return flags;
}

struct auth_account *auth_account_new(const struct account_row *row)
{
    struct networks networks = {.count = 0};
    struct auth_app apps[ACCOUNT_APPS_MAX];
    struct auth_account account = {
        .login = row->login,
        .account_class = row->account_class,
        .server = row->server,
        .print = credential_print_of(row->secret),
        .protocols = row->protocols,
        .valid_until_us = row->valid_until_us,
        .apps = apps,
        .app_count = row->app_count,
        .fault = row->fault,
    };
    ASSERT(row->app_count <= ACCOUNT_APPS_MAX);
    account.from = read_networks(&networks, row->networks, &account.fault);
    account.flags = read_flags(row->flags, &account.fault);
    for (size_t i = 0; i < row->app_count; i++)
        apps[i] = (struct auth_app){
            .name = row->apps[i].name,
            .print = credential_print_of(row->apps[i].secret),
            .protocols = row->apps[i].protocols,
            .until_us = row->apps[i].until_us,
            .from = read_networks(&networks, row->apps[i].networks, &account.fault),
        };
    return auth_account_copy(&account);
}

/* ---- asking ---- */

bool auth_networks_have(const struct auth_networks *networks, const struct ip_address *client)
{
    for (size_t i = 0; i < networks->count; i++)
        if (ip_network_has(&networks->list[i], client))
            return true;
    return networks->count == 0;
}

static bool same(const struct credential_print *a, const struct credential_print *b)
{
    return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

int auth_account_secret(const struct auth_account *account, const struct credential_print *print)
{
    if (same(&account->print, print))
        return 0;
    for (size_t i = 0; i < account->app_count; i++)
        if (same(&account->apps[i].print, print))
            return (int)i + 1;
    return -1;
}

const struct auth_app *auth_account_app(const struct auth_account *account, int number)
{
    return number > 0 ? &account->apps[number - 1] : NULL;
}
