/* SPDX-License-Identifier: Apache-2.0
 *
 * What logins leave behind in the database of accounts, where todoku writes to it (driver sqlite):
 * a secret in its newer form, and when an app password was last used. Neither is waited for, and
 * one that cannot be written is tried again with a later login.
 */
#ifndef TD_APP_AUTH_UPKEEP_H
#define TD_APP_AUTH_UPKEEP_H

#include "app/auth_event.h"
#include "app/settings_accounts.h"
#include "io/own_log.h"

/* The secret was right, and is kept in a weaker form than the terms' (io/secret_make.h): keeps it
 * anew. On a worker's thread: it takes as long as another login. */
void auth_upkeep_renew(const struct account_terms *accounts, const struct secret_terms *terms,
                       const struct auth_attempt *attempt);

/* App passwords that were used, until they are written together. Of the main thread. */
struct auth_uses;

/* log: borrowed. */
struct auth_uses *auth_uses_new(struct own_log *log);

/* Writes what is left, and waits for it a little. NULL is fine. */
void auth_uses_free(struct auth_uses *uses);

/* Where accounts stand from now on. */
void auth_uses_want(struct auth_uses *uses, const struct settings *settings);

/* Somebody logged in; other logins than those by an app password are passed over. */
void auth_uses_take(struct auth_uses *uses, const struct auth_event *event);

/* About once a second; writes every AUTH_USES_S, on a worker's thread. */
enum { AUTH_USES_S = 10 };
void auth_uses_turn(struct auth_uses *uses, int64_t steady_us);

#endif
