/* SPDX-License-Identifier: Apache-2.0
 *
 * Failures about routes as incidents: one a part however often it is tried, none for a moment's
 * failure, closed when it has gone well for as long.
 */
#include "app/route_health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOON INT64_C(1772452800000000) /* 2026-03-02T12:00:00Z */
#define SECOND INT64_C(1000000)
#define LONG (PART_HEALTH_US / SECOND)

static struct route_health health;
static struct incident told;

static int enter(void **state)
{
    (void)state;
    health = (struct route_health){0};
    return 0;
}

static int leave(void **state)
{
    (void)state;
    route_health_done(&health);
    return 0;
}

/* Looks once a second; how often something was told. words: NULL: it goes well. */
static unsigned look(enum route_part part, const char *words, int64_t from_s, int64_t to_s)
{
    unsigned count = 0;
    struct route_trouble trouble = {.part = part};
    if (words != NULL)
        trouble.words = slice_from_str(words);
    for (int64_t s = from_s; s < to_s; s++)
        count += route_health_take(&health, &trouble, NOON + s * SECOND, &told);
    return count;
}

static void assert_evidence(const char *first, const char *newest)
{
    assert_int_equal(told.evidence_count, newest != NULL ? 2 : 1);
    assert_true(slice_eq(told.evidence[0], slice_from_str(first)));
    if (newest != NULL)
        assert_true(slice_eq(told.evidence[1], slice_from_str(newest)));
}

static void what_goes_well_says_nothing(void **state)
{
    (void)state;
    for (int part = 0; part < ROUTE_PART_COUNT; part++)
        assert_int_equal(look((enum route_part)part, NULL, 0, 100), 0);
}

static void each_part_has_its_incident(void **state)
{
    static const struct {
        const char *name;
        enum incident_severity severity;
    } expected[ROUTE_PART_COUNT] = {
        [ROUTE_PART_TABLES] = {"routes.lmdb", INCIDENT_CRITICAL},
        [ROUTE_PART_FILTER] = {"hold.pcre", INCIDENT_WARNING},
        [ROUTE_PART_EXACT] = {"routes.sock", INCIDENT_WARNING},
        [ROUTE_PART_QUEUE] = {"postqueue", INCIDENT_WARNING},
        [ROUTE_PART_RELOAD] = {"postfix reload", INCIDENT_WARNING},
        [ROUTE_PART_STATE] = {"routes.json", INCIDENT_WARNING},
    };
    (void)state;
    for (int i = 0; i < ROUTE_PART_COUNT; i++) {
        enum route_part part = (enum route_part)i;
        assert_int_equal(look(part, "no room", 0, 600), 1);
        assert_int_equal(told.kind, INCIDENT_ROUTING);
        assert_int_equal(told.scope, INCIDENT_SCOPE_RELAY);
        assert_true(slice_eq(told.name, slice_from_str(expected[i].name)));
        assert_int_equal(incident_severity(&told), expected[i].severity);
        assert_int_equal(told.opened_us, NOON); /* of the first failure */
        assert_true(incident_is_open(&told));
        assert_evidence("no room", NULL);
        assert_int_equal(look(part, NULL, 600, 700), 1);
        assert_int_equal(told.opened_us, NOON);
        assert_int_equal(told.closed_us, NOON + 600 * SECOND + PART_HEALTH_US);
    }
}

static void what_fails_for_a_moment_is_none(void **state)
{
    (void)state;
    for (int64_t s = 0; s < 300; s += LONG) {
        assert_int_equal(look(ROUTE_PART_QUEUE, "failed", s, s + LONG - 1), 0);
        assert_int_equal(look(ROUTE_PART_QUEUE, NULL, s + LONG - 1, s + LONG), 0);
    }
}

static void what_goes_well_for_a_moment_closes_nothing(void **state)
{
    (void)state;
    assert_int_equal(look(ROUTE_PART_QUEUE, "failed", 0, LONG + 1), 1);
    for (int64_t s = LONG + 1; s < 300; s += LONG) {
        assert_int_equal(look(ROUTE_PART_QUEUE, NULL, s, s + LONG - 1), 0);
        assert_int_equal(look(ROUTE_PART_QUEUE, "failed", s + LONG - 1, s + LONG), 0);
    }
}

static void another_reason_is_told(void **state)
{
    (void)state;
    assert_int_equal(look(ROUTE_PART_TABLES, "no room", 0, 60), 1);
    assert_int_equal(look(ROUTE_PART_TABLES, "not permitted", 60, 120), 1);
    assert_int_equal(told.opened_us, NOON);
    assert_int_equal(told.last_hit_us, NOON + 60 * SECOND);
    assert_evidence("no room", "not permitted");
}

static void what_happened_is_told_at_once_and_closes(void **state)
{
    (void)state;
    struct route_trouble damaged = {
        .part = ROUTE_PART_STATE, .words = SLICE("damaged"), .at_once = true};
    assert_true(route_health_take(&health, &damaged, NOON, &told));
    assert_true(incident_is_open(&told));
    assert_int_equal(look(ROUTE_PART_STATE, NULL, 1, 60), 1);
    assert_int_equal(told.closed_us, NOON + SECOND + PART_HEALTH_US);
    assert_evidence("damaged", NULL);
}

static void parts_are_apart(void **state)
{
    (void)state;
    assert_int_equal(look(ROUTE_PART_TABLES, "no room", 0, 60), 1);
    assert_int_equal(look(ROUTE_PART_STATE, NULL, 0, 60), 0);
    assert_int_equal(look(ROUTE_PART_STATE, "no room", 60, 120), 1);
    assert_int_equal(look(ROUTE_PART_TABLES, NULL, 60, 120), 1);
    assert_int_equal(look(ROUTE_PART_STATE, "no room", 120, 180), 0);
}

static struct incident known(const char *relay, const char *name)
{
    return (struct incident){
        .kind = INCIDENT_ROUTING,
        .relay = slice_from_str(relay),
        .name = slice_from_str(name),
        .opened_us = NOON - 3600 * SECOND,
        .closed_us = INCIDENT_OPEN,
        .last_hit_us = NOON - 1800 * SECOND,
        .evidence_count = 2,
        .evidence = {SLICE("first"), SLICE("newest")},
    };
}

static void one_of_the_run_before_goes_on(void **state)
{
    (void)state;
    struct incident before = known("relay1", "postqueue");
    route_health_resume(&health, SLICE("relay1"), &before);
    assert_int_equal(look(ROUTE_PART_QUEUE, "newest", 0, 600), 1); /* the book is to hear of it */
    assert_int_equal(told.opened_us, before.opened_us);
    assert_evidence("first", "newest");
    assert_int_equal(look(ROUTE_PART_QUEUE, NULL, 600, 700), 1);
    assert_int_equal(told.opened_us, before.opened_us);
}

static void one_of_the_run_before_ends(void **state)
{
    (void)state;
    struct incident before = known("relay1", "routes.json");
    route_health_resume(&health, SLICE("relay1"), &before);
    assert_int_equal(look(ROUTE_PART_STATE, NULL, 0, LONG), 0);
    assert_int_equal(look(ROUTE_PART_STATE, NULL, LONG, 100), 1);
    assert_int_equal(told.closed_us, NOON + PART_HEALTH_US);
}

static void others_are_no_concern(void **state)
{
    (void)state;
    struct incident before[] = {
        known("relay2", "postqueue"),
        known("relay1", "postfix"),
        known("relay1", "postqueue"),
        known("relay1", "postqueue"),
    };
    before[2].closed_us = NOON - SECOND;
    before[3].kind = INCIDENT_NOTIFIER;
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
        route_health_resume(&health, SLICE("relay1"), &before[i]);
    for (int part = 0; part < ROUTE_PART_COUNT; part++)
        assert_int_equal(look((enum route_part)part, NULL, 0, 100), 0);
}

static void a_clock_that_is_set_back_begins_anew(void **state)
{
    (void)state;
    assert_int_equal(look(ROUTE_PART_TABLES, "no room", 1000, 1000 + LONG), 0);
    assert_int_equal(look(ROUTE_PART_TABLES, "no room", 0, LONG), 0);
    assert_int_equal(look(ROUTE_PART_TABLES, "no room", LONG, LONG + 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_goes_well_says_nothing, enter, leave),
        cmocka_unit_test_setup_teardown(each_part_has_its_incident, enter, leave),
        cmocka_unit_test_setup_teardown(what_fails_for_a_moment_is_none, enter, leave),
        cmocka_unit_test_setup_teardown(what_goes_well_for_a_moment_closes_nothing, enter, leave),
        cmocka_unit_test_setup_teardown(another_reason_is_told, enter, leave),
        cmocka_unit_test_setup_teardown(what_happened_is_told_at_once_and_closes, enter, leave),
        cmocka_unit_test_setup_teardown(parts_are_apart, enter, leave),
        cmocka_unit_test_setup_teardown(one_of_the_run_before_goes_on, enter, leave),
        cmocka_unit_test_setup_teardown(one_of_the_run_before_ends, enter, leave),
        cmocka_unit_test_setup_teardown(others_are_no_concern, enter, leave),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set_back_begins_anew, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
