/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the section `accounts`; see settings_schema.h.
 */
#include "app/settings_schema_private.h"

#include "app/settings.h"

#define T struct settings_account_class
static const struct setting account_class_rows[] = {
    {ONE("class", NAME, account_class), .required = true, .example = "shop",
     .meaning = "The name that limits go by: class in levels, account_class in keys. Capitals are "
                "small letters."},
    {MANY("logins", TEXT, logins, login_count), .required = true, .limit = 256,
     .example = "*@shop.example.jp",
     .meaning = "Logins of this class, with their domain; * stands for any letters."},
};
SECTION(account_class, T);
#undef T

#define T struct settings_accounts
static const struct setting accounts_rows[] = {
    {ONE("driver", WORD, driver), .words = "sqlite passwd-file", .fallback = "sqlite",
     .meaning = "What path is: sqlite, a file of todoku's own with the tables account (login, "
                "class) and alias (alias, login), made when it is not there; or passwd-file, as of "
                "Dovecot, where the extra field user=LOGIN makes a login another name of an "
                "account, and todoku_class=CLASS says the class."},
    {ONE("path", PATH, path), .example = "/var/lib/todoku/accounts.db",
     .meaning = "Where accounts stand; read again within seconds when it has changed. While it "
                "cannot be read, what was read before holds. Without it no login has another name, "
                "and its class is that of its pattern."},
    {MAPS("classes", account_class, classes, class_count), .limit = 64, .example = "",
     .meaning = "The class of accounts for which the driver has none; the first that fits holds."},
};
const struct setting_section settings_accounts_section = {
    accounts_rows, sizeof(accounts_rows) / sizeof(accounts_rows[0]), sizeof(T), false, 0};
#undef T
