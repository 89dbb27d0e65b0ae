/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_plan.h.
 */
#include "app/quota_plan.h"

#include <string.h>

#include "base/memory.h"

static struct slice keep(struct arena *arena, const char *text)
{
    struct slice of = text != NULL ? slice_from_str(text) : SLICE("");
    return slice_of(arena_copy(arena, of.ptr, of.len), of.len);
}

static struct slice keep_lower(struct arena *arena, const char *text)
{
    struct slice kept = keep(arena, text);
    char *at = arena_copy(arena, kept.ptr, kept.len);
    for (size_t i = 0; i < kept.len; i++)
        at[i] = ascii_lower(at[i]);
    return slice_of(at, kept.len);
}

static struct slice *keep_all(struct arena *arena, const char *const *texts, size_t count)
{
    struct slice *kept = arena_alloc(arena, (count + 1) * sizeof(*kept));
    for (size_t i = 0; i < count; i++)
        kept[i] = keep_lower(arena, texts[i]);
    return kept;
}

/* ---- servers ---- */

static void make_servers(struct quota_plan *plan, const struct settings_quota *settings)
{
    plan->servers = arena_alloc(plan->arena, (settings->server_count + 1) * sizeof(*plan->servers));
    for (size_t i = 0; i < settings->server_count; i++)
        plan->servers[i] = (struct quota_server_plan){
            .name = keep(plan->arena, settings->servers[i].name),
            .endpoint = settings->servers[i].address,
            .connections = settings->per_server,
        };
    plan->server_count = settings->server_count;
}

static struct slice address_text(struct arena *arena, const struct endpoint *address)
{
    CLEANUP_BUF struct buf text = {0};
    if (address->kind == ENDPOINT_TCP)
        ip_address_format(&address->ip, &text);
    return keep(arena, buf_str(&text));
}

/* Names first, so that number i is server i; then what else tables may call them. */
static struct finder_name *make_names(struct quota_plan *plan,
                                      const struct settings_quota *settings, size_t *count)
{
    size_t most = 2 * settings->server_count + 1;
    for (size_t i = 0; i < settings->server_count; i++)
        most += settings->servers[i].host_count;
    struct finder_name *names = arena_alloc(plan->arena, most * sizeof(*names));
    *count = 0;
    for (size_t i = 0; i < settings->server_count; i++)
        names[(*count)++] = (struct finder_name){plan->servers[i].name, i};
    for (size_t i = 0; i < settings->server_count; i++) {
        const struct settings_quota_server *server = &settings->servers[i];
        for (size_t k = 0; k < server->host_count; k++)
            names[(*count)++] = (struct finder_name){keep(plan->arena, server->hosts[k]), i};
        struct slice address = address_text(plan->arena, &server->address);
        if (address.len > 0)
            names[(*count)++] = (struct finder_name){address, i};
    }
    return names;
}

static size_t default_server(const struct settings_quota *settings)
{
    for (size_t i = 0; settings->default_server != NULL && i < settings->server_count; i++)
        if (strcmp(settings->servers[i].name, settings->default_server) == 0)
            return i;
    return FINDER_NO_SERVER;
}

/* ---- tables ---- */

static const struct settings_quota_tables *tables_of(const struct settings_quota *settings,
                                                     enum finder_role role)
{
    switch (role) {
    case FINDER_CANONICAL:
        return &settings->canonical;
    case FINDER_ALIASES:
        return &settings->aliases;
    case FINDER_LOCAL:
        return &settings->local_aliases;
    case FINDER_DOMAINS:
        return &settings->domain_tables;
    case FINDER_MAILBOXES:
        break;
    }
    return &settings->mailboxes;
}

static bool add_tables(struct mailbox_tables *tables, enum finder_role role,
                       const struct settings_quota *settings, const struct hash_key *key,
                       struct err *err)
{
    const struct settings_quota_tables *of = tables_of(settings, role);
    const struct lookup_options options = {
        .key = *key,
        .wants_users = role == FINDER_ALIASES,
        .timeout_us = settings->deadline_us,
    };
    for (size_t i = 0; i < of->count; i++) {
        struct lookup_table *table = lookup_table_open(slice_from_str(of->specs[i]), &options, err);
        if (table == NULL)
            return false;
        mailbox_tables_add(tables, role, table);
    }
    return true;
}

static struct mailbox_tables *open_tables(const struct settings_quota *settings,
                                          const struct hash_key *key, struct err *err)
{
    struct mailbox_tables *tables = mailbox_tables_new();
    for (size_t role = 0; role < FINDER_ROLES; role++)
        if (!add_tables(tables, (enum finder_role)role, settings, key, err)) {
            mailbox_tables_unref(tables);
            return NULL;
        }
    err->code = ERR_NONE;
    return tables;
}

static void make_finder(struct quota_plan *plan, const struct settings_quota *settings,
                        const struct hash_key *key)
{
    struct arena *arena = plan->arena;
    struct finder_terms terms = {
        .recipient = {keep(arena, settings->delimiters),
                      keep_lower(arena, settings->default_domain)},
        .key = *key,
        .local_domains = keep_all(arena, settings->local_domains, settings->local_domain_count),
        .local_count = settings->local_domain_count,
        .domains = keep_all(arena, settings->domains, settings->domain_count),
        .domain_count = settings->domain_count,
        .default_server = default_server(settings),
        .propagates = settings->propagates,
    };
    terms.names = make_names(plan, settings, &terms.name_count);
    for (size_t role = 0; role < FINDER_ROLES; role++)
        terms.tables[role] = tables_of(settings, (enum finder_role)role)->count;
    plan->terms.finder = mailbox_finder_new(&terms);
}

/* ---- rules ---- */

static enum quota_over over_of(enum settings_quota_over over)
{
    switch (over) {
    case SETTINGS_QUOTA_DEFER:
        return QUOTA_OVER_DEFER;
    case SETTINGS_QUOTA_ACCEPT:
        return QUOTA_OVER_ACCEPT;
    case SETTINGS_QUOTA_REJECT:
        break;
    }
    return QUOTA_OVER_REJECT;
}

/* What a rule does not say is as in the section. */
static struct quota_rule rule_of(const struct quota_plan *plan,
                                 const struct settings_quota *settings,
                                 const struct settings_quota_rule *rule)
{
    return (struct quota_rule){
        .over = over_of((unsigned)rule->over != 0 ? rule->over : settings->over),
        .rejects_unknown = ((unsigned)rule->nouser != 0 ? rule->nouser : settings->nouser) ==
                           SETTINGS_QUOTA_NOUSER_REJECT,
        .text = keep(plan->arena, rule->text != NULL ? rule->text : settings->text),
    };
}

static void make_rules(struct quota_plan *plan, const struct settings_quota *settings)
{
    static const struct settings_quota_rule all = {.text = NULL};
    size_t most = 1, count = 0;
    for (size_t i = 0; i < settings->rule_count; i++)
        most += settings->rules[i].domain_count;
    struct quota_rule *rules = arena_alloc(plan->arena, most * sizeof(*rules));
    for (size_t i = 0; i < settings->rule_count; i++)
        for (size_t k = 0; k < settings->rules[i].domain_count; k++) {
            rules[count] = rule_of(plan, settings, &settings->rules[i]);
            rules[count++].domain = keep_lower(plan->arena, settings->rules[i].domains[k]);
        }
    rules[count] = rule_of(plan, settings, &all);
    rules[count++].domain = SLICE("*");
    plan->terms.rules = rules;
    plan->terms.rule_count = count;
}

/* 0 is the default there, and not at all here. */
static int64_t kept_for(int64_t us)
{
    return us > 0 ? us : -1;
}

struct quota_plan *quota_plan_new(const struct settings_quota *settings, const struct hash_key *key,
                                  struct err *err)
{
    struct quota_plan *plan = MEM_NEW(struct quota_plan);
    plan->arena = arena_new(4096);
    plan->deadline_us = settings->deadline_us;
    plan->terms.language = settings->language;
    plan->terms.defers_failures = settings->on_failure == SETTINGS_QUOTA_FAILURE_DEFER;
    plan->terms.splits = settings->split;
    plan->terms.near_full = settings->near_full;
    plan->terms.patience_us = 3 * settings->deadline_us;
    plan->terms.facts = (struct quota_facts_options){
        .max = settings->cache.mailboxes,
        .over_us = kept_for(settings->cache.over_us),
        .fits_us = kept_for(settings->cache.fits_us),
        .no_user_us = kept_for(settings->cache.no_user_us),
        .key = *key,
    };
    make_servers(plan, settings);
    make_finder(plan, settings, key);
    make_rules(plan, settings);
    plan->tables = open_tables(settings, key, err);
    return plan;
}

void quota_plan_free(struct quota_plan *plan)
{
    if (plan == NULL)
        return;
    mailbox_finder_unref(plan->terms.finder);
    mailbox_tables_unref(plan->tables);
    arena_free(plan->arena);
    mem_free(plan);
}
