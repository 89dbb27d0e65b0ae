/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_accounts.h.
 */
#include "app/settings_accounts.h"

#include "base/memory.h"
#include "io/secret_memory.h"

bool settings_accounts_is_server(enum settings_accounts_driver driver)
{
    return driver == SETTINGS_ACCOUNTS_POSTGRESQL || driver == SETTINGS_ACCOUNTS_MYSQL;
}

const struct account_driver *settings_accounts_driver(enum settings_accounts_driver driver)
{
    switch (driver) {
    case SETTINGS_ACCOUNTS_SQLITE:
        return &account_driver_sqlite;
    case SETTINGS_ACCOUNTS_PASSWD_FILE:
        return &account_driver_passwd_file;
    case SETTINGS_ACCOUNTS_POSTGRESQL:
        return account_driver_of(SLICE("postgresql"));
    case SETTINGS_ACCOUNTS_MYSQL:
        return account_driver_of(SLICE("mysql"));
    }
    return NULL;
}

void settings_accounts_embed(struct settings *settings)
{
    CLEANUP_BUF struct buf path = {0};
    if (settings->accounts.driver != SETTINGS_ACCOUNTS_SQLITE || settings->accounts.path != NULL)
        return;
    buf_addf(&path, "%s/accounts.db", settings->state);
    settings->accounts.path = arena_copy(settings->arena, path.ptr, path.len);
}

/* In small letters. */
static struct slice keep_lower(const char *text, struct arena *arena)
{
    struct slice slice = slice_from_str(text);
    char *to = arena_copy(arena, slice.ptr, slice.len);
    slice_copy_lower(slice, to);
    return slice_of(to, slice.len);
}

static size_t rules_of(const struct settings_accounts *accounts)
{
    size_t count = 0;
    for (size_t i = 0; i < accounts->class_count; i++)
        count += accounts->classes[i].login_count;
    return count;
}

static void set_rules(const struct settings_accounts *accounts, struct account_terms *terms)
{
    size_t count = rules_of(accounts), at = 0;
    struct account_class_rule *rules = arena_alloc(terms->arena, (count + 1) * sizeof(*rules));
    for (size_t i = 0; i < accounts->class_count; i++) {
        const struct settings_account_class *row = &accounts->classes[i];
        for (size_t k = 0; k < row->login_count; k++)
            rules[at++] = (struct account_class_rule){
                keep_lower(row->logins[k], terms->arena),
                keep_lower(row->account_class, terms->arena),
            };
    }
    terms->options.rules = rules;
    terms->options.rule_count = count;
}

/* NULL stays NULL. */
static const char *keep(const char *text, struct arena *arena)
{
    return text != NULL ? arena_copy(arena, text, strlen(text)) : NULL;
}

static void set_place(const struct settings_accounts *accounts, struct account_terms *terms)
{
    bool is_server = settings_accounts_is_server(accounts->driver);
    struct arena *arena = terms->arena;
    if ((is_server ? accounts->query : accounts->path) == NULL)
        return;
    terms->driver = settings_accounts_driver(accounts->driver);
    terms->place = (struct account_place){
        .default_domain = terms->options.default_domain,
        .path = is_server ? NULL : keep(accounts->path, arena),
        .host = keep(accounts->host, arena),
        .port = (uint16_t)accounts->port,
        .database = keep(accounts->database, arena),
        .user = keep(accounts->user, arena),
        .password = keep(accounts->password, arena),
        .tls = accounts->tls,
        .tls_ca = keep(accounts->tls_ca, arena),
        .query = keep(accounts->query, arena),
        .names_query = keep(accounts->names_query, arena),
        .names_every_us = accounts->names_every_us,
        .timeout_us = accounts->timeout_us,
    };
}

struct account_terms *settings_accounts_make(const struct settings *settings)
{
    struct account_terms *terms = MEM_NEW(struct account_terms);
    terms->arena = arena_new_from(4000, &secret_arena);
    terms->options.default_domain = keep_lower(settings->policy.default_domain, terms->arena);
    set_place(&settings->accounts, terms);
    set_rules(&settings->accounts, terms);
    return terms;
}

void account_terms_free(struct account_terms *terms)
{
    if (terms == NULL)
        return;
    arena_free(terms->arena);
    mem_free(terms);
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool account_terms_same_source(const struct account_terms *a, const struct account_terms *b)
{
    const struct account_place *one = &a->place, *other = &b->place;
    return a->driver == b->driver && slice_eq(one->default_domain, other->default_domain) &&
           same(one->path, other->path) && same(one->host, other->host) &&
           one->port == other->port && same(one->database, other->database) &&
           same(one->user, other->user) && same(one->password, other->password) &&
           one->tls == other->tls && same(one->tls_ca, other->tls_ca) &&
           same(one->query, other->query) && same(one->names_query, other->names_query) &&
           one->names_every_us == other->names_every_us && one->timeout_us == other->timeout_us;
}
