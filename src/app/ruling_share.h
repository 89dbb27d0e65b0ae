/* SPDX-License-Identifier: Apache-2.0
 *
 * Rulings (gate/ruling.h) that relays share in a Redis: what is decided here goes there at once,
 * what others decided is asked for five times a second.
 *
 *      ruling_share_put ──news──▶ ┌ Redis ┐ ──number after number──▶ take
 *      each ──what is missing───▶ └───────┘
 *
 * Whenever the connection was away, or Redis has begun anew (emptied, another master), all of it is
 * read, and what it has not, or has older, goes there: so each relay's own file refills it. While
 * Redis is away nothing is kept for it here, as what is set is found then. Redis keeps the newer
 * one of two (data/rulings.lua), so anything may be sent twice.
 *
 * Fallback: without Redis what is decided holds on this relay, and ruling_share_flush says so
 * within the deadline. Bounded: one question at a time, of RULING_PAGE rulings at most;
 * SHARED_RULINGS_MAX rulings in Redis. One thread, which turns its loop.
 */
#ifndef TD_APP_RULING_SHARE_H
#define TD_APP_RULING_SHARE_H

#include "base/err.h"
#include "base/redis_address.h"
#include "gate/ruling_ends.h"

enum { RULING_PAGE = 100, SHARED_RULINGS_MAX = 1000000 };

/* Borrowed but for prefix and address. */
struct ruling_share_options {
    const struct redis_address *address;
    struct slice prefix; /* of keys in Redis */
    int64_t deadline_us; /* of a question, and of who waits for news to be there */

    /* Texts of rulings that are in Redis; hostile. */
    void (*take)(void *context, const struct slice *texts, size_t count);
    /* Shows all that are known here. */
    void (*each)(void *context, ruling_see see, void *see_context);
    void *context;
};

struct ruling_share;

/* Connects as soon as it is turned. NULL and err: no descriptor is left. */
struct ruling_share *ruling_share_new(const struct ruling_share_options *options, struct err *err);
void ruling_share_free(struct ruling_share *share); /* NULL is fine */

int ruling_share_fd(const struct ruling_share *share);
int ruling_share_wait_ms(const struct ruling_share *share);

/* Whenever the descriptor is readable or the time is over, or more often. */
void ruling_share_turn(struct ruling_share *share);

/* One that was made here. */
void ruling_share_put(struct ruling_share *share, const struct ruling *ruling);

/* Waits until Redis has all that was put, for the deadline at most; false: it has not, or that is
 * not known. From within take it does not wait. */
bool ruling_share_flush(struct ruling_share *share);

/* The time of Redis, as far as it is known; now_us: by our clock. */
int64_t ruling_share_time(const struct ruling_share *share, int64_t now_us);

struct ruling_share_counts {
    bool up;           /* Redis has ours, and what it had was read */
    int64_t since_us;  /* of up, or of its contrary */
    uint64_t sent;     /* to Redis, ever */
    uint64_t unheard;  /* made here, and maybe not there yet */
    uint64_t left_out; /* for which Redis has no room */
    struct err fault;  /* why it is not up; none: it is being connected or read */
};
void ruling_share_counts(const struct ruling_share *share, struct ruling_share_counts *out);

#endif
