/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API shows of the policy listener: rates, the day, states.
 */
#include "app/policy_board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"
#include "model/json_value.h"

#define T0 INT64_C(1772409600000000) /* 2026-03-02 00:00 UTC */
#define HOUR_US (3600 * US_PER_SECOND)

static struct policy_service_counts counts;
static struct endpoint places[2];
static struct policy_board_view view;

static int setup(void **state)
{
    counts = (struct policy_service_counts){0};
    assert_true(endpoint_parse(SLICE("unix:/run/todoku/policy"), &places[0]));
    assert_true(endpoint_parse(SLICE("127.0.0.1:8481"), &places[1]));
    view = (struct policy_board_view){
        .counts = &counts, .listen = places, .listen_count = 2, .limits = 3};
    *state = policy_board_new();
    return 0;
}

static int teardown(void **state)
{
    policy_board_free(*state);
    return 0;
}

static json_t *put(void **state, int64_t now_us, int32_t offset_s)
{
    policy_board_put(*state, &view, now_us, offset_s);
    struct snapshot *snapshot = snapshot_place_get(policy_board_shown(*state));
    struct slice text = snapshot_text(snapshot);
    json_t *value = json_loadb(text.ptr, text.len, 0, NULL);
    snapshot_unref(snapshot);
    assert_non_null(value);
    return value;
}

static json_int_t number(const json_t *value, const char *key)
{
    assert_true(json_is_integer(json_object_get(value, key)));
    return json_integer_value(json_object_get(value, key));
}

static void nothing_is_shown_before_the_first_put(void **state)
{
    assert_null(snapshot_place_get(policy_board_shown(*state)));
}

static void places_and_the_line_for_postfix(void **state)
{
    counts.server.open = 7;
    counts.keys = 12;
    json_t *value = put(state, T0, 0);
    assert_string_equal(json_string_value(json_object_get(value, "state")), "answers");
    assert_null(json_object_get(value, "reason"));
    const json_t *listen = json_object_get(value, "listen");
    assert_int_equal(json_array_size(listen), 2);
    assert_string_equal(json_string_value(json_array_get(listen, 1)), "127.0.0.1:8481");
    assert_string_equal(json_string_value(json_object_get(value, "postfix")),
                        "todoku_policy = check_policy_service { inet:127.0.0.1:8481, timeout=2s, "
                        "try_limit=1, default_action=DUNNO }");
    assert_int_equal(number(value, "connections"), 7);
    assert_int_equal(number(value, "keys"), 12);
    assert_int_equal(number(value, "limits"), 3);
    json_decref(value);
}

static void states(void **state)
{
    view.trouble = "the address is in use";
    view.doubts[1] = "nobody is named";
    json_t *value = put(state, T0, 0);
    assert_string_equal(json_string_value(json_object_get(value, "state")), "trouble");
    assert_string_equal(json_string_value(json_object_get(value, "reason")), view.trouble);
    assert_int_equal(json_array_size(json_object_get(value, "doubts")), 1);
    json_decref(value);
    view.listen_count = 0;
    value = put(state, T0 + 1, 0);
    assert_string_equal(json_string_value(json_object_get(value, "state")), "off");
    assert_null(json_object_get(value, "postfix"));
    assert_null(json_object_get(value, "reason"));
    json_decref(value);
}

static const char *text_of(const json_t *value, const char *key)
{
    return json_string_value(json_object_get(value, key));
}

/* Alone on purpose is no fault; trouble is the greater one. */
static void degraded_while_what_is_shared_is_not(void **state)
{
    struct policy_shared_counts shared = {.relays = 3, .owed = 7, .since_us = T0 - HOUR_US};
    view.shared = &shared;
    json_t *value = put(state, T0, 0);
    assert_string_equal(text_of(value, "state"), "answers");
    assert_null(json_object_get(value, "shared"));
    json_decref(value);
    shared.wanted = true;
    value = put(state, T0, 0);
    assert_string_equal(text_of(value, "state"), "degraded");
    assert_string_equal(text_of(value, "reason"), "Redis has not been reached yet");
    assert_string_equal(text_of(value, "since"), "2026-03-01T23:00:00Z");
    assert_int_equal(number(json_object_get(value, "shared"), "relays"), 3);
    assert_int_equal(number(json_object_get(value, "shared"), "owed"), 7);
    json_decref(value);
    err_set(&shared.fault, ERR_IO, "Redis: refused");
    view.trouble = "in use";
    value = put(state, T0, 0);
    assert_string_equal(text_of(value, "state"), "trouble");
    assert_string_equal(text_of(value, "reason"), "in use");
    json_decref(value);
    view.trouble = NULL;
    value = put(state, T0, 0);
    assert_string_equal(text_of(value, "reason"), "Redis: refused");
    json_decref(value);
    shared.up = true;
    value = put(state, T0, 0);
    assert_string_equal(text_of(value, "state"), "answers");
    assert_null(json_object_get(value, "reason"));
    assert_null(json_object_get(value, "since"));
    assert_non_null(json_object_get(value, "shared"));
    json_decref(value);
    view.listen_count = 0;
    shared.up = false;
    value = put(state, T0, 0);
    assert_string_equal(text_of(value, "state"), "off");
    json_decref(value);
}

/* The rate is that of the last minute, whatever was before, and begins anew after a step back. */
static void the_rate_is_of_the_last_minute(void **state)
{
    double rate = 0;
    for (int i = 0; i <= 200; i++) {
        counts.stages[POLICY_STAGE_RCPT] += i < 100 ? 50 : 10;
        json_t *value = put(state, T0 + i * US_PER_SECOND, 0);
        rate = json_real_value(json_object_get(value, "requests_s"));
        if (i == 0)
            assert_float_equal(rate, 0, 0);
        if (i == 50)
            assert_float_equal(rate, 50, 0.001);
        json_decref(value);
    }
    assert_float_equal(rate, 10, 0.001);
    json_t *value = put(state, T0, 0);
    assert_float_equal(json_real_value(json_object_get(value, "requests_s")), 0, 0);
    json_decref(value);
    counts.stages[POLICY_STAGE_DATA] += 30;
    value = put(state, T0 + 2 * US_PER_SECOND, 0);
    assert_float_equal(json_real_value(json_object_get(value, "requests_s")), 15, 0.001);
    json_decref(value);
}

static void a_day_is_of_local_time(void **state)
{
    static const int32_t japan_s = 9 * 3600; /* midnight there is 15:00 UTC */
    counts.results[POLICY_DEFERRED] = 4;
    counts.stages[POLICY_STAGE_RCPT] = 100;
    json_t *value = put(state, T0 + 14 * HOUR_US, japan_s);
    const json_t *today = json_object_get(value, "today");
    assert_int_equal(number(today, "defer"), 4); /* since the daemon began */
    assert_int_equal(number(today, "requests"), 100);
    json_decref(value);
    value = put(state, T0 + 15 * HOUR_US, japan_s);
    assert_int_equal(number(json_object_get(value, "today"), "defer"), 0);
    json_decref(value);
    counts.results[POLICY_DEFERRED] += 3;
    counts.results[POLICY_PASSED] += 20;
    counts.stages[POLICY_STAGE_RCPT] += 23;
    value = put(state, T0 + 24 * HOUR_US, japan_s);
    today = json_object_get(value, "today");
    assert_int_equal(number(today, "defer"), 3);
    assert_int_equal(number(today, "pass"), 20);
    assert_int_equal(number(today, "requests"), 23);
    assert_string_equal(json_string_value(json_object_get(today, "since")), "2026-03-02T15:00:00Z");
    assert_int_equal(number(value, "requests"), 123);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_shown_before_the_first_put, setup, teardown),
        cmocka_unit_test_setup_teardown(places_and_the_line_for_postfix, setup, teardown),
        cmocka_unit_test_setup_teardown(states, setup, teardown),
        cmocka_unit_test_setup_teardown(degraded_while_what_is_shared_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(the_rate_is_of_the_last_minute, setup, teardown),
        cmocka_unit_test_setup_teardown(a_day_is_of_local_time, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
