/* SPDX-License-Identifier: Apache-2.0
 *
 * What overrides of a replay would have been about: begin, end, and what the log shows in between.
 */
#include "app/route_ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"

#define T0 INT64_C(1772402400000000)
#define EXPIRY (3600 * US_PER_SECOND)

static void send(struct route_ledger *ledger, const char *provider, enum delivery_status status,
                 uint16_t earlier)
{
    struct recipient recipient = {.attempts = earlier};
    struct attempt attempt = {.recipient = &recipient, .status = status};
    struct tally_attempt told = {.attempt = &attempt,
                                 .names = {.provider = slice_from_str(provider)}};
    route_ledger_take(ledger, &told);
}

static struct ledger_move *decide(struct route_ledger *ledger, enum audit_action action,
                                  const char *provider, const char *id, int64_t at_s)
{
    struct audit_entry entry = {.time_us = T0 + at_s * US_PER_SECOND,
                                .action = action,
                                .provider = slice_from_str(provider),
                                .source = SLICE("out-a"),
                                .override_id = slice_from_str(id),
                                .after = SLICE("out-b:"),
                                .reason = SLICE("why")};
    return route_ledger_decide(ledger, &entry, ROUTE_AUTO, EXPIRY);
}

static void a_move_has_the_traffic_of_its_time(void **state)
{
    (void)state;
    struct route_ledger *ledger = route_ledger_new();
    send(ledger, "google", DELIVERY_SENT, 0); /* before */
    const struct ledger_move *move = decide(ledger, AUDIT_DETOUR, "google", "o1", 0);
    assert_int_equal(move->expires_us, T0 + EXPIRY);
    assert_int_equal(move->until_us, INT64_MAX);
    send(ledger, "google", DELIVERY_SENT, 0);
    send(ledger, "google", DELIVERY_DEFERRED, 0);
    send(ledger, "google", DELIVERY_DEFERRED, 1); /* a retry is a try, no recipient */
    send(ledger, "google", DELIVERY_BOUNCED, 2);
    send(ledger, "yahoo", DELIVERY_SENT, 0);
    send(ledger, "local", DELIVERY_SENT, 0); /* does not leave */
    assert_ptr_equal(decide(ledger, AUDIT_END, "google", "o1", 90), move);
    send(ledger, "google", DELIVERY_SENT, 0); /* after */
    assert_int_equal(move->until_us, T0 + 90 * US_PER_SECOND);
    assert_true(slice_eq(move->end_reason, SLICE("why")));
    assert_int_equal(move->traffic.recipients, 2);
    assert_int_equal(move->traffic.delivered, 1);
    assert_int_equal(move->traffic.deferred, 2);
    assert_int_equal(move->traffic.bounced, 1);
    assert_int_equal(move->traffic.relay_recipients, 3);
    struct ledger_sums sums = route_ledger_sums(ledger);
    assert_int_equal(sums.in_force, 1);
    assert_int_equal(sums.moved, 2);
    assert_int_equal(sums.recipients, 5);
    route_ledger_free(ledger);
}

static void one_that_replaces_another_is_not_one_more(void **state)
{
    (void)state;
    struct route_ledger *ledger = route_ledger_new();
    decide(ledger, AUDIT_DETOUR, "google", "o1", 0);
    decide(ledger, AUDIT_RAMP, "google", "o2", 10);
    decide(ledger, AUDIT_END, "google", "o1", 10);
    assert_int_equal(route_ledger_sums(ledger).most_at_once, 1);
    decide(ledger, AUDIT_HOLD, "yahoo", "o3", 20);
    decide(ledger, AUDIT_PROBE, "yahoo", "o4", 20);
    decide(ledger, AUDIT_PROPOSE, "kddi", "o5", 20);
    struct ledger_sums sums = route_ledger_sums(ledger);
    assert_int_equal(sums.most_at_once, 2);
    assert_int_equal(sums.in_force, 3);
    assert_int_equal(sums.probes, 1);
    assert_int_equal(sums.asked, 1);
    route_ledger_free(ledger);
}

/* What only would have been thought of has no id: the provider's next word ends it. */
static void thoughts_end(void **state)
{
    (void)state;
    struct route_ledger *ledger = route_ledger_new();
    const struct ledger_move *first = decide(ledger, AUDIT_OBSERVE, "google", "", 0);
    struct audit_entry beside = {
        .time_us = T0 + 1, .action = AUDIT_LEAVE, .provider = SLICE("google")};
    route_ledger_decide(ledger, &beside, ROUTE_OBSERVE, EXPIRY);
    assert_int_equal(first->until_us, INT64_MAX); /* about something else */
    send(ledger, "google", DELIVERY_SENT, 0);
    const struct ledger_move *second = decide(ledger, AUDIT_OBSERVE, "google", "", 10);
    assert_int_equal(first->until_us, T0 + 10 * US_PER_SECOND);
    assert_null(decide(ledger, AUDIT_RETURN, "yahoo", "", 20));
    assert_int_equal(second->until_us, INT64_MAX);
    decide(ledger, AUDIT_RETURN, "google", "", 30);
    assert_int_equal(second->until_us, T0 + 30 * US_PER_SECOND);
    assert_int_equal(route_ledger_sums(ledger).moved, 0);
    assert_int_equal(route_ledger_sums(ledger).observed, 2);
    route_ledger_free(ledger);
}

static void what_is_not_over_has_its_traffic_at_the_end(void **state)
{
    (void)state;
    struct route_ledger *ledger = route_ledger_new();
    decide(ledger, AUDIT_DETOUR, "google", "o1", 0);
    send(ledger, "google", DELIVERY_SENT, 0);
    assert_null(decide(ledger, AUDIT_END, "google", "o9", 5)); /* never begun */
    route_ledger_finish(ledger);
    const struct ledger_move *move = route_ledger_at(ledger, 0);
    assert_int_equal(route_ledger_count(ledger), 1);
    assert_int_equal(move->until_us, INT64_MAX);
    assert_int_equal(move->end_reason.len, 0);
    assert_int_equal(move->traffic.recipients, 1);
    assert_int_equal(route_ledger_sums(ledger).moved, 1);
    route_ledger_free(ledger);
}

static void moves_and_providers_are_bounded(void **state)
{
    (void)state;
    struct route_ledger *ledger = route_ledger_new();
    char name[32];
    for (unsigned i = 0; i < LEDGER_PROVIDERS_MAX + 5; i++) {
        snprintf(name, sizeof(name), "p%u.example", i);
        send(ledger, name, DELIVERY_SENT, 0);
    }
    for (unsigned i = 0; i < LEDGER_MOVES_MAX + 3; i++) {
        snprintf(name, sizeof(name), "o%u", i);
        decide(ledger, AUDIT_PROBE, "google", name, i);
        decide(ledger, AUDIT_END, "google", name, i);
    }
    assert_int_equal(route_ledger_count(ledger), LEDGER_MOVES_MAX);
    assert_int_equal(route_ledger_sums(ledger).left_out, 3);
    assert_int_equal(route_ledger_sums(ledger).recipients, LEDGER_PROVIDERS_MAX + 5);
    route_ledger_free(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_has_the_traffic_of_its_time),
        cmocka_unit_test(one_that_replaces_another_is_not_one_more),
        cmocka_unit_test(thoughts_end),
        cmocka_unit_test(what_is_not_over_has_its_traffic_at_the_end),
        cmocka_unit_test(moves_and_providers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
