/* SPDX-License-Identifier: Apache-2.0
 *
 * A mail system in a few lines, for scenarios of the planner: sources send to providers, providers
 * refuse or slow them down, mail that is refused waits and tries again, and routes are followed as
 * Postfix would. A detector of the simplest kind says incidents. Everything moves by the minute.
 */
#ifndef TD_SCENARIO_ROUTE_WORLD_H
#define TD_SCENARIO_ROUTE_WORLD_H

#include "base/buf.h"
#include "respond/route_plan.h"

#define WORLD_TICK_US INT64_C(60000000)
#define WORLD_PATHS_MAX 512
#define WORLD_HOURS 24

/* A source at a provider. */
struct world_path {
    struct slice source, provider;
    double per_hour, carry; /* its own mail; what is less than one message yet */
    uint64_t waiting;       /* of its own mail */
    int64_t oldest_us;
    bool blocked;
    double flap_us; /* blocked for so long, open for so long; 0: it does not flap */
    int64_t flap_from_us;
    double slow_per_hour; /* takes no more; 0: as much as there is */
    uint64_t hours[WORLD_HOURS], delivered;
    uint64_t tick_refused, tick_slowed, tick_delivered, tick_tried;
    double usual_day;
    unsigned block_id, slow_id; /* of the open incidents; 0: none */
    int64_t block_us, slow_us;  /* since when */
    unsigned calm, calm_slow;   /* ticks with deliveries and without trouble */
};

struct world {
    struct route_plan *plan;
    const struct fleet *fleet;
    struct world_path paths[WORLD_PATHS_MAX];
    size_t count;
    int64_t now_us, clock_us; /* true time; what the clock says is off by */
    bool no_candidates;
    unsigned incidents; /* numbers given */
    uint64_t born, delivered;
};

/* Added if it is new, and its slices must then live as long as the world; NULL: too many. */
struct world_path *world_path(struct world *world, struct slice source, struct slice provider);

static inline int64_t world_clock(const struct world *world)
{
    return world->now_us + world->clock_us;
}

/* A minute. What must never be is added to problems. */
void world_tick(struct world *world, struct buf *problems);

#endif
