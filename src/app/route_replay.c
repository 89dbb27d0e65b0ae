/* SPDX-License-Identifier: Apache-2.0
 *
 * See route_replay.h.
 */
#include "app/route_replay.h"

#include <string.h>

#include "app/route_traffic.h"
#include "app/settings_fleet.h"
#include "app/settings_respond.h"
#include "base/civil.h"
#include "watch/window_count.h"

#define DAY_US (SECONDS_PER_DAY * US_PER_SECOND)
#define WANTS_MAX 64
#define CARRIED_MAX 1024

/* What would have left for the provider by the target instead of its own source. */
struct carried {
    struct slice target, provider;
    struct window_count day;
};

/* An override that is in force: copied, since the plan may not be asked while it decides. */
struct in_force {
    enum override_kind kind;
    struct slice provider, source, target; /* of the arena of `now` */
    unsigned share_percent;
};

struct route_replay {
    struct arena *arena;
    struct route_rules rules;
    struct fleet fleet;
    struct route_plan *plan;
    struct route_traffic *traffic;
    struct route_ledger *ledger;
    struct rule_hits *hits;
    route_decided decided;
    void *data;
    struct carried carried[CARRIED_MAX];
    size_t carried_count;
    unsigned lot; /* whose turn it is to be in a share */
    /* As the plan stands: */
    struct arena *now;
    struct in_force in_force[OVERRIDES_MAX];
    size_t in_force_count;
    struct route_path wants[WANTS_MAX]; /* a probe */
    size_t want_count;
    uint64_t seen; /* revision of the book */
    int64_t now_us;
    bool behind[RULE_HITS_MAX];
    struct route_replay_sums sums;
    uint64_t decisions;
};

/* ---- decisions ---- */

/* Mail goes another way from here on, or would. */
static bool begins(enum audit_action action)
{
    return action == AUDIT_DETOUR || action == AUDIT_HOLD || action == AUDIT_THROTTLE ||
           action == AUDIT_RAMP || action == AUDIT_OBSERVE || action == AUDIT_PROPOSE;
}

static void add_rule(struct route_decision *decision, const struct rule_hit *hit)
{
    size_t place = decision->rule_count;
    while (place > 0 && decision->rules[place - 1]->replies < hit->replies)
        place--;
    if (place == DECISION_RULES)
        return;
    if (decision->rule_count < DECISION_RULES)
        decision->rule_count++;
    for (size_t i = decision->rule_count - 1; i > place; i--)
        decision->rules[i] = decision->rules[i - 1];
    decision->rules[place] = hit;
}

/* Those that spoke of the path within the last day; of all of the provider's where none is named.
 */
static void find_rules(struct route_replay *replay, struct route_decision *decision,
                       struct ledger_move *move)
{
    const struct audit_entry *entry = decision->entry;
    for (size_t i = 0; i < rule_hits_count(replay->hits); i++) {
        const struct rule_hit *hit = rule_hits_at(replay->hits, i);
        if (!slice_eq(hit->provider, entry->provider) || entry->time_us - hit->last_us > DAY_US ||
            (entry->source.len > 0 && !slice_eq(hit->source, entry->source)))
            continue;
        replay->behind[i] = true;
        if (move != NULL && move->cause_count < MOVE_CAUSES)
            move->causes[move->cause_count++] = (uint32_t)i;
        if (entry->action != AUDIT_RAMP)
            add_rule(decision, hit);
    }
}

static void decide(void *data, const struct audit_entry *told)
{
    struct route_replay *replay = data;
    struct audit_entry entry = *told;
    struct route_decision decision = {
        .entry = &entry,
        .mode = route_rules_mode(&replay->rules, told->provider, told->source),
    };
    entry.measured = false;
    entry.number = ++replay->decisions;
    struct ledger_move *move =
        route_ledger_decide(replay->ledger, &entry, decision.mode, replay->rules.expiry_us);
    if (entry.action == AUDIT_END)
        decision.ended = move;
    if (begins(entry.action))
        decision.expires_us = entry.time_us + replay->rules.expiry_us;
    if (begins(entry.action) || entry.action == AUDIT_LEAVE)
        find_rules(replay, &decision, move);
    replay->sums.capped += entry.action == AUDIT_PROPOSE && decision.mode == ROUTE_AUTO;
    replay->sums.left += entry.action == AUDIT_LEAVE;
    replay->decided(replay->data, &decision);
}

/* ---- as the plan stands ---- */

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

static void look_at_plan(struct route_replay *replay)
{
    const struct override *override;
    arena_reset(replay->now);
    replay->in_force_count = replay->want_count = 0;
    for (size_t i = 0; (override = route_plan_override(replay->plan, i)) != NULL; i++)
        if (override->kind != OVERRIDE_PROBE && override_is_in_force(override, replay->now_us))
            replay->in_force[replay->in_force_count++] = (struct in_force){
                .kind = override->kind,
                .provider = keep(replay->now, override->provider),
                .source = keep(replay->now, override->source),
                .target = keep(replay->now, override->target),
                .share_percent = override->share_percent,
            };
    struct route_path path;
    while (replay->want_count < WANTS_MAX &&
           route_plan_wants(replay->plan, replay->want_count, &path))
        replay->wants[replay->want_count++] =
            (struct route_path){keep(replay->now, path.source), keep(replay->now, path.provider)};
}

static const struct in_force *in_force_at(const struct route_replay *replay, struct slice provider)
{
    for (size_t i = 0; i < replay->in_force_count; i++)
        if (slice_eq(replay->in_force[i].provider, provider))
            return &replay->in_force[i];
    return NULL;
}

/* ---- attempts ---- */

static struct carried *carried_by(struct route_replay *replay, struct slice target,
                                  struct slice provider)
{
    for (size_t i = 0; i < replay->carried_count; i++)
        if (slice_eq(replay->carried[i].target, target) &&
            slice_eq(replay->carried[i].provider, provider))
            return &replay->carried[i];
    return NULL;
}

static struct carried *carried_get(struct route_replay *replay, struct slice target,
                                   struct slice provider)
{
    struct carried *carried = carried_by(replay, target, provider);
    if (carried != NULL || replay->carried_count == CARRIED_MAX)
        return carried;
    carried = &replay->carried[replay->carried_count++];
    *carried = (struct carried){.target = keep(replay->arena, target),
                                .provider = keep(replay->arena, provider)};
    return carried;
}

/* A first try of a recipient whose mail a target would have had. */
static void carry(struct route_replay *replay, const struct tally_attempt *told)
{
    const struct in_force *route = in_force_at(replay, told->names.provider);
    if (route == NULL || route->target.len == 0 || slice_eq(route->target, told->names.source))
        return;
    if (route->kind == OVERRIDE_RAMP && replay->lot++ % 100 < route->share_percent)
        return;
    struct carried *carried = carried_get(replay, route->target, told->names.provider);
    if (carried != NULL)
        window_count_add(&carried->day, DAY_US, told->attempt->time_us, 1);
}

/* The log has a delivery on a path that waits for one. */
static void probe(struct route_replay *replay, const struct tally_attempt *told)
{
    struct slice recipient = log_record_get(told->attempt->record, LOG_FIELD_TO);
    enum route_probe_result result = route_traffic_result(told->verdict);
    if (recipient.len == 0)
        return;
    for (size_t i = 0; i < replay->want_count; i++) {
        struct route_path path = {told->names.source, told->names.provider};
        if (!slice_eq(replay->wants[i].source, path.source) ||
            !slice_eq(replay->wants[i].provider, path.provider) || result == ROUTE_PROBE_UNCLEAR)
            continue;
        char id[OVERRIDE_ID_MAX + 1];
        const char *given = route_plan_candidate(replay->plan, &path, recipient, replay->now_us);
        if (given == NULL)
            return;
        memcpy(id, given, strlen(given) + 1);
        route_plan_probe_result(replay->plan, slice_from_str(id), result, replay->now_us);
        look_at_plan(replay);
        return;
    }
}

static bool is_ours(struct route_replay *replay, const struct tally_attempt *told)
{
    const struct fleet_source *source = fleet_source_named(&replay->fleet, told->names.source);
    bool relay = fleet_is_relay(replay->fleet.relay, told->names.relay);
    if (relay && source != NULL && fleet_is_here(source))
        return true;
    if (replay->sums.elsewhere++ == 0) {
        replay->sums.elsewhere_relay = told->names.relay;
        replay->sums.elsewhere_source = told->names.source;
    }
    return false;
}

static void take_attempt(void *data, const struct tally_attempt *told)
{
    struct route_replay *replay = data;
    const struct attempt *attempt = told->attempt;
    if (attempt->exclusion != ATTEMPT_COUNTS || told->path == 0 ||
        slice_eq(told->names.provider, SLICE("local")) || !is_ours(replay, told))
        return;
    replay->sums.attempts++;
    if (attempt->time_us != STAMP_NONE && attempt->time_us > replay->now_us)
        replay->now_us = attempt->time_us;
    route_ledger_take(replay->ledger, told);
    rule_hits_take(replay->hits, told);
    if (attempt->recipient->attempts == 0)
        carry(replay, told);
    probe(replay, told);
}

/* ---- life ---- */

struct route_replay *route_replay_new(const struct settings *settings,
                                      const struct route_replay_options *options,
                                      struct tally *tally, struct rule_hits *hits,
                                      route_decided decided, void *data)
{
    if (settings->fleet.source_count == 0)
        return NULL;
    struct route_replay *replay = MEM_NEW(struct route_replay);
    *replay = (struct route_replay){.hits = hits, .decided = decided, .data = data};
    replay->arena = arena_new(4096);
    replay->now = arena_new(4096);
    settings_respond_make(&settings->respond, replay->arena, &replay->rules);
    if (options->one_mode) {
        replay->rules.mode = options->mode;
        replay->rules.mode_count = 0;
    }
    struct settings_fleet fleet = settings->fleet;
    fleet.relay = options->relay != NULL ? options->relay : fleet.relay;
    settings_fleet_make(&fleet, settings_fleet_host(replay->arena), replay->arena, &replay->fleet);
    replay->ledger = route_ledger_new();
    replay->plan = route_plan_new(&replay->rules, &replay->fleet, decide, replay);
    replay->traffic = route_traffic_new(&replay->fleet, NULL);
    route_traffic_observe(replay->traffic, tally);
    struct tally_observer observer = {.data = replay, .attempt = take_attempt};
    tally_observe(tally, &observer);
    return replay;
}

void route_replay_free(struct route_replay *replay)
{
    if (replay == NULL)
        return;
    route_plan_free(replay->plan);
    route_traffic_free(replay->traffic);
    route_ledger_free(replay->ledger);
    arena_free(replay->now);
    arena_free(replay->arena);
    mem_free(replay);
}

/* ---- time ---- */

static void take_incident(void *data, const struct incident_view *view)
{
    struct route_replay *replay = data;
    bool here = view->incident->relay.len == 0 ||
                fleet_is_relay(replay->fleet.relay, view->incident->relay);
    if (here && view->revision > replay->seen)
        route_plan_incident(replay->plan, view->incident, view->id);
}

static void adjust(struct route_replay *replay, struct route_report *report)
{
    const struct in_force *route = in_force_at(replay, report->provider);
    for (size_t i = 0; i < report->path_count; i++) {
        struct route_report_path *path = &report->paths[i];
        struct carried *carried = carried_by(replay, path->source, report->provider);
        if (carried != NULL)
            path->volume.last_day +=
                (double)window_count_sum(&carried->day, DAY_US, replay->now_us);
        if (route != NULL && route->kind == OVERRIDE_THROTTLE &&
            slice_eq(route->source, path->source))
            path->count = (struct route_count){0};
    }
}

static void tell_traffic(struct route_replay *replay)
{
    struct slice provider;
    for (size_t i = 0; route_plan_provider(replay->plan, i, &provider); i++) {
        struct route_report *report =
            route_traffic_report(replay->traffic, provider, replay->now_us, false);
        adjust(replay, report);
        route_report_tell(report, replay->plan, INT64_MAX, replay->now_us);
        route_report_free(report);
    }
}

void route_replay_advance(struct route_replay *replay, const struct incident_book *book,
                          int64_t now_us)
{
    if (now_us > replay->now_us)
        replay->now_us = now_us;
    uint64_t revision = incident_book_revision(book);
    if (revision != replay->seen)
        incident_book_visit(book, replay->now_us, take_incident, replay);
    replay->seen = revision;
    tell_traffic(replay);
    route_plan_advance(replay->plan, replay->now_us);
    look_at_plan(replay);
}

void route_replay_finish(struct route_replay *replay)
{
    route_ledger_finish(replay->ledger);
}

/* ---- what there is to say ---- */

const struct fleet *route_replay_fleet(const struct route_replay *replay)
{
    return &replay->fleet;
}

const struct route_rules *route_replay_rules(const struct route_replay *replay)
{
    return &replay->rules;
}

const struct route_ledger *route_replay_ledger(const struct route_replay *replay)
{
    return replay->ledger;
}

const struct route_plan *route_replay_plan(const struct route_replay *replay)
{
    return replay->plan;
}

const struct rule_hits *route_replay_hits(const struct route_replay *replay)
{
    return replay->hits;
}

struct route_replay_sums route_replay_sums(const struct route_replay *replay)
{
    return replay->sums;
}

bool route_replay_waits(const struct route_replay *replay, const struct route_path *path)
{
    for (size_t i = 0; i < replay->want_count; i++)
        if (slice_eq(replay->wants[i].source, path->source) &&
            slice_eq(replay->wants[i].provider, path->provider))
            return true;
    return false;
}

bool route_replay_is_behind(const struct route_replay *replay, size_t index)
{
    return replay->behind[index];
}
