/* SPDX-License-Identifier: Apache-2.0
 *
 * From the configuration to the planner: nothing set is its own default, what is set arrives, and
 * what contradicts itself is refused.
 */
#include "app/settings_respond.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/settings_fixture.h"

static void write_paths(const struct route_rules *rules, struct buf *to)
{
    const struct route_detour_rule *detour = &rules->detour;
    const struct route_throttle_rule *throttle = &rules->throttle;
    const struct route_probe_rule *probe = &rules->probe;
    const struct route_ramp_rule *ramp = &rules->ramp;
    buf_addf(to, "detour %g %g %g %u %" PRId64 " %g\n", detour->step, detour->least,
             detour->pool_share, detour->blocked_sources, detour->replan_us, detour->least_traffic);
    buf_addf(to, "throttle %g %g %" PRId64 " %g %u %" PRId64 "\n", throttle->back_off,
             throttle->recover, throttle->every_us, throttle->tolerated, throttle->least_per_hour,
             throttle->block_after_us);
    buf_addf(to, "probe %" PRId64 " %" PRId64 " %" PRId64 " %u %" PRId64 "\n", probe->first_us,
             probe->interval_us, probe->timeout_us, probe->successes, probe->longest_us);
    for (size_t i = 0; i < ramp->step_count; i++)
        buf_addf(to, "%u %%\n", ramp->steps[i]);
    buf_addf(to, "ramp %" PRId64 " %" PRIu64 " %" PRId64 " %g %" PRIu64 "\n", ramp->step_us,
             ramp->step_volume, ramp->patience_us, ramp->tolerated, ramp->refusals);
}

/* Every member that is a setting. */
static void write_rules(const struct route_rules *rules, struct buf *to)
{
    const struct route_hold_rule *hold = &rules->hold;
    buf_addf(to, "%s %" PRId64 "\n", route_mode_word(rules->mode), rules->expiry_us);
    for (size_t i = 0; i < rules->mode_count; i++)
        buf_addf(to, "mode '%.*s' '%.*s' %s\n", SLICE_ARG(rules->modes[i].provider),
                 SLICE_ARG(rules->modes[i].source), route_mode_word(rules->modes[i].mode));
    write_paths(rules, to);
    buf_addf(to, "flap %u %" PRId64 "\n", rules->flap.count, rules->flap.within_us);
    buf_addf(to, "hold %" PRId64 " %s '%.*s' %" PRId64 " %" PRId64 "\n", hold->deadline_us,
             route_then_word(hold->then), SLICE_ARG(hold->resort), hold->lifetime_us,
             hold->warn_before_us);
    buf_addf(to, "caps %u %g\n", rules->caps.overrides, rules->caps.volume);
}

static void write_settings(const char *yaml, struct buf *to)
{
    struct settings *settings = settings_of(yaml);
    struct arena *arena = arena_new(1024);
    struct route_rules rules;
    settings_respond_make(&settings->respond, arena, &rules);
    write_rules(&rules, to);
    arena_free(arena);
    settings_free(settings);
}

static void nothing_set_is_the_default(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf given = {0}, own = {0};
    write_settings("", &given);
    write_rules(&route_rules_default, &own);
    assert_string_equal(buf_str(&given), buf_str(&own));
}

static void what_is_set_arrives(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "mode: auto",
        "modes: [ { provider: docomo, mode: propose } ]",
        "modes: [ { source: out-a, mode: propose } ]",
        "expiry: 7h",
        "detour: { step: 7% }",
        "detour: { least: 7 }",
        "detour: { pool_share: 7% }",
        "detour: { blocked_sources: 7 }",
        "detour: { replan: 7m }",
        "detour: { least_traffic: 7 }",
        "throttle: { back_off: 70% }",
        "throttle: { recover: 7% }",
        "throttle: { every: 7m }",
        "throttle: { tolerated: 7% }",
        "throttle: { least_per_hour: 7 }",
        "throttle: { block_after: 7h }",
        "probe: { first: 7m }",
        "probe: { interval: 7m }",
        "probe: { timeout: 7m }",
        "probe: { successes: 7 }",
        "probe: { longest: 7h }",
        "ramp: { steps: [7%, 70%] }",
        "ramp: { step: 7m }",
        "ramp: { volume: 7 }",
        "ramp: { patience: 7h }",
        "ramp: { tolerated: 7% }",
        "ramp: { refusals: 7 }",
        "flap: { count: 7 }",
        "flap: { within: 7h }",
        "hold: { deadline: 7h }",
        "hold: { then: release }",
        "hold: { lifetime: 7d }",
        "hold: { warn_before: 7h }",
        "caps: { overrides: 7 }",
        "caps: { volume: 7% }",
    };
    CLEANUP_BUF struct buf own = {0};
    write_rules(&route_rules_default, &own);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf yaml = {0}, given = {0};
        buf_addf(&yaml, "respond: { %s }\n", rows[i]);
        write_settings(buf_str(&yaml), &given);
        if (slice_eq(buf_slice(&given), buf_slice(&own)))
            fail_msg("%s changes nothing", rows[i]);
    }
}

static void the_last_resort_arrives(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf given = {0};
    write_settings("fleet: { sources: [ { name: rescue } ] }\n"
                   "respond: { hold: { then: resort, resort: rescue } }\n",
                   &given);
    assert_non_null(strstr(buf_str(&given), " resort 'rescue' "));
}

static void modes_are_asked_in_order(void **state)
{
    const struct route_mode_rule modes[] = {
        {{"docomo", 6}, {"out-a", 5}, ROUTE_OBSERVE},
        {{"docomo", 6}, {NULL, 0}, ROUTE_PROPOSE},
        {{NULL, 0}, {"out-b", 5}, ROUTE_OBSERVE},
    };
    struct route_rules rules = route_rules_default;
    (void)state;
    rules.mode = ROUTE_AUTO;
    rules.modes = modes;
    rules.mode_count = 3;
    assert_int_equal(route_rules_mode(&rules, SLICE("docomo"), SLICE("out-a")), ROUTE_OBSERVE);
    assert_int_equal(route_rules_mode(&rules, SLICE("docomo"), SLICE("out-b")), ROUTE_PROPOSE);
    assert_int_equal(route_rules_mode(&rules, SLICE("google"), SLICE("out-b")), ROUTE_OBSERVE);
    assert_int_equal(route_rules_mode(&rules, SLICE("google"), SLICE("out-a")), ROUTE_AUTO);
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    static const struct fault_row rows[] = {
        {"respond: { ramp: { steps: [50%, 25%] } }\n",
         "1: respond.ramp.steps[1]: is no step up; accepted: rising shares, by 1% at least"},
        {"respond: { ramp: { step: 2h, patience: 1h } }\n",
         "1: respond.ramp.patience: is shorter than step; accepted: a duration from step on"},
        {"respond: { hold: { then: resort } }\n",
         "1: respond.hold.then: needs resort; accepted: resort beside it: the name of a source"},
        {"respond: { hold: { then: resort, resort: nobody } }\n",
         "1: respond.hold.resort: is no source of the fleet; accepted: a name of fleet.sources"},
        {"respond: { hold: { lifetime: 2h, warn_before: 2h } }\n",
         "1: respond.hold.warn_before: is not shorter than lifetime; accepted: a duration below "
         "that of lifetime"},
        {"respond: { probe: { first: 2h, longest: 1h } }\n",
         "1: respond.probe.longest: is shorter than first; accepted: a duration from first on"},
        {"control: /run/a\nrespond: { exact_socket: /run/a }\n",
         "2: respond.exact_socket: is the control socket; accepted: another path"},
    };
    check_faults(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set_is_the_default), cmocka_unit_test(what_is_set_arrives),
        cmocka_unit_test(the_last_resort_arrives),    cmocka_unit_test(modes_are_asked_in_order),
        cmocka_unit_test(contradictions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
