/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_plan.h.
 */
#include "app/auth_plan.h"

#include <string.h>
#include <unistd.h>

#include "app/daemon_shared.h"
#include "io/secret_memory.h"

enum { READERS = 2 };

static const int64_t SHARE_DEADLINE_US = 1000000; /* at least */

static struct slice keep(struct arena *arena, const char *text)
{
    struct slice from = slice_from_str(text);
    return from.len == 0 ? from : slice_of(arena_copy(arena, from.ptr, from.len), from.len);
}

static struct ip_network *keep_networks(struct arena *arena, const struct ip_network *from,
                                        size_t count)
{
    struct ip_network *to = arena_alloc(arena, (count + 1) * sizeof(*to));
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
    return to;
}

/* ---- the desk ---- */

static unsigned methods_of(const struct settings_auth *settings)
{
    unsigned methods = 0;
    for (size_t i = 0; i < settings->method_count; i++)
        methods |= 1u << settings->methods[i];
    return methods;
}

static void make_terms(const struct settings *all, struct auth_plan *plan)
{
    const struct settings_auth *settings = &all->auth;
    plan->terms = (struct auth_terms){
        .methods = methods_of(settings),
        .key = keep(plan->arena, settings->key),
        .callers = keep_networks(plan->arena, settings->callers, settings->caller_count),
        .caller_count = settings->caller_count,
        .internal_password = keep(plan->arena, settings->internal_password),
        .default_domain = keep(plan->arena, all->policy.default_domain),
        .external_by_mail = settings->external_by == SETTINGS_AUTH_BY_MAIL,
        .known_max = settings->cache.entries,
    };
}

static void make_guesses(const struct settings_auth_guesses *settings, struct auth_plan *plan)
{
    plan->guesses = guess_terms_default;
    plan->guesses.network = settings->network;
    plan->guesses.account = settings->account;
    plan->guesses.pair = settings->pair;
    plan->guesses.wait_us = settings->wait_us;
    plan->guesses.wait_max_us = settings->wait_max_us;
    plan->guesses.trust_us = settings->trust_us;
    plan->guesses.exempt = keep_networks(plan->arena, settings->exempt, settings->exempt_count);
    plan->guesses.exempt_count = settings->exempt_count;
}

/* Nobody waits for Redis here, so it has longer than for a message. */
static void make_share(const struct settings_store *store, struct auth_plan *plan)
{
    CLEANUP_BUF struct buf prefix = {0}, key = {0};
    int64_t deadline_us = (int64_t)store->redis.deadline_ms * 1000;
    plan->share.wanted = daemon_shared_address(store, &plan->share.address, &prefix);
    if (!plan->share.wanted)
        return;
    daemon_shared_key(store, &key);
    plan->share.prefix = slice_of(arena_copy(plan->arena, prefix.ptr, prefix.len), prefix.len);
    plan->share_key = slice_of(arena_copy(plan->arena, key.ptr, key.len), key.len);
    plan->share.deadline_us = deadline_us > SHARE_DEADLINE_US ? deadline_us : SHARE_DEADLINE_US;
    explicit_bzero(key.ptr, key.len);
}

/* Files say when they were changed, other people's databases do not. */
static void make_cache(const struct settings *all, struct auth_plan *plan)
{
    const struct account_driver *driver = plan->accounts->driver;
    bool tells = driver == &account_driver_sqlite || driver == &account_driver_passwd_file;
    plan->cache_entries = all->auth.cache.entries;
    plan->cache = (struct credential_terms){
        .ttl_us = all->auth.cache.ttl_us,
        .recheck_us = tells ? INT64_MAX : all->auth.cache.recheck_us,
    };
}

/* ---- servers ---- */

static struct backend_place place_of(const struct endpoint *at)
{
    return (struct backend_place){at->ip, at->port};
}

static struct backend_server server_of(const struct settings_auth_server *from, struct arena *arena)
{
    struct slice *alternatives =
        arena_alloc(arena, (from->alternative_count + 1) * sizeof(*alternatives));
    for (size_t i = 0; i < from->alternative_count; i++)
        alternatives[i] = keep(arena, from->alternatives[i]);
    return (struct backend_server){
        .name = keep(arena, from->name),
        .places = {[AUTH_IMAP] = place_of(&from->imap),
                   [AUTH_POP3] = place_of(&from->pop3),
                   [AUTH_SMTP] = place_of(&from->smtp),
                   [AUTH_SIEVE] = place_of(&from->sieve)},
        .weight = from->weight,
        .draining = from->draining,
        .alternatives = alternatives,
        .alternative_count = from->alternative_count,
    };
}

static void make_servers(const struct settings_auth *settings, struct auth_plan *plan)
{
    const struct settings_auth_backends *defaults = &settings->backends;
    struct backend_server *servers =
        arena_alloc(plan->arena, (settings->server_count + 1) * sizeof(*servers));
    for (size_t i = 0; i < settings->server_count; i++)
        servers[i] = server_of(&settings->servers[i], plan->arena);
    plan->backends = (struct backend_terms){
        .servers = servers,
        .count = settings->server_count,
        .defaults = {[AUTH_IMAP] = place_of(&defaults->imap),
                     [AUTH_POP3] = place_of(&defaults->pop3),
                     [AUTH_SMTP] = place_of(&defaults->smtp),
                     [AUTH_SIEVE] = place_of(&defaults->sieve),
                     [BACKEND_INBOUND] = place_of(&defaults->inbound)},
        .health = settings->health,
    };
    plan->proxy_protocol = settings->proxy_protocol;
    plan->health_every_us = settings->health_every_us;
    plan->health_deadline_us = settings->health_deadline_us;
}

/* ---- workers ---- */

static void make_work(const struct settings_auth *settings, struct auth_plan *plan, struct err *err)
{
    const struct settings_auth_hashing *hashing = &settings->hashing;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (settings->plain_key != NULL)
        plan->key = secret_key_read(settings->plain_key, NULL, err);
    plan->rules = (struct secret_rules){.bounds = SECRET_BOUNDS_DEFAULT, .key = plan->key};
    if (plan->rules.bounds.memory_bytes > hashing->memory_bytes)
        plan->rules.bounds.memory_bytes = hashing->memory_bytes;
    auth_plan_secrets(settings, plan->key, &plan->secrets);
    plan->renew = hashing->rehash && plan->accounts->driver == &account_driver_sqlite;
    plan->readers = READERS;
    plan->counters = hashing->threads;
    if (plan->counters == 0)
        plan->counters = processors > 0 ? (uint32_t)processors : 1;
    plan->memory_bytes = hashing->memory_bytes;
}

void auth_plan_secrets(const struct settings_auth *settings, const struct secret_key *key,
                       struct secret_terms *out)
{
    *out = (struct secret_terms){
        .choice = settings->hashing.scheme,
        .memory_bytes = settings->hashing.cost_bytes,
        .passes = settings->hashing.cost_passes,
        .key = key,
    };
}

struct auth_plan *auth_plan_new(const struct settings *settings, struct err *err)
{
    struct auth_plan *plan = MEM_NEW(struct auth_plan);
    plan->arena = arena_new_from(4096, &secret_arena);
    plan->accounts = settings_accounts_make(settings);
    make_terms(settings, plan);
    make_guesses(&settings->auth.guesses, plan);
    make_share(&settings->store, plan);
    make_cache(settings, plan);
    make_servers(&settings->auth, plan);
    make_work(&settings->auth, plan, err);
    return plan;
}

void auth_plan_free(struct auth_plan *plan)
{
    if (plan == NULL)
        return;
    account_terms_free(plan->accounts);
    secret_key_free(plan->key);
    explicit_bzero(&plan->share.address, sizeof(plan->share.address));
    arena_free(plan->arena);
    mem_free(plan);
}
