/* SPDX-License-Identifier: Apache-2.0
 *
 * How much the planner does without a person. A rule that takes dead addresses for blocks sees one
 * at every provider at once; what it can move before somebody looks is bounded here.
 */
#include "respond/route_plan_private.h"

static double volume_of(const struct plan_route *route)
{
    double sum = 0;
    for (size_t i = 0; i < route->path_count; i++)
        sum += route->paths[i]->volume.usual_day;
    return sum;
}

const char *plan_caps_limit(const struct route_plan *plan, const struct plan_route *route)
{
    unsigned others = 0;
    double moved = volume_of(route);
    for (size_t i = 0; i < plan->route_count; i++) {
        const struct plan_route *other = plan->routes[i];
        if (other == route || !override_record_is_set(&other->current))
            continue;
        others++;
        moved += volume_of(other);
    }
    if (others >= plan->rules->caps.overrides)
        return "as many overrides as may be at once are in force";
    if (others > 0 && plan->total_day > 0 && moved > plan->rules->caps.volume * plan->total_day)
        return "it would move a larger share of the mail than may be moved at once";
    return NULL;
}
