/* SPDX-License-Identifier: Apache-2.0
 *
 * Domains and recipients by provider. See daemon_routes_known.h. The lists are few and change
 * seldom: each change makes the provider's anew.
 */
#include "app/daemon_routes_known.h"

#include <stdlib.h>

#include "app/route_domains.h"
#include "model/json_value.h"

#define PROVIDERS_MAX 512
#define DOMAIN_MAX_BYTES 255

/* Beside the route_provider of the same index. */
struct known_provider {
    struct arena *arena; /* of its name and domains */
    struct arena *recipient_arena;
    struct slice recipients[ROUTE_REPORT_RECIPIENTS];
    size_t recipient_count, next;
};

struct daemon_routes_known {
    struct route_provider providers[PROVIDERS_MAX];
    struct known_provider more[PROVIDERS_MAX];
    size_t count;
    uint64_t revision;
};

struct daemon_routes_known *daemon_routes_known_new(void)
{
    return MEM_NEW(struct daemon_routes_known);
}

static void forget(struct daemon_routes_known *known, size_t index)
{
    arena_free(known->more[index].arena);
    arena_free(known->more[index].recipient_arena);
    known->count--;
    known->providers[index] = known->providers[known->count];
    known->more[index] = known->more[known->count];
}

void daemon_routes_known_free(struct daemon_routes_known *known)
{
    while (known != NULL && known->count > 0)
        forget(known, known->count - 1);
    mem_free(known);
}

static size_t find(const struct daemon_routes_known *known, struct slice name)
{
    size_t i = 0;
    while (i < known->count && !slice_eq(known->providers[i].name, name))
        i++;
    return i;
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len);
}

/* PROVIDERS_MAX: no room. */
static size_t get(struct daemon_routes_known *known, struct slice name)
{
    size_t i = find(known, name);
    if (i < known->count || i == PROVIDERS_MAX)
        return i;
    struct known_provider more = {.arena = arena_new(1024), .recipient_arena = arena_new(1024)};
    known->more[i] = more;
    known->providers[i] = (struct route_provider){.name = keep(more.arena, name)};
    known->count++;
    return i;
}

/* ---- domains ---- */

static int compare(const void *a, const void *b)
{
    const struct slice *left = a, *right = b;
    return slice_cmp(*left, *right);
}

static bool has(const struct slice *sorted, size_t count, struct slice name)
{
    return count > 0 && bsearch(&name, sorted, count, sizeof(name), compare) != NULL;
}

/* Of the provider: those that it has, without `gone`, and `more`; both sorted. */
static void change(struct daemon_routes_known *known, size_t index, const struct slice *gone,
                   size_t gone_count, const struct slice *more, size_t more_count)
{
    struct route_provider *provider = &known->providers[index];
    struct arena *arena = arena_new(4096);
    struct slice *all =
        arena_alloc(arena, (provider->domain_count + more_count + 1) * sizeof(*all));
    size_t count = 0, stay;
    for (size_t i = 0; i < provider->domain_count; i++)
        if (!has(gone, gone_count, provider->domains[i]))
            all[count++] = provider->domains[i];
    stay = count;
    for (size_t i = 0; i < more_count; i++)
        if (!has(provider->domains, provider->domain_count, more[i]))
            all[count++] = more[i];
    bool changed = stay != provider->domain_count || count != stay;
    if (!changed || count > ROUTE_DOMAINS_MAX) {
        arena_free(arena);
        return;
    }
    for (size_t i = 0; i < count; i++)
        all[i] = keep(arena, all[i]);
    qsort(all, count, sizeof(*all), compare);
    *provider = (struct route_provider){
        .name = keep(arena, provider->name), .domains = all, .domain_count = count};
    arena_free(known->more[index].arena);
    known->more[index].arena = arena;
    known->revision++;
}

static void take_domains(struct daemon_routes_known *known, size_t index, struct slice *domains,
                         size_t count)
{
    qsort(domains, count, sizeof(*domains), compare);
    for (size_t i = 0; i < known->count; i++)
        if (i != index)
            change(known, i, domains, count, NULL, 0);
    change(known, index, NULL, 0, domains, count);
}

void daemon_routes_known_add(struct daemon_routes_known *known, struct slice provider,
                             struct slice *domains, size_t count)
{
    size_t index = get(known, provider);
    if (index < PROVIDERS_MAX)
        take_domains(known, index, domains, count);
}

void daemon_routes_known_drop(struct daemon_routes_known *known, struct slice provider,
                              struct slice *domains, size_t count)
{
    size_t index = find(known, provider);
    qsort(domains, count, sizeof(*domains), compare);
    if (index < known->count)
        change(known, index, domains, count, NULL, 0);
}

struct slice daemon_routes_known_owner(const struct daemon_routes_known *known, struct slice domain)
{
    for (size_t i = 0; i < known->count; i++)
        if (has(known->providers[i].domains, known->providers[i].domain_count, domain))
            return known->providers[i].name;
    return (struct slice){NULL, 0};
}

/* ---- reports ---- */

void daemon_routes_known_report(struct daemon_routes_known *known,
                                const struct route_report *report)
{
    size_t index = get(known, report->provider);
    if (index == PROVIDERS_MAX)
        return;
    struct known_provider *more = &known->more[index];
    arena_reset(more->recipient_arena);
    more->recipient_count = report->recipient_count;
    for (size_t i = 0; i < report->recipient_count; i++)
        more->recipients[i] = keep(more->recipient_arena, report->recipients[i]);
    if (report->new_domains)
        take_domains(known, index, report->domains, report->domain_count);
}

uint64_t daemon_routes_known_revision(const struct daemon_routes_known *known)
{
    return known->revision;
}

void daemon_routes_known_prune(struct daemon_routes_known *known, const struct route_plan *plan)
{
    for (size_t i = known->count; i-- > 0;) {
        struct slice name;
        bool wanted = false;
        for (size_t k = 0; !wanted && route_plan_provider(plan, k, &name); k++)
            wanted = slice_eq(name, known->providers[i].name);
        if (!wanted)
            forget(known, i);
    }
}

const struct route_provider *daemon_routes_known_providers(const struct daemon_routes_known *known,
                                                           size_t *count)
{
    *count = known->count;
    return known->providers;
}

struct slice daemon_routes_known_recipient(struct daemon_routes_known *known, struct slice provider)
{
    size_t index = find(known, provider);
    if (index == known->count || known->more[index].recipient_count == 0)
        return (struct slice){NULL, 0};
    struct known_provider *more = &known->more[index];
    size_t turn = more->next++ % (more->recipient_count + 1);
    return turn < more->recipient_count ? more->recipients[turn] : (struct slice){NULL, 0};
}

/* ---- state ---- */

json_t *daemon_routes_known_json(const struct daemon_routes_known *known)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < known->count; i++) {
        const struct route_provider *provider = &known->providers[i];
        json_t *one = json_value_object(), *domains = json_value_array();
        for (size_t k = 0; k < provider->domain_count; k++)
            json_value_append(domains, json_value_text(provider->domains[k]));
        json_value_put_text(one, "name", provider->name);
        json_value_put(one, "domains", domains);
        json_value_append(array, one);
    }
    return array;
}

static bool read_one(struct daemon_routes_known *known, const json_t *object)
{
    struct slice name;
    const json_t *array;
    if (!json_is_object(object) || !json_field_text(object, "name", OVERRIDE_NAME_MAX, &name) ||
        !json_field_array(object, "domains", ROUTE_DOMAINS_MAX, &array))
        return false;
    size_t index = get(known, name), count = json_array_size(array);
    struct slice *domains = MEM_NEW_ARRAY(struct slice, count + 1);
    bool good = index < PROVIDERS_MAX;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(array, i);
        domains[i] = slice_of(json_string_value(one), json_string_length(one));
        good = good && json_is_string(one) && domains[i].len <= DOMAIN_MAX_BYTES;
    }
    if (good)
        take_domains(known, index, domains, count);
    mem_free(domains);
    return good;
}

bool daemon_routes_known_read(struct daemon_routes_known *known, const json_t *array)
{
    bool good = array == NULL || json_is_array(array);
    for (size_t i = 0; good && i < json_array_size(array); i++)
        good = read_one(known, json_array_get(array, i));
    while (!good && known->count > 0)
        forget(known, known->count - 1);
    return good;
}
