/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may take the mail of a blocked path. A target is burnt by what it is not used to, so it takes
 * its own usual volume and a step more; it must be sound itself, and every pool that sends to the
 * provider must be allowed to use it, since Postfix moves them all.
 */
#include "respond/route_plan_private.h"

bool plan_has_traffic(const struct route_plan *plan, const struct plan_path *path)
{
    return plan_is_here(plan, path) &&
           (plan_path_is_refused(path) || path->stage == ROUTE_STAGE_RAMPING ||
            path->volume.usual_day >= plan->rules->detour.least_traffic);
}

/* ---- pools ---- */

static const struct fleet_pool *pool_of(const struct route_plan *plan,
                                        const struct fleet_source *source)
{
    return fleet_pool_named(plan->fleet, source->pool);
}

static size_t stand_in(const struct route_plan *plan, const struct fleet_source *for_source,
                       const struct fleet_source *source)
{
    const struct fleet_pool *pool = pool_of(plan, for_source), *other = pool_of(plan, source);
    return pool != NULL && other != NULL ? fleet_stand_in(pool, other) : FLEET_NEVER;
}

/* Of all pools that send to the provider, the one for which the source fits worst. */
static size_t worst_stand_in(const struct route_plan *plan, const struct plan_route *route,
                             const struct fleet_source *source)
{
    size_t worst = 0;
    for (size_t i = 0; i < route->path_count; i++) {
        const struct plan_path *path = route->paths[i];
        if (!plan_has_traffic(plan, path))
            continue;
        size_t one =
            stand_in(plan, fleet_source_named(plan->fleet, slice_from_str(path->source)), source);
        worst = one > worst ? one : worst;
    }
    return worst;
}

bool plan_pools_allow(const struct route_plan *plan, const struct plan_route *route,
                      const struct fleet_source *source)
{
    return worst_stand_in(plan, route, source) != FLEET_NEVER;
}

/* How many sources of a pool there are, and how many of them the provider refuses. */
static void count_pool(const struct route_plan *plan, const struct plan_route *route,
                       struct slice pool, size_t *all, size_t *refused)
{
    *all = *refused = 0;
    for (size_t i = 0; i < plan->fleet->source_count; i++) {
        const struct fleet_source *source = &plan->fleet->sources[i];
        const struct plan_path *path = plan_path_find(route, source->name);
        if (!slice_eq(source->pool, pool))
            continue;
        ++*all;
        *refused += path != NULL && (plan_path_is_refused(path) || plan_path_is_blocking(path));
    }
}

static const char *limit_of(const struct route_detour_rule *rule, size_t all, size_t refused)
{
    double share = rule->pool_share * (double)all;
    if (refused > 1 && refused >= rule->blocked_sources)
        return "so many sources of the pool are refused that the cause is what is sent, or its "
               "domain";
    if (refused > 1 && (double)refused > share)
        return "too large a share of the pool's sources is refused there already";
    return NULL;
}

const char *plan_pool_limit(const struct route_plan *plan, const struct plan_route *route)
{
    for (size_t i = 0; i < route->path_count; i++) {
        const struct fleet_source *source =
            fleet_source_named(plan->fleet, slice_from_str(route->paths[i]->source));
        size_t all, refused;
        if (source == NULL || !plan_path_is_refused(route->paths[i]))
            continue;
        count_pool(plan, route, source->pool, &all, &refused);
        const char *limit = limit_of(&plan->rules->detour, all, refused);
        if (limit != NULL)
            return limit;
    }
    return NULL;
}

/* ---- one candidate ---- */

/* Recipients that it may take today, beside what it has sent; negative: it has sent too many. */
static double room_of(const struct route_plan *plan, const struct plan_path *path, double *step)
{
    const struct route_detour_rule *rule = &plan->rules->detour;
    struct route_volume none = {0}, volume = path != NULL ? path->volume : none;
    double more = volume.usual_day * rule->step;
    *step = more > rule->least ? more : rule->least;
    return volume.usual_day + *step - volume.last_day;
}

static bool has_trouble(const struct plan_path *path)
{
    if (path->stage != ROUTE_STAGE_OK)
        return true;
    for (size_t i = 0; i < INCIDENT_KIND_COUNT; i++)
        if (path->causes[i].open && path->causes[i].last_hit_us > path->settled_us)
            return true;
    return false;
}

static const char *standing_of(const struct route_plan *plan, struct slice source)
{
    for (size_t i = 0; i < plan->standing_count; i++)
        if (slice_eq(slice_from_str(plan->standings[i].source), source))
            return plan->standings[i].fault;
    return NULL;
}

const char *plan_target_fault(const struct route_plan *plan, const struct plan_route *route,
                              const struct fleet_source *source, bool new)
{
    const struct plan_path *path = plan_path_find(route, source->name);
    double step, room = room_of(plan, path, &step);
    const char *standing = standing_of(plan, source->name);
    if (!plan_pools_allow(plan, route, source))
        return "a pool that sends there may not use it";
    if (path != NULL && has_trouble(path))
        return "has trouble there itself";
    if (standing != NULL)
        return standing;
    if (path != NULL && path->spf != NULL)
        return path->spf;
    if (route->resort && slice_eq(source->name, plan->rules->hold.resort))
        return NULL; /* however much */
    return room <= (new ? step / 2 : 0) ? "has sent as much as it may today" : NULL;
}

/* ---- the best ---- */

bool plan_target_is_closer(const struct route_plan *plan, const struct plan_route *route,
                           const struct fleet_source *a, const struct fleet_source *b)
{
    size_t fit_a = worst_stand_in(plan, route, a), fit_b = worst_stand_in(plan, route, b);
    if (fit_a != fit_b)
        return fit_a < fit_b;
    return fleet_is_here(a) && !fleet_is_here(b);
}

/* Of two that fit alike the one that the provider knows better. */
static bool is_better(const struct route_plan *plan, const struct plan_route *route,
                      const struct fleet_source *a, const struct fleet_source *b)
{
    const struct plan_path *path_a = plan_path_find(route, a->name),
                           *path_b = plan_path_find(route, b->name);
    if (plan_target_is_closer(plan, route, a, b))
        return true;
    return !plan_target_is_closer(plan, route, b, a) && path_a != NULL &&
           path_a->volume.usual_day > (path_b != NULL ? path_b->volume.usual_day : 0);
}

static bool is_away(const struct route_plan *plan, const struct plan_route *route,
                    struct slice source)
{
    const struct plan_path *path = plan_path_find(route, source);
    return path != NULL && plan_path_is_away(plan, path);
}

const struct fleet_source *plan_target_choose(const struct route_plan *plan,
                                              const struct plan_route *route, struct buf *why)
{
    const struct fleet_source *best = NULL;
    for (size_t i = 0; i < plan->fleet->source_count; i++) {
        const struct fleet_source *source = &plan->fleet->sources[i];
        const char *fault = plan_target_fault(plan, route, source, true);
        if (fault == NULL && (best == NULL || is_better(plan, route, source, best)))
            best = source;
        else if (fault != NULL && why->len < OVERRIDE_REASON_MAX / 2 &&
                 !is_away(plan, route, source->name))
            buf_addf(why, "%s%.*s %s", why->len > 0 ? ", " : "", SLICE_ARG(source->name), fault);
    }
    return best;
}
