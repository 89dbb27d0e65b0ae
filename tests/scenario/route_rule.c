/* SPDX-License-Identifier: Apache-2.0
 *
 * The word `rule` of a scenario of the planner: its thresholds by name.
 */
#include "base/decimal.h"
#include "route_scenario_private.h"
#include "word.h"

enum form { DURATION, COUNT, WIDE, REAL, SHARE };

static const struct {
    const char *name;
    enum form form;
    size_t at;
} rows[] = {
    {"expiry", DURATION, offsetof(struct route_rules, expiry_us)},
    {"detour.step", SHARE, offsetof(struct route_rules, detour.step)},
    {"detour.least", REAL, offsetof(struct route_rules, detour.least)},
    {"detour.pool_share", SHARE, offsetof(struct route_rules, detour.pool_share)},
    {"detour.blocked_sources", COUNT, offsetof(struct route_rules, detour.blocked_sources)},
    {"detour.replan", DURATION, offsetof(struct route_rules, detour.replan_us)},
    {"throttle.every", DURATION, offsetof(struct route_rules, throttle.every_us)},
    {"throttle.least_per_hour", COUNT, offsetof(struct route_rules, throttle.least_per_hour)},
    {"throttle.block_after", DURATION, offsetof(struct route_rules, throttle.block_after_us)},
    {"probe.first", DURATION, offsetof(struct route_rules, probe.first_us)},
    {"probe.interval", DURATION, offsetof(struct route_rules, probe.interval_us)},
    {"probe.successes", COUNT, offsetof(struct route_rules, probe.successes)},
    {"probe.longest", DURATION, offsetof(struct route_rules, probe.longest_us)},
    {"ramp.step", DURATION, offsetof(struct route_rules, ramp.step_us)},
    {"ramp.volume", WIDE, offsetof(struct route_rules, ramp.step_volume)},
    {"ramp.patience", DURATION, offsetof(struct route_rules, ramp.patience_us)},
    {"flap.count", COUNT, offsetof(struct route_rules, flap.count)},
    {"flap.within", DURATION, offsetof(struct route_rules, flap.within_us)},
    {"hold.deadline", DURATION, offsetof(struct route_rules, hold.deadline_us)},
    {"hold.lifetime", DURATION, offsetof(struct route_rules, hold.lifetime_us)},
    {"hold.warn_before", DURATION, offsetof(struct route_rules, hold.warn_before_us)},
    {"caps.overrides", COUNT, offsetof(struct route_rules, caps.overrides)},
    {"caps.volume", SHARE, offsetof(struct route_rules, caps.volume)},
};

static bool take_number(void *at, enum form form, struct slice value, struct err *err)
{
    uint64_t number = 0;
    switch (form) {
    case DURATION:
        return word_duration(value, at, err);
    case REAL:
        return decimal_parse(value, at) || err_set(err, ERR_INPUT, "wants a number");
    case SHARE:
        return percent_parse(value, at) || err_set(err, ERR_INPUT, "wants a share such as 20%%");
    case WIDE:
        return word_count(value, at, err);
    case COUNT:
        break;
    }
    if (!word_count(value, &number, err))
        return false;
    *(uint32_t *)at = (uint32_t)number;
    return true;
}

static bool take_word(struct route_rules *rules, const struct word *word, struct err *err)
{
    for (int i = 0; slice_eq(word->name, SLICE("mode")) && i <= ROUTE_AUTO; i++) {
        if (!slice_eq(word->value, slice_from_str(route_mode_word((enum route_mode)i))))
            continue;
        rules->mode = (enum route_mode)i;
        return true;
    }
    for (int i = 0; slice_eq(word->name, SLICE("hold.then")) && i <= ROUTE_THEN_RESORT; i++) {
        if (!slice_eq(word->value, slice_from_str(route_then_word((enum route_then)i))))
            continue;
        rules->hold.then = (enum route_then)i;
        return true;
    }
    if (slice_eq(word->name, SLICE("hold.resort"))) {
        rules->hold.resort = word->value;
        return true;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (slice_eq(word->name, slice_from_str(rows[i].name)))
            return take_number((char *)rules + rows[i].at, rows[i].form, word->value, err);
    return err_set(err, ERR_INPUT, "no rule is called %.*s", SLICE_ARG(word->name));
}

bool route_rule_take(struct route_rules *rules, struct slice rest, struct err *err)
{
    struct word word;
    while (word_take(&rest, &word, err))
        if (!take_word(rules, &word, err))
            return false;
    return err->code == ERR_NONE;
}
