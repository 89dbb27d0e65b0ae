/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings into the planner's rules. See settings_respond.h.
 */
#include "app/settings_respond.h"

static void make_modes(const struct settings_respond *settings, struct arena *arena,
                       struct route_rules *out)
{
    struct route_mode_rule *modes = arena_alloc(arena, (settings->mode_count + 1) * sizeof(*modes));
    for (size_t i = 0; i < settings->mode_count; i++)
        modes[i] = (struct route_mode_rule){slice_from_str(settings->modes[i].provider),
                                            slice_from_str(settings->modes[i].source),
                                            settings->modes[i].mode};
    out->mode = settings->mode;
    out->modes = modes;
    out->mode_count = settings->mode_count;
}

static struct route_ramp_rule ramp_of(const struct settings_ramp *from)
{
    struct route_ramp_rule ramp = {.step_count = from->step_count,
                                   .step_us = from->step_us,
                                   .step_volume = from->volume,
                                   .patience_us = from->patience_us,
                                   .tolerated = from->tolerated,
                                   .refusals = from->refusals};
    ASSERT(from->step_count <= ROUTE_RAMP_STEPS_MAX);
    for (size_t i = 0; i < from->step_count; i++)
        ramp.steps[i] = (unsigned)(from->steps[i] * 100 + 0.5);
    return ramp;
}

static struct route_hold_rule hold_of(const struct settings_hold *from)
{
    return (struct route_hold_rule){.deadline_us = from->deadline_us,
                                    .then = from->then,
                                    .resort = slice_from_str(from->resort),
                                    .lifetime_us = from->lifetime_us,
                                    .warn_before_us = from->warn_before_us};
}

void settings_respond_make(const struct settings_respond *settings, struct arena *arena,
                           struct route_rules *out)
{
    const struct settings_detour *detour = &settings->detour;
    const struct settings_throttle *throttle = &settings->throttle;
    const struct settings_probe *probe = &settings->probe;
    *out = (struct route_rules){
        .expiry_us = settings->expiry_us,
        .detour = {.step = detour->step,
                   .least = detour->least,
                   .pool_share = detour->pool_share,
                   .blocked_sources = detour->blocked_sources,
                   .replan_us = detour->replan_us,
                   .least_traffic = detour->least_traffic},
        .throttle = {.back_off = throttle->back_off,
                     .recover = throttle->recover,
                     .every_us = throttle->every_us,
                     .tolerated = throttle->tolerated,
                     .least_per_hour = throttle->least_per_hour,
                     .block_after_us = throttle->block_after_us},
        .probe = {.first_us = probe->first_us,
                  .interval_us = probe->interval_us,
                  .timeout_us = probe->timeout_us,
                  .successes = probe->successes,
                  .longest_us = probe->longest_us},
        .ramp = ramp_of(&settings->ramp),
        .flap = {.count = settings->flap.count, .within_us = settings->flap.within_us},
        .hold = hold_of(&settings->hold),
        .caps = {.overrides = settings->caps.overrides, .volume = settings->caps.volume},
    };
    make_modes(settings, arena, out);
}
