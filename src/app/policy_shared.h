/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits that several relays share: what is counted, is counted in Redis, by one script a message
 * (gate/shared_call.h), and Postfix waits for its answer while others are answered.
 *
 *      request ─▶ desk ─▶ judge ── up ──▶ Redis ──▶ answer
 *                           │                │
 *                           └── not up,   late, refused ──▶ this relay's part: limit / relays
 *
 * A question that Redis has not answered by the deadline is decided by the part of this relay: the
 * limit divided by the relays that were alive when Redis was last heard, against what went through
 * this one. What passed so is owed, and counted in Redis when it is there again; what was refused
 * so, and may have been counted after all, is given back. Both name the message, so neither does
 * anything twice while Redis knows it (SHARED_REMEMBERED_S); what it may have counted, and may have
 * forgotten since, is not counted again but lost. What is to be forgotten of a login goes the same
 * way, behind what was owed before.
 *
 * A relay is alive for 5 s after it last said so in Redis. Bounded: POLICY_OWED_MAX messages are
 * owed; further ones are never counted in Redis, and that is counted. What is still owed at the end
 * is lost.
 *
 * Threads: made and freed by the owner while no server runs; begin, end, tick and request are the
 * server's thread's; counts are anybody's.
 */
#ifndef TD_APP_POLICY_SHARED_H
#define TD_APP_POLICY_SHARED_H

#include "base/err.h"
#include "base/redis_address.h"
#include "gate/policy_desk.h"
#include "io/answer_server.h"
#include "mail/policy_request.h"

enum { POLICY_OWED_MAX = 50000 };

struct policy_shared_options {
    struct redis_address address;
    struct slice prefix; /* of keys in Redis */
    struct slice relay;  /* the name of this host */
    uint64_t id;         /* of this process among those of the host */
    uint32_t relays;     /* there are at least so many */
    int64_t deadline_us;
};

struct policy_shared;

/* Texts are copied. */
struct policy_shared *policy_shared_new(const struct policy_shared_options *options);
void policy_shared_free(struct policy_shared *shared);

/* ---- the server's thread; NULL is fine everywhere ---- */

/* Judges in place of the desk's limits from now on, and connects. */
void policy_shared_begin(struct policy_shared *shared, struct policy_desk *desk,
                         struct uv_loop_s *loop);
void policy_shared_end(struct policy_shared *shared);

/* About five times a second. */
void policy_shared_tick(struct policy_shared *shared);

/* What the desk is asked next, by whom. Borrowed until the desk has answered. */
void policy_shared_request(struct policy_shared *shared, const struct answer_peer *peer,
                           struct slice relay, const struct policy_request *request);

/* Forgets what the rule of that name (empty: each) has counted for a login, as soon as Redis can be
 * asked: see limit_gate_keys for which keys. Before the gate forgets it; also while no server runs.
 */
void policy_shared_forget(struct policy_shared *shared, struct limit_gate *gate, struct slice login,
                          struct slice rule);

/* The gate has other rules. */
void policy_shared_new_rules(struct policy_shared *shared);

/* ---- any thread ---- */

struct policy_shared_counts {
    bool wanted, up;  /* wanted: there is something that is shared */
    int64_t since_us; /* of up, or of its contrary */
    uint64_t asked;   /* questions to Redis */
    uint64_t alone;   /* decided by this relay's part */
    uint64_t settled; /* messages that were owed, and keys that were to be forgotten */
    uint64_t lost;    /* owed, and never counted in Redis */
    uint64_t owed;    /* now */
    uint32_t relays;  /* alive, as far as is known */
    struct err fault; /* why it is not up; or the last refusal */
};
void policy_shared_counts(struct policy_shared *shared, struct policy_shared_counts *out);

#endif
