/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever happens in whatever order, each byte a thing that does: there is one route a provider at
 * a time, each has an end and a target that may be, what one plan remembers makes the same plan
 * again, and the next thing due is not in the past.
 */
#include <stdio.h>

#include "base/memory.h"
#include "model/json_value.h"
#include "respond/route_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MINUTE_US INT64_C(60000000)
#define STEPS_MAX 400

static const struct slice down = {"down", 4};
static const struct fleet_pool pools[] = {
    {.name = {"orders", 6},
     .purpose = FLEET_TRANSACTIONAL,
     .fallbacks = &down,
     .fallback_count = 1},
    {.name = {"down", 4}, .purpose = FLEET_SHARED},
    {.name = {"news", 4}, .purpose = FLEET_MARKETING, .fallbacks = &down, .fallback_count = 1},
};
static const struct fleet_source sources[] = {
    {.name = {"t", 1}, .pool = {"orders", 6}, .relay = {"r1", 2}},
    {.name = {"u", 1}, .pool = {"orders", 6}, .relay = {"r1", 2}},
    {.name = {"d", 1}, .pool = {"down", 4}, .relay = {"r1", 2}},
    {.name = {"m", 1}, .pool = {"news", 4}, .relay = {"r1", 2}},
    {.name = {"x", 1}, .pool = {"down", 4}, .relay = {"r2", 2}, .next_hop = {"[r2]:26", 7}},
};
static const struct fleet fleet = {{"r1", 2}, sources, 5, pools, 3};
static const char *const providers[] = {"google", "docomo"};

struct run {
    struct route_rules rules;
    struct route_plan *plan;
    int64_t now_us;
    unsigned entries;
};

static void hear(void *data, const struct audit_entry *entry)
{
    struct run *run = data;
    ASSERT(entry->relay.len > 0 && entry->provider.len > 0 && entry->reason.len > 0);
    ASSERT(entry->before.len > 0 && entry->after.len > 0 && entry->actor.len > 0);
    run->entries++;
}

static void check_target(const struct override *one)
{
    const struct fleet_source *target = fleet_source_named(&fleet, one->target);
    const struct fleet_source *source = fleet_source_named(&fleet, one->source);
    ASSERT(one->target.len == 0 || target != NULL);
    if (target == NULL || one->kind == OVERRIDE_MANUAL)
        return;
    ASSERT(one->kind == OVERRIDE_DETOUR || one->kind == OVERRIDE_RAMP);
    ASSERT(source != NULL && source != target);
    ASSERT(!slice_eq(source->pool, pools[2].name) || !slice_eq(target->pool, pools[0].name));
}

static void check_one(const struct run *run, const struct override *one)
{
    ASSERT(one->id[0] != '\0' && one->expires_us < INT64_MAX);
    ASSERT(one->share_percent >= 1 && one->share_percent <= 100);
    ASSERT((one->kind == OVERRIDE_THROTTLE) == (one->per_hour > 0));
    ASSERT(one->kind != OVERRIDE_DETOUR || one->target.len > 0);
    ASSERT(one->kind != OVERRIDE_HOLD || one->target.len == 0);
    ASSERT(one->kind == OVERRIDE_MANUAL || one->expires_us <= run->now_us + run->rules.expiry_us);
    ASSERT(one->kind == OVERRIDE_MANUAL || one->kind == OVERRIDE_PROBE ||
           one->expires_us > run->now_us);
    check_target(one);
}

static void check(const struct run *run)
{
    const struct override *one, *other;
    for (size_t i = 0; (one = route_plan_override(run->plan, i)) != NULL; i++) {
        check_one(run, one);
        for (size_t k = 0; k < i && one->kind != OVERRIDE_PROBE; k++) {
            other = route_plan_override(run->plan, k);
            ASSERT(other->kind == OVERRIDE_PROBE || one->state != OVERRIDE_ACTIVE ||
                   other->state != OVERRIDE_ACTIVE || !slice_eq(one->provider, other->provider));
        }
    }
    ASSERT(route_plan_next_due(run->plan) > run->now_us);
}

static struct route_plan *copy(struct run *run, struct buf *text)
{
    struct route_plan *plan = route_plan_new(&run->rules, &fleet, hear, run);
    json_value_print(route_plan_json(run->plan), false, text);
    json_t *object = json_field_parse(buf_slice(text), 1 << 24);
    ASSERT(object != NULL && route_plan_read(plan, object));
    json_decref(object);
    return plan;
}

static void restart(struct run *run)
{
    struct buf CLEANUP_BUF before = {0}, CLEANUP_BUF after = {0};
    struct route_plan *plan = copy(run, &before);
    route_plan_free(run->plan);
    run->plan = plan;
    json_value_print(route_plan_json(plan), false, &after);
    ASSERT(slice_eq(buf_slice(&before), buf_slice(&after)));
}

/* ---- things that happen ---- */

static void say(struct run *run, const struct route_path *path, unsigned what)
{
    static const enum incident_kind kinds[] = {INCIDENT_BLOCK, INCIDENT_SILENT_BLOCK,
                                               INCIDENT_SLOW_DOWN, INCIDENT_CONTENT};
    struct incident incident = {.kind = kinds[what / 2 % 4],
                                .class = what % 16 < 12 ? REPLY_CLASS_BLOCK_IP
                                                        : REPLY_CLASS_BLOCK_DOMAIN,
                                .source = path->source,
                                .provider = path->provider,
                                .opened_us = run->now_us,
                                .last_hit_us = run->now_us,
                                .closed_us = what % 2 ? INCIDENT_OPEN : run->now_us};
    route_plan_incident(run->plan, &incident, SLICE("i"));
}

static void count(struct run *run, const struct route_path *path, unsigned what)
{
    struct route_count counts = {.attempts = 60, .delivered = 60};
    struct route_volume volume = {.usual_day = what * 100, .last_day = what % 8 * 1000};
    struct route_waiting waiting = {.count = what, .oldest_us = run->now_us - what * MINUTE_US};
    counts.refused = what % 3 == 1 ? 30 : 0;
    counts.slowed = what % 3 == 2 ? 30 : 0;
    counts.delivered -= counts.refused + counts.slowed;
    route_plan_count(run->plan, path, &counts);
    route_plan_volume(run->plan, path, &volume);
    route_plan_waiting(run->plan, path->provider, &waiting);
}

static void probe(struct run *run, unsigned what)
{
    struct route_path path;
    char id[OVERRIDE_ID_MAX + 1];
    if (!route_plan_wants(run->plan, 0, &path))
        return;
    struct slice source = fleet_source_named(&fleet, path.source)->name;
    struct slice provider = slice_from_str(
        slice_eq(path.provider, slice_from_str(providers[0])) ? providers[0] : providers[1]);
    const struct route_path wanted = {source, provider};
    const char *given =
        route_plan_candidate(run->plan, &wanted, SLICE("a@example.jp"), run->now_us);
    ASSERT(given != NULL);
    snprintf(id, sizeof(id), "%s", given);
    if (what % 4 < 3)
        ASSERT(route_plan_probe_result(run->plan, slice_from_str(id),
                                       (enum route_probe_result)(what % 4), run->now_us));
}

static void decide(struct run *run, const struct route_path *path, unsigned what)
{
    const struct override *one = route_plan_override(run->plan, what / 4 % 4);
    char id[OVERRIDE_ID_MAX + 1] = "";
    struct override wish = {.provider = path->provider,
                            .target = path->source,
                            .share_percent = 1 + what % 100,
                            .expires_us = run->now_us + what * MINUTE_US,
                            .actor = SLICE("p"),
                            .reason = SLICE("r")};
    struct err err;
    if (one != NULL)
        snprintf(id, sizeof(id), "%s", one->id);
    if (what % 4 == 0)
        route_plan_approve(run->plan, slice_from_str(id), SLICE("p"), run->now_us, &err);
    if (what % 4 == 1)
        route_plan_deny(run->plan, slice_from_str(id), SLICE("p"), run->now_us, &err);
    if (what % 4 == 2)
        route_plan_undo(run->plan, slice_from_str(id), SLICE("p"), run->now_us, &err);
    if (what % 4 == 3)
        route_plan_set(run->plan, &wish, run->now_us, &err);
}

static void step(struct run *run, uint8_t byte, uint8_t what)
{
    const struct route_path path = {sources[what % 5].name,
                                    slice_from_str(providers[byte / 8 % 2])};
    switch (byte % 8) {
    case 0:
        say(run, &path, what / 5u);
        break;
    case 1:
        count(run, &path, what / 5u);
        break;
    case 2:
        run->now_us += what * MINUTE_US;
        break;
    case 3:
        run->now_us -= what % 61 * MINUTE_US;
        break;
    case 4:
        probe(run, what);
        break;
    case 5:
        decide(run, &path, what);
        break;
    case 6:
        restart(run);
        break;
    case 7:
        run->rules.mode = (enum route_mode)(what % 3);
        run->rules.hold.then = (enum route_then)(what / 3 % 3);
        route_plan_standing(run->plan, path.source, what % 2 ? SLICE("bad") : SLICE(""));
        route_plan_spf(run->plan, &path, what % 3 ? SLICE("") : SLICE("not allowed"));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run run = {.rules = route_rules_default, .now_us = INT64_C(1772438400000000)};
    run.rules.mode = ROUTE_AUTO;
    run.rules.hold.resort = sources[4].name;
    run.plan = route_plan_new(&run.rules, &fleet, hear, &run);
    for (size_t i = 0; i + 1 < size && i < STEPS_MAX; i += 2) {
        step(&run, data[i], data[i + 1]);
        route_plan_advance(run.plan, run.now_us);
        check(&run);
    }
    route_plan_free(run.plan);
    return 0;
}
