/* SPDX-License-Identifier: Apache-2.0
 *
 * Failures of guessing (gate/guess_guard.h) that relays share in a Redis: what each counts of
 * networks and accounts goes there, and what others count comes from there, by one question five
 * times a second (data/guesses.lua).
 *
 *      guess_share_put ──by how much later full──▶ ┌ Redis ┐ ──when full, number after number──▶
 * guard └───────┘
 *
 * There stands when a bucket is full again, so what is read twice counts once, and what is over is
 * over by itself. Redis keeps the key of the names; another one than before forgets what the guard
 * has counted, so each relay proposes the one that it knows.
 *
 * Fallback: without Redis each relay goes on by what it knows, and what it counts meanwhile stays
 * its own. What a question had with it that was not answered is not sent again. Nobody waits for
 * Redis. Bounded: GUESS_SHARE_WAITING_MAX failures wait, further ones are counted as left out;
 * GUESS_SHARE_NAMES_MAX names in Redis, where the first to be over make room.
 *
 * One thread, which turns it; it has its own loop.
 */
#ifndef TD_APP_GUESS_SHARE_H
#define TD_APP_GUESS_SHARE_H

#include "base/err.h"
#include "base/redis_address.h"
#include "gate/guess_guard.h"

enum { GUESS_SHARE_WAITING_MAX = 20000, GUESS_SHARE_NAMES_MAX = 100000 };

/* Of the settings. */
struct guess_share_terms {
    bool wanted;
    struct redis_address address;
    struct slice prefix; /* of keys in Redis */
    int64_t deadline_us;
};

struct guess_share;

/* key: proposed for names, and what became of it, the owner's; guard, key: borrowed. NULL and err:
 * no descriptor is left. */
struct guess_share *guess_share_new(const struct guess_share_terms *terms,
                                    struct guess_guard *guard, struct hash_key *key,
                                    struct err *err);
void guess_share_free(struct guess_share *share); /* NULL is fine */

/* What the guard gave out; NULL share: it is nobody's. */
void guess_share_put(struct guess_share *share, const struct guess_news *news);

/* Several times a second. */
void guess_share_turn(struct guess_share *share);

struct guess_share_counts {
    bool wanted, up;
    int64_t since_us;  /* of up, or of its contrary */
    uint64_t sent;     /* failures, ever */
    uint64_t taken;    /* from Redis: buckets that others made fuller */
    uint64_t left_out; /* failures that never went there, and what was no name */
    struct err fault;  /* why it is not up; none: it is being connected */
};
void guess_share_counts(const struct guess_share *share, struct guess_share_counts *out);

#endif
