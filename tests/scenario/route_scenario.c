/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and running a scenario of the planner, line by line: time moves by `at` and `+`, and with
 * it the world, minute by minute.
 */
#include "route_scenario_private.h"

#include <stdio.h>

#include "base/rate.h"
#include "model/json_value.h"
#include "word.h"

typedef bool (*take)(struct route_scenario *scenario, struct slice rest, struct err *err);

static void hear(void *data, const struct audit_entry *entry)
{
    struct route_scenario *scenario = data;
    audit_trail_add(scenario->trail, entry);
}

/* ---- the fleet and the rules ---- */

static bool take_title(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    scenario->title = rest;
    return rest.len > 0 || err_set(err, ERR_INPUT, "routes wants a sentence");
}

static bool take_fails(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    scenario->fails = rest;
    return rest.len > 0 || err_set(err, ERR_INPUT, "fails wants the text of a problem");
}

/* `pool NAME PURPOSE [FALLBACK ...]` */
static bool take_pool(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    size_t at = scenario->fleet.pool_count;
    if (at == POOLS_MAX)
        return err_set(err, ERR_LIMIT, "too many pools");
    struct fleet_pool *pool = &scenario->pools[at];
    *pool =
        (struct fleet_pool){.name = word_take_plain(&rest), .fallbacks = scenario->fallbacks[at]};
    if (!fleet_purpose_from_word(word_take_plain(&rest), &pool->purpose))
        return err_set(err, ERR_INPUT, "pool NAME PURPOSE [FALLBACK ...]");
    while (rest.len > 0 && pool->fallback_count < FALLBACKS_MAX)
        scenario->fallbacks[at][pool->fallback_count++] = word_take_plain(&rest);
    scenario->fleet.pool_count++;
    return true;
}

/* `source NAME POOL [RELAY NEXT_HOP]` */
static bool take_source(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    if (scenario->fleet.source_count == SOURCES_MAX)
        return err_set(err, ERR_LIMIT, "too many sources");
    struct fleet_source *source = &scenario->sources[scenario->fleet.source_count];
    *source = (struct fleet_source){.name = word_take_plain(&rest),
                                    .pool = word_take_plain(&rest),
                                    .relay = scenario->fleet.relay};
    if (rest.len > 0) {
        source->relay = word_take_plain(&rest);
        source->next_hop = rest;
    }
    if (fleet_pool_named(&scenario->fleet, source->pool) == NULL ||
        (rest.len == 0 && source->relay.ptr != scenario->fleet.relay.ptr))
        return err_set(err, ERR_INPUT, "source NAME POOL [RELAY NEXT_HOP], after its pool");
    scenario->fleet.source_count++;
    return true;
}

static bool take_relay(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    if (scenario->fleet.source_count > 0 || rest.len == 0)
        return err_set(err, ERR_INPUT, "relay NAME, before the sources");
    scenario->fleet.relay = rest;
    return true;
}

static bool take_rule(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    return route_rule_take(&scenario->rules, rest, err);
}

/* `mode PROVIDER SOURCE MODE`, * for any */
static bool take_mode(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice provider = word_take_plain(&rest), source = word_take_plain(&rest);
    struct route_mode_rule *row = &scenario->modes[scenario->rules.mode_count];
    const struct slice any = SLICE("*");
    for (int i = 0; i <= ROUTE_AUTO && scenario->rules.mode_count < ROUTE_MODES_MAX; i++) {
        if (!slice_eq(rest, slice_from_str(route_mode_word((enum route_mode)i))))
            continue;
        *row = (struct route_mode_rule){.mode = (enum route_mode)i};
        if (!slice_eq(provider, any))
            row->provider = provider;
        if (!slice_eq(source, any))
            row->source = source;
        scenario->rules.mode_count++;
        return true;
    }
    return err_set(err, ERR_INPUT, "mode PROVIDER SOURCE observe|propose|auto");
}

/* ---- the world ---- */

static struct world_path *take_path(struct route_scenario *scenario, struct slice *rest,
                                    struct err *err)
{
    struct slice source = word_take_plain(rest), provider = word_take_plain(rest);
    if (fleet_source_named(&scenario->fleet, source) == NULL || provider.len == 0) {
        err_set(err, ERR_INPUT, "wants a source of the fleet and a provider");
        return NULL;
    }
    struct world_path *path = world_path(&scenario->world, source, provider);
    if (path == NULL)
        err_set(err, ERR_LIMIT, "too many paths");
    return path;
}

static bool take_rate(struct slice text, double *per_hour, struct err *err)
{
    struct rate rate;
    if (!rate_parse(text, &rate))
        return err_set(err, ERR_INPUT, "wants a rate such as 600/1h");
    *per_hour = (double)rate.count * 3600e6 / (double)rate.within_us;
    return true;
}

/* `traffic SOURCE PROVIDER 600/1h`: from now on; the first time it has been so for a week */
static bool take_traffic(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct world_path *path = take_path(scenario, &rest, err);
    bool known = path != NULL && path->usual_day > 0;
    if (path == NULL || !take_rate(rest, &path->per_hour, err))
        return false;
    if (known)
        return true;
    size_t hour = (size_t)(scenario->world.now_us / INT64_C(3600000000)) % WORLD_HOURS;
    path->usual_day = path->per_hour * 24;
    for (size_t i = 0; i < WORLD_HOURS; i++)
        path->hours[i] = i == hour ? 0 : (uint64_t)path->per_hour;
    return true;
}

static bool take_block(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct world_path *path = take_path(scenario, &rest, err);
    if (path != NULL)
        path->blocked = true;
    return path != NULL;
}

static bool take_lift(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct world_path *path = take_path(scenario, &rest, err);
    if (path == NULL)
        return false;
    path->blocked = false;
    path->flap_us = path->slow_per_hour = 0;
    return true;
}

static bool take_flap(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct world_path *path = take_path(scenario, &rest, err);
    int64_t span_us;
    if (path == NULL || !word_duration(rest, &span_us, err))
        return false;
    path->flap_us = (double)span_us;
    path->flap_from_us = scenario->world.now_us;
    return true;
}

static bool take_slow(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct world_path *path = take_path(scenario, &rest, err);
    return path != NULL && take_rate(rest, &path->slow_per_hour, err);
}

/* `incident KIND SOURCE PROVIDER open|closed [CLASS]`; source - for none */
static bool take_incident(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct incident incident = {.scope = INCIDENT_SCOPE_SOURCE, .attempts = 10, .hits = 10};
    struct slice kind = word_take_plain(&rest), source = word_take_plain(&rest);
    incident.provider = word_take_plain(&rest);
    bool open = slice_eq(word_take_plain(&rest), SLICE("open"));
    if (!incident_kind_from_word(kind, &incident.kind) ||
        (rest.len > 0 && !reply_class_from_word(rest, &incident.class)))
        return err_set(err, ERR_INPUT, "incident KIND SOURCE PROVIDER open|closed [CLASS]");
    if (!slice_eq(source, SLICE("-")))
        incident.source = source;
    incident.opened_us = incident.last_hit_us = world_clock(&scenario->world);
    incident.closed_us = open ? INCIDENT_OPEN : incident.opened_us;
    route_plan_incident(scenario->world.plan, &incident, SLICE("said"));
    return true;
}

static bool take_standing(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice source = word_take_plain(&rest);
    (void)err;
    route_plan_standing(scenario->world.plan, source, rest);
    return true;
}

static bool take_probes(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    scenario->world.no_candidates = slice_eq(rest, SLICE("off"));
    return scenario->world.no_candidates || slice_eq(rest, SLICE("on")) ||
           err_set(err, ERR_INPUT, "probes on|off");
}

static bool take_clock(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    int64_t by_us;
    bool back = slice_take_prefix(&rest, SLICE("-"));
    slice_take_prefix(&rest, SLICE("+"));
    if (!word_duration(rest, &by_us, err))
        return false;
    scenario->world.clock_us += back ? -by_us : by_us;
    return true;
}

/* ---- people ---- */

static struct slice id_of(const struct route_scenario *scenario, struct slice provider,
                          enum override_state state)
{
    const struct override *override;
    for (size_t i = 0; (override = route_plan_override(scenario->world.plan, i)) != NULL; i++)
        if (slice_eq(override->provider, provider) && override->state == state)
            return slice_from_str(override->id);
    return (struct slice){NULL, 0};
}

static bool take_approve(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice id = id_of(scenario, word_take_plain(&rest), OVERRIDE_PROPOSED);
    return route_plan_approve(scenario->world.plan, id, rest, world_clock(&scenario->world), err);
}

static bool take_deny(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice id = id_of(scenario, word_take_plain(&rest), OVERRIDE_PROPOSED);
    return route_plan_deny(scenario->world.plan, id, rest, world_clock(&scenario->world), err);
}

static bool take_undo(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice id = id_of(scenario, word_take_plain(&rest), OVERRIDE_ACTIVE);
    return route_plan_undo(scenario->world.plan, id, rest, world_clock(&scenario->world), err);
}

/* `set PROVIDER TARGET DURATION WHO`; target - for hold */
static bool take_set(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct override wish = {.share_percent = 100, .provider = word_take_plain(&rest)};
    struct slice target = word_take_plain(&rest);
    int64_t for_us;
    if (!word_duration(word_take_plain(&rest), &for_us, err))
        return false;
    if (!slice_eq(target, SLICE("-")))
        wish.target = target;
    wish.expires_us = world_clock(&scenario->world) + for_us;
    wish.actor = rest;
    wish.reason = SLICE("a person's reason");
    return route_plan_set(scenario->world.plan, &wish, world_clock(&scenario->world), err) != NULL;
}

/* ---- a restart ---- */

static struct route_plan *new_plan(struct route_scenario *scenario)
{
    return route_plan_new(&scenario->rules, &scenario->fleet, hear, scenario);
}

/* Killed, and begun again from what was written: the memory must come back whole. */
static bool take_restart(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    CLEANUP_BUF struct buf before = {0}, after = {0};
    struct route_plan *plan = new_plan(scenario);
    (void)rest;
    json_value_print(route_plan_json(scenario->world.plan), false, &before);
    json_t *object = json_field_parse(buf_slice(&before), 1 << 24);
    bool read = route_plan_read(plan, object);
    json_value_print(route_plan_json(plan), false, &after);
    json_decref(object);
    route_plan_free(scenario->world.plan);
    scenario->world.plan = plan;
    if (!read || !slice_eq(buf_slice(&before), buf_slice(&after)))
        return err_set(err, ERR_INPUT, "the memory does not come back: %.200s / %.200s",
                       buf_str(&before), buf_str(&after));
    return true;
}

/* ---- lines ---- */

static void run_until(struct route_scenario *scenario, int64_t time_us)
{
    while (scenario->world.now_us + WORLD_TICK_US <= time_us)
        world_tick(&scenario->world, scenario->problems);
}

static bool move(struct route_scenario *scenario, struct slice *rest, struct err *err)
{
    struct world *world = &scenario->world;
    int64_t us;
    if (!word_move(rest, world->now_us, &us, err))
        return false;
    if (us == world->now_us)
        return true;
    if (us % WORLD_TICK_US != 0)
        return err_set(err, ERR_INPUT, "time moves by minutes");
    if (world->now_us == 0)
        world->now_us = us;
    run_until(scenario, us);
    return true;
}

static bool take_line(struct route_scenario *scenario, unsigned line, struct slice rest,
                      struct err *err)
{
    static const struct {
        const char *word;
        take take;
    } words[] = {
        {"routes", take_title},      {"fails", take_fails},       {"pool", take_pool},
        {"source", take_source},     {"relay", take_relay},       {"rule", take_rule},
        {"mode", take_mode},         {"traffic", take_traffic},   {"block", take_block},
        {"lift", take_lift},         {"flap", take_flap},         {"slow", take_slow},
        {"incident", take_incident}, {"standing", take_standing}, {"probes", take_probes},
        {"clock", take_clock},       {"approve", take_approve},   {"deny", take_deny},
        {"undo", take_undo},         {"set", take_set},           {"restart", take_restart},
    };
    char where[300];
    if (!move(scenario, &rest, err))
        return false;
    struct slice word = word_take_plain(&rest);
    if (word.len == 0 || word.ptr[0] == '#')
        return true;
    snprintf(where, sizeof(where), "%s:%u", scenario->name, line);
    if (slice_eq(word, SLICE("expect"))) {
        scenario->expectations++;
        return route_check(scenario, rest, where, err);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_eq(word, slice_from_str(words[i].word)))
            return words[i].take(scenario, rest, err);
    return err_set(err, ERR_INPUT, "unknown word \"%.*s\"", SLICE_ARG(slice_first(word, 40)));
}

struct route_scenario *route_scenario_run(const char *name, struct slice text, struct buf *problems)
{
    struct route_scenario *scenario = MEM_NEW(struct route_scenario);
    scenario->name = name;
    scenario->problems = problems;
    scenario->rules = route_rules_default;
    scenario->rules.mode = ROUTE_AUTO;
    scenario->rules.modes = scenario->modes;
    scenario->fleet.relay = SLICE("relay1");
    scenario->fleet.sources = scenario->sources;
    scenario->fleet.pools = scenario->pools;
    scenario->trail = audit_trail_new();
    scenario->world.plan = new_plan(scenario);
    scenario->world.fleet = &scenario->fleet;
    for (unsigned line = 1; text.ptr != NULL && text.len > 0; line++) {
        struct err err = {0};
        size_t before = problems->len;
        if (!take_line(scenario, line, slice_cut(&text, '\n'), &err))
            buf_addf(problems, "%s:%u: %s\n", name, line, err.text);
        if (problems->len > before + 20000)
            break;
    }
    if (scenario->expectations == 0)
        buf_addf(problems, "%s:1: nothing is expected\n", name);
    return scenario;
}

void route_scenario_free(struct route_scenario *scenario)
{
    route_plan_free(scenario->world.plan);
    audit_trail_free(scenario->trail);
    mem_free(scenario);
}

struct slice route_scenario_title(const struct route_scenario *scenario)
{
    return scenario->title;
}

struct slice route_scenario_fails(const struct route_scenario *scenario)
{
    return scenario->fails;
}
