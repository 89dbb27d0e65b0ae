/* SPDX-License-Identifier: Apache-2.0
 *
 * The word `expect` of a scenario of the planner:
 *
 *     expect [no] route PROVIDER [KIND] [NAME=VALUE ...]       an override; state=active unless
 * said expect [no] path SOURCE PROVIDER STAGE [NAME=N ...] expect [no] told ACTION [count=N]
 * [NAME=VALUE ...]       of all that was decided until now expect overrides N in force, without
 * probes expect mail NAME=N ...                                   sent delivered waiting expect
 * sent SOURCE PROVIDER N                            deliveries by this path
 *
 * Texts hold when they are contained; numbers may be ranges.
 */
#include <inttypes.h>

#include "route_scenario_private.h"
#include "word.h"

/* One member to hold a word against: a text or a number. */
struct fact {
    const char *name;
    struct slice text;
    bool is_number;
    uint64_t number;
};

static bool holds(const struct fact *facts, size_t count, const struct word *word, bool *known,
                  struct err *err)
{
    *known = true;
    for (size_t i = 0; i < count; i++) {
        uint64_t low, high;
        if (!slice_eq(word->name, slice_from_str(facts[i].name)))
            continue;
        if (!facts[i].is_number)
            return word->value.len == 0 ? facts[i].text.len == 0
                                        : slice_find(facts[i].text, word->value) != NULL;
        return word_range(word->value, &low, &high, err) && facts[i].number >= low &&
               facts[i].number <= high;
    }
    *known = false;
    return err_set(err, ERR_INPUT, "nothing is called %.*s", SLICE_ARG(word->name));
}

/* Do all words hold? False and err (code): a word is wrong. */
static bool hold_all(const struct fact *facts, size_t count, struct slice words, struct err *err)
{
    struct word word;
    bool all = true, known;
    while (word_take(&words, &word, err)) {
        if (slice_eq(word.name, SLICE("count")))
            continue;
        bool one = holds(facts, count, &word, &known, err);
        if (!known)
            return false;
        all = all && one;
    }
    return err->code == ERR_NONE && all;
}

static void miss(struct route_scenario *scenario, const char *where, const char *what,
                 struct slice text)
{
    buf_addf(scenario->problems, "%s: %s: %.*s\n", where, what, SLICE_ARG(text));
}

/* ---- route ---- */

static bool is_route(const struct override *override, struct slice rest, struct err *err)
{
    struct slice look = rest, provider = word_take_plain(&look), after = look,
                 kind = word_take_plain(&after);
    if (slice_find_char(kind, '=') != NULL)
        kind.len = 0;
    else
        look = after;
    const struct fact facts[] = {
        {"source", override->source, false, 0},
        {"target", override->target, false, 0},
        {"state", slice_from_str(override_state_word(override->state)), false, 0},
        {"actor", override->actor, false, 0},
        {"reason", override->reason, false, 0},
        {"incident", override->incident, false, 0},
        {"share", {NULL, 0}, true, override->share_percent},
        {"per_hour", {NULL, 0}, true, override->per_hour},
        {"delivered", {NULL, 0}, true, override->work.delivered},
        {"held", {NULL, 0}, true, override->work.held_before},
    };
    bool said = slice_find(look, SLICE("state=")) != NULL;
    return hold_all(facts, sizeof(facts) / sizeof(facts[0]), look, err) &&
           slice_eq(override->provider, provider) && (said || override->state == OVERRIDE_ACTIVE) &&
           (kind.len == 0 || slice_eq(kind, slice_from_str(override_kind_word(override->kind))));
}

static bool find_route(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    const struct override *override;
    err->code = ERR_NONE;
    for (size_t i = 0; (override = route_plan_override(scenario->world.plan, i)) != NULL; i++)
        if (is_route(override, rest, err))
            return true;
    return false;
}

/* ---- path ---- */

static bool find_path(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice source = word_take_plain(&rest), provider = word_take_plain(&rest),
                 stage = word_take_plain(&rest);
    struct route_path_view view;
    enum route_stage wanted;
    err->code = ERR_NONE;
    if (!route_stage_from_word(stage, &wanted))
        return err_set(err, ERR_INPUT, "no stage is called %.*s", SLICE_ARG(stage));
    for (size_t i = 0; route_plan_path(scenario->world.plan, i, &view); i++) {
        const struct fact facts[] = {
            {"successes", {NULL, 0}, true, view.successes},
            {"share", {NULL, 0}, true, view.share_percent},
            {"per_hour", {NULL, 0}, true, view.per_hour},
            {"flaps", {NULL, 0}, true, view.flaps},
        };
        if (slice_eq(view.path.source, source) && slice_eq(view.path.provider, provider))
            return hold_all(facts, sizeof(facts) / sizeof(facts[0]), rest, err) &&
                   view.stage == wanted;
    }
    return wanted == ROUTE_STAGE_OK && rest.len == 0; /* nothing was ever wrong with it */
}

/* ---- told ---- */

static bool is_entry(const struct audit_entry *entry, struct slice action, struct slice rest,
                     struct err *err)
{
    const struct fact facts[] = {
        {"provider", entry->provider, false, 0},
        {"source", entry->source, false, 0},
        {"actor", entry->actor, false, 0},
        {"reason", entry->reason, false, 0},
        {"before", entry->before, false, 0},
        {"after", entry->after, false, 0},
        {"incident", entry->incidents[0], false, 0},
        {"urgent", {NULL, 0}, true, entry->urgent},
        {"delivered", {NULL, 0}, true, entry->work.delivered},
        {"held", {NULL, 0}, true, entry->work.held_before},
    };
    return hold_all(facts, sizeof(facts) / sizeof(facts[0]), rest, err) &&
           slice_eq(action, slice_from_str(audit_action_word(entry->action)));
}

static bool find_told(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice action = word_take_plain(&rest), look = rest;
    uint64_t low = 1, high = UINT64_MAX, found = 0;
    enum audit_action known;
    struct word word;
    err->code = ERR_NONE;
    if (!audit_action_from_word(action, &known))
        return err_set(err, ERR_INPUT, "no action is called %.*s", SLICE_ARG(action));
    while (word_take(&look, &word, err))
        if (slice_eq(word.name, SLICE("count")) && !word_range(word.value, &low, &high, err))
            return false;
    for (size_t i = 0; i < audit_trail_count(scenario->trail); i++)
        found += is_entry(audit_trail_at(scenario->trail, i), action, rest, err);
    return found >= low && found <= high;
}

/* ---- numbers ---- */

static bool find_overrides(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    const struct override *override;
    uint64_t low, high, count = 0;
    err->code = ERR_NONE;
    if (!word_range(rest, &low, &high, err))
        return false;
    for (size_t i = 0; (override = route_plan_override(scenario->world.plan, i)) != NULL; i++)
        count += override->kind != OVERRIDE_PROBE && override->state == OVERRIDE_ACTIVE;
    return count >= low && count <= high;
}

static bool find_mail(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    const struct world *world = &scenario->world;
    const struct fact facts[] = {
        {"sent", {NULL, 0}, true, world->born},
        {"delivered", {NULL, 0}, true, world->delivered},
        {"waiting", {NULL, 0}, true, world->born - world->delivered},
    };
    return hold_all(facts, sizeof(facts) / sizeof(facts[0]), rest, err);
}

static bool find_sent(struct route_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice source = word_take_plain(&rest), provider = word_take_plain(&rest);
    uint64_t low, high;
    struct world_path *path = world_path(&scenario->world, source, provider);
    err->code = ERR_NONE;
    return word_range(rest, &low, &high, err) && path != NULL && path->delivered >= low &&
           path->delivered <= high;
}

/* What there is, to read why an expectation fails. */
static void show(struct route_scenario *scenario)
{
    const struct override *override;
    struct route_path_view view;
    struct buf *to = scenario->problems;
    for (size_t i = 0; (override = route_plan_override(scenario->world.plan, i)) != NULL; i++)
        buf_addf(to, "    %s %s %s %.*s %.*s -> %.*s %u %% %.*s\n", override->id,
                 override_kind_word(override->kind), override_state_word(override->state),
                 SLICE_ARG(override->provider), SLICE_ARG(override->source),
                 SLICE_ARG(override->target), override->share_percent, SLICE_ARG(override->reason));
    for (size_t i = 0; route_plan_path(scenario->world.plan, i, &view); i++)
        buf_addf(to, "    %.*s at %.*s: %s, %u probes, %u flaps\n", SLICE_ARG(view.path.source),
                 SLICE_ARG(view.path.provider), route_stage_word(view.stage), view.successes,
                 view.flaps);
    size_t count = audit_trail_count(scenario->trail);
    for (size_t i = count > 12 ? count - 12 : 0; i < count; i++) {
        const struct audit_entry *entry = audit_trail_at(scenario->trail, i);
        buf_addf(to, "    told %s %.*s %.*s: %.*s -> %.*s: %.*s\n",
                 audit_action_word(entry->action), SLICE_ARG(entry->provider),
                 SLICE_ARG(entry->source), SLICE_ARG(entry->before), SLICE_ARG(entry->after),
                 SLICE_ARG(entry->reason));
    }
    buf_addf(to, "    mail: %" PRIu64 " sent, %" PRIu64 " delivered\n", scenario->world.born,
             scenario->world.delivered);
}

bool route_check(struct route_scenario *scenario, struct slice rest, const char *where,
                 struct err *err)
{
    static const struct {
        const char *word;
        bool (*find)(struct route_scenario *scenario, struct slice rest, struct err *err);
    } words[] = {
        {"route", find_route},         {"path", find_path}, {"told", find_told},
        {"overrides", find_overrides}, {"mail", find_mail}, {"sent", find_sent},
    };
    struct slice all = rest, word = word_take_plain(&rest);
    bool wanted = !slice_eq(word, SLICE("no"));
    if (!wanted)
        word = word_take_plain(&rest);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!slice_eq(word, slice_from_str(words[i].word)))
            continue;
        bool found = words[i].find(scenario, rest, err);
        if (err->code != ERR_NONE)
            return false;
        if (found != wanted) {
            miss(scenario, where, wanted ? "there is no such" : "there is such", all);
            show(scenario);
        }
        return true;
    }
    return err_set(err, ERR_INPUT, "nothing is called \"%.*s\" to expect", SLICE_ARG(word));
}
