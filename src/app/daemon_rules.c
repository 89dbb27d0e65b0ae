/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_rules.h. What the configuration does not set keeps the rule's default.
 */
#include "app/daemon_rules.h"

#include "app/settings_hijack.h"
#include "base/memory.h"

static void set_detector(struct detector_rule *rule, const struct settings_block *from)
{
    rule->least_baseline = from->usual_share;
    rule->alternative = from->blocked_share;
    rule->min_hits = from->least_failures;
    rule->min_messages = from->least_messages;
    rule->min_ratio = from->least_share;
    rule->patience_us = from->forget_after_us;
}

struct tally_settings daemon_tally_settings(const struct settings *settings)
{
    const struct settings_detect *detect = &settings->detect;
    struct tally_settings tally = tally_default_settings;
    set_detector(&tally.reply_rule, &detect->block);
    set_detector(&tally.silent_rule, &detect->silent_block);
    tally.surge_rule = (struct surge_rule){.min_recipients = detect->surge.least_recipients,
                                           .own_factor = detect->surge.own_factor,
                                           .fleet_factor = detect->surge.fleet_factor};
    tally.limits = (struct correlator_limits){.linger_us = detect->correlation.late_lines_us,
                                              .idle_us = detect->correlation.give_up_us,
                                              .max_open = detect->correlation.max_open};
    tally.latency_target_s = (double)detect->slo.latency_us / 1e6;
    return tally;
}

static struct service_burn burn_of(const struct settings_burn *burn)
{
    return (struct service_burn){burn->rate, burn->long_us, burn->short_us};
}

static struct guessing_rate rate_of(const struct rate *rate)
{
    return (struct guessing_rate){rate->count, rate->within_us};
}

struct detector_rules daemon_detector_rules(const struct settings *settings, struct arena *arena)
{
    const struct settings_detect *detect = &settings->detect;
    struct detector_rules rules = detector_rules_default;
    rules.service.reachability = detect->slo.reachability;
    rules.service.latency_us = detect->slo.latency_us;
    rules.service.latency_share = detect->slo.latency_share;
    rules.service.retry_us = detect->slo.retry_us;
    rules.service.settle_us = detect->correlation.late_lines_us;
    rules.service.window_us = detect->slo.window_us;
    rules.service.least_outcomes = detect->slo.least_outcomes;
    rules.service.fast = burn_of(&detect->slo.fast);
    rules.service.slow = burn_of(&detect->slo.slow);
    rules.habit.after_us = detect->silence.after_us;
    rules.habit.factor = detect->silence.factor;
    rules.habit.unread_share = detect->unread.share;
    rules.habit.unread_least = detect->unread.least_lines;
    rules.habit.foreign_least = detect->unread.least_foreign;
    rules.habit.unread_within_us = detect->unread.within_us;
    rules.guessing.per_client = rate_of(&detect->brute_force.per_client);
    rules.guessing.per_login = rate_of(&detect->brute_force.per_login);
    rules.queue.age_us = detect->queue.age_us;
    rules.queue.old = detect->queue.old;
    rules.queue.backlog = detect->queue.backlog;
    rules.queue.normal_factor = detect->queue.factor;
    rules.queue.forget_us = detect->queue.forget_after_us;
    rules.volume = (struct volume_rule){.least_recipients = detect->volume.least_recipients,
                                        .own_factor = detect->volume.own_factor,
                                        .all_factor = detect->volume.all_factor,
                                        .fleet_factor = detect->volume.fleet_factor};
    rules.growth.factor = detect->growth.factor;
    rules.growth.least_recipients = detect->growth.least_recipients;
    settings_hijack_rule(settings, arena, &rules.hijack);
    return rules;
}

static struct slice *slices_of(const char *const *texts, size_t count, struct arena *arena)
{
    struct slice *slices = arena_alloc(arena, (count + 1) * sizeof(*slices));
    for (size_t i = 0; i < count; i++)
        slices[i] = slice_from_str(texts[i]);
    return slices;
}

struct detector_desk *daemon_detectors_new(const struct settings *settings, struct tally *tally)
{
    const struct settings_slo *slo = &settings->detect.slo;
    struct arena *arena = arena_new(1024);
    struct source_pool *pools =
        arena_alloc(arena, (settings->fleet.source_count + 1) * sizeof(*pools));
    size_t pool_count = 0;
    for (size_t i = 0; i < settings->fleet.source_count; i++) {
        const struct settings_source *source = &settings->fleet.sources[i];
        if (source->pool != NULL)
            pools[pool_count++] =
                (struct source_pool){slice_from_str(source->name), slice_from_str(source->pool)};
    }
    struct transactional transactional = {
        .logins = slices_of(slo->logins, slo->login_count, arena),
        .login_count = slo->login_count,
        .pools = slices_of(slo->pools, slo->pool_count, arena),
        .pool_count = slo->pool_count,
    };
    struct detector_rules rules = daemon_detector_rules(settings, arena);
    struct detector_desk *desk =
        detector_desk_new(&rules, tally, pools, pool_count, &transactional);
    arena_free(arena);
    return desk;
}
