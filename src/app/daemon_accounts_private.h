/* SPDX-License-Identifier: Apache-2.0
 *
 * Between daemon_accounts.c (what is set, and its life), daemon_accounts_answer.c (what people ask)
 * and daemon_limits.c (the same of limits).
 */
#ifndef TD_APP_DAEMON_ACCOUNTS_PRIVATE_H
#define TD_APP_DAEMON_ACCOUNTS_PRIVATE_H

#include "app/daemon_accounts.h"
#include "app/daemon_rulings.h"
#include "store/account_state.h"

/* A question that waits for what the policy thread reports. */
struct accounts_waiting {
    struct daemon_request *request; /* NULL: none */
    uint64_t number;
    int64_t until_us; /* no longer than that */
};

enum { ACCOUNTS_WAITING_MAX = 8 };

struct daemon_accounts {
    struct daemon_accounts_options options;
    struct account_flags *flags;
    struct account_state *state; /* NULL: not open, tried again */
    struct buf folder, default_domain;
    bool unsaved;          /* not all flags are in the file */
    int64_t save_again_us; /* when that is tried again */
    int64_t due_us;        /* the first end of a flag */
    uint64_t followed;     /* number of the book of accounts whose names the flags have */

    /* daemon_limits.h */
    const struct settings_policy *settings; /* borrowed */
    struct limit_overrides *overrides;
    int64_t limits_due_us; /* the first end of a number */
    struct accounts_waiting waiting[ACCOUNTS_WAITING_MAX];
    uint64_t asked; /* reports, ever */

    struct daemon_rulings rulings;
    daemon_accounts_cleared cleared; /* or NULL */
    void *cleared_context;
};

/* Of another relay. Each returns whether something has changed here, which is logged and told; then
 * it is to be written. */
bool daemon_accounts_take(struct daemon_accounts *accounts, const struct account_flag *flag);
void daemon_accounts_write(struct daemon_accounts *accounts, const struct account_flag *flag);

/* Before a change is written: what could not be written before is. False and err (ERR_IO): nothing
 * can be written now; what was changed holds all the same. */
bool daemon_accounts_begin(struct daemon_accounts *accounts, int64_t now_us, struct err *err);
bool daemon_accounts_commit(struct daemon_accounts *accounts, int64_t now_us, struct err *err);

/* ---- daemon_accounts_warn.c ---- */

/* There is a transport that mail is slowed down by. */
bool daemon_accounts_slows(const struct daemon_accounts *accounts);

/* The doubts, or NULL: the driver of accounts knows the login, whether it has sent or not. */
const json_t *daemon_accounts_doubts(const struct daemon_accounts *accounts, struct slice login,
                                     const json_t *doubts);

/* Puts "warnings" into the answer about an account, if there are any: the doubts (an array, or
 * NULL), and why the flag that acts (NULL: none does) or its limits do nothing. */
void daemon_accounts_warn(const struct daemon_accounts *accounts, const struct account_flag *acts,
                          bool of_limits, const json_t *doubts, json_t *answer);

#endif
