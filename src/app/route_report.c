/* SPDX-License-Identifier: Apache-2.0
 *
 * A report into the planner. See route_report.h.
 */
#include "app/route_report.h"

void route_report_free(struct route_report *report)
{
    if (report != NULL)
        arena_free(report->arena);
}

/* An override moves all mail for the provider, by whatever source it then leaves. Probes have said
 * what they did. */
static void tell_work(const struct route_report *report, struct route_plan *plan, int64_t now_us)
{
    struct override_work work = {0};
    const struct override *override;
    for (size_t i = 0; i < report->path_count; i++) {
        work.delivered += report->paths[i].count.delivered;
        work.deferred += report->paths[i].deferred;
        work.bounced += report->paths[i].bounced;
    }
    for (size_t i = 0; (override = route_plan_override(plan, i)) != NULL; i++)
        if (override->kind != OVERRIDE_PROBE && override_is_in_force(override, now_us) &&
            slice_eq(override->provider, report->provider))
            route_plan_work(plan, slice_from_str(override->id), &work);
}

void route_report_tell(const struct route_report *report, struct route_plan *plan,
                       int64_t oldest_us, int64_t now_us)
{
    struct route_waiting waiting = {.count = report->waiting, .oldest_us = oldest_us};
    route_plan_total(plan, report->usual_day);
    route_plan_waiting(plan, report->provider, &waiting);
    tell_work(report, plan, now_us);
    for (size_t i = 0; i < report->path_count; i++) {
        const struct route_report_path *from = &report->paths[i];
        struct route_path path = {.source = from->source, .provider = report->provider};
        route_plan_volume(plan, &path, &from->volume);
        if (from->count.attempts > 0)
            route_plan_count(plan, &path, &from->count);
    }
    for (size_t i = 0; i < report->probe_count; i++)
        (void)route_plan_probe_result(plan, report->probes[i].id, report->probes[i].result, now_us);
}
