/* SPDX-License-Identifier: Apache-2.0
 *
 * From the configuration to the detectors: nothing set is their own default, and what is set
 * arrives.
 */
#include "app/daemon_rules.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/settings_fixture.h"

/* Every member that is a setting, without the bytes between members. */
static void write_rules(const struct settings *settings, struct buf *to)
{
    struct arena *arena = arena_new(1024);
    struct detector_rules rules =
        settings ? daemon_detector_rules(settings, arena) : detector_rules_default;
    struct tally_settings tally =
        settings ? daemon_tally_settings(settings) : tally_default_settings;
    const struct detector_rule *paths[] = {&tally.reply_rule, &tally.silent_rule};
    for (size_t i = 0; i < 2; i++)
        buf_addf(to, "path %g %g %u %u %g %" PRId64 "\n", paths[i]->least_baseline,
                 paths[i]->alternative, paths[i]->min_hits, paths[i]->min_messages,
                 paths[i]->min_ratio, paths[i]->patience_us);
    buf_addf(to, "surge %u %g %g\n", tally.surge_rule.min_recipients, tally.surge_rule.own_factor,
             tally.surge_rule.fleet_factor);
    buf_addf(to, "limits %" PRId64 " %" PRId64 " %zu\n", tally.limits.linger_us,
             tally.limits.idle_us, (size_t)tally.limits.max_open);
    buf_addf(to, "volume %u %g %g %g\n", rules.volume.least_recipients, rules.volume.own_factor,
             rules.volume.all_factor, rules.volume.fleet_factor);
    buf_addf(to, "growth %g %u\n", rules.growth.factor, rules.growth.least_recipients);
    const struct service_rule *service = &rules.service;
    buf_addf(to, "service %g %" PRId64 " %g %" PRId64 " %" PRId64 " %u\n", service->reachability,
             service->latency_us, service->latency_share, service->retry_us, service->window_us,
             service->least_outcomes);
    const struct service_burn *burns[] = {&service->fast, &service->slow};
    for (size_t i = 0; i < 2; i++)
        buf_addf(to, "burn %g %" PRId64 " %" PRId64 "\n", burns[i]->rate, burns[i]->long_us,
                 burns[i]->short_us);
    buf_addf(to, "habit %" PRId64 " %g %g %u %u %" PRId64 "\n", rules.habit.after_us,
             rules.habit.factor, rules.habit.unread_share, rules.habit.unread_least,
             rules.habit.foreign_least, rules.habit.unread_within_us);
    buf_addf(to, "guessing %u %" PRId64 " %u %" PRId64 "\n", rules.guessing.per_client.count,
             rules.guessing.per_client.within_us, rules.guessing.per_login.count,
             rules.guessing.per_login.within_us);
    buf_addf(to, "queue %" PRId64 " %u %u %g %" PRId64 "\n", rules.queue.age_us, rules.queue.old,
             rules.queue.backlog, rules.queue.normal_factor, rules.queue.forget_us);
    const struct hijack_rule *hijack = &rules.hijack;
    buf_addf(to, "hijack %u %u %g %g %" PRId64 " %d\n", hijack->least_hour, hijack->least_day,
             hijack->own_factor, hijack->fleet_factor, hijack->cool_down_us, hijack->off);
    for (size_t i = 0; i < HIJACK_SIGN_COUNT; i++)
        buf_addf(to, "%s %g\n", hijack_sign_word((enum hijack_sign)i), hijack->points[i]);
    for (size_t i = 0; i < HIJACK_STEP_COUNT; i++)
        buf_addf(to, "%s %g\n", hijack_step_word((enum hijack_step)i), hijack->steps[i]);
    for (size_t i = 0; i < hijack->allow_count; i++)
        buf_addf(to, "%.*s %" PRId64 "\n", SLICE_ARG(hijack->allow[i].login),
                 hijack->allow[i].until_us);
    arena_free(arena);
}

static void nothing_set_is_the_default(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf given = {0}, own = {0};
    struct settings *settings = settings_of("");
    write_rules(settings, &given);
    write_rules(NULL, &own);
    assert_string_equal(buf_str(&given), buf_str(&own));
    settings_free(settings);
}

/* Whether other rules than the default's come of it. */
static bool arrives(const char *yaml)
{
    CLEANUP_BUF struct buf given = {0}, own = {0};
    struct settings *settings = settings_of(yaml);
    write_rules(settings, &given);
    write_rules(NULL, &own);
    settings_free(settings);
    return !slice_eq(buf_slice(&given), buf_slice(&own));
}

static void what_is_set_arrives(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "block: { least_failures: 7 }",
        "block: { least_messages: 5 }",
        "block: { least_share: 33% }",
        "block: { usual_share: 3% }",
        "block: { blocked_share: 77% }",
        "block: { forget_after: 3h }",
        "silent_block: { least_failures: 17 }",
        "surge: { least_recipients: 7 }",
        "surge: { own_factor: 7 }",
        "surge: { fleet_factor: 7 }",
        "volume: { least_recipients: 7 }",
        "volume: { own_factor: 7 }",
        "volume: { all_factor: 7 }",
        "volume: { fleet_factor: 7 }",
        "growth: { factor: 7 }",
        "growth: { least_recipients: 7 }",
        "correlation: { late_lines: 7s }",
        "correlation: { give_up: 7h }",
        "correlation: { max_open: 7000 }",
        "slo: { reachability: 97% }",
        "slo: { latency: 7s }",
        "slo: { latency_share: 77% }",
        "slo: { retry: 7s }",
        "slo: { window: 7d }",
        "slo: { least_outcomes: 7 }",
        "slo: { fast: { rate: 7 } }",
        "slo: { slow: { long: 7h } }",
        "silence: { after: 7m }",
        "silence: { factor: 7 }",
        "unread: { share: 7% }",
        "unread: { least_lines: 7 }",
        "unread: { least_foreign: 7 }",
        "unread: { within: 7m }",
        "brute_force: { per_client: 7/1m }",
        "brute_force: { per_login: 7/1m }",
        "queue: { age: 7m }",
        "queue: { old: 7 }",
        "queue: { backlog: 7 }",
        "queue: { factor: 7 }",
        "queue: { forget_after: 7h }",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf yaml = {0};
        buf_addf(&yaml, "detect: { %s }\n", rows[i]);
        if (!arrives(buf_str(&yaml)))
            fail_msg("%s changes nothing", rows[i]);
    }
}

static void what_is_set_of_the_verdict_arrives(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "mode: off",
        "least_hour: 7",
        "least_day: 7",
        "own_factor: 7",
        "fleet_factor: 7",
        "cool_down: 7m",
        "points: { volume: 7 }",
        "points: { sizes: 7 }",
        "points: { dead: 0 }",
        "steps: { note: 7 }",
        "steps: { suspend: 107 }",
        "allow: [{ login: News@example.jp, until: 2027-02-28 }]",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf yaml = {0};
        buf_addf(&yaml, "policy: { hijack: { %s } }\n", rows[i]);
        if (!arrives(buf_str(&yaml)))
            fail_msg("%s changes nothing", rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set_is_the_default),
        cmocka_unit_test(what_is_set_arrives),
        cmocka_unit_test(what_is_set_of_the_verdict_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
