/* SPDX-License-Identifier: Apache-2.0
 *
 * See mailbox_finder.h.
 */
#include "gate/mailbox_finder.h"

#include <stdatomic.h>

#include "base/memory.h"
#include "base/wildcard.h"

struct mailbox_finder {
    atomic_uint references;
    struct arena *arena;
    struct finder_terms terms;
};

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

static struct slice *keep_list(struct arena *arena, const struct slice *list, size_t count)
{
    struct slice *kept = arena_alloc(arena, (count + 1) * sizeof(*kept));
    for (size_t i = 0; i < count; i++)
        kept[i] = keep(arena, list[i]);
    return kept;
}

static size_t bound(size_t said, size_t otherwise, size_t most)
{
    if (said == 0)
        return otherwise;
    return said < most ? said : most;
}

struct mailbox_finder *mailbox_finder_new(const struct finder_terms *terms)
{
    struct mailbox_finder *finder = MEM_NEW(struct mailbox_finder);
    struct arena *arena = arena_new(4096);
    struct finder_terms *own = &finder->terms;
    struct finder_name *names = arena_alloc(arena, (terms->name_count + 1) * sizeof(*names));
    atomic_init(&finder->references, 1);
    finder->arena = arena;
    *own = *terms;
    own->recipient.delimiters = keep(arena, terms->recipient.delimiters);
    own->recipient.default_domain = keep(arena, terms->recipient.default_domain);
    own->local_domains = keep_list(arena, terms->local_domains, terms->local_count);
    own->domains = keep_list(arena, terms->domains, terms->domain_count);
    for (size_t i = 0; i < terms->name_count; i++)
        names[i] = (struct finder_name){keep(arena, terms->names[i].name), terms->names[i].server};
    own->names = names;
    for (size_t i = 0; i < FINDER_ROLES; i++)
        ASSERT(terms->tables[i] <= FINDER_TABLES_MAX);
    own->depth_max = bound(terms->depth_max, FINDER_DEPTH, FINDER_DEPTH_MAX);
    own->results_max = bound(terms->results_max, FINDER_RESULTS_MAX, FINDER_RESULTS_MAX);
    return finder;
}

struct mailbox_finder *mailbox_finder_ref(struct mailbox_finder *finder)
{
    atomic_fetch_add_explicit(&finder->references, 1, memory_order_relaxed);
    return finder;
}

void mailbox_finder_unref(struct mailbox_finder *finder)
{
    if (finder == NULL ||
        atomic_fetch_sub_explicit(&finder->references, 1, memory_order_acq_rel) != 1)
        return;
    arena_free(finder->arena);
    mem_free(finder);
}

const struct finder_terms *mailbox_finder_terms(const struct mailbox_finder *finder)
{
    return &finder->terms;
}

static bool is_among(struct slice domain, const struct slice *patterns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (wildcard_matches(patterns[i], domain))
            return true;
    return false;
}

bool mailbox_finder_is_local(const struct mailbox_finder *finder, struct slice domain)
{
    return domain.len == 0 ||
           is_among(domain, finder->terms.local_domains, finder->terms.local_count);
}

bool mailbox_finder_is_ours(const struct mailbox_finder *finder, struct slice domain)
{
    return mailbox_finder_is_local(finder, domain) ||
           is_among(domain, finder->terms.domains, finder->terms.domain_count);
}

bool mailbox_finder_knows_domains(const struct mailbox_finder *finder)
{
    const struct finder_terms *terms = &finder->terms;
    return terms->local_count + terms->domain_count + terms->tables[FINDER_DOMAINS] > 0;
}

size_t mailbox_finder_server(const struct mailbox_finder *finder, struct slice host)
{
    for (size_t i = 0; i < finder->terms.name_count; i++)
        if (slice_ieq(finder->terms.names[i].name, host))
            return finder->terms.names[i].server;
    return FINDER_NO_SERVER;
}
