/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes as the daemon's API tells them, read back for the verbs that print them. Peer document:
 * daemon_routes_show.c, which writes them.
 */
#ifndef TD_APP_ROUTE_ANSWER_H
#define TD_APP_ROUTE_ANSWER_H

#include "model/json_field.h"
#include "model/override.h"

/* Slices are of the JSON value, which outlives it. */
struct route_answer_override {
    struct slice id, kind, state, provider, source, target, recipient, actor, reason, incident;
    uint64_t share, per_hour;
    uint64_t domains; /* that are known of the provider; UINT64_MAX: not said */
    int64_t since_us, expires_us;
    struct override_work work;
};

struct route_answer_path {
    struct slice provider, source, stage, mode, incident;
    struct slice left;        /* why nothing is done for it; empty: it is, or nothing is to be */
    int64_t since_us, due_us; /* due: 0: waits for something else than time */
    uint64_t successes, share, per_hour, flaps;
};

/* What is wrong with a source, or with a blocklist: words to go behind its name. */
struct route_answer_standing {
    struct slice source, zone; /* one of them */
    struct slice fault;
    bool shared; /* by all sources, so that it decides nothing */
    bool spf;    /* it depends on whose mail goes to a provider */
};

#define ROUTE_ANSWER_FAULTS 7

/* Exact mode: what became of Postfix' questions. */
struct route_answer_exact {
    bool on, answers;
    uint64_t overrides;               /* that it may ask about */
    uint64_t routed, unrouted, unfed; /* unfed: of unrouted */
};

struct route_answer {
    struct slice mode, relay;
    struct route_answer_override *overrides;
    struct route_answer_path *paths;
    struct route_answer_standing *standing;
    size_t override_count, path_count, standing_count;
    uint64_t to_release; /* messages that are yet to be tried anew */
    struct route_answer_exact exact;
    struct slice faults[ROUTE_ANSWER_FAULTS]; /* what could not be done; empty ones: fewer */
};

/* False when it is none: a field of another type. Free with route_answer_done in both cases. */
bool route_answer_read(const json_t *object, struct route_answer *out);
void route_answer_done(struct route_answer *answer);

/* How many overrides are in that state. */
size_t route_answer_count(const struct route_answer *answer, enum override_state state);

/* An entry of the audit trail. */
struct route_answer_entry {
    int64_t time_us;
    bool urgent;
    struct slice action, provider, source, override_id, before, after, actor, reason;
    bool measured;
    struct override_work work;
};

bool route_answer_entry_read(const json_t *object, struct route_answer_entry *out);

#endif
