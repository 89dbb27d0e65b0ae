/* SPDX-License-Identifier: Apache-2.0
 *
 * The half of todoku account that changes the accounts themselves, in todoku's own file (driver
 * sqlite), whether the daemon runs or not; it notices within a second.
 */
#ifndef TD_APP_VERB_ACCOUNT_STORE_H
#define TD_APP_VERB_ACCOUNT_STORE_H

#include "app/account_file_import.h"
#include "app/verb.h"
#include "store/account_change.h"

enum account_deed {
    ACCOUNT_DEED_ADD,
    ACCOUNT_DEED_CHANGE,
    ACCOUNT_DEED_REMOVE,
    ACCOUNT_DEED_PASSWD,
    ACCOUNT_DEED_ALIAS,
    ACCOUNT_DEED_APP_PASSWORD,
    ACCOUNT_DEED_IMPORT,
};

/* What was said on the command line; NULL: not said. */
struct account_store_wish {
    enum account_deed deed;
    const char *config;
    const char *login, *second;   /* second: the account of an alias, the name of an app password */
    struct account_change change; /* columns that were given; its login is not looked at */
    const char *password_file;
    bool no_password, clear, json;
    bool has_format; /* it was said; else it is that of a passwd-file */
    enum account_file_format format;
    bool update, new_only, dry_run, keep_plain; /* of import: app/account_file_import.h */
};

/* Does it and says so. The exit status. */
int verb_account_store(const struct verb *verb, const struct account_store_wish *wish);

#endif
