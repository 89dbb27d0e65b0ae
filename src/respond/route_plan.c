/* SPDX-License-Identifier: Apache-2.0
 *
 * The planner's life, its probes and its clock. See route_plan.h; what is decided is in
 * route_path.c, route_wish.c and route_settle.c.
 */
#include "respond/route_plan_private.h"

#include "base/memory.h"

static const char *const stage_words[] = {
#define X(name, word) [ROUTE_STAGE_##name] = word,
    ROUTE_STAGES(X)
#undef X
};

const char *route_stage_word(enum route_stage stage)
{
    return stage_words[stage];
}

bool route_stage_from_word(struct slice word, enum route_stage *out)
{
    for (size_t i = 0; i < ROUTE_STAGE_COUNT; i++) {
        if (slice_eq(word, slice_from_str(stage_words[i]))) {
            *out = (enum route_stage)i;
            return true;
        }
    }
    return false;
}

struct route_plan *route_plan_new(const struct route_rules *rules, const struct fleet *fleet,
                                  route_tell tell, void *data)
{
    struct route_plan *plan = MEM_NEW(struct route_plan);
    *plan = (struct route_plan){.rules = rules, .fleet = fleet, .tell = tell, .data = data};
    return plan;
}

void route_plan_free(struct route_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->route_count; i++)
        plan_route_free(plan->routes[i]);
    for (size_t i = 0; i < plan->standing_count; i++) {
        mem_free(plan->standings[i].source);
        mem_free(plan->standings[i].fault);
    }
    mem_free(plan->standings);
    mem_free(plan);
}

void route_plan_configure(struct route_plan *plan, const struct route_rules *rules,
                          const struct fleet *fleet)
{
    plan->rules = rules;
    plan->fleet = fleet;
    plan->dirty = true;
}

/* ---- probes ---- */

bool route_plan_wants(const struct route_plan *plan, size_t index, struct route_path *out)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        const struct plan_route *route = plan->routes[i];
        for (size_t k = 0; k < route->path_count; k++) {
            if (!plan_path_wants(plan, route, route->paths[k]) || index-- > 0)
                continue;
            *out = (struct route_path){slice_from_str(route->paths[k]->source),
                                       slice_from_str(route->provider)};
            return true;
        }
    }
    return false;
}

static void send_probe(struct route_plan *plan, struct plan_route *route, struct plan_path *path,
                       struct slice recipient)
{
    struct override probe = {.kind = OVERRIDE_PROBE,
                             .state = OVERRIDE_ACTIVE,
                             .relay = plan->fleet->relay,
                             .provider = slice_from_str(route->provider),
                             .source = slice_from_str(path->source),
                             .recipient = recipient,
                             .share_percent = 100,
                             .since_us = plan->now_us,
                             .expires_us = plan->now_us + plan->rules->probe.timeout_us,
                             .actor = OVERRIDE_ACTOR,
                             .reason = SLICE("does the provider take mail of this source again?")};
    plan_number(plan, &probe);
    override_record_set(&path->probe, &probe);
    unsigned successes = path->successes;
    plan_path_enter(plan, path, ROUTE_STAGE_PROBING, "probe %u of %u is on its way", successes + 1,
                    plan->rules->probe.successes);
    plan_tell(plan, route,
              &(struct plan_news){.action = AUDIT_PROBE,
                                  .path = path,
                                  .about = &path->probe.override,
                                  .before = &route->current.override,
                                  .after = &path->probe.override,
                                  .reason = path->probe.override.reason});
}

const char *route_plan_candidate(struct route_plan *plan, const struct route_path *path,
                                 struct slice recipient, int64_t now_us)
{
    struct plan_route *route = plan_route_find(plan, path->provider);
    struct plan_path *known = route != NULL ? plan_path_find(route, path->source) : NULL;
    if (known == NULL || recipient.len > OVERRIDE_RECIPIENT_MAX || plan_is_full(plan))
        return NULL;
    plan_follow_clock(plan, now_us);
    if (!plan_path_wants(plan, route, known))
        return NULL;
    send_probe(plan, route, known, recipient);
    return known->probe.override.id;
}

bool route_plan_probe_result(struct route_plan *plan, struct slice id,
                             enum route_probe_result result, int64_t now_us)
{
    for (size_t i = 0; i < plan->route_count; i++) {
        struct plan_route *route = plan->routes[i];
        for (size_t k = 0; k < route->path_count; k++) {
            struct plan_path *path = route->paths[k];
            if (!override_record_is_set(&path->probe) || path->stage != ROUTE_STAGE_PROBING ||
                !slice_eq(slice_from_str(path->probe.override.id), id))
                continue;
            plan_follow_clock(plan, now_us);
            plan_path_probed(plan, route, path, result);
            route_plan_advance(plan, now_us);
            return true;
        }
    }
    return false;
}

/* ---- time ---- */

static bool is_answered(enum incident_kind kind, const struct plan_cause *cause)
{
    return kind == INCIDENT_SLOW_DOWN || kind == INCIDENT_SILENT_BLOCK ||
           (kind == INCIDENT_BLOCK && cause->class == REPLY_CLASS_BLOCK_IP);
}

/* Why nothing is done for an incident that is no reason to move mail: once. path: NULL for one of
 * the provider. */
static void explain(struct route_plan *plan, const struct plan_route *route,
                    const struct plan_path *path, enum incident_kind kind, struct plan_cause *cause)
{
    CLEANUP_BUF struct buf reason = {0};
    if (!cause->open || cause->left || is_answered(kind, cause))
        return;
    cause->left = true;
    buf_addf(&reason, "%s: %s; %s", incident_kind_word(kind), reply_class_meaning(cause->class),
             kind == INCIDENT_UNREACHABLE ? "whose trouble it is cannot be told"
                                          : "another source would not help");
    plan_tell(plan, route,
              &(struct plan_news){.action = AUDIT_LEAVE,
                                  .path = path,
                                  .before = plan_in_force(route),
                                  .after = plan_in_force(route),
                                  .reason = buf_slice(&reason)});
}

static void explain_all(struct route_plan *plan, struct plan_route *route)
{
    explain(plan, route, NULL, INCIDENT_OUTAGE, &route->outage);
    for (size_t i = 0; i < route->path_count; i++)
        for (int k = 0; k < INCIDENT_KIND_COUNT && plan_is_here(plan, route->paths[i]); k++)
            explain(plan, route, route->paths[i], (enum incident_kind)k,
                    &route->paths[i]->causes[k]);
}

static void advance_route(struct route_plan *plan, struct plan_route *route)
{
    for (size_t i = 0; i < route->path_count; i++)
        plan_path_advance(plan, route, route->paths[i]);
    explain_all(plan, route);
    plan_settle(plan, route);
}

void route_plan_advance(struct route_plan *plan, int64_t now_us)
{
    plan_follow_clock(plan, now_us);
    for (size_t i = 0; i < plan->route_count; i++)
        advance_route(plan, plan->routes[i]);
    plan_forget_idle(plan);
    plan->dirty = false;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What was due and is still there waits for something else than time. */
static int64_t ahead(const struct route_plan *plan, int64_t due_us)
{
    return due_us > plan->now_us ? due_us : INT64_MAX;
}

static int64_t route_due(const struct route_plan *plan, const struct plan_route *route)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < route->path_count; i++)
        due = sooner(due, ahead(plan, plan_path_due(plan, route, route->paths[i])));
    if (override_record_is_set(&route->manual))
        due = sooner(due, route->manual.override.expires_us);
    if (override_record_is_set(&route->current))
        due = sooner(due,
                     ahead(plan, route->current.override.expires_us - plan->rules->expiry_us / 2));
    if (override_record_is_set(&route->proposal))
        due = sooner(due,
                     ahead(plan, route->proposal.override.expires_us - plan->rules->expiry_us / 2));
    if (route->held_us != 0 && !route->deadline_told)
        due = sooner(due, ahead(plan, route->held_us + plan->rules->hold.deadline_us));
    return due;
}

int64_t route_plan_next_due(const struct route_plan *plan)
{
    int64_t due = plan->dirty ? plan->now_us : INT64_MAX;
    for (size_t i = 0; i < plan->route_count; i++)
        due = sooner(due, route_due(plan, plan->routes[i]));
    return due;
}
