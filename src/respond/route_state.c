/* SPDX-License-Identifier: Apache-2.0
 *
 * The planner's memory: routes and their paths, found, made, moved in time and forgotten.
 */
#include "respond/route_plan_private.h"

#include "base/memory.h"
#include "respond/kept_text.h"

struct plan_route *plan_route_find(const struct route_plan *plan, struct slice provider)
{
    for (size_t i = 0; i < plan->route_count; i++)
        if (slice_eq(slice_from_str(plan->routes[i]->provider), provider))
            return plan->routes[i];
    return NULL;
}

struct plan_route *plan_route_get(struct route_plan *plan, struct slice provider)
{
    struct plan_route *route = plan_route_find(plan, provider);
    if (route != NULL || plan->route_count == PLAN_ROUTES_MAX)
        return route;
    route = MEM_NEW(struct plan_route);
    route->provider = kept_text_new(provider, OVERRIDE_NAME_MAX);
    route->waiting.oldest_us = INT64_MAX;
    plan->routes[plan->route_count++] = route;
    return route;
}

static void free_path(struct plan_path *path)
{
    override_record_done(&path->probe);
    mem_free(path->source);
    mem_free(path->note);
    mem_free(path->spf);
    mem_free(path);
}

void plan_route_free(struct plan_route *route)
{
    for (size_t i = 0; i < route->path_count; i++)
        free_path(route->paths[i]);
    override_record_done(&route->current);
    override_record_done(&route->proposal);
    override_record_done(&route->manual);
    override_record_done(&route->watched);
    mem_free(route->approved);
    mem_free(route->approved_by);
    mem_free(route->provider);
    mem_free(route);
}

struct plan_path *plan_path_find(const struct plan_route *route, struct slice source)
{
    for (size_t i = 0; i < route->path_count; i++)
        if (slice_eq(slice_from_str(route->paths[i]->source), source))
            return route->paths[i];
    return NULL;
}

struct plan_path *plan_path_get(struct plan_route *route, struct slice source)
{
    struct plan_path *path = plan_path_find(route, source);
    if (path != NULL || route->path_count == PLAN_PATHS_MAX)
        return path;
    path = MEM_NEW(struct plan_path);
    path->source = kept_text_new(source, OVERRIDE_NAME_MAX);
    path->due_us = INT64_MAX;
    route->paths[route->path_count++] = path;
    return path;
}

bool plan_is_here(const struct route_plan *plan, const struct plan_path *path)
{
    const struct fleet_source *source =
        fleet_source_named(plan->fleet, slice_from_str(path->source));
    return source != NULL && fleet_is_here(source);
}

bool plan_is_full(const struct route_plan *plan)
{
    size_t count = 0;
    while (count < OVERRIDES_MAX && route_plan_override(plan, count) != NULL)
        count++;
    return count == OVERRIDES_MAX;
}

/* ---- time ---- */

static void shift(int64_t *time_us, int64_t by_us)
{
    if (*time_us != 0 && *time_us != INT64_MAX)
        *time_us += by_us;
}

/* The clock went back: what was noted by it is in the future otherwise. */
static void shift_back(struct plan_path *path, int64_t by_us)
{
    shift(&path->settled_us, by_us);
    shift(&path->probe.override.expires_us, by_us);
    for (size_t i = 0; i < INCIDENT_KIND_COUNT; i++)
        shift(&path->causes[i].last_hit_us, by_us);
}

static void shift_path(struct plan_path *path, int64_t by_us)
{
    shift(&path->stage_us, by_us);
    shift(&path->due_us, by_us);
    shift(&path->away_us, by_us);
    shift(&path->returned_us, by_us);
    shift(&path->slowest_us, by_us);
    for (size_t i = 0; i < path->flap_count; i++)
        shift(&path->flaps[i], by_us);
    if (by_us < 0)
        shift_back(path, by_us);
}

/* A person's route was set for a while: set back far, the clock would make years of it. */
static void shift_all(struct route_plan *plan, int64_t by_us)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        struct plan_route *route = plan->routes[i];
        if (by_us < -ROUTE_PLAN_GAP_US)
            shift(&route->manual.override.expires_us, by_us);
        shift(&route->held_us, by_us);
        shift(&route->chosen_us, by_us);
        for (size_t k = 0; k < route->path_count; k++)
            shift_path(route->paths[k], by_us);
    }
}

void plan_follow_clock(struct route_plan *plan, int64_t now_us)
{
    int64_t by_us = now_us - plan->now_us;
    if (plan->now_us != 0 && by_us < 0)
        shift_all(plan, by_us);
    else if (plan->now_us != 0 && by_us > ROUTE_PLAN_GAP_US)
        shift_all(plan, by_us - ROUTE_PLAN_GAP_US);
    plan->now_us = now_us;
}

/* ---- forgetting ---- */

static bool is_idle_path(const struct route_plan *plan, const struct plan_path *path)
{
    if (path->stage != ROUTE_STAGE_OK || plan_path_flaps(plan, path) > 0 ||
        (path->returned_us != 0 && plan->now_us - path->returned_us < plan->rules->flap.within_us))
        return false;
    for (size_t i = 0; i < INCIDENT_KIND_COUNT; i++)
        if (path->causes[i].open)
            return false;
    return true;
}

static bool is_idle(const struct route_plan *plan, const struct plan_route *route)
{
    if (override_record_is_set(&route->current) || override_record_is_set(&route->proposal) ||
        override_record_is_set(&route->manual) || route->outage.open)
        return false;
    for (size_t i = 0; i < route->path_count; i++)
        if (!is_idle_path(plan, route->paths[i]))
            return false;
    return true;
}

void plan_forget_idle(struct route_plan *plan)
{
    for (size_t i = plan->route_count; i > 0; i--) {
        if (!is_idle(plan, plan->routes[i - 1]))
            continue;
        plan_route_free(plan->routes[i - 1]);
        plan->route_count--;
        for (size_t k = i - 1; k < plan->route_count; k++)
            plan->routes[k] = plan->routes[k + 1];
    }
}
