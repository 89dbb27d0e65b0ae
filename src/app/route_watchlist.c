/* SPDX-License-Identifier: Apache-2.0
 *
 * Recipients and probes. See route_watchlist.h.
 */
#include "app/route_watchlist.h"

#include <stdlib.h>
#include <string.h>

#include "model/override.h"
#include "respond/kept_text.h"

struct kept_recipient {
    char *address;
    uint64_t count;  /* mail that got through, and `before` */
    uint64_t before; /* of who had the place */
};

struct watched_provider {
    char *name;
    struct kept_recipient kept[WATCHLIST_KEPT]; /* most often first */
    size_t count;
};

struct watched_probe {
    char *id, *source, *provider, *recipient;
    enum route_probe_result result;
    bool heard, taken;
};

struct route_watchlist {
    struct watched_provider *providers;
    size_t provider_count;
    struct watched_probe *probes;
    size_t probe_count;
};

struct route_watchlist *route_watchlist_new(void)
{
    return MEM_NEW(struct route_watchlist);
}

static void free_provider(struct watched_provider *provider)
{
    for (size_t i = 0; i < provider->count; i++)
        mem_free(provider->kept[i].address);
    mem_free(provider->name);
}

static void free_probe(struct watched_probe *probe)
{
    mem_free(probe->id);
    mem_free(probe->source);
    mem_free(probe->provider);
    mem_free(probe->recipient);
}

void route_watchlist_free(struct route_watchlist *list)
{
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->provider_count; i++)
        free_provider(&list->providers[i]);
    for (size_t i = 0; i < list->probe_count; i++)
        free_probe(&list->probes[i]);
    mem_free(list->providers);
    mem_free(list->probes);
    mem_free(list);
}

/* ---- what is watched ---- */

static struct watched_provider *provider_named(const struct route_watchlist *list,
                                               struct slice name)
{
    for (size_t i = 0; i < list->provider_count; i++)
        if (slice_eq(slice_from_str(list->providers[i].name), name))
            return &list->providers[i];
    return NULL;
}

static struct watched_probe *probe_named(const struct route_watchlist *list, struct slice id)
{
    for (size_t i = 0; i < list->probe_count; i++)
        if (slice_eq(slice_from_str(list->probes[i].id), id))
            return &list->probes[i];
    return NULL;
}

/* Moves what is known already. */
static void set_providers(struct route_watchlist *list, const struct slice *names, size_t count)
{
    count = count < WATCHLIST_PROVIDERS ? count : WATCHLIST_PROVIDERS;
    struct watched_provider *all = MEM_NEW_ARRAY(struct watched_provider, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct watched_provider *known = provider_named(list, names[i]);
        all[i] = known != NULL ? *known : (struct watched_provider){0};
        all[i].name = kept_text_new(names[i], OVERRIDE_NAME_MAX);
        if (known != NULL)
            known->count = 0;
    }
    for (size_t i = 0; i < list->provider_count; i++)
        free_provider(&list->providers[i]);
    mem_free(list->providers);
    list->providers = all;
    list->provider_count = count;
}

static void set_probes(struct route_watchlist *list, const struct route_watch_probe *probes,
                       size_t count)
{
    count = count < WATCHLIST_PROBES ? count : WATCHLIST_PROBES;
    struct watched_probe *all = MEM_NEW_ARRAY(struct watched_probe, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct watched_probe *known = probe_named(list, probes[i].id);
        all[i] = (struct watched_probe){
            .id = kept_text_new(probes[i].id, OVERRIDE_ID_MAX),
            .source = kept_text_new(probes[i].path.source, OVERRIDE_NAME_MAX),
            .provider = kept_text_new(probes[i].path.provider, OVERRIDE_NAME_MAX),
            .recipient = kept_text_new(probes[i].recipient, OVERRIDE_RECIPIENT_MAX),
            .result = known != NULL ? known->result : ROUTE_PROBE_UNCLEAR,
            .heard = known != NULL && known->heard,
            .taken = known != NULL && known->taken,
        };
    }
    for (size_t i = 0; i < list->probe_count; i++)
        free_probe(&list->probes[i]);
    mem_free(list->probes);
    list->probes = all;
    list->probe_count = count;
}

void route_watchlist_set(struct route_watchlist *list, const struct slice *providers,
                         size_t provider_count, const struct route_watch_probe *probes,
                         size_t probe_count)
{
    set_providers(list, providers, provider_count);
    set_probes(list, probes, probe_count);
}

/* ---- recipients ---- */

/* Up to its place, since its count has grown by one. */
static void raise(struct watched_provider *provider, size_t at)
{
    struct kept_recipient *kept = provider->kept;
    for (; at > 0 && kept[at].count > kept[at - 1].count; at--) {
        struct kept_recipient other = kept[at - 1];
        kept[at - 1] = kept[at];
        kept[at] = other;
    }
}

void route_watchlist_delivered(struct route_watchlist *list, struct slice provider,
                               struct slice recipient)
{
    struct watched_provider *watched =
        list->provider_count > 0 ? provider_named(list, provider) : NULL;
    size_t at = 0;
    if (watched == NULL || recipient.len == 0 || recipient.len > OVERRIDE_RECIPIENT_MAX)
        return;
    while (at < watched->count && !slice_eq(slice_from_str(watched->kept[at].address), recipient))
        at++;
    if (at == WATCHLIST_KEPT) { /* it takes the place of the rarest, and its count */
        mem_free(watched->kept[--at].address);
        watched->kept[at].address = kept_text_new(recipient, OVERRIDE_RECIPIENT_MAX);
        watched->kept[at].before = watched->kept[at].count;
    } else if (at == watched->count) {
        watched->kept[watched->count++] =
            (struct kept_recipient){.address = kept_text_new(recipient, OVERRIDE_RECIPIENT_MAX)};
    }
    watched->kept[at].count++;
    raise(watched, at);
}

size_t route_watchlist_recipients(const struct route_watchlist *list, struct slice provider,
                                  struct slice *out, size_t room)
{
    const struct watched_provider *watched = provider_named(list, provider);
    size_t count = 0;
    for (size_t i = 0; watched != NULL && i < watched->count && count < room; i++)
        if (watched->kept[i].count - watched->kept[i].before >= WATCHLIST_OFTEN)
            out[count++] = slice_from_str(watched->kept[i].address);
    return count;
}

/* ---- probes ---- */

static bool answers(const struct route_watch_attempt *attempt, const struct watched_probe *probe)
{
    if (probe->recipient[0] == '\0')
        return !attempt->of_recipient;
    return slice_ieq(slice_from_str(probe->recipient), attempt->recipient);
}

void route_watchlist_attempt(struct route_watchlist *list,
                             const struct route_watch_attempt *attempt)
{
    for (size_t i = 0; i < list->probe_count; i++) {
        struct watched_probe *probe = &list->probes[i];
        if (probe->heard || !slice_eq(slice_from_str(probe->source), attempt->path.source) ||
            !slice_eq(slice_from_str(probe->provider), attempt->path.provider) ||
            !answers(attempt, probe))
            continue;
        probe->heard = true;
        probe->result = attempt->result;
    }
}

static struct watched_probe *untaken(const struct route_watchlist *list, struct slice provider)
{
    for (size_t i = 0; i < list->probe_count; i++) {
        struct watched_probe *probe = &list->probes[i];
        if (probe->heard && !probe->taken && slice_eq(slice_from_str(probe->provider), provider))
            return probe;
    }
    return NULL;
}

bool route_watchlist_has_result(const struct route_watchlist *list, struct slice provider)
{
    return untaken(list, provider) != NULL;
}

bool route_watchlist_take_result(struct route_watchlist *list, struct slice provider,
                                 struct slice *id, enum route_probe_result *result)
{
    struct watched_probe *probe = untaken(list, provider);
    if (probe == NULL)
        return false;
    probe->taken = true;
    *id = slice_from_str(probe->id);
    *result = probe->result;
    return true;
}
