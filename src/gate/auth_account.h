/* SPDX-License-Identifier: Apache-2.0
 *
 * An account as the auth desk goes by it: what a driver has read of it (store/account_row.h), with
 * words read and secrets left out, of which only prints stay. Immutable, one block.
 *
 * A word that is none (a network, a flag) makes the account one that nobody may log in to, never
 * one that more may than was meant.
 */
#ifndef TD_GATE_AUTH_ACCOUNT_H
#define TD_GATE_AUTH_ACCOUNT_H

#include "base/ip_address.h"
#include "gate/credential_cache.h"
#include "store/account_row.h"

enum { AUTH_NETWORKS_MAX = 256 }; /* of an account and its app passwords together */

struct auth_networks {
    const struct ip_network *list;
    size_t count; /* 0: everywhere */
};

struct auth_app {
    struct slice name;
    struct credential_print print;
    unsigned protocols; /* bits, 1u << enum auth_protocol */
    struct auth_networks from;
    int64_t until_us;
};

struct auth_account {
    struct slice login; /* of the account, as the driver has it */
    struct slice account_class, server;
    struct credential_print print; /* of its secret */
    unsigned protocols;            /* as above */
    unsigned flags;                /* bits, 1u << enum account_flag_kind */
    int64_t valid_until_us;
    struct auth_networks from;
    const struct auth_app *apps;
    size_t app_count;
    struct slice fault; /* what of it cannot be read; empty: there is nothing */
};

/* One block: mem_free. Of more networks than fit, the account has a fault. */
struct auth_account *auth_account_new(const struct account_row *row)
    __attribute__((returns_nonnull));

/* The same, with texts of its own. */
struct auth_account *auth_account_copy(const struct auth_account *account)
    __attribute__((returns_nonnull));

/* Whether a client may come from there; one without an address may if all may. */
bool auth_networks_have(const struct auth_networks *networks, const struct ip_address *client);

/* The number of the secret with this print: 0 the account's own, 1 and on its app passwords; -1:
 * none has it. */
int auth_account_secret(const struct auth_account *account, const struct credential_print *print);

/* That with the number; NULL: it is the account's own. */
const struct auth_app *auth_account_app(const struct auth_account *account, int number);

#endif
