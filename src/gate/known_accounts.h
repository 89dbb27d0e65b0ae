/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts that were looked up lately, by the login that was asked for, in its one form: so that
 * who has logged in needs no database to do so again. Whether that is too long ago says the cache
 * of credentials. Bounded: the one that was used least lately makes room. About 250 bytes an
 * account that has no networks and app passwords. One thread, pure.
 */
#ifndef TD_GATE_KNOWN_ACCOUNTS_H
#define TD_GATE_KNOWN_ACCOUNTS_H

#include "base/keyed_hash.h"
#include "gate/auth_account.h"

struct known_accounts;

/* max: at least 1. key: of the hash by which they are found. */
struct known_accounts *known_accounts_new(size_t max, const struct hash_key *key);
void known_accounts_free(struct known_accounts *known); /* NULL is fine */

/* Fewer than there are: the ones that were used least lately go. */
void known_accounts_resize(struct known_accounts *known, size_t max);

/* NULL: it is not known. Makes it the one that was used last; valid until the next call that
 * changes something. */
const struct auth_account *known_accounts_find(struct known_accounts *known, struct slice login);

/* In place of what was known of it; the account is copied. */
void known_accounts_put(struct known_accounts *known, struct slice login,
                        const struct auth_account *account);

/* There is no such account any more. */
void known_accounts_drop(struct known_accounts *known, struct slice login);

size_t known_accounts_count(const struct known_accounts *known);

#endif
