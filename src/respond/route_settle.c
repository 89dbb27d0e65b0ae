/* SPDX-License-Identifier: Apache-2.0
 *
 * From what a route should have to what it has: modes, a person's yes or no, caps, expiry, and the
 * deadline of held mail. Everything that changes is told, with what the old one did.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "respond/kept_text.h"
#include "respond/route_plan_private.h"

void plan_number(struct route_plan *plan, struct override *override)
{
    snprintf(override->id, sizeof(override->id), "o%" PRIu64, ++plan->last_number % 1000000000);
}

static const struct override *in_map(const struct override_record *record)
{
    return override_record_is_set(record) && record->override.state == OVERRIDE_ACTIVE
               ? &record->override
               : NULL;
}

const struct override *plan_in_force(const struct plan_route *route)
{
    return in_map(override_record_is_set(&route->manual) ? &route->manual : &route->current);
}

void plan_end(struct route_plan *plan, struct plan_route *route, struct override_record *record,
              struct slice reason)
{
    if (!override_record_is_set(record))
        return;
    struct override_record ended = *record;
    const struct override *before = in_map(&ended);
    *record = (struct override_record){0};
    plan_tell(plan, route,
              &(struct plan_news){.action = AUDIT_END,
                                  .about = &ended.override,
                                  .before = before != NULL ? before : plan_in_force(route),
                                  .after = plan_in_force(route),
                                  .reason = reason});
    override_record_done(&ended);
}

/* ---- made of a wish ---- */

static struct override make(const struct route_plan *plan, const struct plan_route *route,
                            const struct plan_wish *wish, const struct buf *reason)
{
    return (struct override){
        .kind = wish->kind,
        .state = OVERRIDE_ACTIVE,
        .relay = plan->fleet->relay,
        .provider = slice_from_str(route->provider),
        .source = slice_from_str(wish->lead->source),
        .target = wish->target,
        .share_percent = wish->share_percent,
        .per_hour = wish->per_hour,
        .since_us = plan->now_us,
        .expires_us = plan->now_us + plan->rules->expiry_us,
        .actor = route->approved_by ? slice_from_str(route->approved_by) : OVERRIDE_ACTOR,
        .reason = buf_slice(reason),
        .incident = plan_path_incident(wish->lead),
        .work = {.held_before = route->waiting.count},
    };
}

void plan_renew(const struct route_plan *plan, struct override_record *record)
{
    int64_t left_us = record->override.expires_us - plan->now_us, all_us = plan->rules->expiry_us;
    if (left_us < all_us / 2 || left_us > all_us)
        record->override.expires_us = plan->now_us + all_us;
}

static enum audit_action action_of(enum override_kind kind)
{
    static const enum audit_action actions[] = {
        [OVERRIDE_DETOUR] = AUDIT_DETOUR,     [OVERRIDE_HOLD] = AUDIT_HOLD,
        [OVERRIDE_PROBE] = AUDIT_PROBE,       [OVERRIDE_RAMP] = AUDIT_RAMP,
        [OVERRIDE_THROTTLE] = AUDIT_THROTTLE, [OVERRIDE_MANUAL] = AUDIT_SET,
    };
    return actions[kind];
}

static void start(struct route_plan *plan, struct plan_route *route, struct override *one,
                  const struct plan_path *lead)
{
    struct override_record before = route->current;
    route->current = (struct override_record){0};
    if (one->target.len > 0 && !slice_eq(one->target, before.override.target))
        route->chosen_us = plan->now_us;
    plan_number(plan, one);
    override_record_set(&route->current, one);
    override_record_done(&route->watched);
    plan_tell(plan, route,
              &(struct plan_news){.action = action_of(one->kind),
                                  .urgent = one->kind == OVERRIDE_HOLD,
                                  .path = lead,
                                  .about = &route->current.override,
                                  .before = in_map(&before),
                                  .after = &route->current.override,
                                  .actor = route->current.override.actor,
                                  .reason = route->current.override.reason});
    plan_end(plan, route, &before, SLICE("another takes its place"));
    plan_end(plan, route, &route->proposal, SLICE("it is not needed any more"));
}

static void propose(struct route_plan *plan, struct plan_route *route, struct override *one,
                    const struct plan_path *lead)
{
    one->state = OVERRIDE_PROPOSED;
    one->actor = OVERRIDE_ACTOR;
    if (override_record_is_set(&route->proposal) &&
        override_same_route(&route->proposal.override, one)) {
        plan_renew(plan, &route->proposal);
        return;
    }
    plan_end(plan, route, &route->proposal, SLICE("another is proposed"));
    if (plan_is_full(plan))
        return;
    plan_number(plan, one);
    override_record_set(&route->proposal, one);
    plan_tell(plan, route,
              &(struct plan_news){.action = AUDIT_PROPOSE,
                                  .urgent = true,
                                  .path = lead,
                                  .about = &route->proposal.override,
                                  .before = plan_in_force(route),
                                  .after = &route->proposal.override,
                                  .reason = route->proposal.override.reason});
}

/* ---- who has to agree ---- */

static bool is_approved(const struct plan_route *route, const struct override *one)
{
    return route->approved != NULL && ((one->target.len == 0 && one->kind != OVERRIDE_THROTTLE) ||
                                       slice_eq(one->target, slice_from_str(route->approved)));
}

/* NULL: nobody. */
static const char *who_must_agree(const struct route_plan *plan, const struct plan_route *route,
                                  const struct override *one, enum route_mode mode)
{
    if (is_approved(route, one))
        return NULL;
    if (mode == ROUTE_PROPOSE)
        return "the mode is propose";
    if (plan_is_full(plan))
        return "there is no room for more overrides";
    return override_record_is_set(&route->current) ? NULL : plan_caps_limit(plan, route);
}

static void apply(struct route_plan *plan, struct plan_route *route, const struct plan_wish *wish,
                  enum route_mode mode, struct buf *reason)
{
    struct override one = make(plan, route, wish, reason);
    if (override_record_is_set(&route->current) &&
        override_same_route(&route->current.override, &one)) {
        plan_renew(plan, &route->current);
        plan_end(plan, route, &route->proposal, SLICE("it is not needed any more"));
        return;
    }
    const char *limit = who_must_agree(plan, route, &one, mode);
    if (limit == NULL) {
        start(plan, route, &one, wish->lead);
        return;
    }
    bool held = override_record_is_set(&route->current) && wish->may_hold &&
                route->current.override.kind == OVERRIDE_HOLD;
    if (held)
        plan_renew(plan, &route->current);
    else
        plan_end(plan, route, &route->current, SLICE("what should take its place waits for a yes"));
    buf_addf(reason, "; it waits for a person's yes: %s", limit);
    one.reason = buf_slice(reason);
    propose(plan, route, &one, wish->lead);
}

/* ---- not done ---- */

static void end_all(struct route_plan *plan, struct plan_route *route, struct slice reason)
{
    plan_end(plan, route, &route->current, reason);
    plan_end(plan, route, &route->proposal, reason);
}

/* What would be done, or that nothing can be: once, until it is something else. */
static void say(struct route_plan *plan, struct plan_route *route, const struct plan_wish *wish,
                struct buf *reason)
{
    struct override one = make(plan, route, wish, reason);
    if (!wish->any)
        one.state = OVERRIDE_ENDED;
    if (override_record_is_set(&route->watched) &&
        override_same_route(&route->watched.override, &one))
        return;
    snprintf(one.id, sizeof(one.id), "-");
    override_record_set(&route->watched, &one);
    plan_tell(plan, route,
              &(struct plan_news){.action = wish->any ? AUDIT_OBSERVE : AUDIT_LEAVE,
                                  .urgent = !wish->any,
                                  .path = wish->lead,
                                  .after = wish->any ? &route->watched.override : NULL,
                                  .reason = buf_slice(reason)});
}

/* ---- held for long ---- */

static void warn(struct route_plan *plan, const struct plan_route *route, const char *text)
{
    plan_tell(plan, route,
              &(struct plan_news){.action = AUDIT_WARN,
                                  .urgent = true,
                                  .before = plan_in_force(route),
                                  .after = plan_in_force(route),
                                  .reason = slice_from_str(text)});
}

static void pass_deadline(struct route_plan *plan, struct plan_route *route)
{
    route->deadline_told = true;
    switch (plan->rules->hold.then) {
    case ROUTE_THEN_KEEP:
        warn(plan, route,
             "mail has waited until the deadline and waits on: somebody has to choose");
        break;
    case ROUTE_THEN_RELEASE:
        route->released = true;
        warn(plan, route, "mail has waited until the deadline and now tries by its own source");
        break;
    case ROUTE_THEN_RESORT:
        route->resort = true;
        warn(plan, route, "mail has waited until the deadline and leaves by the last resort");
        break;
    }
}

static void watch_age(struct route_plan *plan, struct plan_route *route)
{
    const struct route_hold_rule *rule = &plan->rules->hold;
    bool old = route->waiting.oldest_us != INT64_MAX &&
               plan->now_us - route->waiting.oldest_us >= rule->lifetime_us - rule->warn_before_us;
    if (old && !route->old_told)
        warn(plan, route, "the oldest mail that waits is returned to its sender soon");
    route->old_told = old;
}

static void watch_held(struct route_plan *plan, struct plan_route *route)
{
    const struct override *now = in_map(&route->current);
    bool flows = now != NULL && (now->kind == OVERRIDE_DETOUR || now->kind == OVERRIDE_THROTTLE ||
                                 (now->kind == OVERRIDE_RAMP && now->target.len > 0));
    if (flows) {
        route->held_us = 0;
        route->deadline_told = false;
    } else if (route->held_us == 0) {
        route->held_us = plan->now_us;
    }
    if (!flows && !route->deadline_told &&
        plan->now_us - route->held_us >= plan->rules->hold.deadline_us)
        pass_deadline(plan, route);
    watch_age(plan, route);
}

/* ---- all of it ---- */

static void expire_manual(struct route_plan *plan, struct plan_route *route)
{
    if (override_record_is_set(&route->manual) && plan->now_us >= route->manual.override.expires_us)
        plan_end(plan, route, &route->manual, SLICE("its time is over"));
}

/* No path has lost its mail: what was agreed for this block is forgotten. */
static void calm(struct route_plan *plan, struct plan_route *route)
{
    end_all(plan, route, SLICE("its reason is gone"));
    override_record_done(&route->watched);
    route->held_us = route->chosen_us = 0;
    route->released = route->resort = route->deadline_told = route->old_told = false;
    for (size_t i = 0; i < route->path_count; i++)
        if (plan_is_here(plan, route->paths[i]) && route->paths[i]->stage != ROUTE_STAGE_OK)
            return;
    route->denied = false;
    mem_free(route->approved);
    mem_free(route->approved_by);
    route->approved = route->approved_by = NULL;
}

/* The most careful of those that hold for its troubled paths. */
static enum route_mode mode_of(const struct route_plan *plan, const struct plan_route *route)
{
    enum route_mode mode = ROUTE_AUTO;
    for (size_t i = 0; i < route->path_count; i++) {
        const struct plan_path *path = route->paths[i];
        if (path->stage == ROUTE_STAGE_OK || !plan_is_here(plan, path))
            continue;
        enum route_mode one = route_rules_mode(plan->rules, slice_from_str(route->provider),
                                               slice_from_str(path->source));
        mode = one < mode ? one : mode;
    }
    return mode;
}

void plan_settle(struct route_plan *plan, struct plan_route *route)
{
    CLEANUP_BUF struct buf reason = {0};
    struct plan_wish wish;
    expire_manual(plan, route);
    if (override_record_is_set(
            &route->manual)) /* a person may hold mail for longer than it lives */
        watch_age(plan, route);
    plan_wish(plan, route, &wish, &reason);
    if (wish.lead == NULL) {
        calm(plan, route);
        return;
    }
    enum route_mode mode = mode_of(plan, route);
    if (override_record_is_set(&route->manual)) {
        end_all(plan, route, SLICE("a person's route wins"));
        route->chosen_us = 0; /* its target is not lost: it may be taken again at once */
    } else if (route->denied) {
        end_all(plan, route, SLICE("a person said no"));
    } else if (mode == ROUTE_OBSERVE) {
        end_all(plan, route, SLICE("the mode is observe"));
        say(plan, route, &wish, &reason);
    } else if (!wish.any) {
        end_all(plan, route, buf_slice(&reason));
        say(plan, route, &wish, &reason);
    } else {
        apply(plan, route, &wish, mode, &reason);
    }
    if (wish.kind != OVERRIDE_THROTTLE && mode != ROUTE_OBSERVE &&
        !override_record_is_set(&route->manual))
        watch_held(plan, route);
}
