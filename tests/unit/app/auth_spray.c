/* SPDX-License-Identifier: Apache-2.0
 *
 * Guesses on many accounts as one incident: told when it begins, once a minute while it grows, and
 * when it is over; also over a restart, of which the guard knows nothing.
 */
#include "app/auth_spray.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOON INT64_C(1772452800000000) /* 2026-03-02T12:00:00Z */
#define SECOND INT64_C(1000000)

static struct auth_spray spray;
static struct incident told;

static int enter(void **state)
{
    (void)state;
    spray = (struct auth_spray){0};
    return 0;
}

static int leave(void **state)
{
    (void)state;
    auth_spray_done(&spray);
    return 0;
}

static struct guess_campaign campaign(uint64_t failures, int64_t at_s)
{
    return (struct guess_campaign){
        .kind = GUESS_SPRAY,
        .open = true,
        .since_us = NOON - 100 * SECOND,
        .until_us = NOON + at_s * SECOND,
        .failures = failures,
        .networks = 150,
        .accounts = 140,
        .usual = 3,
    };
}

/* Looks once a second; how often something was told. */
static unsigned look(const struct guess_campaign *as, uint64_t passed, int64_t from_s, int64_t to_s)
{
    unsigned count = 0;
    for (int64_t s = from_s; s < to_s; s++)
        count += auth_spray_take(&spray, as, passed, NOON + s * SECOND, &told);
    return count;
}

static void one_incident_from_its_first_failure_to_its_end(void **state)
{
    (void)state;
    struct guess_campaign now = campaign(200, 0);
    assert_int_equal(look(NULL, 1000, 0, 10), 0);
    assert_int_equal(look(&now, 1000, 10, 11), 1);
    assert_int_equal(told.kind, INCIDENT_BRUTE_FORCE);
    assert_true(slice_eq(told.name, SLICE("many accounts")));
    assert_true(incident_is_open(&told));
    assert_int_equal(told.opened_us, now.since_us);
    assert_int_equal(told.hits, 200);
    assert_int_equal(told.attempts, 200);
    assert_int_equal(told.logins, 140);
    assert_int_equal(told.evidence_count, 1);
    assert_true(slice_eq(told.evidence[0],
                         SLICE("todoku: 200 failed logins from some 150 networks on some 140 "
                               "accounts within 2 min; networks in ten minutes on other days: 3")));
    now.failures = 900;
    assert_int_equal(look(&now, 1040, 11, 70), 0);
    assert_int_equal(look(&now, 1040, 70, 129), 1);
    assert_int_equal(told.hits, 900);
    assert_int_equal(told.attempts, 940);
    assert_int_equal(told.evidence_count, 2);
    now.open = false;
    assert_int_equal(look(&now, 1040, 129, 600), 1);
    assert_int_equal(told.closed_us, NOON + 129 * SECOND);
    assert_int_equal(told.opened_us, now.since_us);
    assert_int_equal(told.last_hit_us, now.until_us);
}

static void one_that_is_over_is_no_news(void **state)
{
    (void)state;
    struct guess_campaign over = campaign(200, 0);
    over.open = false;
    assert_int_equal(look(&over, 0, 0, 100), 0);
}

static void the_next_one_is_another(void **state)
{
    (void)state;
    struct guess_campaign now = campaign(200, 0);
    assert_int_equal(look(&now, 0, 0, 1), 1);
    now.open = false;
    assert_int_equal(look(&now, 0, 1, 100), 1);
    struct guess_campaign next = campaign(150, 7200);
    next.since_us = NOON + 7000 * SECOND;
    assert_int_equal(look(&next, 50, 7200, 7201), 1);
    assert_int_equal(told.opened_us, next.since_us);
    assert_int_equal(told.hits, 150);
    assert_int_equal(told.attempts, 150);
    assert_int_equal(told.evidence_count, 1);
}

static struct incident before(void)
{
    return (struct incident){
        .kind = INCIDENT_BRUTE_FORCE,
        .relay = SLICE("relay1"),
        .name = SLICE("many accounts"),
        .opened_us = NOON - 3600 * SECOND,
        .closed_us = INCIDENT_OPEN,
        .last_hit_us = NOON - 60 * SECOND,
        .hits = 500,
        .attempts = 520,
        .logins = 300,
        .evidence_count = 1,
        .evidence = {SLICE("first")},
    };
}

static void one_of_the_run_before_goes_on(void **state)
{
    (void)state;
    struct incident known = before();
    auth_spray_resume(&spray, SLICE("relay1"), &known, NOON);
    struct guess_campaign now = campaign(100, 900);
    assert_int_equal(look(NULL, 5, 0, 900), 0);
    assert_int_equal(look(&now, 7, 900, 901), 1);
    assert_int_equal(told.opened_us, known.opened_us);
    assert_int_equal(told.hits, 600);
    assert_int_equal(told.attempts, 627);
    assert_int_equal(told.logins, 300);
    assert_int_equal(told.evidence_count, 2);
    assert_true(slice_eq(told.evidence[0], SLICE("first")));
}

static void one_of_the_run_before_ends_by_itself(void **state)
{
    (void)state;
    struct incident known = before();
    auth_spray_resume(&spray, SLICE("relay1"), &known, NOON);
    int64_t gone_s = AUTH_SPRAY_GONE_US / SECOND;
    assert_int_equal(look(NULL, 0, 0, gone_s), 0);
    assert_int_equal(look(NULL, 0, gone_s, gone_s + 100), 1);
    assert_int_equal(told.closed_us, NOON + AUTH_SPRAY_GONE_US);
    assert_int_equal(told.hits, 500);
}

static void others_are_no_concern(void **state)
{
    (void)state;
    struct incident known[] = {before(), before(), before(), before()};
    known[0].relay = SLICE("relay2");
    known[1].name = SLICE("192.0.2.0/24");
    known[2].closed_us = NOON;
    known[3].kind = INCIDENT_SURGE;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        auth_spray_resume(&spray, SLICE("relay1"), &known[i], NOON);
    assert_int_equal(look(NULL, 0, 0, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_incident_from_its_first_failure_to_its_end, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(one_that_is_over_is_no_news, enter, leave),
        cmocka_unit_test_setup_teardown(the_next_one_is_another, enter, leave),
        cmocka_unit_test_setup_teardown(one_of_the_run_before_goes_on, enter, leave),
        cmocka_unit_test_setup_teardown(one_of_the_run_before_ends_by_itself, enter, leave),
        cmocka_unit_test_setup_teardown(others_are_no_concern, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
