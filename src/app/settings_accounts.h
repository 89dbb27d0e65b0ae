/* SPDX-License-Identifier: Apache-2.0
 *
 * The configured accounts as their driver and the book of accounts see them.
 */
#ifndef TD_APP_SETTINGS_ACCOUNTS_H
#define TD_APP_SETTINGS_ACCOUNTS_H

#include "app/settings.h"
#include "gate/account_book.h"
#include "store/account_driver.h"

struct account_terms {
    const struct account_driver *driver; /* NULL: no accounts but by pattern */
    struct account_place place;          /* of what it reads */
    struct account_book_options options;
    struct arena *arena; /* of all of it */
};

bool settings_accounts_is_server(enum settings_accounts_driver driver);

/* NULL: this todoku was built without the library of that server. */
const struct account_driver *settings_accounts_driver(enum settings_accounts_driver driver);

/* Where driver sqlite has no path: accounts.db in the folder of state, which is where the verbs and
 * who logs in expect it. Others stay as they are. */
void settings_accounts_embed(struct settings *settings);

/* Outlives the settings. */
struct account_terms *settings_accounts_make(const struct settings *settings)
    __attribute__((returns_nonnull));
void account_terms_free(struct account_terms *terms); /* NULL is fine */

/* The same driver reads the same. */
bool account_terms_same_source(const struct account_terms *a, const struct account_terms *b);

#endif
