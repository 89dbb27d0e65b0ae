/* SPDX-License-Identifier: Apache-2.0
 *
 * A Redis, asked by a script from a loop that must not wait: many questions under way at once, each
 * answered or given up within the deadline.
 *
 *      resolve ─▶ connect ─▶ AUTH, SELECT, ROLE, SCRIPT LOAD ─▶ up ◀──▶ late
 *         ▲                                                     │        │
 *         └───────────────── an end, a second of silence ───────┴────────┘
 *
 * up: questions are sent. late: one was not answered in time; all that wait are given up, and no
 * more is asked until a PING comes back in time. Anything else is down, and tried again every
 * 200 ms. With Sentinels each is asked in turn where the master is, and what is found there must
 * say that it is one (ROLE), as after every refusal to write.
 *
 * All on the loop's thread. Bounded: REDIS_WAITING_MAX questions without an answer from Redis, also
 * those that were given up; the size of what it may say is bounded by who asks.
 *
 * Peers: Redis 5 or later (TIME before writes in a script), hiredis 0.14 (no time-outs of its own),
 * https://redis.io/docs/reference/sentinel-clients/.
 */
#ifndef TD_IO_REDIS_CLIENT_H
#define TD_IO_REDIS_CLIENT_H

#include "base/err.h"
#include "base/redis_address.h"

enum {
    REDIS_WAITING_MAX = 20000,
    REDIS_ITEMS_MAX = 256, /* of an answer; more is none */
};

/* A value of an answer; borrowed for the call. */
struct redis_item {
    bool is_text;
    int64_t number;
    struct slice text;
};

enum redis_outcome {
    REDIS_ANSWERED,
    REDIS_REFUSED,  /* an error of Redis or of the script; error says which */
    REDIS_UNLOADED, /* it had forgotten the script, which is on its way: to be asked again */
    REDIS_LATE,     /* given up; it may still be done */
};

struct redis_answer {
    enum redis_outcome outcome;
    struct slice error;
    const struct redis_item *items;
    size_t count;
};

/* A question; the caller's until it is answered, which happens exactly once and never from within
 * redis_client_ask. */
struct redis_question {
    void (*answered)(struct redis_question *question, const struct redis_answer *answer);
    int64_t asked_us; /* steady clock; the client's, as what follows */
    struct redis_pending *sent;
    struct redis_question *next, *before;
};

struct redis_client_options {
    const struct redis_address *address; /* copied */
    struct slice script;                 /* borrowed */
    int64_t deadline_us;
    void (*changed)(void *context, bool up); /* on the loop's thread */
    void *context;
};

struct redis_client;
struct uv_loop_s;

struct redis_client *redis_client_new(const struct redis_client_options *options);

/* After redis_client_end, or never begun. NULL is fine. */
void redis_client_free(struct redis_client *client);

/* Begins to connect. */
void redis_client_begin(struct redis_client *client, struct uv_loop_s *loop);

/* Gives everything up. The loop has to turn until its handles are closed before the client is
 * freed, and may be another one at the next begin. */
void redis_client_end(struct redis_client *client);

bool redis_client_is_up(const struct redis_client *client);

/* Why it is not up. */
const struct err *redis_client_fault(const struct redis_client *client);

/* Runs the script with these words, the first of them keys. False: it is not up, or too much
 * waits. */
bool redis_client_ask(struct redis_client *client, const struct slice *words, size_t count,
                      size_t keys, struct redis_question *question);

#endif
