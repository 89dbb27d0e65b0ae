/* SPDX-License-Identifier: Apache-2.0
 *
 * The override that a route should have, from the stages of its paths and whoever may stand in for
 * them. What is done about it, and whether a person is asked first, is decided in route_settle.c.
 */
#include "base/memory.h"
#include "respond/route_plan_private.h"

#define BESIDE_SHARE 0.1 /* of the slow one's usual pace: who sends more counts */

/* The path that lost its mail first; NULL: none has. */
static const struct plan_path *first_away(const struct route_plan *plan,
                                          const struct plan_route *route)
{
    const struct plan_path *first = NULL;
    for (size_t i = 0; i < route->path_count; i++) {
        const struct plan_path *path = route->paths[i];
        if (plan_path_is_away(plan, path) && (first == NULL || path->away_us < first->away_us))
            first = path;
    }
    return first;
}

static struct plan_path *ramping(const struct route_plan *plan, const struct plan_route *route)
{
    for (size_t i = 0; i < route->path_count; i++)
        if (route->paths[i]->stage == ROUTE_STAGE_RAMPING &&
            plan_path_is_away(plan, route->paths[i]))
            return route->paths[i];
    return NULL;
}

/* Is there nothing else than these paths by which this relay sends to the provider? */
static bool all_are_away(const struct route_plan *plan, const struct plan_route *route)
{
    for (size_t i = 0; i < route->path_count; i++)
        if (plan_has_traffic(plan, route->paths[i]) && !plan_path_is_away(plan, route->paths[i]))
            return false;
    return true;
}

static const struct fleet_source *fit_target(const struct route_plan *plan,
                                             const struct plan_route *route,
                                             const struct override_record *record)
{
    const struct fleet_source *source = fleet_source_named(plan->fleet, record->override.target);
    return source != NULL && plan_target_fault(plan, route, source, false) == NULL ? source : NULL;
}

/* Where the mail goes now, is proposed to go or would go, if it may. */
static const struct fleet_source *present_target(const struct route_plan *plan,
                                                 const struct plan_route *route)
{
    const struct fleet_source *source = fit_target(plan, route, &route->current);
    if (source == NULL)
        source = fit_target(plan, route, &route->proposal);
    return source != NULL ? source : fit_target(plan, route, &route->watched);
}

static const struct fleet_source *last_resort(const struct route_plan *plan,
                                              const struct plan_route *route)
{
    const struct fleet_source *source = fleet_source_named(plan->fleet, plan->rules->hold.resort);
    return source != NULL && plan_target_fault(plan, route, source, false) == NULL ? source : NULL;
}

static const struct fleet_source *target_of(struct route_plan *plan, struct plan_route *route,
                                            struct buf *why)
{
    const char *limit = plan_pool_limit(plan, route);
    if (route->resort)
        return last_resort(plan, route);
    if (limit != NULL) {
        buf_add_str(why, limit);
        return NULL;
    }
    const struct fleet_source *source = present_target(plan, route);
    if (source == NULL && route->chosen_us != 0 &&
        plan->now_us - route->chosen_us < plan->rules->detour.replan_us) {
        buf_add_str(why, "its last target is lost, another is looked for soon");
        return NULL;
    }
    if (source != NULL && !route->choose_anew)
        return source;
    route->choose_anew = false;
    const struct fleet_source *best = plan_target_choose(plan, route, why);
    if (source != NULL && (best == NULL || !plan_target_is_closer(plan, route, best, source)))
        return source;
    return best;
}

static void describe_target(const struct route_plan *plan, const struct plan_route *route,
                            const struct fleet_source *target, struct buf *reason)
{
    const struct plan_path *path = plan_path_find(route, target->name);
    if (target->next_hop.len > 0)
        buf_addf(reason, "; %.*s of %.*s takes it", SLICE_ARG(target->name),
                 SLICE_ARG(target->relay));
    else
        buf_addf(reason, "; %.*s takes it", SLICE_ARG(target->name));
    buf_addf(reason, " (pool %.*s, usually %.0f a day there, %.0f in the last 24 hours)",
             SLICE_ARG(target->pool), path != NULL ? path->volume.usual_day : 0,
             path != NULL ? path->volume.last_day : 0);
    (void)plan;
}

/* With a path that is being given back. */
static void wish_ramp(const struct route_plan *plan, struct plan_path *path, bool others_wait,
                      struct plan_wish *out)
{
    out->kind = OVERRIDE_RAMP;
    out->lead = path;
    if (out->target.len == 0 && !others_wait) { /* to hold the rest would hold sound sources too */
        path->step = plan->rules->ramp.step_count;
        out->any = false;
        return;
    }
    out->share_percent = plan->rules->ramp.steps[path->step];
}

static void wish_away(struct route_plan *plan, struct plan_route *route,
                      const struct plan_path *lead, struct plan_wish *out, struct buf *reason)
{
    CLEANUP_BUF struct buf why = {0};
    struct plan_path *back = ramping(plan, route);
    bool all = all_are_away(plan, route);
    const struct fleet_source *target = target_of(plan, route, &why);
    *out = (struct plan_wish){.any = true,
                              .kind = OVERRIDE_DETOUR,
                              .lead = lead,
                              .share_percent = 100,
                              .may_hold = all && !route->released};
    buf_add_str(reason, back != NULL ? back->note : lead->note);
    if (target != NULL) {
        out->target = target->name;
        describe_target(plan, route, target, reason);
    } else {
        buf_addf(reason, "; nowhere else to send it: %s",
                 why.len > 0 ? buf_str(&why) : "there is no other source");
    }
    if (back != NULL) {
        wish_ramp(plan, back, all, out);
        return;
    }
    if (target != NULL)
        return;
    out->kind = OVERRIDE_HOLD;
    out->any = out->may_hold;
    if (!out->any)
        buf_add_str(reason, "; what is refused waits and tries again");
}

static bool is_throttled(const struct route_plan *plan, const struct plan_path *path)
{
    return path->stage == ROUTE_STAGE_THROTTLED && plan_is_here(plan, path);
}

/* Index, or the count. */
static size_t first_throttled(const struct route_plan *plan, const struct plan_route *route)
{
    size_t i = 0;
    while (i < route->path_count && !is_throttled(plan, route->paths[i]))
        i++;
    return i;
}

/* Does it send beside the slow one? The mean of a week knows nothing of who has just begun. */
static bool sends_beside(const struct route_plan *plan, const struct plan_path *slow,
                         const struct plan_path *path)
{
    return is_throttled(plan, path) || plan_has_traffic(plan, path) ||
           (plan_is_here(plan, path) && path->volume.last_hour > slow->usual_pace * BESIDE_SHARE);
}

static bool is_alone(const struct route_plan *plan, const struct plan_route *route,
                     const struct plan_path *slow)
{
    for (size_t i = 0; i < route->path_count; i++)
        if (route->paths[i] != slow && sends_beside(plan, slow, route->paths[i]))
            return false;
    return true;
}

/* A slow transport takes all mail of the provider, so it must be this source's alone. */
static void wish_throttle(const struct route_plan *plan, const struct plan_route *route,
                          struct plan_wish *out, struct buf *reason)
{
    size_t first = first_throttled(plan, route);
    *out = (struct plan_wish){0};
    if (first == route->path_count)
        return;
    const struct plan_path *slow = route->paths[first];
    double pace = slow->pace < UINT32_MAX ? slow->pace : UINT32_MAX;
    buf_add_str(reason, slow->note);
    out->lead = slow;
    out->kind = OVERRIDE_THROTTLE;
    out->share_percent = 100;
    out->per_hour = fleet_tier_per_hour[fleet_tier_within((unsigned)pace)];
    out->any = is_alone(plan, route, slow);
    if (!out->any)
        buf_add_str(reason, "; other sources of this relay send there too, and a route cannot slow "
                            "this one alone");
}

void plan_wish(struct route_plan *plan, struct plan_route *route, struct plan_wish *out,
               struct buf *reason)
{
    const struct plan_path *lead = first_away(plan, route);
    if (lead != NULL)
        wish_away(plan, route, lead, out, reason);
    else
        wish_throttle(plan, route, out, reason);
}
