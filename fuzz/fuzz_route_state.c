/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever a disk hands back as the planner's memory or as a trail: it is read or refused, what was
 * read is the same after it has been written, and a day can be lived with it.
 */
#include "base/memory.h"
#include "model/json_value.h"
#include "respond/route_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fleet_pool pools[] = {{.name = {"shared", 6}, .purpose = FLEET_SHARED}};
static const struct fleet_source sources[] = {
    {.name = {"out-a", 5}, .pool = {"shared", 6}, .relay = {"relay1", 6}},
    {.name = {"out-b", 5}, .pool = {"shared", 6}, .relay = {"relay1", 6}},
};
static const struct fleet fleet = {{"relay1", 6}, sources, 2, pools, 1};

static void live(struct route_plan *plan)
{
    int64_t now_us = INT64_C(1772438400000000);
    for (int i = 0; i < 400; i++) {
        now_us += INT64_C(240000000);
        route_plan_advance(plan, now_us);
        ASSERT(route_plan_next_due(plan) > now_us);
    }
}

static void fuzz_plan(const json_t *object, struct route_rules *rules)
{
    struct buf CLEANUP_BUF once = {0}, CLEANUP_BUF twice = {0};
    struct route_plan *plan = route_plan_new(rules, &fleet, NULL, NULL);
    struct route_plan *again = route_plan_new(rules, &fleet, NULL, NULL);
    if (route_plan_read(plan, object)) {
        json_t *written = route_plan_json(plan);
        ASSERT(route_plan_read(again, written));
        json_value_print(written, false, &once);
        json_value_print(route_plan_json(again), false, &twice);
        ASSERT(slice_eq(buf_slice(&once), buf_slice(&twice)));
        live(plan);
    }
    route_plan_free(plan);
    route_plan_free(again);
}

static void fuzz_trail(const json_t *object)
{
    struct buf CLEANUP_BUF once = {0}, CLEANUP_BUF twice = {0};
    struct audit_trail *trail = audit_trail_new(), *again = audit_trail_new();
    if (audit_trail_read(trail, object)) {
        json_t *written = audit_trail_json(trail);
        ASSERT(audit_trail_read(again, written));
        json_value_print(written, false, &once);
        json_value_print(audit_trail_json(again), false, &twice);
        ASSERT(slice_eq(buf_slice(&once), buf_slice(&twice)));
    }
    audit_trail_free(trail);
    audit_trail_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct route_rules rules = route_rules_default;
    rules.mode = ROUTE_AUTO;
    json_t *object = json_field_parse(slice_of((const char *)data, size), 1 << 20);
    if (object == NULL)
        return 0;
    fuzz_plan(object, &rules);
    fuzz_trail(object);
    json_decref(object);
    return 0;
}
