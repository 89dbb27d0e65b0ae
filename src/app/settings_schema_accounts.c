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
    {ONE("driver", WORD, driver), .words = "sqlite passwd-file postgresql mysql",
     .fallback = "sqlite",
     .meaning =
         "Where accounts stand. sqlite: a file of todoku's own with the tables account, alias and "
         "app_password, made when it is not there. passwd-file: as of Dovecot, with the extra "
         "fields user=LOGIN (another name of an account), allow_nets, nologin and todoku_class, "
         "todoku_server, todoku_protocols, todoku_flags, todoku_valid_until. postgresql, mysql "
         "(MariaDB too): a database of yours, by your query."},
    {ONE("path", PATH, path), .example = "/var/lib/todoku/accounts.db",
     .meaning =
         "sqlite, passwd-file: the file. Default of sqlite, with auth.listen: accounts.db in "
         "the folder of state; todoku account add makes it. Read again when it has changed. While "
         "it cannot be "
         "read, names and classes that were read before hold, and who is not known yet "
         "cannot log in for now."},
    {ONE("host", TEXT, host), .example = "/run/postgresql",
     .meaning = "postgresql, mysql: the server: an address, a name, or the path of its unix socket "
                "(of PostgreSQL the folder). Default: the socket where Debian has it."},
    {ONE("port", COUNT, port), .fallback = "0", .least = 0, .most = 65535,
     .meaning = "Its port; 0: the usual one (5432, 3306)."},
    {ONE("database", TEXT, database), .example = "mail", .meaning = "The database there."},
    {ONE("user", TEXT, user), .example = "todoku",
     .meaning = "Who we are there; one who may only read is enough."},
    {ONE("password", SECRET, password), .example = "file:/etc/todoku/accounts-password",
     .meaning = "The password of that user."},
    {ONE("tls", WORD, tls), .words = "off on verify", .fallback = "off",
     .meaning = "on encrypts; verify also makes sure that it is the server named by host, by an "
                "authority in tls_ca."},
    {ONE("tls_ca", PATH, tls_ca), .fallback = "/etc/ssl/certs/ca-certificates.crt",
     .meaning = "The file with the authorities."},
    {ONE("query", QUERY, query),
     .example = "SELECT login, secret, class, flags FROM account WHERE login = :login",
     .meaning = "postgresql, mysql: gives the account of a login, one row or none. :login, :user "
                "(before its @) and :domain are bound as parameters, in small letters. Columns by "
                "name: secret, and, if there are some, login (whose account it is, of an alias), "
                "class, server, protocols, networks, valid_until, flags."},
    {ONE("names_query", QUERY, names_query),
     .example = "SELECT login, account, class FROM login_names",
     .meaning = "postgresql, mysql: gives all names for limits: login, account (whose other name "
                "it is, or NULL), class, and for todoku account list server and flags. Without it "
                "no login has another name there, and its "
                "class is that of its pattern."},
    {ONE("names_every", DURATION, names_every_us), .fallback = "1m", .least = SECOND, .most = DAY,
     .meaning = "So often names are read."},
    {ONE("timeout", DURATION, timeout_us), .fallback = "2s", .least = SECOND, .most = 30 * SECOND,
     .meaning = "So long a server may take for an account. After that who logs in is asked to try "
                "again later."},
    {MAPS("classes", account_class, classes, class_count), .limit = 64, .example = "",
     .meaning = "The class of accounts for which the driver has none; the first that fits holds."},
};
const struct setting_section settings_accounts_section = {
    accounts_rows, sizeof(accounts_rows) / sizeof(accounts_rows[0]), sizeof(T), false, 0};
#undef T
