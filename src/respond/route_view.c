/* SPDX-License-Identifier: Apache-2.0
 *
 * What the planner has, for whoever writes maps, answers questions or gathers evidence.
 */
#include "respond/route_plan_private.h"

const struct override *route_plan_override(const struct route_plan *plan, size_t index)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        const struct plan_route *route = plan->routes[i];
        const struct override_record *records[] = {&route->manual, &route->current,
                                                   &route->proposal};
        for (size_t k = 0; k < sizeof(records) / sizeof(records[0]); k++)
            if (override_record_is_set(records[k]) && index-- == 0)
                return &records[k]->override;
        for (size_t k = 0; k < route->path_count; k++)
            if (override_record_is_set(&route->paths[k]->probe) && index-- == 0)
                return &route->paths[k]->probe.override;
    }
    return NULL;
}

bool route_plan_provider(const struct route_plan *plan, size_t index, struct slice *out)
{
    if (index >= plan->route_count)
        return false;
    *out = slice_from_str(plan->routes[index]->provider);
    return true;
}

/* Is there nothing of the provider's mail that takes its usual way? */
static bool moves_all(const struct plan_route *route)
{
    const struct override *map = plan_in_force(route);
    return map != NULL && (map->kind == OVERRIDE_DETOUR || map->kind == OVERRIDE_HOLD);
}

static struct route_path_view view_of(const struct route_plan *plan, const struct plan_route *route,
                                      const struct plan_path *path)
{
    struct slice provider = slice_from_str(route->provider), source = slice_from_str(path->source);
    bool away = plan_path_is_away(plan, path);
    struct route_path_view view = {
        .path = {source, provider},
        .stage = path->stage,
        .since_us = path->stage_us,
        .due_us = plan_path_due(plan, route, path),
        .successes = path->successes,
        .flaps = (unsigned)plan_path_flaps(plan, path),
        .mode = route_rules_mode(plan->rules, provider, source),
        .incident = plan_path_incident(path),
        .volume = path->volume,
    };
    if (path->stage != ROUTE_STAGE_OK && route->watched.override.state == OVERRIDE_ENDED &&
        override_record_is_set(&route->watched))
        view.left = route->watched.override.reason;
    if (plan_path_is_refused(path) && moves_all(route))
        view.moved_us = path->away_us;
    if (path->stage == ROUTE_STAGE_RAMPING)
        view.share_percent = away ? plan->rules->ramp.steps[path->step] : 100;
    if (path->stage == ROUTE_STAGE_THROTTLED)
        view.per_hour = (uint32_t)path->pace;
    return view;
}

static bool is_worth_showing(const struct plan_path *path)
{
    bool open = path->stage != ROUTE_STAGE_OK || path->returned_us != 0;
    for (size_t i = 0; i < INCIDENT_KIND_COUNT; i++)
        open = open || path->causes[i].open;
    return open;
}

bool route_plan_path(const struct route_plan *plan, size_t index, struct route_path_view *out)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        const struct plan_route *route = plan->routes[i];
        for (size_t k = 0; k < route->path_count; k++) {
            if (!is_worth_showing(route->paths[k]) || index-- > 0)
                continue;
            *out = view_of(plan, route, route->paths[k]);
            return true;
        }
    }
    return false;
}
