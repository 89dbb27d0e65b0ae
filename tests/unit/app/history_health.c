/* SPDX-License-Identifier: Apache-2.0
 *
 * Trouble of the history as an incident: one however often it is tried again, none for a moment's
 * lock, grave when the room runs out, closed when all has been written.
 */
#include "app/history_health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOON INT64_C(1772452800000000) /* 2026-03-02T12:00:00Z */
#define SECOND INT64_C(1000000)
#define NAME "/var/lib/todoku/history.db"

static struct history_health health;
static struct incident told;

static int enter(void **state)
{
    (void)state;
    history_health_init(&health, "/var/lib/todoku");
    return 0;
}

static int leave(void **state)
{
    (void)state;
    history_health_done(&health);
    return 0;
}

static struct history_state well(void)
{
    return (struct history_state){
        .ready = true, .queue_bytes = 1000, .spool_max_bytes = 1000, .queued_bytes = 10};
}

static struct history_state in_trouble(enum history_trouble trouble, const char *why)
{
    struct history_state state = well();
    state.trouble = trouble;
    snprintf(state.why.text, sizeof(state.why.text), "%s", why);
    return state;
}

/* Looks once a second; how often something was told. */
static unsigned look(const struct history_state *state, int64_t from_s, int64_t to_s)
{
    unsigned count = 0;
    for (int64_t s = from_s; s < to_s; s++)
        count += history_health_take(&health, state, NOON + s * SECOND, &told);
    return count;
}

static void assert_evidence(size_t i, const char *text)
{
    assert_true(i < told.evidence_count);
    assert_int_equal(told.evidence[i].len, strlen(text));
    assert_memory_equal(told.evidence[i].ptr, text, strlen(text));
}

static void a_healthy_history_says_nothing(void **state)
{
    (void)state;
    struct history_state good = well();
    assert_int_equal(look(&good, 0, 100), 0);
}

static void trouble_is_one_incident_from_its_beginning_to_its_end(void **state)
{
    (void)state;
    struct history_state full = in_trouble(HISTORY_TROUBLE_FULL, "history.db: no room");
    assert_int_equal(look(&full, 0, 600), 1);
    assert_int_equal(told.kind, INCIDENT_HISTORY);
    assert_true(slice_eq(told.name, SLICE(NAME)));
    assert_int_equal(told.opened_us, NOON);
    assert_true(incident_is_open(&told));
    assert_int_equal(incident_severity(&told), INCIDENT_WARNING);
    assert_evidence(0, "disk full: history.db: no room");
    struct history_state good = well();
    assert_int_equal(look(&good, 600, 700), 1);
    assert_int_equal(told.opened_us, NOON);
    assert_int_equal(told.closed_us, NOON + 600 * SECOND + HISTORY_HEALTH_US);
}

static void a_lock_for_a_moment_is_none(void **state)
{
    (void)state;
    struct history_state locked = in_trouble(HISTORY_TROUBLE_LOCKED, "locked");
    struct history_state good = well();
    for (int64_t s = 0; s < 100; s += 5) {
        assert_int_equal(look(&locked, s, s + 4), 0);
        assert_int_equal(look(&good, s + 4, s + 5), 0);
    }
}

static void another_reason_is_news_of_the_same_incident(void **state)
{
    (void)state;
    struct history_state full = in_trouble(HISTORY_TROUBLE_FULL, "no room");
    struct history_state broken = in_trouble(HISTORY_TROUBLE_FAILED, "input/output error");
    assert_int_equal(look(&full, 0, 20), 1);
    assert_int_equal(look(&broken, 20, 40), 1);
    assert_int_equal(told.opened_us, NOON);
    assert_int_equal(told.last_hit_us, NOON + 20 * SECOND);
    assert_evidence(0, "disk full: no room");
    assert_evidence(1, "failing: input/output error");
}

static void it_is_grave_when_half_the_room_is_taken(void **state)
{
    (void)state;
    struct history_state full = in_trouble(HISTORY_TROUBLE_FULL, "no room");
    assert_int_equal(look(&full, 0, 20), 1);
    full.spool_bytes = 501;
    assert_int_equal(look(&full, 20, 40), 1);
    assert_int_equal(incident_severity(&told), INCIDENT_CRITICAL);
    full.spool_bytes = 100; /* it stays: what it was is known by the people on call */
    assert_int_equal(look(&full, 40, 60), 0);
}

static void without_a_spool_memory_is_the_room(void **state)
{
    (void)state;
    struct history_state full = in_trouble(HISTORY_TROUBLE_FULL, "no room");
    full.spool_max_bytes = 0;
    full.queued_bytes = 501;
    assert_int_equal(look(&full, 0, 20), 1);
    assert_int_equal(incident_severity(&told), INCIDENT_CRITICAL);
}

static void it_is_not_over_before_all_is_written(void **state)
{
    (void)state;
    struct history_state full = in_trouble(HISTORY_TROUBLE_FULL, "no room"), good = well();
    assert_int_equal(look(&full, 0, 20), 1);
    good.spool_bytes = 1;
    assert_int_equal(look(&good, 20, 60), 0);
    good.spool_bytes = 0;
    good.queued_bytes = 400;
    assert_int_equal(look(&good, 60, 100), 0);
    good.queued_bytes = 250;
    assert_int_equal(look(&good, 100, 140), 1);
    assert_false(incident_is_open(&told));
}

static void a_writer_that_is_behind_is_trouble(void **state)
{
    (void)state;
    struct history_state behind = well();
    behind.queued_bytes = 501;
    assert_int_equal(look(&behind, 0, 5), 0);
    assert_int_equal(look(&behind, 5, 50), 1);
    assert_int_equal(incident_severity(&told), INCIDENT_WARNING);
    behind.queued_bytes = 400; /* neither well nor behind: it lasts */
    assert_int_equal(look(&behind, 50, 100), 0);
    behind.queued_bytes = 0;
    assert_int_equal(look(&behind, 100, 200), 1);
}

static void a_damaged_file_is_told_at_once(void **state)
{
    (void)state;
    struct history_state renewed = well();
    renewed.set_aside = 1;
    snprintf(renewed.aside, sizeof(renewed.aside), "%s", NAME ".damaged-1");
    assert_int_equal(look(&renewed, 0, 1), 1);
    assert_evidence(0, "it was damaged; it is kept as " NAME ".damaged-1, and a new one was begun");
    assert_true(incident_is_open(&told));
    assert_int_equal(look(&renewed, 1, 50), 1);
    assert_false(incident_is_open(&told));
    renewed.set_aside = 2;
    assert_int_equal(look(&renewed, 50, 51), 1);
    assert_int_equal(told.opened_us, NOON + 50 * SECOND);
}

static void a_damaged_spool_is_told_at_once(void **state)
{
    (void)state;
    struct history_state lost = well();
    lost.lost_batches = 3;
    assert_int_equal(look(&lost, 0, 1), 1);
    assert_evidence(0, "the spool was damaged: rows that waited in it are missing");
}

static void what_the_run_before_left_open_goes_on_or_ends(void **state)
{
    (void)state;
    struct incident known = {.kind = INCIDENT_HISTORY,
                             .name = SLICE(NAME),
                             .opened_us = NOON - 100 * SECOND,
                             .closed_us = INCIDENT_OPEN,
                             .evidence_count = 1,
                             .evidence = {SLICE("disk full: no room")}};
    struct incident other = known;
    other.name = SLICE("/elsewhere/history.db");
    assert_false(history_health_resume(&health, &other));
    assert_true(history_health_resume(&health, &known));
    struct history_state full = in_trouble(HISTORY_TROUBLE_FULL, "no room"), good = well();
    assert_int_equal(look(&full, 0, 20), 0);
    assert_int_equal(look(&good, 20, 40), 1);
    assert_int_equal(told.opened_us, NOON - 100 * SECOND);
    assert_false(incident_is_open(&told));
    assert_evidence(0, "disk full: no room");
}

static void a_clock_that_is_set_back_delays_only(void **state)
{
    (void)state;
    struct history_state full = in_trouble(HISTORY_TROUBLE_FULL, "no room");
    assert_int_equal(look(&full, 0, 3), 0);
    assert_int_equal(look(&full, -3600, -3595), 0);
    assert_int_equal(look(&full, -3595, -3500), 1);
    assert_int_equal(told.opened_us, NOON - 3600 * SECOND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(a_healthy_history_says_nothing),
        TEST(trouble_is_one_incident_from_its_beginning_to_its_end),
        TEST(a_lock_for_a_moment_is_none),
        TEST(another_reason_is_news_of_the_same_incident),
        TEST(it_is_grave_when_half_the_room_is_taken),
        TEST(without_a_spool_memory_is_the_room),
        TEST(it_is_not_over_before_all_is_written),
        TEST(a_writer_that_is_behind_is_trouble),
        TEST(a_damaged_file_is_told_at_once),
        TEST(a_damaged_spool_is_told_at_once),
        TEST(what_the_run_before_left_open_goes_on_or_ends),
        TEST(a_clock_that_is_set_back_delays_only),
    };
#undef TEST
    return cmocka_run_group_tests_name("history_health", tests, NULL, NULL);
}
