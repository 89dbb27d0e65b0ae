/* SPDX-License-Identifier: Apache-2.0
 *
 * Flags of accounts in the daemon: sets and clears them for people, for the API and for whoever
 * judges accounts, tells the policy and auth listeners at once, writes them to the state folder
 * (store/account_state.h) with who did it and why, and ends those that are over.
 *
 *      todoku account, API ──requests──▶ ┌ accounts ┐ ──flag──▶ daemon_policy (next request)
 *      hijack verdict ───set───────────▶ └──────────┘ ──rows──▶ accounts-state.db
 *
 * A flag is an account's, whatever the name by which it was set (gate/account_book.h); one of a
 * login that becomes another name of an account moves there, as do its numbers.
 *
 * A flag that cannot be written holds all the same: that is told in the own log and by a metric,
 * whoever asked is told so, and all flags are written anew every 10 s until it succeeds; of the
 * trail the entries of that time are in the own log only. Bounded by ACCOUNT_FLAGS_MAX accounts
 * with a flag. Of the main thread; lives from one reload to the next.
 */
#ifndef TD_APP_DAEMON_ACCOUNTS_H
#define TD_APP_DAEMON_ACCOUNTS_H

#include "app/daemon_account_book.h"
#include "app/daemon_auth.h"
#include "app/daemon_metrics.h"
#include "app/daemon_policy.h"
#include "app/daemon_request.h"
#include "app/settings.h"
#include "gate/account_flags.h"
#include "io/own_log.h"
#include "io/snapshot.h"

struct daemon_accounts;

/* Borrowed but for the folder; they outlive it. */
struct daemon_accounts_options {
    const char *folder; /* of the state; copied */
    struct own_log *log;
    struct daemon_metrics *metrics;
    struct daemon_policy *policy;
    struct daemon_auth *auth;
    struct daemon_account_book *book;
    const struct settings_store
        *store;                   /* as for daemon_accounts_share; or NULL: nothing is shared */
    struct snapshot_place *shown; /* how that goes, see daemon_rulings.h; or NULL */
};

/* Reads what is set. */
struct daemon_accounts *daemon_accounts_new(const struct daemon_accounts_options *options,
                                            int64_t now_us);
void daemon_accounts_free(struct daemon_accounts *accounts); /* NULL is fine */

/* These settings hold from now on, and outlive the accounts; the policy listener has all flags and
 * numbers after this. */
void daemon_accounts_want(struct daemon_accounts *accounts, const struct settings_policy *settings);

/* With a Redis in these settings, which need not outlive the call, relays share all of it there. */
void daemon_accounts_share(struct daemon_accounts *accounts, const struct settings_store *store);

/* Sets each flag, or clears it (until_us 0), as one change; since_us is now. The logins may be in
 * any form, those of one behind each other; a flag that is to be cleared and is not set is no
 * change. They hold when this returns. False and err: ERR_USAGE, there is no login, or ERR_LIMIT,
 * no room, and none holds; ERR_IO, they hold until the process ends, but could not be written. */
bool daemon_accounts_set(struct daemon_accounts *accounts, const struct account_flag *flags,
                         size_t count, int64_t now_us, struct err *err);

/* What is set. */
const struct account_flags *daemon_accounts_flags(const struct daemon_accounts *accounts);

/* Appends the login of the account that a login is of, in its one form (gate/account_book.h). */
void daemon_accounts_login(const struct daemon_accounts *accounts, struct slice login,
                           struct buf *to);

/* DAEMON_REQUEST_FLAG_ACCOUNT and DAEMON_REQUEST_SHOW_ACCOUNTS. */
void daemon_accounts_answer(struct daemon_accounts *accounts, struct daemon_request *request,
                            int64_t now_us);

/* A person has cleared, on another relay, a flag that was set by `before`. Until the end of whoever
 * asks for it, which says so with NULL. */
typedef void (*daemon_accounts_cleared)(void *context, const struct account_flag *before,
                                        struct slice by, int64_t now_us);
void daemon_accounts_on_cleared(struct daemon_accounts *accounts, daemon_accounts_cleared cleared,
                                void *context);

/* Readable when other relays have said something, and when there is something to do in any case in
 * milliseconds; -1: never. */
int daemon_accounts_fd(const struct daemon_accounts *accounts);
int daemon_accounts_wait_ms(const struct daemon_accounts *accounts);

/* Whenever that is so, and at least every few seconds: ends what is over, writes what could not be
 * written. */
void daemon_accounts_turn(struct daemon_accounts *accounts, int64_t now_us);

#endif
