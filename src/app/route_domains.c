/* SPDX-License-Identifier: Apache-2.0
 *
 * Domains and their providers. See route_domains.h.
 */
#include "app/route_domains.h"

#include "base/intern.h"

#define DOMAIN_BYTES_MAX 255

struct route_domains {
    struct intern *domains, *providers;
    uint32_t provider_of[ROUTE_DOMAINS_MAX + 1]; /* by domain; 0: not known */
    bool news[ROUTE_DOMAINS_MAX + 1];            /* by provider */
};

struct route_domains *route_domains_new(void)
{
    struct route_domains *domains = MEM_NEW(struct route_domains);
    domains->domains = intern_new(ROUTE_DOMAINS_MAX);
    domains->providers = intern_new(ROUTE_DOMAINS_MAX);
    return domains;
}

void route_domains_free(struct route_domains *domains)
{
    if (domains == NULL)
        return;
    intern_free(domains->domains);
    intern_free(domains->providers);
    mem_free(domains);
}

void route_domains_note(struct route_domains *domains, struct slice domain, struct slice provider)
{
    char lower[DOMAIN_BYTES_MAX];
    if (domain.len == 0 || domain.len > sizeof(lower) || provider.len == 0)
        return;
    slice_copy_lower(domain, lower);
    uint32_t number = intern_id(domains->domains, slice_of(lower, domain.len));
    uint32_t of = intern_id(domains->providers, provider);
    uint32_t before = domains->provider_of[number];
    if (number == INTERN_OTHER || of == INTERN_OTHER || before == of)
        return;
    domains->provider_of[number] = of;
    domains->news[of] = domains->news[before] = true;
}

struct slice route_domains_provider(const struct route_domains *domains, struct slice domain)
{
    char lower[DOMAIN_BYTES_MAX];
    if (domain.len == 0 || domain.len > sizeof(lower))
        return (struct slice){NULL, 0};
    slice_copy_lower(domain, lower);
    uint32_t number = intern_find(domains->domains, slice_of(lower, domain.len));
    uint32_t of = number == INTERN_OTHER ? 0 : domains->provider_of[number];
    return of == 0 ? (struct slice){NULL, 0} : intern_get(domains->providers, of);
}

struct slice *route_domains_list(const struct route_domains *domains, struct slice provider,
                                 struct arena *arena, size_t *count)
{
    uint32_t of = intern_find(domains->providers, provider);
    uint32_t end = of == INTERN_OTHER ? 0 : intern_count(domains->domains);
    *count = 0;
    for (uint32_t i = 1; i < end; i++)
        *count += domains->provider_of[i] == of;
    struct slice *list = arena_alloc(arena, (*count + 1) * sizeof(*list));
    size_t found = 0;
    for (uint32_t i = 1; i < end; i++)
        if (domains->provider_of[i] == of)
            list[found++] = intern_get(domains->domains, i);
    return list;
}

bool route_domains_any(const struct route_domains *domains, struct slice provider)
{
    uint32_t of = intern_find(domains->providers, provider);
    uint32_t end = of == INTERN_OTHER ? 0 : intern_count(domains->domains);
    for (uint32_t i = 1; i < end; i++)
        if (domains->provider_of[i] == of)
            return true;
    return false;
}

bool route_domains_news(struct route_domains *domains, struct slice provider)
{
    uint32_t of = intern_find(domains->providers, provider);
    if (of == INTERN_OTHER || !domains->news[of])
        return false;
    domains->news[of] = false;
    return true;
}
