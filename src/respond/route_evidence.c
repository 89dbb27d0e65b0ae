/* SPDX-License-Identifier: Apache-2.0
 *
 * What the planner is told, put where it belongs. Nothing is decided here.
 */
#include "respond/route_evidence.h"

#include <stdio.h>

#include "base/memory.h"
#include "respond/kept_text.h"
#include "respond/route_plan_private.h"

/* ---- incidents ---- */

static void set_cause(struct plan_cause *cause, const struct incident *incident, struct slice id)
{
    bool open = incident_is_open(incident);
    *cause = (struct plan_cause){
        .open = open,
        .left = open && cause->open && cause->left,
        .class = incident->class,
        .last_hit_us = incident->last_hit_us > incident->opened_us ? incident->last_hit_us
                                                                   : incident->opened_us,
        .attempts = incident->attempts,
        .hits = incident->hits,
    };
    snprintf(cause->id, sizeof(cause->id), "%.*s",
             SLICE_ARG(slice_first(id, PLAN_INCIDENT_ID_MAX)));
}

/* An incident that is about this path. */
static void take_cause(struct route_plan *plan, struct plan_path *path,
                       const struct incident *incident, struct slice id)
{
    struct plan_cause *cause = &path->causes[incident->kind];
    bool was_open = cause->open;
    bool is_block = incident->kind == INCIDENT_BLOCK || incident->kind == INCIDENT_SILENT_BLOCK;
    set_cause(cause, incident, id);
    if (!is_block || cause->open == was_open)
        return;
    if (cause->open && path->stage == ROUTE_STAGE_RAMPING)
        path->reopened = plan_path_is_blocking(path);
    if (!cause->open && path->stage == ROUTE_STAGE_BLOCKED && path->due_us > plan->now_us)
        path->due_us = plan->now_us; /* whoever closed it thinks that it is worth a probe */
}

/* Is it about a source at a provider, of a kind that says something of the path? */
static bool is_about_path(const struct incident *incident)
{
    return incident_hits_are_failures(incident->kind) && incident->source.len > 0;
}

bool route_plan_incident(struct route_plan *plan, const struct incident *incident, struct slice id)
{
    bool outage = incident->kind == INCIDENT_OUTAGE;
    if (incident->provider.len == 0 ||
        (!outage &&
         (!is_about_path(incident) || fleet_source_named(plan->fleet, incident->source) == NULL)))
        return true;
    struct plan_route *route = incident_is_open(incident)
                                   ? plan_route_get(plan, incident->provider)
                                   : plan_route_find(plan, incident->provider);
    plan->dirty = true;
    if (route == NULL)
        return !incident_is_open(incident);
    if (outage) {
        set_cause(&route->outage, incident, id);
        return true;
    }
    struct plan_path *path = plan_path_get(route, incident->source);
    if (path != NULL)
        take_cause(plan, path, incident, id);
    return path != NULL;
}

/* ---- numbers ---- */

static struct plan_path *known_path(const struct route_plan *plan, const struct route_path *path)
{
    struct plan_route *route = plan_route_find(plan, path->provider);
    return route != NULL && fleet_source_named(plan->fleet, path->source) != NULL
               ? plan_path_get(route, path->source)
               : NULL;
}

void route_plan_count(struct route_plan *plan, const struct route_path *path,
                      const struct route_count *count)
{
    struct plan_path *known = known_path(plan, path);
    if (known == NULL)
        return;
    known->counts.attempts += count->attempts;
    known->counts.delivered += count->delivered;
    known->counts.refused += count->refused;
    known->counts.slowed += count->slowed;
    plan->dirty = true;
}

void route_plan_volume(struct route_plan *plan, const struct route_path *path,
                       const struct route_volume *volume)
{
    struct plan_path *known = known_path(plan, path);
    if (known == NULL)
        return;
    known->volume = *volume;
    plan->dirty = true;
}

void route_plan_waiting(struct route_plan *plan, struct slice provider,
                        const struct route_waiting *waiting)
{
    struct plan_route *route = plan_route_find(plan, provider);
    if (route == NULL)
        return;
    route->waiting = *waiting;
    plan->dirty = true;
}

void route_plan_total(struct route_plan *plan, double usual_day)
{
    plan->total_day = usual_day;
}

static struct plan_standing *standing_of(struct route_plan *plan, struct slice source)
{
    for (size_t i = 0; i < plan->standing_count; i++)
        if (slice_eq(slice_from_str(plan->standings[i].source), source))
            return &plan->standings[i];
    if (fleet_source_named(plan->fleet, source) == NULL)
        return NULL;
    plan->standings =
        mem_resize(plan->standings, plan->standing_count + 1, sizeof(plan->standings[0]));
    struct plan_standing *added = &plan->standings[plan->standing_count++];
    *added = (struct plan_standing){.source = kept_text_new(source, OVERRIDE_NAME_MAX)};
    return added;
}

void route_plan_standing(struct route_plan *plan, struct slice source, struct slice fault)
{
    struct plan_standing *standing = standing_of(plan, source);
    if (standing == NULL)
        return;
    mem_free(standing->fault);
    standing->fault = fault.len > 0 ? kept_text_new(fault, OVERRIDE_REASON_MAX) : NULL;
    plan->dirty = true;
}

void route_plan_spf(struct route_plan *plan, const struct route_path *path, struct slice fault)
{
    struct plan_path *known = known_path(plan, path);
    if (known == NULL || slice_eq(known->spf ? slice_from_str(known->spf) : SLICE(""), fault))
        return;
    mem_free(known->spf);
    known->spf = fault.len > 0 ? kept_text_new(fault, OVERRIDE_REASON_MAX) : NULL;
    plan->dirty = true;
}

static void add_work(struct override_work *sum, const struct override_work *more)
{
    sum->held_before += more->held_before;
    sum->delivered += more->delivered;
    sum->deferred += more->deferred;
    sum->bounced += more->bounced;
}

void route_plan_work(struct route_plan *plan, struct slice id, const struct override_work *more)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        struct override_record *records[] = {&plan->routes[i]->current, &plan->routes[i]->manual};
        for (size_t k = 0; k < 2; k++)
            if (override_record_is_set(records[k]) &&
                slice_eq(slice_from_str(records[k]->override.id), id))
                add_work(&records[k]->override.work, more);
    }
}
