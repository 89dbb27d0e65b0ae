/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told of a decision: the map before and after in its own words, evidence, reason.
 */
#include "base/memory.h"
#include "respond/route_plan_private.h"

static void add_route(const struct route_plan *plan, struct slice name, struct buf *to)
{
    const struct fleet_source *source = fleet_source_named(plan->fleet, name);
    if (source != NULL)
        fleet_route(source, to);
    else
        buf_add(to, name);
}

static void add_rest(const struct route_plan *plan, struct slice target, struct buf *to)
{
    if (target.len > 0)
        add_route(plan, target, to);
    else
        buf_add_str(to, "hold");
}

void plan_route_words(const struct route_plan *plan, const struct override *override,
                      struct buf *to)
{
    if (override == NULL) {
        buf_add_str(to, "default");
        return;
    }
    switch (override->kind) {
    case OVERRIDE_DETOUR:
    case OVERRIDE_HOLD:
        add_rest(plan, override->target, to);
        break;
    case OVERRIDE_PROBE:
        if (override->recipient.len > 0)
            buf_add(to, override->recipient);
        else
            buf_addf(to, "%u %%", fleet_share_percent[0]);
        buf_add_char(to, ' ');
        add_route(plan, override->source, to);
        break;
    case OVERRIDE_RAMP:
        buf_addf(to, "%u %% ", override->share_percent);
        add_route(plan, override->source, to);
        buf_add_str(to, ", else ");
        add_rest(plan, override->target, to);
        break;
    case OVERRIDE_THROTTLE:
        add_route(plan, override->source, to);
        buf_addf(to, " at most %u an hour", override->per_hour);
        break;
    case OVERRIDE_MANUAL:
        if (override->share_percent < 100)
            buf_addf(to, "%u %% ", override->share_percent);
        add_rest(plan, override->target, to);
        break;
    }
}

static void add_id(struct slice id, struct audit_entry *entry)
{
    size_t i = 0;
    while (i < AUDIT_INCIDENTS_MAX && entry->incidents[i].len > 0 &&
           !slice_eq(entry->incidents[i], id))
        i++;
    if (i < AUDIT_INCIDENTS_MAX)
        entry->incidents[i] = id;
}

/* What the path is in its stage for, what the override answers, which may be closed by now, then
 * all that is open at the provider. */
static void add_evidence(const struct plan_route *route, const struct plan_news *news,
                         struct audit_entry *entry)
{
    const struct override *overrides[] = {news->about, news->before, news->after};
    if (news->path != NULL)
        add_id(plan_path_incident(news->path), entry);
    for (size_t i = 0; i < sizeof(overrides) / sizeof(overrides[0]); i++)
        if (overrides[i] != NULL)
            add_id(overrides[i]->incident, entry);
    for (size_t i = 0; i < route->path_count; i++)
        for (size_t k = 0; k < INCIDENT_KIND_COUNT; k++)
            if (route->paths[i]->causes[k].open)
                add_id(slice_from_str(route->paths[i]->causes[k].id), entry);
    if (route->outage.open)
        add_id(slice_from_str(route->outage.id), entry);
}

void plan_tell(struct route_plan *plan, const struct plan_route *route,
               const struct plan_news *news)
{
    CLEANUP_BUF struct buf before = {0}, after = {0};
    if (plan->tell == NULL)
        return;
    plan_route_words(plan, news->before, &before);
    plan_route_words(plan, news->after, &after);
    struct audit_entry entry = {
        .time_us = plan->now_us,
        .action = news->action,
        .urgent = news->urgent,
        .relay = plan->fleet->relay,
        .provider = slice_from_str(route->provider),
        .before = buf_slice(&before),
        .after = buf_slice(&after),
        .actor = news->actor.len > 0 ? news->actor : OVERRIDE_ACTOR,
        .reason = news->reason,
    };
    if (news->path != NULL)
        entry.source = slice_from_str(news->path->source);
    if (news->about != NULL) {
        entry.override_id = slice_from_str(news->about->id);
        entry.source = news->path == NULL ? news->about->source : entry.source;
        entry.measured = news->action == AUDIT_END && news->about->state == OVERRIDE_ACTIVE;
        entry.work = news->about->work;
    }
    add_evidence(route, news, &entry);
    plan->tell(plan->data, &entry);
}
