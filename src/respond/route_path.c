/* SPDX-License-Identifier: Apache-2.0
 *
 * The stages of one path. A path knows its own evidence and the time; whether its mail is moved in
 * the meantime it sees from the override of its route.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/proportion.h"
#include "respond/kept_text.h"
#include "respond/route_plan_private.h"

/* ---- what is known ---- */

static bool is_news(const struct plan_path *path, const struct plan_cause *cause)
{
    return cause->open && cause->last_hit_us > path->settled_us;
}

/* Of blocks only those of the source itself: another one does not help our domain. */
bool plan_path_is_blocking(const struct plan_path *path)
{
    const struct plan_cause *block = &path->causes[INCIDENT_BLOCK];
    return (is_news(path, block) && block->class == REPLY_CLASS_BLOCK_IP) ||
           is_news(path, &path->causes[INCIDENT_SILENT_BLOCK]);
}

static bool is_slowed(const struct plan_path *path)
{
    return is_news(path, &path->causes[INCIDENT_SLOW_DOWN]);
}

bool plan_path_is_refused(const struct plan_path *path)
{
    return path->stage == ROUTE_STAGE_BLOCKED || path->stage == ROUTE_STAGE_PROBING ||
           path->stage == ROUTE_STAGE_QUARANTINED;
}

bool plan_path_is_away(const struct route_plan *plan, const struct plan_path *path)
{
    return plan_is_here(plan, path) &&
           (plan_path_is_refused(path) ||
            (path->stage == ROUTE_STAGE_RAMPING && path->step < plan->rules->ramp.step_count));
}

size_t plan_path_flaps(const struct route_plan *plan, const struct plan_path *path)
{
    size_t recent = 0;
    for (size_t i = 0; i < path->flap_count; i++)
        recent += plan->now_us - path->flaps[i] < plan->rules->flap.within_us;
    return recent;
}

static bool is_covered(const struct plan_route *route)
{
    return override_record_is_set(&route->current);
}

struct slice plan_path_incident(const struct plan_path *path)
{
    static const enum incident_kind order[] = {INCIDENT_BLOCK, INCIDENT_SILENT_BLOCK,
                                               INCIDENT_SLOW_DOWN};
    struct slice id = {NULL, 0};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        const struct plan_cause *cause = &path->causes[order[i]];
        if (cause->open)
            return slice_from_str(cause->id);
        if (id.len == 0)
            id = slice_from_str(cause->id);
    }
    return id;
}

/* ---- moving ---- */

void plan_path_enter(struct route_plan *plan, struct plan_path *path, enum route_stage stage,
                     const char *note, ...)
{
    char text[OVERRIDE_REASON_MAX];
    va_list arguments;
    va_start(arguments, note);
    vsnprintf(text, sizeof(text), note, arguments);
    va_end(arguments);
    mem_free(path->note);
    path->note = kept_text_new(slice_from_str(text), OVERRIDE_REASON_MAX);
    path->stage = stage;
    path->stage_us = plan->now_us;
    path->due_us = INT64_MAX;
    path->counts = (struct route_count){0};
    path->slowest_us = 0;
    path->reopened = false;
}

static void tell_path(struct route_plan *plan, const struct plan_route *route,
                      const struct plan_path *path, enum audit_action action)
{
    const struct override *map = plan_in_force(route);
    const struct override *asked = /* what a person may say yes to */
        action == AUDIT_QUARANTINE && override_record_is_set(&path->probe) ? &path->probe.override
                                                                           : NULL;
    plan_tell(plan, route,
              &(struct plan_news){.action = action,
                                  .urgent = action == AUDIT_QUARANTINE,
                                  .path = path,
                                  .about = asked,
                                  .before = map,
                                  .after = map,
                                  .reason = slice_from_str(path->note)});
}

/* A person is asked whether to probe again; yes is in route_people.c. */
static void propose_probes(struct route_plan *plan, const struct plan_route *route,
                           struct plan_path *path)
{
    if (plan_is_full(plan))
        return; /* asked again with the next advance */
    struct override wish = {.kind = OVERRIDE_PROBE,
                            .state = OVERRIDE_PROPOSED,
                            .relay = plan->fleet->relay,
                            .provider = slice_from_str(route->provider),
                            .source = slice_from_str(path->source),
                            .share_percent = 100,
                            .since_us = plan->now_us,
                            .expires_us = plan->now_us + plan->rules->expiry_us,
                            .actor = OVERRIDE_ACTOR,
                            .reason = slice_from_str(path->note),
                            .incident = plan_path_incident(path)};
    plan_number(plan, &wish);
    override_record_set(&path->probe, &wish);
}

static void add_flap(struct plan_path *path, int64_t now_us)
{
    if (path->flap_count == PLAN_FLAPS_MAX)
        memmove(path->flaps, path->flaps + 1, --path->flap_count * sizeof(path->flaps[0]));
    path->flaps[path->flap_count++] = now_us;
}

static void quarantine(struct route_plan *plan, struct plan_route *route, struct plan_path *path)
{
    size_t flaps = plan_path_flaps(plan, path);
    plan_path_enter(
        plan, path, ROUTE_STAGE_QUARANTINED,
        "it was given back and lost again %zu times: a person decides when to try again", flaps);
    propose_probes(plan, route, path);
    tell_path(plan, route, path, AUDIT_QUARANTINE);
}

/* The wait doubles when the path did not last, and begins anew when it did. */
static void block(struct route_plan *plan, struct plan_route *route, struct plan_path *path,
                  const char *note)
{
    const struct route_probe_rule *rule = &plan->rules->probe;
    bool flapped =
        path->stage == ROUTE_STAGE_RAMPING ||
        (path->returned_us != 0 && plan->now_us - path->returned_us < plan->rules->flap.within_us);
    int64_t wait_us = rule->first_us;
    if (flapped) {
        add_flap(path, plan->now_us);
        wait_us = path->wait_us > wait_us ? path->wait_us : wait_us;
        wait_us = wait_us > rule->longest_us / 2 ? rule->longest_us : wait_us * 2;
    }
    if (!plan_path_is_away(plan, path))
        path->away_us = plan->now_us;
    plan_path_enter(plan, path, ROUTE_STAGE_BLOCKED, "%s", note);
    path->wait_us = wait_us;
    path->due_us = plan->now_us + wait_us;
    path->successes = 0;
    if (flapped && plan_path_flaps(plan, path) >= plan->rules->flap.count)
        quarantine(plan, route, path);
}

static void block_by_cause(struct route_plan *plan, struct plan_route *route,
                           struct plan_path *path)
{
    char note[OVERRIDE_REASON_MAX];
    bool said = is_news(path, &path->causes[INCIDENT_BLOCK]);
    const struct plan_cause *cause = &path->causes[said ? INCIDENT_BLOCK : INCIDENT_SILENT_BLOCK];
    snprintf(note, sizeof(note), "%s: %llu of %llu attempts failed (%s)",
             said ? "the provider refuses this source" : "only this source gets no answer there",
             (unsigned long long)cause->hits, (unsigned long long)cause->attempts,
             reply_class_word(cause->class));
    block(plan, route, path, note);
}

/* Its own mail flows again. */
static void come_back(struct route_plan *plan, struct plan_route *route, struct plan_path *path,
                      const char *note)
{
    bool was_away = path->stage != ROUTE_STAGE_THROTTLED &&
                    (is_covered(route) || path->stage == ROUTE_STAGE_RAMPING);
    override_record_done(&path->probe);
    plan_path_enter(plan, path, ROUTE_STAGE_OK, "%s", note);
    path->settled_us = plan->now_us;
    if (was_away)
        path->returned_us = plan->now_us;
    route->choose_anew = true;
    tell_path(plan, route, path, AUDIT_RETURN);
}

/* ---- throttled ---- */

static void throttle(struct route_plan *plan, struct plan_path *path)
{
    const struct route_throttle_rule *rule = &plan->rules->throttle;
    double least = rule->least_per_hour, usual = path->volume.usual_day / 24;
    usual = path->volume.last_hour > usual ? path->volume.last_hour : usual;
    path->usual_pace = usual > 2 * least ? usual : 2 * least;
    path->pace = path->usual_pace * rule->back_off;
    path->pace = path->pace > least ? path->pace : least;
    plan_path_enter(plan, path, ROUTE_STAGE_THROTTLED,
                    "the provider wants less: from %.0f to %.0f deliveries an hour",
                    path->usual_pace, path->pace);
    path->due_us = plan->now_us + rule->every_us;
}

static bool is_too_fast(const struct route_plan *plan, const struct plan_path *path)
{
    const struct route_count *counts = &path->counts;
    return counts->slowed >= plan->rules->ramp.refusals &&
           proportion_lower(counts->slowed, counts->attempts) > plan->rules->throttle.tolerated;
}

/* Down by a factor, up by steps. */
static void change_pace(struct route_plan *plan, struct plan_path *path)
{
    const struct route_throttle_rule *rule = &plan->rules->throttle;
    double least = rule->least_per_hour;
    if (is_too_fast(plan, path)) {
        if (path->pace <= least && path->slowest_us == 0)
            path->slowest_us = plan->now_us;
        path->pace = path->pace * rule->back_off > least ? path->pace * rule->back_off : least;
    } else {
        path->slowest_us = 0;
        path->pace += rule->recover * path->usual_pace;
        path->pace = path->pace < path->usual_pace ? path->pace : path->usual_pace;
    }
    path->counts = (struct route_count){0};
    path->due_us = plan->now_us + rule->every_us;
}

static void advance_throttled(struct route_plan *plan, struct plan_route *route,
                              struct plan_path *path)
{
    int64_t since = is_covered(route) ? path->slowest_us : path->stage_us;
    if (plan_path_is_blocking(path)) {
        block_by_cause(plan, route, path);
    } else if (is_slowed(path) && since != 0 &&
               plan->now_us - since >= plan->rules->throttle.block_after_us) {
        block(plan, route, path, "the provider refuses its rate, however slow: as good as a block");
    } else if (!is_slowed(path) && (!is_covered(route) || path->pace >= path->usual_pace)) {
        come_back(plan, route, path, "the provider takes the usual pace again");
    } else if (plan->now_us >= path->due_us) {
        change_pace(plan, path);
    }
}

/* ---- blocked and probing ---- */

static void advance_refused(struct route_plan *plan, struct plan_route *route,
                            struct plan_path *path)
{
    bool evidence = plan_path_is_blocking(path) || is_slowed(path);
    if (override_record_is_set(&path->probe) && plan->now_us >= path->probe.override.expires_us)
        plan_path_probed(plan, route, path, ROUTE_PROBE_UNCLEAR);
    if (!evidence && !is_covered(route))
        come_back(plan, route, path, "its own mail gets through again");
    else if (!evidence && route->outage.open)
        come_back(plan, route, path, "it is an outage of the provider, not a block of the source");
}

static bool may_ramp(const struct route_plan *plan, const struct plan_route *route)
{
    for (size_t i = 0; i < route->path_count; i++)
        if (route->paths[i]->stage == ROUTE_STAGE_RAMPING &&
            plan_path_is_away(plan, route->paths[i]))
            return false;
    return true;
}

/* A share of the provider's mail can only be given to a source that all who send there may use;
 * else all of its own comes back at once. */
static void ramp(struct route_plan *plan, struct plan_route *route, struct plan_path *path)
{
    const struct fleet_source *source =
        fleet_source_named(plan->fleet, slice_from_str(path->source));
    if (!may_ramp(plan, route))
        return;
    plan_path_enter(plan, path, ROUTE_STAGE_RAMPING, "%u probes in a row got through",
                    path->successes);
    path->step = plan_pools_allow(plan, route, source) ? 0 : plan->rules->ramp.step_count;
}

/* What a probe said, as its outcome. */
static void end_probe(struct route_plan *plan, struct plan_route *route, struct plan_path *path,
                      enum route_probe_result result)
{
    static const struct slice words[] = {
        [ROUTE_PROBE_DELIVERED] = {"it got through", 14},
        [ROUTE_PROBE_REFUSED] = {"it was refused", 14},
        [ROUTE_PROBE_UNCLEAR] = {"it says nothing of the path", 27},
    };
    struct override_work *work = &path->probe.override.work;
    work->delivered = result == ROUTE_PROBE_DELIVERED;
    work->deferred = result == ROUTE_PROBE_REFUSED;
    plan_end(plan, route, &path->probe, words[result]);
}

void plan_path_probed(struct route_plan *plan, struct plan_route *route, struct plan_path *path,
                      enum route_probe_result result)
{
    const struct route_probe_rule *rule = &plan->rules->probe;
    end_probe(plan, route, path, result);
    switch (result) {
    case ROUTE_PROBE_UNCLEAR:
        path->due_us = plan->now_us + (rule->interval_us < rule->timeout_us ? rule->interval_us
                                                                            : rule->timeout_us);
        return;
    case ROUTE_PROBE_DELIVERED:
        path->successes++;
        path->due_us = plan->now_us + rule->interval_us;
        return;
    case ROUTE_PROBE_REFUSED:
        break;
    }
    int64_t longer = path->wait_us > rule->longest_us / 2 ? rule->longest_us : path->wait_us * 2;
    plan_path_enter(plan, path, ROUTE_STAGE_BLOCKED,
                    "the provider still refuses this source: a probe was refused");
    path->wait_us = longer;
    path->successes = 0;
    path->due_us = plan->now_us + longer;
}

bool plan_path_wants(const struct route_plan *plan, const struct plan_route *route,
                     const struct plan_path *path)
{
    return (path->stage == ROUTE_STAGE_BLOCKED || path->stage == ROUTE_STAGE_PROBING) &&
           path->successes < plan->rules->probe.successes && plan_is_here(plan, path) &&
           is_covered(route) && !override_record_is_set(&path->probe) &&
           path->due_us <= plan->now_us;
}

/* ---- ramping ---- */

static bool is_refused_again(const struct route_plan *plan, const struct plan_path *path)
{
    const struct route_ramp_rule *rule = &plan->rules->ramp;
    const struct route_count *counts = &path->counts;
    return counts->refused >= rule->refusals &&
           proportion_lower(counts->refused, counts->attempts) > rule->tolerated;
}

static bool gate_is_open(const struct route_plan *plan, const struct plan_path *path)
{
    const struct route_ramp_rule *rule = &plan->rules->ramp;
    int64_t for_us = plan->now_us - path->stage_us;
    if (for_us < rule->step_us)
        return false;
    return path->counts.delivered >= rule->step_volume ||
           (for_us >= rule->patience_us && path->counts.refused == 0);
}

static void advance_ramping(struct route_plan *plan, struct plan_route *route,
                            struct plan_path *path)
{
    const struct route_ramp_rule *rule = &plan->rules->ramp;
    char note[OVERRIDE_REASON_MAX];
    if (path->reopened || is_refused_again(plan, path)) {
        snprintf(note, sizeof(note), "%llu of %llu attempts failed when mail was given back",
                 (unsigned long long)path->counts.refused,
                 (unsigned long long)path->counts.attempts);
        block(plan, route, path, note);
        return;
    }
    if (override_record_is_set(&route->manual)) {
        path->stage_us = plan->now_us; /* what gets through now says nothing of the path */
        return;
    }
    if (!is_covered(route) && path->step < rule->step_count)
        path->step = rule->step_count; /* its mail is its own again already */
    if (!gate_is_open(plan, path))
        return;
    unsigned long long delivered = path->counts.delivered;
    size_t step = path->step;
    if (step >= rule->step_count) {
        come_back(plan, route, path, "all of its mail was given back and got through");
        return;
    }
    plan_path_enter(plan, path, ROUTE_STAGE_RAMPING, "%llu got through at %u %%", delivered,
                    rule->steps[step]);
    path->step = step + 1;
}

/* ---- all ---- */

void plan_path_advance(struct route_plan *plan, struct plan_route *route, struct plan_path *path)
{
    if (!plan_is_here(plan, path))
        return;
    switch (path->stage) {
    case ROUTE_STAGE_OK:
        if (plan_path_is_blocking(path))
            block_by_cause(plan, route, path);
        else if (is_slowed(path))
            throttle(plan, path);
        break;
    case ROUTE_STAGE_THROTTLED:
        advance_throttled(plan, route, path);
        break;
    case ROUTE_STAGE_PROBING:
        if (path->successes >= plan->rules->probe.successes) {
            ramp(plan, route, path);
            break;
        }
        advance_refused(plan, route, path);
        break;
    case ROUTE_STAGE_BLOCKED:
        advance_refused(plan, route, path);
        break;
    case ROUTE_STAGE_RAMPING:
        advance_ramping(plan, route, path);
        break;
    case ROUTE_STAGE_QUARANTINED:
        if (!override_record_is_set(&path->probe))
            propose_probes(plan, route, path);
        plan_renew(plan, &path->probe);
        if (!is_covered(route) && !plan_path_is_blocking(path) && !is_slowed(path))
            come_back(plan, route, path, "its own mail gets through again");
        break;
    }
}

/* Of what waits for time alone. */
int64_t plan_path_due(const struct route_plan *plan, const struct plan_route *route,
                      const struct plan_path *path)
{
    const struct route_ramp_rule *rule = &plan->rules->ramp;
    if (override_record_is_set(&path->probe) && path->stage != ROUTE_STAGE_QUARANTINED)
        return path->probe.override.expires_us;
    if (path->stage == ROUTE_STAGE_RAMPING)
        return path->stage_us +
               (plan->now_us - path->stage_us < rule->step_us ? rule->step_us : rule->patience_us);
    if (plan_path_wants(plan, route, path))
        return INT64_MAX; /* a candidate */
    return path->stage == ROUTE_STAGE_OK || path->stage == ROUTE_STAGE_QUARANTINED ? INT64_MAX
                                                                                   : path->due_us;
}
