/* SPDX-License-Identifier: Apache-2.0
 *
 * Defaults of the planner. Careful ones: nothing is moved unless somebody says so.
 */
#include "respond/route_rules.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

const struct route_rules route_rules_default = {
    .mode = ROUTE_OBSERVE,
    .expiry_us = HOUR_US,
    .detour = {.step = 0.2,
               .least = 1000,
               .pool_share = 0.5,
               .blocked_sources = 3,
               .replan_us = 5 * MINUTE_US,
               .least_traffic = 10},
    .throttle = {.back_off = 0.5,
                 .recover = 0.1,
                 .every_us = 10 * MINUTE_US,
                 .tolerated = 0.05,
                 .least_per_hour = 20,
                 .block_after_us = 2 * HOUR_US},
    .probe = {.first_us = 15 * MINUTE_US,
              .interval_us = 15 * MINUTE_US,
              .timeout_us = 10 * MINUTE_US,
              .successes = 3,
              .longest_us = 6 * HOUR_US},
    .ramp = {.steps = {10, 25, 50},
             .step_count = 3,
             .step_us = 30 * MINUTE_US,
             .step_volume = 50,
             .patience_us = 6 * HOUR_US,
             .tolerated = 0.05,
             .refusals = 3},
    .flap = {.count = 3, .within_us = DAY_US},
    .hold = {.deadline_us = 4 * HOUR_US,
             .then = ROUTE_THEN_KEEP,
             .lifetime_us = 5 * DAY_US,
             .warn_before_us = 12 * HOUR_US},
    .caps = {.overrides = 5, .volume = 0.5},
};

const char *route_mode_word(enum route_mode mode)
{
    static const char *const words[] = {
#define X(name, word) [ROUTE_##name] = word,
        ROUTE_MODES(X)
#undef X
    };
    return words[mode];
}

const char *route_then_word(enum route_then then)
{
    static const char *const words[] = {
#define X(name, word) [ROUTE_THEN_##name] = word,
        ROUTE_THENS(X)
#undef X
    };
    return words[then];
}

static bool fits(struct slice wanted, struct slice name)
{
    return wanted.len == 0 || slice_eq(wanted, name);
}

enum route_mode route_rules_mode(const struct route_rules *rules, struct slice provider,
                                 struct slice source)
{
    for (size_t i = 0; i < rules->mode_count; i++)
        if (fits(rules->modes[i].provider, provider) && fits(rules->modes[i].source, source))
            return rules->modes[i].mode;
    return rules->mode;
}
