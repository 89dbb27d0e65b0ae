/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the section `accounts`; see settings_rules.h.
 */
#include "app/settings_rules_private.h"

#include "app/settings_accounts.h"
#include "store/account_query.h"

static void check_file(const struct settings_rules *rules, const struct settings_accounts *accounts)
{
    const struct {
        const char *path, *value;
    } others[] = {
        {"accounts.host", accounts->host},   {"accounts.database", accounts->database},
        {"accounts.user", accounts->user},   {"accounts.password", accounts->password},
        {"accounts.query", accounts->query}, {"accounts.names_query", accounts->names_query}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i].value != NULL)
            settings_rules_broken(rules, others[i].path, "is for a database server",
                                  "it with driver: postgresql or mysql");
}

static bool has_login(const struct account_query *query)
{
    for (size_t i = 0; i < query->count; i++)
        if (query->params[i] != ACCOUNT_PARAM_DOMAIN)
            return true;
    return false;
}

static void check_query(const struct settings_rules *rules, const char *path, const char *text,
                        bool is_row)
{
    struct account_query query;
    struct err err = {0};
    if (!account_query_parse(slice_from_str(text), ACCOUNT_MARKS_PLAIN, &query, &err))
        settings_rules_broken(rules, path, err.text, "fewer");
    else if (is_row && !has_login(&query))
        settings_rules_broken(rules, path, "finds the same account for every login",
                              "WHERE login = :login");
    else if (!is_row && query.count > 0)
        settings_rules_broken(rules, path, "is of no login", "no :login, :user and :domain");
    account_query_done(&query);
}

static void check_server(const struct settings_rules *rules,
                         const struct settings_accounts *accounts)
{
    bool is_local = accounts->host == NULL || accounts->host[0] == '/';
    if (settings_accounts_driver(accounts->driver) == NULL)
        settings_rules_broken(rules, "accounts.driver", "is one that this todoku was built without",
                              "sqlite, passwd-file, or a todoku built with libpq or libmariadb");
    if (accounts->path != NULL)
        settings_rules_broken(rules, "accounts.path", "is for a file",
                              "host: PATH for the socket of a server");
    if (accounts->query == NULL)
        settings_rules_broken(rules, "accounts.driver", "has no query",
                              "query: SELECT secret FROM account WHERE login = :login");
    else
        check_query(rules, "accounts.query", accounts->query, true);
    if (accounts->names_query != NULL)
        check_query(rules, "accounts.names_query", accounts->names_query, false);
    if (is_local && accounts->tls != ACCOUNT_TLS_OFF)
        settings_rules_broken(rules, "accounts.tls", "is for a server that is not on a unix socket",
                              "off, or host: its name");
}

void settings_rules_accounts(const struct settings_rules *rules)
{
    const struct settings_accounts *accounts = &rules->settings->accounts;
    if (settings_accounts_is_server(accounts->driver))
        check_server(rules, accounts);
    else
        check_file(rules, accounts);
}
