/* SPDX-License-Identifier: Apache-2.0
 *
 * What the auth service goes by, made of the settings: terms of the desk and of what it is made of,
 * and what workers need.
 */
#ifndef TD_APP_AUTH_PLAN_H
#define TD_APP_AUTH_PLAN_H

#include "app/guess_share.h"
#include "app/settings_accounts.h"
#include "gate/auth_desk.h"
#include "io/secret_key.h"
#include "io/secret_make.h"

struct auth_plan {
    struct arena *arena; /* of all lists and texts; in no core dump */
    struct auth_terms terms;
    struct guess_terms guesses;
    struct guess_share_terms share;
    struct slice share_key; /* all that a share depends on, as one text; empty: none is wanted */
    struct credential_terms cache;
    uint32_t cache_entries;
    struct backend_terms backends;
    bool proxy_protocol; /* towards them */
    int64_t health_every_us, health_deadline_us;
    struct account_terms *accounts; /* owned */
    struct secret_key *key;         /* owned; NULL: there is none */
    struct secret_rules rules;
    struct secret_terms secrets;
    bool renew;                 /* secrets in a weaker form than that */
    uint32_t readers, counters; /* threads */
    uint64_t memory_bytes;
};

/* Outlives the settings. err: the key of sealed secrets could not be read; they are BAD then. */
struct auth_plan *auth_plan_new(const struct settings *settings, struct err *err)
    __attribute__((returns_nonnull));
void auth_plan_free(struct auth_plan *plan); /* NULL is fine */

/* How new secrets are kept. key: borrowed by *out; NULL: there is none. */
void auth_plan_secrets(const struct settings_auth *settings, const struct secret_key *key,
                       struct secret_terms *out);

#endif
