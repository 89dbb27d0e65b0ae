/* SPDX-License-Identifier: Apache-2.0
 *
 * A login that nobody makes: what the auth desk (gate/auth_desk.h) would answer, found by the desk
 * itself, in a process of its own. It counts in no guard and is kept in no cache; mailbox servers
 * are taken to be up. One thread.
 */
#ifndef TD_APP_ACCOUNT_TRIAL_H
#define TD_APP_ACCOUNT_TRIAL_H

#include "app/account_access.h"
#include "gate/auth_desk.h"

struct account_trial;

/* NULL and err: the key of sealed passwords cannot be read, or there is no randomness. The access
 * is borrowed. */
struct account_trial *account_trial_new(const struct account_access *access, struct err *err);
void account_trial_free(struct account_trial *trial); /* NULL is fine */

/* The flags that the daemon keeps, put before the first ask. */
struct account_flags *account_trial_flags(struct account_trial *trial);

/* Texts live until the next ask, or the end. */
struct account_trial_end {
    enum auth_result result;
    struct slice detail;  /* which flag, which server; why it is TROUBLE or ACCOUNT */
    struct slice account; /* as it stands there; empty: there is none */
    struct slice app;     /* the app password that was right; empty: the account's own */
    bool is_right;        /* the secret was */
    struct slice server;  /* its name; empty: of auth.backends */
    struct ip_address ip; /* PASSED: where to */
    uint16_t port;
};

/* from: none is a client of which nobody knows where it is. The same secret is computed once. */
void account_trial_ask(struct account_trial *trial, const struct auth_request *request,
                       int64_t now_us, struct account_trial_end *out);

#endif
