/* SPDX-License-Identifier: Apache-2.0
 *
 * See verb_config_warn.h.
 */
#include "app/verb_config_warn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/account_reading.h"
#include "app/settings_hijack.h"

struct warner {
    const struct verb *verb;
    const char *path;
};

__attribute__((format(printf, 2, 3))) static void warn(const struct warner *warner,
                                                       const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "todoku %s: warning: %s: ", warner->verb->name, warner->path);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static bool is_missing(const char *path)
{
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static void warn_of_nothing(const struct warner *warner, const struct settings *settings)
{
    if (settings->log_count == 0)
        warn(warner, "no logs: nothing is followed or noticed");
    if (settings->notifier_count == 0)
        warn(warner, "no notify: nobody is told of incidents, todoku status shows them");
    if ((settings->respond.mode != ROUTE_OBSERVE || settings->respond.mode_count > 0) &&
        settings->fleet.source_count == 0)
        warn(warner, "respond: nothing can be moved, fleet lists no sources");
    for (size_t i = 0; i < settings->log_count; i++)
        if (settings->logs[i].kind == SETTINGS_LOG_FILE && is_missing(settings->logs[i].file))
            warn(warner, "logs[%zu].file: %s is not there (yet)", i, settings->logs[i].file);
}

static void warn_of_listeners(const struct warner *warner, const struct settings_policy *policy)
{
    for (size_t i = 0; i < policy->listen_count; i++) {
        CLEANUP_BUF struct buf address = {0};
        endpoint_format(&policy->listen[i], &address);
        if (!endpoint_is_local(&policy->listen[i]))
            warn(warner,
                 "policy.listen[%zu]: who reaches %s can ask and count: it needs a network that "
                 "only relays are in",
                 i, buf_str(&address));
    }
    if (policy->listen_count == 0 && policy->limit_count > 0)
        warn(warner, "policy.limits: nobody can ask: policy.listen is empty");
    if (policy->listen_count == 0 && policy->hijack.mode == SETTINGS_HIJACK_AUTO)
        warn(warner, "policy.hijack: mode: auto, and nobody can ask: policy.listen is empty");
}

static void warn_of_hijack(const struct warner *warner, const struct settings *settings,
                           int64_t now_us)
{
    const struct settings_policy *policy = &settings->policy;
    bool acts = policy->hijack.mode == SETTINGS_HIJACK_AUTO ||
                (policy->listen_count > 0 && settings_hijack_mode(settings) == ROUTE_AUTO);
    if (acts && policy->slow_transport == NULL)
        warn(warner, "policy.hijack: mode: auto slows nothing: policy.slow_transport is not set");
    if (policy->hijack.countries != NULL && is_missing(policy->hijack.countries))
        warn(warner, "policy.hijack.countries: %s is not there (yet): no country is known",
             policy->hijack.countries);
    for (size_t i = 0; i < policy->hijack.allow_count; i++) {
        int64_t until_us = now_us;
        const char *until = policy->hijack.allow[i].until;
        if (settings_hijack_until(until, &until_us) && until_us <= now_us)
            warn(warner, "policy.hijack.allow[%zu].until: %s is over: %s is judged", i, until,
                 policy->hijack.allow[i].login);
    }
}

static void warn_of_accounts_file(const struct warner *warner,
                                  const struct settings_accounts *accounts)
{
    bool is_made = accounts->driver == SETTINGS_ACCOUNTS_SQLITE;
    if (accounts->path == NULL && !is_made)
        warn(warner, "accounts: driver: passwd-file, and no path: no account is read");
    if (accounts->path != NULL && is_missing(accounts->path))
        warn(warner, "accounts.path: %s is not there%s", accounts->path,
             is_made ? ": the daemon makes it, without accounts" : " (yet)");
}

/* A password that goes over a network in clear, or nearly. */
static bool is_in_clear(const struct settings_accounts *accounts)
{
    struct ip_address ip;
    const char *host = accounts->host;
    if (accounts->tls != ACCOUNT_TLS_OFF || host == NULL || host[0] == '/')
        return false;
    return strcmp(host, "localhost") != 0 &&
           !(ip_address_parse(slice_from_str(host), &ip) && ip_address_is_loopback(&ip));
}

static void warn_of_accounts_server(const struct warner *warner, const struct settings *settings)
{
    struct err err = {0};
    if (is_in_clear(&settings->accounts))
        warn(warner, "accounts.tls: off: accounts and secrets come from %s in clear",
             settings->accounts.host);
    if (account_reading_check(settings, &err) == ACCOUNT_CHECK_LATER)
        warn(warner, "accounts: the database does not answer now, so its query was not checked: %s",
             err.text);
}

void config_warn(const struct verb *verb, const struct settings *settings, const char *path,
                 int64_t now_us)
{
    const struct warner warner = {verb, path};
    warn_of_nothing(&warner, settings);
    warn_of_listeners(&warner, &settings->policy);
    warn_of_hijack(&warner, settings, now_us);
    if (settings_accounts_is_server(settings->accounts.driver))
        warn_of_accounts_server(&warner, settings);
    else
        warn_of_accounts_file(&warner, &settings->accounts);
}
