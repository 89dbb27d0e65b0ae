/* SPDX-License-Identifier: Apache-2.0
 *
 * What people say about routes: yes, no, not any more, and their own.
 */
#include "base/memory.h"
#include "respond/kept_text.h"
#include "respond/route_plan_private.h"

static bool has_id(const struct override_record *record, struct slice id)
{
    return override_record_is_set(record) && slice_eq(slice_from_str(record->override.id), id);
}

static bool none(struct slice id, struct err *err)
{
    return err_set(err, ERR_USAGE, "there is no override %.*s that this can be done to",
                   SLICE_ARG(slice_first(id, OVERRIDE_ID_MAX)));
}

/* after: what the map will say for it; NULL: nothing. */
static void tell_person(struct route_plan *plan, const struct plan_route *route,
                        const struct plan_news *news)
{
    struct plan_news one = *news;
    one.before = plan_in_force(route);
    one.reason = news->about->reason;
    plan_tell(plan, route, &one);
}

static void remember_yes(struct plan_route *route, struct slice by)
{
    mem_free(route->approved);
    mem_free(route->approved_by);
    route->approved = kept_text_new(route->proposal.override.target, OVERRIDE_NAME_MAX);
    route->approved_by = kept_text_new(by, OVERRIDE_NAME_MAX);
}

static struct plan_path *quarantined(const struct plan_route *route, struct slice id)
{
    for (size_t i = 0; i < route->path_count; i++)
        if (has_id(&route->paths[i]->probe, id) &&
            route->paths[i]->stage == ROUTE_STAGE_QUARANTINED)
            return route->paths[i];
    return NULL;
}

/* The next advance makes it active; flaps of before do not count any more. */
static void probe_again(struct route_plan *plan, struct plan_path *path)
{
    override_record_done(&path->probe);
    path->flap_count = 0;
    plan_path_enter(plan, path, ROUTE_STAGE_BLOCKED, "a person wants it tried again");
    path->wait_us = plan->rules->probe.first_us;
    path->due_us = plan->now_us;
    path->successes = 0;
}

static void begin(struct route_plan *plan, int64_t now_us)
{
    plan_follow_clock(plan, now_us);
    plan->dirty = true;
}

bool route_plan_approve(struct route_plan *plan, struct slice id, struct slice by, int64_t now_us,
                        struct err *err)
{
    begin(plan, now_us);
    for (size_t i = 0; i < plan->route_count; i++) {
        struct plan_route *route = plan->routes[i];
        struct plan_path *path = quarantined(route, id);
        if (path != NULL) {
            tell_person(plan, route,
                        &(struct plan_news){.action = AUDIT_APPROVE,
                                            .about = &path->probe.override,
                                            .after = plan_in_force(route),
                                            .actor = by});
            probe_again(plan, path);
        } else if (has_id(&route->proposal, id)) {
            tell_person(plan, route,
                        &(struct plan_news){.action = AUDIT_APPROVE,
                                            .about = &route->proposal.override,
                                            .after = &route->proposal.override,
                                            .actor = by});
            remember_yes(route, by);
        } else {
            continue;
        }
        route_plan_advance(plan, now_us);
        return true;
    }
    return none(id, err);
}

bool route_plan_deny(struct route_plan *plan, struct slice id, struct slice by, int64_t now_us,
                     struct err *err)
{
    begin(plan, now_us);
    for (size_t i = 0; i < plan->route_count; i++) {
        struct plan_route *route = plan->routes[i];
        if (!has_id(&route->proposal, id))
            continue;
        tell_person(plan, route,
                    &(struct plan_news){.action = AUDIT_DENY,
                                        .about = &route->proposal.override,
                                        .after = plan_in_force(route),
                                        .actor = by});
        route->denied = true;
        route_plan_advance(plan, now_us);
        return true;
    }
    return none(id, err);
}

bool route_plan_undo(struct route_plan *plan, struct slice id, struct slice by, int64_t now_us,
                     struct err *err)
{
    begin(plan, now_us);
    for (size_t i = 0; i < plan->route_count; i++) {
        struct plan_route *route = plan->routes[i];
        if (has_id(&route->manual, id)) {
            tell_person(plan, route,
                        &(struct plan_news){
                            .action = AUDIT_CLEAR, .about = &route->manual.override, .actor = by});
            plan_end(plan, route, &route->manual, SLICE("a person cleared it"));
        } else if (has_id(&route->current, id)) {
            tell_person(plan, route,
                        &(struct plan_news){
                            .action = AUDIT_UNDO, .about = &route->current.override, .actor = by});
            route->denied = true;
        } else {
            continue;
        }
        route_plan_advance(plan, now_us);
        return true;
    }
    return none(id, err);
}

/* ---- a person's own route ---- */

static bool is_fine(const struct route_plan *plan, const struct override *wish, int64_t now_us,
                    struct err *err)
{
    const struct fleet_source *target = fleet_source_named(plan->fleet, wish->target);
    if (wish->provider.len == 0 || wish->provider.len > OVERRIDE_NAME_MAX || wish->actor.len == 0)
        return err_set(err, ERR_USAGE, "a route is for a provider, and somebody sets it");
    if (wish->expires_us <= now_us)
        return err_set(err, ERR_USAGE, "a route has an end, and it is in the future");
    if (wish->share_percent < 1 || wish->share_percent > 100)
        return err_set(err, ERR_USAGE, "a share is 1 to 100 percent");
    if (wish->target.len > 0 && target == NULL)
        return err_set(err, ERR_USAGE, "no source of the fleet is called %.*s",
                       SLICE_ARG(slice_first(wish->target, OVERRIDE_NAME_MAX)));
    return true;
}

static struct override manual_of(const struct route_plan *plan, const struct plan_route *route,
                                 const struct override *wish)
{
    return (struct override){
        .kind = OVERRIDE_MANUAL,
        .state = OVERRIDE_ACTIVE,
        .relay = plan->fleet->relay,
        .provider = wish->provider,
        .target = wish->target,
        .share_percent = wish->share_percent,
        .since_us = plan->now_us,
        .expires_us = wish->expires_us,
        .actor = wish->actor,
        .reason = wish->reason,
        .incident = wish->incident,
        .work = {.held_before = route->waiting.count},
    };
}

const char *route_plan_set(struct route_plan *plan, const struct override *wish, int64_t now_us,
                           struct err *err)
{
    begin(plan, now_us);
    if (!is_fine(plan, wish, now_us, err))
        return NULL;
    struct plan_route *route = plan_is_full(plan) ? NULL : plan_route_get(plan, wish->provider);
    if (route == NULL) {
        err_set(err, ERR_LIMIT, "there are as many routes as can be kept: clear one first");
        return NULL;
    }
    struct override_record before = route->manual;
    struct override one = manual_of(plan, route, wish);
    plan_number(plan, &one);
    const struct override *in_force =
        override_record_is_set(&before) ? &before.override : plan_in_force(route);
    route->manual = (struct override_record){0};
    override_record_set(&route->manual, &one);
    plan_tell(plan, route,
              &(struct plan_news){.action = AUDIT_SET,
                                  .about = &route->manual.override,
                                  .before = in_force,
                                  .after = &route->manual.override,
                                  .actor = route->manual.override.actor,
                                  .reason = route->manual.override.reason});
    plan_end(plan, route, &before, SLICE("another takes its place"));
    route_plan_advance(plan, now_us);
    return plan_route_find(plan, wish->provider)->manual.override.id;
}
