/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows from answers, for how long, and who waits for whom. A mailbox whose room is known
 * checks all of it: what is said must be what its server would have said.
 */
#include "gate/quota_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define NOW (1000 * SECOND)
#define BOX SLICE("a@example.com")

static const struct quota_answer fits = {QUOTA_FITS, {"DUNNO", 5}};
static const struct quota_answer over = {QUOTA_OVER, {"552 5.2.2 full", 14}};
static const struct quota_answer large = {QUOTA_TOO_LARGE, {"552 5.2.3 large", 15}};
static const struct quota_answer nobody = {QUOTA_NO_USER, {"550 5.1.1 none", 14}};

static struct quota_facts *facts_new(size_t max)
{
    return quota_facts_new(&(struct quota_facts_options){.max = max, .key = {{1, 2}}});
}

/* The kind that is known; TROUBLE: nothing is. Leaves no flight. */
static enum quota_kind known(struct quota_facts *facts, struct slice mailbox, uint64_t size,
                             int64_t now_us)
{
    struct quota_flight flight = {0};
    struct quota_fact fact = {.kind = QUOTA_TROUBLE};
    if (quota_facts_find(facts, mailbox, size, now_us, &flight, &fact) == QUOTA_TURN_KNOWN)
        return fact.kind;
    quota_facts_land(facts, &flight, NULL, now_us);
    return QUOTA_TROUBLE;
}

/* ---- what follows ---- */

static void larger_and_smaller(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    quota_facts_learn(facts, BOX, 1000, &fits, NOW);
    assert_int_equal(known(facts, BOX, 0, NOW), QUOTA_FITS);
    assert_int_equal(known(facts, BOX, 1000, NOW), QUOTA_FITS);
    assert_int_equal(known(facts, BOX, 1001, NOW), QUOTA_TROUBLE);
    quota_facts_learn(facts, BOX, 5000, &over, NOW);
    assert_int_equal(known(facts, BOX, 4999, NOW), QUOTA_TROUBLE);
    assert_int_equal(known(facts, BOX, 5000, NOW), QUOTA_OVER);
    assert_int_equal(known(facts, BOX, UINT64_MAX, NOW), QUOTA_OVER);
    assert_true(quota_facts_is_near_full(facts, BOX, 5000, NOW));
    assert_false(quota_facts_is_near_full(facts, BOX, 1000, NOW));
    assert_int_equal(known(facts, SLICE("b@example.com"), 1, NOW), QUOTA_TROUBLE);
    quota_facts_free(facts);
}

static void the_words_of_the_server(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    struct quota_flight flight = {0};
    struct quota_fact fact;
    quota_facts_learn(facts, BOX, 10, &large, NOW);
    assert_int_equal(quota_facts_find(facts, BOX, 11, NOW + 1, &flight, &fact), QUOTA_TURN_KNOWN);
    assert_int_equal(fact.kind, QUOTA_TOO_LARGE);
    assert_true(slice_eq(fact.text, large.text));
    assert_int_equal(fact.at_us, NOW);
    char text[2 * QUOTA_FACT_TEXT_MAX];
    memset(text, 'x', sizeof(text));
    quota_facts_learn(facts, BOX, 5, &(struct quota_answer){QUOTA_OVER, {text, sizeof(text)}}, NOW);
    assert_int_equal(quota_facts_find(facts, BOX, 5, NOW, &flight, &fact), QUOTA_TURN_KNOWN);
    assert_int_equal(fact.text.len, QUOTA_FACT_TEXT_MAX);
    quota_facts_learn(facts, BOX, 5, &(struct quota_answer){QUOTA_OVER, {NULL, 0}}, NOW);
    assert_int_equal(quota_facts_find(facts, BOX, 5, NOW, &flight, &fact), QUOTA_TURN_KNOWN);
    assert_int_equal(fact.text.len, 0);
    quota_facts_free(facts);
}

static void for_so_long(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    quota_facts_learn(facts, BOX, 10, &fits, NOW);
    quota_facts_learn(facts, BOX, 20, &over, NOW);
    quota_facts_learn(facts, SLICE("n@example.com"), 20, &nobody, NOW);
    assert_int_equal(known(facts, BOX, 10, NOW + 2 * SECOND - 1), QUOTA_FITS);
    assert_int_equal(known(facts, BOX, 10, NOW + 2 * SECOND), QUOTA_TROUBLE);
    assert_int_equal(known(facts, BOX, 20, NOW + 5 * SECOND - 1), QUOTA_OVER);
    assert_int_equal(known(facts, BOX, 20, NOW + 5 * SECOND), QUOTA_TROUBLE);
    assert_int_equal(known(facts, SLICE("n@example.com"), 1, NOW + 9 * SECOND), QUOTA_NO_USER);
    assert_int_equal(known(facts, SLICE("n@example.com"), 1, NOW + 10 * SECOND), QUOTA_TROUBLE);
    assert_int_equal(known(facts, BOX, 10, NOW - 1), QUOTA_TROUBLE); /* a clock set back */
    quota_facts_set(facts, &(struct quota_facts_options){.fits_us = -1, .over_us = 1});
    quota_facts_learn(facts, BOX, 10, &fits, NOW);
    assert_int_equal(known(facts, BOX, 10, NOW), QUOTA_TROUBLE);
    quota_facts_free(facts);
}

static void an_answer_takes_back(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    quota_facts_learn(facts, BOX, 10, &over, NOW);
    quota_facts_learn(facts, BOX, 50, &fits, NOW + 1); /* somebody tidied up */
    assert_int_equal(known(facts, BOX, 20, NOW + 2), QUOTA_FITS);
    assert_int_equal(known(facts, BOX, 60, NOW + 2), QUOTA_TROUBLE);
    quota_facts_learn(facts, BOX, 30, &over, NOW + 3);
    assert_int_equal(known(facts, BOX, 29, NOW + 4), QUOTA_FITS);
    assert_int_equal(known(facts, BOX, 40, NOW + 4), QUOTA_OVER);
    quota_facts_learn(facts, BOX, 1, &nobody, NOW + 5);
    assert_int_equal(known(facts, BOX, 1, NOW + 6), QUOTA_NO_USER);
    quota_facts_learn(facts, BOX, 1, &fits, NOW + 7);
    assert_int_equal(known(facts, BOX, 1, NOW + 8), QUOTA_FITS);
    assert_int_equal(known(facts, BOX, 40, NOW + 8), QUOTA_TROUBLE);
    quota_facts_free(facts);
}

static void accepted_mail_takes_room(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    quota_facts_learn(facts, BOX, 1000, &fits, NOW);
    quota_facts_accepted(facts, BOX, 600, NOW);
    assert_int_equal(known(facts, BOX, 400, NOW), QUOTA_FITS);
    assert_int_equal(known(facts, BOX, 401, NOW), QUOTA_TROUBLE);
    quota_facts_learn(facts, BOX, 1000, &fits, NOW + 1); /* it may not have seen the 600 */
    assert_int_equal(known(facts, BOX, 401, NOW + 1), QUOTA_TROUBLE);
    quota_facts_accepted(facts, BOX, 600, NOW + 1);
    assert_int_equal(known(facts, BOX, 0, NOW + 1), QUOTA_FITS);
    assert_int_equal(known(facts, BOX, 2, NOW + 1), QUOTA_TROUBLE);
    quota_facts_learn(facts, BOX, 1000, &fits, NOW + 3 * SECOND);
    assert_int_equal(known(facts, BOX, 1000, NOW + 3 * SECOND), QUOTA_FITS);
    quota_facts_accepted(facts, BOX, UINT64_MAX, NOW + 3 * SECOND);
    quota_facts_accepted(facts, BOX, UINT64_MAX, NOW + 3 * SECOND);
    assert_int_equal(known(facts, BOX, 2, NOW + 3 * SECOND), QUOTA_TROUBLE);
    quota_facts_accepted(facts, SLICE("c@example.com"), 1, NOW); /* of which nothing is known */
    assert_int_equal(known(facts, SLICE("c@example.com"), 1, NOW), QUOTA_TROUBLE);
    quota_facts_free(facts);
}

static void full_since(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    struct quota_standing standing;
    assert_false(quota_facts_standing(facts, BOX, &standing));
    quota_facts_learn(facts, BOX, 5000, &over, NOW);
    assert_true(quota_facts_standing(facts, BOX, &standing));
    assert_false(standing.full);
    quota_facts_learn(facts, BOX, 0, &over, NOW + SECOND);
    quota_facts_learn(facts, BOX, 0, &over, NOW + 60 * SECOND);
    assert_true(quota_facts_standing(facts, BOX, &standing));
    assert_true(standing.full);
    assert_int_equal(standing.full_since_us, NOW + SECOND);
    assert_int_equal(standing.asked_us, NOW + 60 * SECOND);
    assert_false(quota_facts_is_near_full(facts, BOX, 5000, NOW + 60 * SECOND));
    quota_facts_learn(facts, BOX, 0, &fits, NOW + 61 * SECOND);
    assert_true(quota_facts_standing(facts, BOX, &standing));
    assert_false(standing.full);
    quota_facts_free(facts);
}

/* Numbers that are not alike, the same each time. */
static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* A mailbox with so much room, and what its server says. */
static const struct quota_answer *truth(uint64_t room, uint64_t size)
{
    return (size == 0 ? 1 : size) <= room ? &fits : &over;
}

static void nothing_but_the_truth(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 200; round++) {
        struct quota_facts *facts = facts_new(0);
        uint64_t room = draw(&seed) % 100;
        for (int i = 0; i < 100; i++) {
            uint64_t size = draw(&seed) % 120;
            int64_t now_us = NOW + i * SECOND / 10;
            enum quota_kind said = known(facts, BOX, size, now_us);
            if (said == QUOTA_TROUBLE)
                quota_facts_learn(facts, BOX, size, truth(room, size), now_us);
            else
                assert_int_equal(said, truth(room, size)->kind);
        }
        struct quota_facts_counts counts = quota_facts_counts(facts);
        assert_true(counts.known > counts.asked);
        quota_facts_free(facts);
    }
}

/* Messages that are accepted by what is known while none of them is delivered yet, so that the
 * server goes on to tell of the same room. */
static void no_room_is_promised_twice(void **state)
{
    (void)state;
    enum { ROOM = 300 };
    uint32_t seed = 11;
    for (int round = 0; round < 200; round++) {
        struct quota_facts *facts = facts_new(0);
        uint64_t promised = 0;
        for (int i = 0; i < 100; i++) {
            uint64_t size = 2 + draw(&seed) % 50, probe = draw(&seed) % 400;
            int64_t now_us = NOW + i * 10000;
            if (known(facts, BOX, size, now_us) == QUOTA_FITS) {
                promised += size;
                quota_facts_accepted(facts, BOX, size, now_us);
            }
            quota_facts_learn(facts, BOX, probe, truth(ROOM, probe), now_us);
        }
        assert_in_range(promised, 1, ROOM);
        quota_facts_free(facts);
    }
}

/* ---- flights ---- */

struct passenger {
    struct quota_flight flight;
    struct quota_facts *facts;
    int woken;
    bool failed;
    enum quota_kind kind;     /* TROUBLE: nothing */
    struct passenger *leaves; /* when this one is woken */
    enum quota_turn again;
};

static void on_woken(struct quota_flight *flight, const struct quota_fact *fact, bool failed)
{
    struct passenger *self = (struct passenger *)(void *)flight;
    struct quota_fact found;
    self->woken++;
    self->failed = failed;
    self->kind = fact != NULL ? fact->kind : QUOTA_TROUBLE;
    if (self->leaves != NULL)
        quota_facts_leave(&self->leaves->flight);
    if (fact == NULL && !failed)
        self->again = quota_facts_find(self->facts, BOX, flight->size, NOW, flight, &found);
}

static enum quota_turn board(struct quota_facts *facts, struct passenger *self, uint64_t size)
{
    struct quota_fact fact;
    *self = (struct passenger){.facts = facts, .flight.woken = on_woken, .kind = QUOTA_TROUBLE};
    return quota_facts_find(facts, BOX, size, NOW, &self->flight, &fact);
}

static void one_question_at_a_time(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    struct passenger asks, same, smaller, larger;
    assert_int_equal(board(facts, &asks, 100), QUOTA_TURN_ASK);
    assert_int_equal(board(facts, &same, 100), QUOTA_TURN_WAIT);
    assert_int_equal(board(facts, &smaller, 0), QUOTA_TURN_WAIT);
    assert_int_equal(board(facts, &larger, 101), QUOTA_TURN_ASK);
    quota_facts_land(facts, &asks.flight, &fits, NOW);
    assert_int_equal(same.woken, 1);
    assert_int_equal(same.kind, QUOTA_FITS);
    assert_int_equal(smaller.kind, QUOTA_FITS);
    assert_int_equal(larger.woken, 0);
    quota_facts_land(facts, &larger.flight, &over, NOW);
    struct quota_facts_counts counts = quota_facts_counts(facts);
    assert_int_equal(counts.asked, 2);
    assert_int_equal(counts.waited, 2);
    quota_facts_free(facts);
}

/* Over at 100 says nothing of less: the first of them asks, the others wait for that. */
static void asked_again(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    struct passenger asks, one, two, same;
    (void)board(facts, &asks, 100);
    (void)board(facts, &one, 10);
    (void)board(facts, &two, 10);
    (void)board(facts, &same, 100);
    quota_facts_land(facts, &asks.flight, &over, NOW);
    assert_int_equal(same.kind, QUOTA_OVER);
    assert_int_equal(one.again, QUOTA_TURN_ASK);
    assert_int_equal(two.again, QUOTA_TURN_WAIT);
    quota_facts_land(facts, &one.flight, &nobody, NOW);
    assert_int_equal(two.kind, QUOTA_NO_USER);
    assert_int_equal(two.woken, 2);
    quota_facts_free(facts);
}

/* Nobody asks a server in trouble once more for each that waits. */
static void trouble_is_shared(void **state)
{
    (void)state;
    static const struct quota_answer trouble = {QUOTA_TROUBLE, {"DEFER", 5}};
    struct quota_facts *facts = facts_new(0);
    struct passenger asks, waits;
    for (int i = 0; i < 2; i++) {
        (void)board(facts, &asks, 1);
        (void)board(facts, &waits, 1);
        quota_facts_land(facts, &asks.flight, i == 0 ? NULL : &trouble, NOW);
        assert_int_equal(waits.woken, 1);
        assert_true(waits.failed);
        assert_int_equal(waits.kind, QUOTA_TROUBLE);
    }
    assert_int_equal(known(facts, BOX, 1, NOW), QUOTA_TROUBLE);
    quota_facts_free(facts);
}

/* The answer counts for who waited, also where nothing is kept. */
static void without_keeping(void **state)
{
    (void)state;
    struct quota_facts *facts = quota_facts_new(
        &(struct quota_facts_options){.fits_us = -1, .over_us = -1, .no_user_us = -1});
    struct passenger asks, waits;
    (void)board(facts, &asks, 5);
    (void)board(facts, &waits, 5);
    quota_facts_land(facts, &asks.flight, &over, NOW);
    assert_int_equal(waits.kind, QUOTA_OVER);
    assert_int_equal(board(facts, &asks, 5), QUOTA_TURN_ASK);
    quota_facts_land(facts, &asks.flight, NULL, NOW);
    quota_facts_free(facts);
}

static void leaving(void **state)
{
    (void)state;
    struct quota_facts *facts = facts_new(0);
    struct passenger asks, one, two, three;
    (void)board(facts, &asks, 1);
    (void)board(facts, &one, 1);
    (void)board(facts, &two, 1);
    (void)board(facts, &three, 1);
    quota_facts_leave(&one.flight);
    two.leaves = &three;
    quota_facts_land(facts, &asks.flight, &fits, NOW);
    assert_int_equal(one.woken, 0);
    assert_int_equal(two.woken, 1);
    assert_int_equal(three.woken, 0);
    quota_facts_leave(&one.flight); /* once more is fine */
    quota_facts_free(facts);
}

/* ---- bounds ---- */

static void bounded(void **state)
{
    (void)state;
    enum { MAX = 100, BOXES = 1000 };
    struct quota_facts *facts = facts_new(MAX);
    struct passenger asks;
    char name[32];
    (void)board(facts, &asks, 1); /* stays, however many come */
    for (int i = 0; i < BOXES; i++) {
        (void)snprintf(name, sizeof(name), "%d@example.com", i);
        quota_facts_learn(facts, slice_from_str(name), 1, &over, NOW);
        assert_int_equal(known(facts, SLICE("0@example.com"), 1, NOW), QUOTA_OVER); /* in use */
    }
    struct quota_facts_counts counts = quota_facts_counts(facts);
    assert_int_equal(counts.mailboxes, MAX);
    assert_int_equal(counts.gone, BOXES + 1 - MAX);
    assert_true(counts.bytes / MAX < 300);
    assert_int_equal(known(facts, SLICE("999@example.com"), 1, NOW), QUOTA_OVER);
    assert_int_equal(known(facts, SLICE("500@example.com"), 1, NOW), QUOTA_TROUBLE);
    quota_facts_land(facts, &asks.flight, &fits, NOW);
    assert_int_equal(known(facts, BOX, 1, NOW), QUOTA_FITS);
    quota_facts_set(facts, &(struct quota_facts_options){.max = 1});
    assert_int_equal(quota_facts_counts(facts).mailboxes, 1);
    quota_facts_free(facts);
}

/* All are asked about: it grows by what is under way, and no more. */
static void all_in_flight(void **state)
{
    (void)state;
    enum { FLIGHTS = 10 };
    struct quota_facts *facts = facts_new(2);
    struct quota_flight flights[FLIGHTS] = {0};
    struct quota_fact fact;
    char name[32];
    for (int i = 0; i < FLIGHTS; i++) {
        (void)snprintf(name, sizeof(name), "%d@example.com", i);
        assert_int_equal(quota_facts_find(facts, slice_from_str(name), 1, NOW, &flights[i], &fact),
                         QUOTA_TURN_ASK);
    }
    assert_int_equal(quota_facts_counts(facts).mailboxes, FLIGHTS);
    for (int i = 0; i < FLIGHTS; i++)
        quota_facts_land(facts, &flights[i], &fits, NOW);
    quota_facts_learn(facts, BOX, 1, &fits, NOW);
    assert_int_equal(quota_facts_counts(facts).mailboxes, 2);
    quota_facts_free(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(larger_and_smaller),
        cmocka_unit_test(the_words_of_the_server),
        cmocka_unit_test(for_so_long),
        cmocka_unit_test(an_answer_takes_back),
        cmocka_unit_test(accepted_mail_takes_room),
        cmocka_unit_test(full_since),
        cmocka_unit_test(nothing_but_the_truth),
        cmocka_unit_test(no_room_is_promised_twice),
        cmocka_unit_test(one_question_at_a_time),
        cmocka_unit_test(asked_again),
        cmocka_unit_test(trouble_is_shared),
        cmocka_unit_test(without_keeping),
        cmocka_unit_test(leaving),
        cmocka_unit_test(bounded),
        cmocka_unit_test(all_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
