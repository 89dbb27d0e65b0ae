/* SPDX-License-Identifier: Apache-2.0
 *
 * Who guesses and who logs in, for the tests of the guard.
 */
#ifndef TD_TEST_GUESS_FIXTURE_H
#define TD_TEST_GUESS_FIXTURE_H

#include "gate/guess_guard.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW (INT64_C(1790000000) * SECOND)

enum { NETWORK_SIZE = 256, HOME = 1000 * NETWORK_SIZE, HOTEL = 2000 * NETWORK_SIZE };

extern const struct guess_room guess_fixture_small;

/* Begun at NOW: of the room of a test, of a large one, of other terms. */
struct guess_guard *guess_fixture_guard(void);
struct guess_guard *guess_fixture_large(void);
struct guess_guard *guess_fixture_with(const struct guess_terms *terms);

/* ip: 198.18.0.0 and so many further; one network each NETWORK_SIZE. */
struct guess_try who_is(const char *login, uint32_t ip);

struct guess_answer look(struct guess_guard *guard, const struct guess_try *who, int64_t now_us);

/* A wrong password is tried, one of each number. False: it was not looked at. outcome may be NULL.
 */
bool guess(struct guess_guard *guard, const struct guess_try *who, int number, int64_t now_us,
           struct guess_outcome *outcome);

/* The right one. False: it was not looked at. */
bool log_in(struct guess_guard *guard, const struct guess_try *who, int64_t now_us);

#endif
