/* SPDX-License-Identifier: Apache-2.0
 *
 * The sources and who may stand in for whom. See fleet.h.
 */
#include "model/fleet.h"

static const char *const purpose_words[] = {
#define X(name, word) [FLEET_##name] = word,
    FLEET_PURPOSES(X)
#undef X
};

/* Whole seconds between two deliveries, as Postfix' transport_rate_delay has it: 1, 6, 36, 180. */
const unsigned fleet_tier_per_hour[FLEET_TIERS] = {3600, 600, 100, 20};

const unsigned fleet_share_percent[FLEET_SHARES] = {5, 10, 25, 50, 75};

const char *fleet_purpose_word(enum fleet_purpose purpose)
{
    return purpose_words[purpose];
}

bool fleet_purpose_from_word(struct slice word, enum fleet_purpose *out)
{
    for (size_t i = 0; i < sizeof(purpose_words) / sizeof(purpose_words[0]); i++) {
        if (slice_eq(word, slice_from_str(purpose_words[i]))) {
            *out = (enum fleet_purpose)i;
            return true;
        }
    }
    return false;
}

const struct fleet_source *fleet_source_named(const struct fleet *fleet, struct slice name)
{
    for (size_t i = 0; i < fleet->source_count; i++)
        if (slice_eq(fleet->sources[i].name, name))
            return &fleet->sources[i];
    return NULL;
}

const struct fleet_pool *fleet_pool_named(const struct fleet *fleet, struct slice name)
{
    for (size_t i = 0; i < fleet->pool_count; i++)
        if (slice_eq(fleet->pools[i].name, name))
            return &fleet->pools[i];
    return NULL;
}

bool fleet_is_relay(struct slice relay, struct slice host)
{
    struct slice relay_rest = relay, host_rest = host;
    struct slice relay_label = slice_cut(&relay_rest, '.'), host_label = slice_cut(&host_rest, '.');
    if (relay_rest.len == 0 || host_rest.len == 0)
        return slice_ieq(relay_label, host_label);
    return slice_ieq(relay, host);
}

bool fleet_is_here(const struct fleet_source *source)
{
    return source->next_hop.len == 0;
}

size_t fleet_stand_in(const struct fleet_pool *pool, const struct fleet_pool *other)
{
    if (slice_eq(pool->name, other->name))
        return 0;
    if (pool->purpose == other->purpose)
        return 1;
    if (pool->purpose == FLEET_MARKETING && other->purpose == FLEET_TRANSACTIONAL)
        return FLEET_NEVER;
    for (size_t i = 0; i < pool->fallback_count; i++)
        if (slice_eq(pool->fallbacks[i], other->name))
            return 2 + i;
    return FLEET_NEVER;
}

size_t fleet_tier_within(unsigned per_hour)
{
    for (size_t tier = 0; tier < FLEET_TIERS; tier++)
        if (fleet_tier_per_hour[tier] <= per_hour)
            return tier;
    return FLEET_TIERS - 1;
}

void fleet_tier_transport(const struct fleet_source *source, size_t tier, struct buf *to)
{
    buf_addf(to, "%.*s-slow%zu", SLICE_ARG(source->name), tier + 1);
}

size_t fleet_share_near(unsigned percent)
{
    size_t near = 0;
    for (size_t i = 1; i < FLEET_SHARES; i++)
        if (fleet_share_percent[i] + fleet_share_percent[i - 1] < 2 * percent)
            near = i;
    return near;
}

void fleet_share_token(const struct fleet_source *source, size_t share, struct buf *to)
{
    if (source != NULL)
        buf_add(to, source->name);
    else
        buf_add_char(to, '*'); /* no source has that name */
    buf_addf(to, ":%u", fleet_share_percent[share]);
}

void fleet_transport(const struct fleet_source *source, struct buf *to)
{
    buf_add(to, fleet_is_here(source) ? source->name : source->relay);
}

void fleet_route(const struct fleet_source *source, struct buf *to)
{
    fleet_transport(source, to);
    buf_add_char(to, ':');
    buf_add(to, source->next_hop);
}
