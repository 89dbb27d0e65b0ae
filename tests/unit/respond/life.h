/* SPDX-License-Identifier: Apache-2.0
 *
 * A book of incidents under a virtual clock: says incidents to it, moves time as a daemon would
 * (stopping wherever something is due), and notes what it tells.
 */
#ifndef TD_TESTS_RESPOND_LIFE_H
#define TD_TESTS_RESPOND_LIFE_H

#include "respond/incident_book.h"

#define MIN INCIDENT_MINUTE_US
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)
#define T0 INT64_C(1772438400000000) /* Monday 2026-03-02 08:00:00 UTC */

#define LIFE_TOLD_MAX 256

struct life {
    struct incident_book *book;
    struct incident_book_settings settings;
    int64_t now_us;
    size_t told, seen;                     /* seen: by life_expect */
    struct notice *notices[LIFE_TOLD_MAX]; /* copies */
};

/* Default settings at T0. */
void life_begin(struct life *life);
void life_end(struct life *life);

/* The same around each test of a table: *state is its life. */
int life_set_up(void **state);
int life_tear_down(void **state);
#define LIFE_TEST(function) cmocka_unit_test_setup_teardown(function, life_set_up, life_tear_down)

/* New settings: another book with the state of this one, as after a reload. */
void life_configure(struct life *life);

/* Moves to T0 + after_us, advancing at every due time between. */
void life_at(struct life *life, int64_t after_us);

/* An open incident of a path, opened at T0 + opened_us. */
struct incident life_block(const char *source, const char *provider, int64_t opened_us);

void life_say(struct life *life, struct incident incident);

/* The same, closed now. */
void life_close(struct life *life, struct incident incident);

/* Fails unless exactly these were told since the last call: "opened updated". "" for nothing. */
void life_expect(struct life *life, const char *transitions);

/* The state of the only incident. */
struct incident_view life_view(const struct life *life);

/* The newest notice. */
const struct notice *life_last(const struct life *life);

/* Saves, throws the book away and loads another, as a restarted daemon does. */
void life_restart(struct life *life);

#endif
