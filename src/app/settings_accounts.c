/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_accounts.h.
 */
#include "app/settings_accounts.h"

#include "base/memory.h"

static const struct account_driver *driver_of(enum settings_accounts_driver driver)
{
    switch (driver) {
    case SETTINGS_ACCOUNTS_SQLITE:
        return &account_driver_sqlite;
    case SETTINGS_ACCOUNTS_PASSWD_FILE:
        return &account_driver_passwd_file;
    }
    return NULL;
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

struct account_terms *settings_accounts_make(const struct settings *settings)
{
    const struct settings_accounts *accounts = &settings->accounts;
    struct account_terms *terms = MEM_NEW(struct account_terms);
    terms->arena = arena_new(4096);
    if (accounts->path != NULL) {
        struct slice path = slice_from_str(accounts->path);
        terms->driver = driver_of(accounts->driver);
        terms->place.path = arena_copy(terms->arena, path.ptr, path.len);
    }
    terms->options.default_domain = keep_lower(settings->policy.default_domain, terms->arena);
    terms->place.default_domain = terms->options.default_domain;
    set_rules(accounts, terms);
    return terms;
}

void account_terms_free(struct account_terms *terms)
{
    if (terms == NULL)
        return;
    arena_free(terms->arena);
    mem_free(terms);
}

bool account_terms_same_source(const struct account_terms *a, const struct account_terms *b)
{
    if (a->driver == NULL || b->driver == NULL)
        return a->driver == b->driver;
    return a->driver == b->driver && strcmp(a->place.path, b->place.path) == 0 &&
           slice_eq(a->place.default_domain, b->place.default_domain);
}
