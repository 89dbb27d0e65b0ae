/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the section `auth`; see settings_rules.h.
 */
#include "app/settings_rules_private.h"

#include "base/memory.h"

/* What nginx takes as Auth-Server: an IPv4 address, or ::1. */
static bool nginx_takes(const struct endpoint *at)
{
    return at->kind == ENDPOINT_TCP && at->port != 0 &&
           (at->ip.len == 4 || ip_address_is_loopback(&at->ip));
}

struct named_endpoint {
    const char *word;
    const struct endpoint *at;
};

static bool is_set(const struct endpoint *at)
{
    return at->kind != ENDPOINT_TCP || at->port != 0 || at->ip.len > 0;
}

/* Whether there is one at all. */
static bool check_addresses(const struct settings_rules *rules, const char *section,
                            const struct named_endpoint *of, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "%s.%s", section, of[i].word);
        any = any || is_set(of[i].at);
        if (is_set(of[i].at) && !nginx_takes(of[i].at))
            settings_rules_broken(rules, buf_str(&path), "is nothing that nginx goes to",
                                  "192.0.2.21:143, \"[::1]:143\"");
    }
    return any;
}

static size_t find_server(const struct settings_auth *auth, const char *name)
{
    size_t i = 0;
    while (i < auth->server_count && strcmp(auth->servers[i].name, name) != 0)
        i++;
    return i;
}

static void check_server(const struct settings_rules *rules, size_t index)
{
    const struct settings_auth *auth = &rules->settings->auth;
    const struct settings_auth_server *server = &auth->servers[index];
    const struct named_endpoint of[] = {{"imap", &server->imap},
                                        {"pop3", &server->pop3},
                                        {"smtp", &server->smtp},
                                        {"sieve", &server->sieve}};
    CLEANUP_BUF struct buf path = {0}, name = {0};
    buf_addf(&path, "auth.servers[%zu]", index);
    buf_addf(&name, "auth.servers[%zu].name", index);
    if (!check_addresses(rules, buf_str(&path), of, sizeof(of) / sizeof(of[0])))
        settings_rules_broken(rules, buf_str(&path), "has no address", "imap: 192.0.2.21:143");
    if (find_server(auth, server->name) < index)
        settings_rules_broken_twice(rules, buf_str(&name), find_server(auth, server->name));
    for (size_t i = 0; i < server->alternative_count; i++) {
        CLEANUP_BUF struct buf at = {0};
        size_t other = find_server(auth, server->alternatives[i]);
        buf_addf(&at, "auth.servers[%zu].alternatives[%zu]", index, i);
        if (other == auth->server_count || other == index)
            settings_rules_broken(rules, buf_str(&at), "is no other server",
                                  "the name of one of auth.servers");
    }
}

static void check_hashing(const struct settings_rules *rules)
{
    const struct settings_auth *auth = &rules->settings->auth;
    if (auth->hashing.cost_bytes > auth->hashing.memory_bytes)
        settings_rules_broken(rules, "auth.hashing.cost_memory",
                              "is more than all of them may take (memory)", "19MiB");
    if (auth->hashing.scheme == SECRET_MAKE_SEALED && auth->plain_key == NULL)
        settings_rules_broken(rules, "auth.hashing.scheme", "is sealed, and there is no plain_key",
                              "auth: plain_key: PATH");
}

void settings_rules_auth(const struct settings_rules *rules)
{
    const struct settings_auth *auth = &rules->settings->auth;
    const struct named_endpoint of[] = {{"imap", &auth->backends.imap},
                                        {"pop3", &auth->backends.pop3},
                                        {"smtp", &auth->backends.smtp},
                                        {"sieve", &auth->backends.sieve},
                                        {"inbound", &auth->backends.inbound}};
    (void)check_addresses(rules, "auth.backends", of, sizeof(of) / sizeof(of[0]));
    for (size_t i = 0; i < auth->server_count; i++)
        check_server(rules, i);
    check_hashing(rules);
    if (auth->guesses.wait_max_us < auth->guesses.wait_us)
        settings_rules_broken(rules, "auth.guesses.wait_max", "is below wait", "30s");
}
