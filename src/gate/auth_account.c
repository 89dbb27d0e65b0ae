/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_account.h.
 */
#include "gate/auth_account.h"

#include "base/memory.h"
#include "model/account_flag.h"

/* ---- one block ---- */

static size_t texts_of(const struct auth_account *account)
{
    size_t bytes =
        account->login.len + account->account_class.len + account->server.len + account->fault.len;
    for (size_t i = 0; i < account->app_count; i++)
        bytes += account->apps[i].name.len;
    return bytes;
}

struct auth_account *auth_account_copy(const struct auth_account *from)
{
    size_t networks = from->network_count * sizeof(from->networks[0]);
    size_t apps = from->app_count * sizeof(from->apps[0]);
    struct auth_account *copy = mem_new(1, sizeof(*copy) + apps + networks + texts_of(from));
    struct auth_app *own_apps = (struct auth_app *)(void *)(copy + 1);
    struct ip_network *own_networks = (struct ip_network *)(void *)(own_apps + from->app_count);
    char *at = (char *)(own_networks + from->network_count);
    *copy = *from;
    copy->apps = own_apps;
    copy->networks = own_networks;
    if (networks > 0)
        memcpy(own_networks, from->networks, networks);
    for (size_t i = 0; i < from->app_count; i++) {
        own_apps[i] = from->apps[i];
        own_apps[i].name = slice_put(from->apps[i].name, &at);
    }
    copy->login = slice_put(from->login, &at);
    copy->account_class = slice_put(from->account_class, &at);
    copy->server = slice_put(from->server, &at);
    copy->fault = slice_put(from->fault, &at);
    return copy;
}

/* ---- reading words ---- */

static struct slice next_word(struct slice *rest)
{
    struct slice word;
    do {
        word = slice_cut(rest, ' ');
    } while (word.len == 0 && rest->ptr != NULL);
    return word;
}

static size_t read_networks(struct slice text, struct ip_network *out, struct slice *fault)
{
    size_t count = 0;
    while (text.ptr != NULL) {
        struct slice word = next_word(&text);
        if (word.len == 0)
            break;
        if (count == AUTH_NETWORKS_MAX || !ip_network_parse(word, &out[count])) {
            *fault = word;
            break;
        }
        count++;
    }
    return count;
}

static unsigned read_flags(struct slice text, struct slice *fault)
{
    unsigned flags = 0;
    while (text.ptr != NULL) {
        enum account_flag_kind kind;
        struct slice word = next_word(&text);
        if (word.len == 0)
            break;
        if (account_flag_from_word(word, &kind))
            flags |= 1u << kind;
        else
            *fault = word;
    }
    return flags;
}

static size_t read_apps(const struct account_row *row, struct auth_app *out)
{
    size_t count = row->app_count < AUTH_APPS_MAX ? row->app_count : AUTH_APPS_MAX;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct auth_app){.name = row->apps[i].name,
                                   .print = credential_print_of(row->apps[i].secret),
                                   .protocols = row->apps[i].protocols,
                                   .until_us = row->apps[i].until_us};
    return count;
}

struct auth_account *auth_account_new(const struct account_row *row)
{
    struct ip_network networks[AUTH_NETWORKS_MAX];
    struct auth_app apps[AUTH_APPS_MAX];
    struct auth_account account = {
        .login = row->login,
        .account_class = row->account_class,
        .server = row->server,
        .print = credential_print_of(row->secret),
        .protocols = row->protocols,
        .valid_until_us = row->valid_until_us,
        .networks = networks,
        .apps = apps,
    };
    account.network_count = read_networks(row->networks, networks, &account.fault);
    account.flags = read_flags(row->flags, &account.fault);
    account.app_count = read_apps(row, apps);
    if (row->app_count > AUTH_APPS_MAX)
        account.fault = SLICE("app passwords");
    return auth_account_copy(&account);
}

/* ---- asking ---- */

bool auth_account_permits(const struct auth_account *account, const struct ip_address *client)
{
    for (size_t i = 0; i < account->network_count; i++)
        if (ip_network_has(&account->networks[i], client))
            return true;
    return account->network_count == 0;
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

struct credential_print auth_account_print(const struct auth_account *account, int number)
{
    return number == 0 ? account->print : account->apps[number - 1].print;
}
