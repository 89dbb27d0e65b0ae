/* SPDX-License-Identifier: Apache-2.0
 *
 * The planner's doors: what is refused, what is bounded, when it wants to be asked, and that no
 * memory but its own comes back. Days of its life are scenarios: tests/scenario/route.
 */
#include "respond/route_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/json_value.h"

#define MINUTE INT64_C(60000000)
#define HOUR (60 * MINUTE)
#define T0 INT64_C(1772438400000000)

static const struct fleet_pool pools[] = {{.name = {"shared", 6}, .purpose = FLEET_SHARED}};
static const struct fleet_source sources[] = {
    {.name = {"out-a", 5}, .pool = {"shared", 6}, .relay = {"relay1", 6}},
    {.name = {"out-b", 5}, .pool = {"shared", 6}, .relay = {"relay1", 6}},
    {.name = {"out-x", 5},
     .pool = {"shared", 6},
     .relay = {"relay2", 6},
     .next_hop = {"[relay2]:10026", 14}},
};
static const struct fleet fleet = {
    .relay = {"relay1", 6}, .sources = sources, .source_count = 3, .pools = pools, .pool_count = 1};

struct life {
    struct route_rules rules;
    struct route_plan *plan;
    struct audit_trail *trail;
};

static void hear(void *data, const struct audit_entry *entry)
{
    struct life *life = data;
    audit_trail_add(life->trail, entry);
}

static int set_up(void **state)
{
    static struct life life;
    life = (struct life){.rules = route_rules_default, .trail = audit_trail_new()};
    life.rules.mode = ROUTE_AUTO;
    life.plan = route_plan_new(&life.rules, &fleet, hear, &life);
    *state = &life;
    return 0;
}

static int tear_down(void **state)
{
    struct life *life = *state;
    route_plan_free(life->plan);
    audit_trail_free(life->trail);
    return 0;
}

static bool say(struct life *life, const char *source, const char *provider, int64_t at_us)
{
    struct incident incident = {.kind = INCIDENT_BLOCK,
                                .class = REPLY_CLASS_BLOCK_IP,
                                .relay = SLICE("relay1"),
                                .source = slice_from_str(source),
                                .provider = slice_from_str(provider),
                                .opened_us = at_us,
                                .closed_us = INCIDENT_OPEN,
                                .last_hit_us = at_us,
                                .attempts = 5,
                                .hits = 5};
    return route_plan_incident(life->plan, &incident, SLICE("abcd1234"));
}

static const struct override *active(const struct life *life, const char *provider)
{
    const struct override *one;
    for (size_t i = 0; (one = route_plan_override(life->plan, i)) != NULL; i++)
        if (slice_eq(one->provider, slice_from_str(provider)) && one->state == OVERRIDE_ACTIVE)
            return one;
    return NULL;
}

static void a_block_is_answered_at_once(void **state)
{
    struct life *life = *state;
    assert_int_equal(route_plan_next_due(life->plan), INT64_MAX);
    route_plan_advance(life->plan, T0);
    assert_true(say(life, "out-a", "google", T0));
    assert_int_equal(route_plan_next_due(life->plan), T0); /* now */
    route_plan_advance(life->plan, T0 + 1);
    const struct override *one = active(life, "google");
    assert_non_null(one);
    assert_int_equal(one->kind, OVERRIDE_DETOUR);
    assert_true(slice_eq(one->target, SLICE("out-b")));
    assert_true(slice_eq(one->incident, SLICE("abcd1234")));
    assert_int_equal(one->expires_us, T0 + 1 + HOUR);
    assert_int_equal(route_plan_next_due(life->plan), T0 + 1 + 15 * MINUTE); /* the probe */
}

/* Where whose mail goes there decides: at that provider alone, and only as long as it is so. */
static void who_spf_does_not_allow_is_passed_over(void **state)
{
    struct life *life = *state;
    const struct route_path path = {SLICE("out-b"), SLICE("google")};
    struct route_path_view view;
    life->rules.caps.volume = 1;
    route_plan_spf(life->plan, &path, SLICE("is not allowed")); /* nobody asks yet */
    route_plan_advance(life->plan, T0);
    say(life, "out-a", "google", T0);
    say(life, "out-a", "docomo", T0);
    route_plan_spf(life->plan, &path, SLICE("is not allowed"));
    route_plan_advance(life->plan, T0 + 1);
    assert_true(slice_eq(active(life, "docomo")->target, SLICE("out-b")));
    assert_false(slice_eq(active(life, "google")->target, SLICE("out-b")));
    route_plan_spf(life->plan, &path, SLICE(""));
    assert_int_equal(route_plan_next_due(life->plan), T0 + 1); /* it is news */
    for (size_t i = 0; route_plan_path(life->plan, i, &view); i++)
        assert_int_equal(view.moved_us, T0 + 1);
}

static void an_override_is_renewed_and_told_once(void **state)
{
    struct life *life = *state;
    say(life, "out-a", "google", T0);
    for (int64_t after = 0; after < 10 * HOUR; after += MINUTE) {
        route_plan_advance(life->plan, T0 + after);
        assert_true(override_is_in_force(active(life, "google"), T0 + after));
        assert_true(active(life, "google")->expires_us <= T0 + after + HOUR);
    }
    assert_int_equal(audit_trail_count(life->trail), 1);
}

static void what_is_no_concern_makes_no_route(void **state)
{
    struct life *life = *state;
    struct slice provider;
    struct incident surge = {.kind = INCIDENT_SURGE,
                             .source = SLICE("out-a"),
                             .provider = SLICE("google"),
                             .closed_us = INCIDENT_OPEN};
    assert_true(say(life, "out-q", "google", T0)); /* no source of the fleet */
    assert_true(say(life, "out-a", "", T0));
    assert_true(route_plan_incident(life->plan, &surge, SLICE("x")));
    route_plan_advance(life->plan, T0);
    assert_false(route_plan_provider(life->plan, 0, &provider));
    assert_null(route_plan_override(life->plan, 0));
}

static void providers_are_bounded(void **state)
{
    struct life *life = *state;
    char name[20];
    for (int i = 0; i < 512; i++) {
        snprintf(name, sizeof(name), "p%d.example", i);
        assert_true(say(life, "out-a", name, T0));
    }
    assert_false(say(life, "out-a", "one.more.example", T0));
    route_plan_advance(life->plan, T0);
    size_t count = 0;
    while (route_plan_override(life->plan, count) != NULL)
        count++;
    assert_int_equal(count, OVERRIDES_MAX);
    size_t working = 0;
    for (size_t i = 0; i < count; i++)
        working += route_plan_override(life->plan, i)->state == OVERRIDE_ACTIVE;
    assert_int_equal(working, life->rules.caps.overrides);
}

static void what_is_over_is_forgotten(void **state)
{
    struct life *life = *state;
    struct slice provider;
    struct incident content = {.kind = INCIDENT_CONTENT,
                               .class = REPLY_CLASS_CONTENT_SPAM,
                               .source = SLICE("out-a"),
                               .provider = SLICE("google"),
                               .opened_us = T0,
                               .closed_us = INCIDENT_OPEN};
    route_plan_incident(life->plan, &content, SLICE("x"));
    route_plan_advance(life->plan, T0);
    assert_true(route_plan_provider(life->plan, 0, &provider));
    content.closed_us = T0 + MINUTE;
    route_plan_incident(life->plan, &content, SLICE("x"));
    route_plan_advance(life->plan, T0 + MINUTE);
    assert_false(route_plan_provider(life->plan, 0, &provider));
}

static void probes_are_for_who_wants_one(void **state)
{
    struct life *life = *state;
    const struct route_path path = {{"out-a", 5}, {"google", 6}},
                            other = {{"out-b", 5}, {"google", 6}};
    struct route_path wanted;
    char id[OVERRIDE_ID_MAX + 1];
    say(life, "out-a", "google", T0);
    route_plan_advance(life->plan, T0);
    assert_false(route_plan_wants(life->plan, 0, &wanted));
    assert_null(route_plan_candidate(life->plan, &path, SLICE("a@example.jp"), T0 + MINUTE));
    for (int i = 1; i <= 15; i++)
        route_plan_advance(life->plan, T0 + i * MINUTE);
    assert_true(route_plan_wants(life->plan, 0, &wanted));
    assert_true(slice_eq(wanted.source, SLICE("out-a")));
    assert_false(route_plan_wants(life->plan, 1, &wanted));
    assert_null(route_plan_candidate(life->plan, &other, SLICE("a@example.jp"), T0 + 15 * MINUTE));
    const char *given =
        route_plan_candidate(life->plan, &path, SLICE("a@example.jp"), T0 + 15 * MINUTE);
    assert_non_null(given);
    snprintf(id, sizeof(id), "%s", given);
    assert_false(route_plan_wants(life->plan, 0, &wanted)); /* it is on its way */
    assert_false(
        route_plan_probe_result(life->plan, SLICE("o99"), ROUTE_PROBE_DELIVERED, T0 + 16 * MINUTE));
    assert_true(route_plan_probe_result(life->plan, slice_from_str(id), ROUTE_PROBE_DELIVERED,
                                        T0 + 16 * MINUTE));
    assert_false(route_plan_probe_result(life->plan, slice_from_str(id), ROUTE_PROBE_DELIVERED,
                                         T0 + 16 * MINUTE)); /* once */
    struct route_path_view view;
    assert_true(route_plan_path(life->plan, 0, &view));
    assert_int_equal(view.stage, ROUTE_STAGE_PROBING);
    assert_int_equal(view.successes, 1);
}

static void a_probe_of_which_nothing_is_heard_says_nothing(void **state)
{
    struct life *life = *state;
    const struct route_path path = {{"out-a", 5}, {"google", 6}};
    struct route_path wanted;
    struct route_path_view view;
    say(life, "out-a", "google", T0);
    for (int i = 0; i <= 15; i++)
        route_plan_advance(life->plan, T0 + i * MINUTE);
    assert_non_null(
        route_plan_candidate(life->plan, &path, SLICE("a@example.jp"), T0 + 15 * MINUTE));
    for (int i = 15; i <= 25; i++)
        route_plan_advance(life->plan, T0 + i * MINUTE);
    assert_true(route_plan_path(life->plan, 0, &view));
    assert_int_equal(view.stage, ROUTE_STAGE_PROBING);
    assert_int_equal(view.successes, 0);
    assert_null(route_plan_override(life->plan, 1)); /* it is out of the map */
    for (int i = 25; i <= 35; i++)
        route_plan_advance(life->plan, T0 + i * MINUTE);
    assert_true(route_plan_wants(life->plan, 0, &wanted));
}

static void people_are_told_what_is_wrong(void **state)
{
    struct life *life = *state;
    const struct {
        struct override wish;
        const char *text;
    } rows[] = {
        {{.expires_us = T0 + HOUR, .share_percent = 100, .actor = SLICE("kato")},
         "a route is for a provider"},
        {{.provider = SLICE("google"), .expires_us = T0 + HOUR, .share_percent = 100},
         "somebody sets it"},
        {{.provider = SLICE("google"),
          .expires_us = T0,
          .share_percent = 100,
          .actor = SLICE("kato")},
         "it is in the future"},
        {{.provider = SLICE("google"), .expires_us = T0 + HOUR, .actor = SLICE("kato")},
         "1 to 100 percent"},
        {{.provider = SLICE("google"),
          .expires_us = T0 + HOUR,
          .share_percent = 100,
          .target = SLICE("out-q"),
          .actor = SLICE("kato")},
         "no source of the fleet is called out-q"},
    };
    struct err err;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_null(route_plan_set(life->plan, &rows[i].wish, T0, &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (strstr(err.text, rows[i].text) == NULL)
            fail_msg("\"%s\" says nothing of \"%s\"", err.text, rows[i].text);
    }
    assert_false(route_plan_approve(life->plan, SLICE("o1"), SLICE("kato"), T0, &err));
    assert_false(route_plan_deny(life->plan, SLICE("o1"), SLICE("kato"), T0, &err));
    assert_false(route_plan_undo(life->plan, SLICE("o1"), SLICE("kato"), T0, &err));
    assert_non_null(strstr(err.text, "there is no override o1"));
    assert_int_equal(audit_trail_count(life->trail), 0);
}

static void only_what_waits_is_approved_and_only_what_works_undone(void **state)
{
    struct life *life = *state;
    struct err err;
    life->rules.mode = ROUTE_PROPOSE;
    say(life, "out-a", "google", T0);
    route_plan_advance(life->plan, T0);
    assert_null(active(life, "google"));
    assert_false(route_plan_undo(life->plan, SLICE("o1"), SLICE("kato"), T0, &err));
    assert_true(route_plan_approve(life->plan, SLICE("o1"), SLICE("kato"), T0, &err));
    const struct override *one = active(life, "google");
    assert_true(slice_eq(one->actor, SLICE("kato")));
    char id[OVERRIDE_ID_MAX + 1];
    snprintf(id, sizeof(id), "%s", one->id);
    assert_false(route_plan_approve(life->plan, slice_from_str(id), SLICE("kato"), T0, &err));
    assert_false(route_plan_deny(life->plan, slice_from_str(id), SLICE("kato"), T0, &err));
    assert_true(route_plan_undo(life->plan, slice_from_str(id), SLICE("kato"), T0, &err));
    assert_null(active(life, "google"));
}

static void work_is_told_when_it_ends(void **state)
{
    struct life *life = *state;
    const struct route_waiting waiting = {.count = 8420, .oldest_us = T0};
    struct override_work work = {.delivered = 4000, .deferred = 8};
    struct err err;
    say(life, "out-a", "google", T0);
    route_plan_waiting(life->plan, SLICE("google"), &waiting);
    route_plan_advance(life->plan, T0);
    route_plan_work(life->plan, SLICE("o1"), &work);
    work.delivered = 4412;
    route_plan_work(life->plan, SLICE("o1"), &work);
    route_plan_work(life->plan, SLICE("o2"), &work);
    assert_true(route_plan_undo(life->plan, SLICE("o1"), SLICE("kato"), T0 + MINUTE, &err));
    const struct audit_entry *last =
        audit_trail_at(life->trail, audit_trail_count(life->trail) - 1);
    assert_int_equal(last->action, AUDIT_END);
    assert_true(last->measured);
    assert_int_equal(last->work.held_before, 8420);
    assert_int_equal(last->work.delivered, 8412);
    assert_int_equal(last->work.deferred, 16);
}

static void a_source_that_is_gone_from_the_fleet_is_left(void **state)
{
    struct life *life = *state;
    const struct fleet smaller = {.relay = fleet.relay,
                                  .sources = sources,
                                  .source_count = 1,
                                  .pools = pools,
                                  .pool_count = 1};
    say(life, "out-a", "google", T0);
    route_plan_advance(life->plan, T0);
    assert_int_equal(active(life, "google")->kind, OVERRIDE_DETOUR);
    route_plan_configure(life->plan, &life->rules, &smaller);
    route_plan_advance(life->plan, T0 + 6 * MINUTE);
    assert_int_equal(active(life, "google")->kind, OVERRIDE_HOLD);
    route_plan_configure(life->plan, &life->rules, &fleet);
}

/* ---- state ---- */

static void other_forms_are_refused(void **state)
{
    struct life *life = *state;
    static const char *const rows[] = {
        "[]",
        "{\"now_us\":\"x\"}",
        "{\"last\":-5}",
        "{\"total_day\":-1}",
        "{\"routes\":5}",
        "{\"routes\":[5]}",
        "{\"routes\":[{\"provider\":\"\"}]}",
        "{\"routes\":[{\"provider\":\"a\"},{\"provider\":\"a\"}]}",
        "{\"routes\":[{\"provider\":\"a\",\"denied\":3}]}",
        "{\"routes\":[{\"provider\":\"a\",\"current\":{}}]}",
        "{\"routes\":[{\"provider\":\"a\",\"outage\":3}]}",
        "{\"routes\":[{\"provider\":\"a\",\"paths\":[{}]}]}",
        "{\"routes\":[{\"provider\":\"a\",\"paths\":[{\"source\":\"b\",\"stage\":\"asleep\"}]}]}",
        "{\"routes\":[{\"provider\":\"a\",\"paths\":[{\"source\":\"b\",\"stage\":\"ok\","
        "\"step\":99}]}]}",
        "{\"routes\":[{\"provider\":\"a\",\"paths\":[{\"source\":\"b\",\"stage\":\"ok\","
        "\"stage_us\":9223372036854775807}]}]}",
        "{\"routes\":[{\"provider\":\"a\",\"paths\":[{\"source\":\"b\",\"stage\":\"ok\","
        "\"pace\":\"fast\"}]}]}",
        "{\"routes\":[{\"provider\":\"a\",\"paths\":[{\"source\":\"b\",\"stage\":\"ok\","
        "\"flaps\":[\"x\"]}]}]}",
        "{\"routes\":[{\"provider\":\"a\",\"paths\":[{\"source\":\"b\",\"stage\":\"ok\","
        "\"causes\":{\"block\":{\"class\":\"odd\"}}}]}]}",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *object = json_field_parse(slice_from_str(rows[i]), 10000);
        struct slice provider;
        assert_non_null(object);
        if (route_plan_read(life->plan, object))
            fail_msg("%s is taken", rows[i]);
        assert_false(route_plan_provider(life->plan, 0, &provider));
        json_decref(object);
    }
    assert_true(route_plan_read(life->plan, NULL));
}

static void a_member_that_is_absent_is_nothing(void **state)
{
    struct life *life = *state;
    json_t *object = json_field_parse(
        SLICE("{\"routes\":[{\"provider\":\"google\",\"paths\":[{\"source\":\"out-a\",\"stage\":"
              "\"ok\"}]}]}"),
        1000);
    assert_true(route_plan_read(life->plan, object));
    json_decref(object);
    route_plan_advance(life->plan, T0);
    struct slice provider;
    assert_false(route_plan_provider(life->plan, 0, &provider)); /* idle */
}

/* A stage of a configuration with more steps than there are now. */
static void a_step_that_is_no_more_is_the_last(void **state)
{
    struct life *life = *state;
    struct route_path_view view;
    json_t *object = json_field_parse(
        SLICE("{\"now_us\":1772438400000000,\"routes\":[{\"provider\":\"google\",\"paths\":[{"
              "\"source\":\"out-a\",\"stage\":\"ramping\",\"stage_us\":1772438400000000,\"step\":"
              "8}]}]}"),
        1000);
    assert_true(route_plan_read(life->plan, object));
    json_decref(object);
    route_plan_advance(life->plan, T0);
    assert_true(route_plan_path(life->plan, 0, &view));
    assert_int_equal(view.share_percent, 100);
    for (int64_t after = 0; after <= 7 * HOUR; after += 4 * MINUTE)
        route_plan_advance(life->plan, T0 + after);
    assert_true(route_plan_path(life->plan, 0, &view));
    assert_int_equal(view.stage, ROUTE_STAGE_OK);
}

/* In the first minutes of a relay the mean of a week says of nobody that they send. */
static void who_has_just_begun_sends_too(void **state)
{
    static const struct {
        double beside_last_hour;
        bool throttled;
    } rows[] = {{0, true}, {4, true}, {5, false}, {30, false}};
    struct incident incident = {.kind = INCIDENT_SLOW_DOWN,
                                .class = REPLY_CLASS_RATE,
                                .relay = SLICE("relay1"),
                                .source = SLICE("out-a"),
                                .provider = SLICE("docomo"),
                                .opened_us = T0,
                                .closed_us = INCIDENT_OPEN,
                                .last_hit_us = T0};
    struct route_path slow = {SLICE("out-a"), SLICE("docomo")};
    struct route_path beside = {SLICE("out-b"), SLICE("docomo")};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct route_volume volume = {.usual_day = 9, .last_hour = 9};
        tear_down(state);
        set_up(state);
        struct life *life = *state;
        assert_true(route_plan_incident(life->plan, &incident, SLICE("abcd1234")));
        route_plan_volume(life->plan, &slow, &volume);
        volume.last_hour = rows[i].beside_last_hour;
        route_plan_volume(life->plan, &beside, &volume);
        route_plan_advance(life->plan, T0); /* from the least usual pace, 40 an hour */
        assert_int_equal(active(life, "docomo") != NULL, rows[i].throttled);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_block_is_answered_at_once),
        TEST(who_spf_does_not_allow_is_passed_over),
        TEST(an_override_is_renewed_and_told_once),
        TEST(what_is_no_concern_makes_no_route),
        TEST(providers_are_bounded),
        TEST(what_is_over_is_forgotten),
        TEST(probes_are_for_who_wants_one),
        TEST(a_probe_of_which_nothing_is_heard_says_nothing),
        TEST(people_are_told_what_is_wrong),
        TEST(only_what_waits_is_approved_and_only_what_works_undone),
        TEST(work_is_told_when_it_ends),
        TEST(a_source_that_is_gone_from_the_fleet_is_left),
        TEST(other_forms_are_refused),
        TEST(a_member_that_is_absent_is_nothing),
        TEST(a_step_that_is_no_more_is_the_last),
        TEST(who_has_just_begun_sends_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
