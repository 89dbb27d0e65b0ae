/* SPDX-License-Identifier: Apache-2.0
 *
 * The accounts of a configuration, read now and whole into a book of accounts.
 */
#ifndef TD_APP_ACCOUNT_READING_H
#define TD_APP_ACCOUNT_READING_H

#include "app/settings_accounts.h"

/* A book that is finished, with one reference, the caller's. source: of terms->driver; NULL: there
 * is none, and only the patterns hold. NULL and err: the accounts cannot be read. May block, see
 * store/account_driver.h. */
struct account_book *account_reading(const struct account_terms *terms,
                                     struct account_source *source, struct err *err);

/* The same for a verb, which makes no database that is not there. */
struct account_book *account_reading_once(const struct settings *settings, struct err *err);

/* Whether the accounts can be asked for as the settings say, now: ACCOUNT_CHECK_WRONG: they never
 * can, and err has the server's words. May block for accounts.timeout. */
enum account_check account_reading_check(const struct settings *settings, struct err *err);

#endif
