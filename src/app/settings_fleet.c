/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings into a fleet: pools that no row lists are added. See settings_fleet.h.
 */
#include "app/settings_fleet.h"

#include <string.h>
#include <unistd.h>

#define HOST_MAX 256

const char *settings_fleet_host(struct arena *arena)
{
    char host[HOST_MAX] = {0};
    if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
        return "localhost";
    return arena_copy(arena, host, strlen(host));
}

static void add_listed(const struct settings_fleet *settings, struct arena *arena,
                       struct fleet_pool *pools)
{
    for (size_t i = 0; i < settings->pool_count; i++) {
        const struct settings_pool *from = &settings->pools[i];
        struct slice *names = arena_alloc(arena, (from->fallback_count + 1) * sizeof(*names));
        for (size_t k = 0; k < from->fallback_count; k++)
            names[k] = slice_from_str(from->fallbacks[k]);
        pools[i] = (struct fleet_pool){.name = slice_from_str(from->name),
                                       .purpose = from->purpose,
                                       .fallbacks = names,
                                       .fallback_count = from->fallback_count};
    }
}

/* Those that only sources name. */
static void add_named(const struct settings_fleet *settings, struct fleet_pool *pools,
                      struct fleet *out)
{
    for (size_t i = 0; i < settings->source_count; i++) {
        struct slice name = slice_from_str(settings->sources[i].pool);
        struct fleet_pool pool = {.name = name, .purpose = FLEET_SHARED};
        if (fleet_pool_named(out, name) != NULL)
            continue;
        fleet_purpose_from_word(name, &pool.purpose);
        pools[out->pool_count++] = pool;
    }
}

void settings_fleet_make(const struct settings_fleet *settings, const char *host,
                         struct arena *arena, struct fleet *out)
{
    struct fleet_source *sources =
        arena_alloc(arena, (settings->source_count + 1) * sizeof(*sources));
    struct fleet_pool *pools =
        arena_alloc(arena, (settings->pool_count + settings->source_count + 1) * sizeof(*pools));
    *out = (struct fleet){
        .relay = slice_from_str(settings->relay ? settings->relay : host),
        .sources = sources,
        .source_count = settings->source_count,
        .pools = pools,
        .pool_count = settings->pool_count,
    };
    for (size_t i = 0; i < settings->source_count; i++) {
        const struct settings_source *from = &settings->sources[i];
        sources[i] = (struct fleet_source){
            .name = slice_from_str(from->name),
            .pool = slice_from_str(from->pool),
            .helo = slice_from_str(from->helo),
            .address = from->address,
            .relay = from->relay ? slice_from_str(from->relay) : out->relay,
            .next_hop = slice_from_str(from->next_hop),
        };
    }
    add_listed(settings, arena, pools);
    add_named(settings, pools, out);
}
