/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated mail system. See route_world.h.
 */
#include "route_world.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"

#define RETRY_TICKS 5 /* waiting mail tries again so often */
#define HITS 3        /* refusals in a minute that are an incident */
#define CALM 5        /* minutes with deliveries that end it */
#define HOUR_US INT64_C(3600000000)

struct world_path *world_path(struct world *world, struct slice source, struct slice provider)
{
    for (size_t i = 0; i < world->count; i++)
        if (slice_eq(world->paths[i].source, source) &&
            slice_eq(world->paths[i].provider, provider))
            return &world->paths[i];
    if (world->count == WORLD_PATHS_MAX)
        return NULL;
    struct world_path *path = &world->paths[world->count++];
    *path = (struct world_path){.source = source, .provider = provider};
    return path;
}

static bool is_blocked(const struct world *world, const struct world_path *path)
{
    if (path->flap_us <= 0)
        return path->blocked;
    double since = (double)(world->now_us - path->flap_from_us) / path->flap_us;
    return ((int64_t)since) % 2 == 0;
}

static size_t hour_of(const struct world *world)
{
    return (size_t)(world->now_us / HOUR_US) % WORLD_HOURS;
}

/* Tries to deliver; returns how many got through. */
static uint64_t try_path(struct world *world, struct world_path *path, uint64_t count)
{
    uint64_t taken = count;
    path->tick_tried += count;
    if (is_blocked(world, path)) {
        path->tick_refused += count;
        return 0;
    }
    if (path->slow_per_hour > 0) {
        double room = path->slow_per_hour / 60 - (double)path->tick_delivered;
        uint64_t most = room > 0 ? (uint64_t)room : 0;
        taken = count < most ? count : most;
        path->tick_slowed += count - taken;
    }
    path->tick_delivered += taken;
    path->delivered += taken;
    path->hours[hour_of(world)] += taken;
    world->delivered += taken;
    return taken;
}

/* ---- routes ---- */

static const struct override *route_of(const struct world *world, struct slice provider)
{
    const struct override *override;
    for (size_t i = 0; (override = route_plan_override(world->plan, i)) != NULL; i++)
        if (override->kind != OVERRIDE_PROBE && slice_eq(override->provider, provider) &&
            override_is_in_force(override, world_clock(world)))
            return override;
    return NULL;
}

/* By a source; what does not get through is returned. Counted as the override's work. */
static uint64_t send_by(struct world *world, struct slice source, const struct override *route,
                        struct slice provider, uint64_t count)
{
    const struct fleet_source *known = fleet_source_named(world->fleet, source);
    struct world_path *path = world_path(world, known->name, provider);
    uint64_t taken = count > 0 ? try_path(world, path, count) : 0;
    struct override_work work = {.delivered = taken, .deferred = count - taken};
    if (route != NULL && count > 0)
        route_plan_work(world->plan, slice_from_str(route->id), &work);
    return count - taken;
}

static uint64_t part_of(uint64_t count, unsigned percent)
{
    return (count * percent + 50) / 100;
}

static uint64_t follow(struct world *world, const struct override *route, struct slice provider,
                       uint64_t count)
{
    uint64_t share = part_of(count, route->share_percent), rest = count - share;
    uint64_t pace = route->per_hour / 60 > 0 ? route->per_hour / 60 : 1;
    switch (route->kind) {
    case OVERRIDE_DETOUR:
        return send_by(world, route->target, route, provider, count);
    case OVERRIDE_HOLD:
        return count;
    case OVERRIDE_RAMP:
        share = send_by(world, route->source, route, provider, share);
        return share + (route->target.len > 0 ? send_by(world, route->target, route, provider, rest)
                                              : rest);
    case OVERRIDE_THROTTLE:
        pace = count < pace ? count : pace;
        return count - pace + send_by(world, route->source, route, provider, pace);
    case OVERRIDE_MANUAL:
        return rest + (route->target.len > 0 ? send_by(world, route->target, route, provider, share)
                                             : share);
    case OVERRIDE_PROBE:
        break;
    }
    return count;
}

static void flow(struct world *world, struct world_path *path, bool retry)
{
    path->carry += path->per_hour / 60;
    uint64_t born = (uint64_t)path->carry;
    path->carry -= (double)born;
    world->born += born;
    uint64_t count = born + (retry ? path->waiting : 0), kept = retry ? 0 : path->waiting;
    const struct override *route = route_of(world, path->provider);
    uint64_t left = route != NULL ? follow(world, route, path->provider, count)
                                  : send_by(world, path->source, NULL, path->provider, count);
    if (path->waiting == 0 && left > 0)
        path->oldest_us = world_clock(world);
    path->waiting = kept + left;
}

/* ---- what the planner is told ---- */

static void say(struct world *world, const struct world_path *path, enum incident_kind kind,
                unsigned number, bool open)
{
    char id[16];
    bool slow = kind == INCIDENT_SLOW_DOWN;
    snprintf(id, sizeof(id), "i%u", number);
    struct incident incident = {
        .kind = kind,
        .scope = INCIDENT_SCOPE_SOURCE,
        .relay = SLICE("relay1"),
        .source = path->source,
        .provider = path->provider,
        .opened_us = slow ? path->slow_us : path->block_us,
        .closed_us = open ? INCIDENT_OPEN : world_clock(world),
        .last_hit_us = world_clock(world),
        .attempts = path->tick_tried,
        .hits = slow ? path->tick_slowed : path->tick_refused,
        .class = slow ? REPLY_CLASS_RATE : REPLY_CLASS_BLOCK_IP,
    };
    route_plan_incident(world->plan, &incident, slice_from_str(id));
}

static void detect_block(struct world *world, struct world_path *path)
{
    bool good = path->tick_refused == 0 && path->tick_delivered > 0;
    path->calm = path->tick_refused > 0 ? 0 : path->calm + good;
    if (path->block_id == 0 && path->tick_refused >= HITS) {
        path->block_id = ++world->incidents;
        path->block_us = world_clock(world);
    }
    if (path->block_id != 0 && path->tick_refused > 0)
        say(world, path, INCIDENT_BLOCK, path->block_id, true);
    if (path->block_id != 0 && path->calm >= CALM) {
        say(world, path, INCIDENT_BLOCK, path->block_id, false);
        path->block_id = 0;
    }
}

static void detect_slow(struct world *world, struct world_path *path)
{
    bool good = path->tick_slowed == 0 && path->tick_delivered > 0;
    path->calm_slow = path->tick_slowed > 0 ? 0 : path->calm_slow + good;
    if (path->slow_id == 0 && path->tick_slowed >= HITS) {
        path->slow_id = ++world->incidents;
        path->slow_us = world_clock(world);
    }
    if (path->slow_id != 0 && path->tick_slowed > 0)
        say(world, path, INCIDENT_SLOW_DOWN, path->slow_id, true);
    if (path->slow_id != 0 && path->calm_slow >= 2 * CALM) {
        say(world, path, INCIDENT_SLOW_DOWN, path->slow_id, false);
        path->slow_id = 0;
    }
}

static void tell_path(struct world *world, const struct world_path *path)
{
    struct route_path name = {path->source, path->provider};
    struct route_count count = {.attempts = path->tick_tried,
                                .delivered = path->tick_delivered,
                                .refused = path->tick_refused,
                                .slowed = path->tick_slowed};
    struct route_volume volume = {.usual_day = path->usual_day,
                                  .last_hour = (double)path->hours[hour_of(world)]};
    for (size_t i = 0; i < WORLD_HOURS; i++)
        volume.last_day += (double)path->hours[i];
    route_plan_count(world->plan, &name, &count);
    route_plan_volume(world->plan, &name, &volume);
}

static void tell_waiting(struct world *world, struct slice provider)
{
    struct route_waiting waiting = {.oldest_us = INT64_MAX};
    for (size_t i = 0; i < world->count; i++) {
        const struct world_path *path = &world->paths[i];
        if (path->waiting == 0 || !slice_eq(path->provider, provider))
            continue;
        waiting.count += path->waiting;
        if (path->oldest_us < waiting.oldest_us)
            waiting.oldest_us = path->oldest_us;
    }
    route_plan_waiting(world->plan, provider, &waiting);
}

static void tell_all(struct world *world)
{
    double total = 0;
    for (size_t i = 0; i < world->count; i++) {
        detect_block(world, &world->paths[i]);
        detect_slow(world, &world->paths[i]);
        total += world->paths[i].usual_day;
    }
    for (size_t i = 0; i < world->count; i++) {
        tell_path(world, &world->paths[i]);
        tell_waiting(world, world->paths[i].provider);
    }
    route_plan_total(world->plan, total);
}

/* ---- probes ---- */

/* Whose mail to the provider a message can be had of. */
static struct world_path *donor_of(struct world *world, struct slice provider)
{
    for (size_t i = 0; i < world->count; i++)
        if (slice_eq(world->paths[i].provider, provider) &&
            (world->paths[i].waiting > 0 || world->paths[i].per_hour > 0))
            return &world->paths[i];
    return NULL;
}

static void take_message(struct world *world, struct world_path *donor)
{
    if (donor->waiting > 0)
        donor->waiting--;
    else
        world->born++;
}

static void probe(struct world *world, const struct route_path *wanted)
{
    const struct fleet_source *source = fleet_source_named(world->fleet, wanted->source);
    struct world_path *path = world_path(world, source->name, wanted->provider);
    struct world_path *donor = donor_of(world, path->provider);
    char id[OVERRIDE_ID_MAX + 1];
    const char *given = donor == NULL
                            ? NULL
                            : route_plan_candidate(world->plan, wanted, SLICE("user@example.jp"),
                                                   world_clock(world));
    if (given == NULL)
        return;
    snprintf(id, sizeof(id), "%s", given);
    take_message(world, donor);
    bool through = try_path(world, path, 1) == 1;
    path->waiting += !through;
    route_plan_probe_result(world->plan, slice_from_str(id),
                            through ? ROUTE_PROBE_DELIVERED : ROUTE_PROBE_REFUSED,
                            world_clock(world));
}

/* ---- what must never be ---- */

static bool is_transactional(const struct override *override)
{
    return slice_starts_with(override->target, SLICE("t-")); /* names of such scenarios' sources */
}

static void check_routes(const struct world *world, struct buf *problems)
{
    const struct override *a, *b;
    for (size_t i = 0; (a = route_plan_override(world->plan, i)) != NULL; i++) {
        if (i >= OVERRIDES_MAX || a->expires_us <= a->since_us - 2 * HOUR_US)
            buf_addf(problems, "%s: too many overrides, or one without an end\n", a->id);
        if (a->kind != OVERRIDE_MANUAL && is_transactional(a) &&
            slice_starts_with(a->source, SLICE("m-")))
            buf_addf(problems, "%s: marketing mail by a transactional source\n", a->id);
        for (size_t k = 0; a->kind != OVERRIDE_PROBE && k < i; k++) {
            b = route_plan_override(world->plan, k);
            if (b->kind != OVERRIDE_PROBE && slice_eq(a->provider, b->provider) &&
                a->state == OVERRIDE_ACTIVE && b->state == OVERRIDE_ACTIVE)
                buf_addf(problems, "%s and %s: two routes at once\n", a->id, b->id);
        }
    }
}

static void check_mail(const struct world *world, struct buf *problems)
{
    uint64_t waiting = 0;
    for (size_t i = 0; i < world->count; i++)
        waiting += world->paths[i].waiting;
    if (world->born != world->delivered + waiting)
        buf_addf(problems, "%" PRIu64 " sent, %" PRIu64 " delivered, %" PRIu64 " wait\n",
                 world->born, world->delivered, waiting);
}

void world_tick(struct world *world, struct buf *problems)
{
    struct route_path wanted;
    int64_t before_us = world->now_us;
    world->now_us += WORLD_TICK_US;
    if (world->now_us / HOUR_US != before_us / HOUR_US)
        for (size_t i = 0; i < world->count; i++)
            world->paths[i].hours[hour_of(world)] = 0;
    bool retry = world->now_us / WORLD_TICK_US % RETRY_TICKS == 0;
    for (size_t i = 0; i < world->count; i++) {
        struct world_path *path = &world->paths[i];
        path->tick_refused = path->tick_slowed = path->tick_delivered = path->tick_tried = 0;
    }
    for (size_t i = 0; i < world->count; i++)
        flow(world, &world->paths[i], retry);
    tell_all(world);
    route_plan_advance(world->plan, world_clock(world));
    for (size_t i = 0; !world->no_candidates && i < 4; i++)
        if (route_plan_wants(world->plan, 0, &wanted))
            probe(world, &wanted);
    check_routes(world, problems);
    check_mail(world, problems);
}
