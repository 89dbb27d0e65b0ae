/* SPDX-License-Identifier: Apache-2.0
 *
 * What the overrides of a replay would have been about: each with its begin and end, and what the
 * log really shows of the mail to its provider in that time. What would have become of that mail on
 * another way no log can say, and nothing here guesses it.
 *
 * Bounded: LEDGER_MOVES_MAX overrides, LEDGER_PROVIDERS_MAX providers; those beyond are counted as
 * left out. Pure. One thread.
 */
#ifndef TD_APP_ROUTE_LEDGER_H
#define TD_APP_ROUTE_LEDGER_H

#include "respond/audit_trail.h"
#include "respond/route_rules.h"
#include "watch/tally.h"

#define LEDGER_MOVES_MAX 20000
#define LEDGER_PROVIDERS_MAX 16384
#define MOVE_CAUSES 8

/* Of one relay's mail in a span of time. */
struct ledger_traffic {
    uint64_t recipients;                   /* of the provider, tried for the first time */
    uint64_t delivered, deferred, bounced; /* tries to reach it, retries too */
    uint64_t relay_recipients;             /* of all providers, tried for the first time */
};

/* An override that would have been in force, or asked for (PROPOSE), or that only would have been
 * thought of (OBSERVE). */
struct ledger_move {
    struct slice id; /* of the override; empty: OBSERVE */
    enum audit_action action;
    enum route_mode mode;
    struct slice provider, source, before, after, reason, incident; /* as in its audit entry */
    struct slice end_reason;                                        /* empty: it has not ended */
    int64_t since_us, expires_us; /* expires: unless renewed, which its reason does */
    int64_t until_us;             /* INT64_MAX: it had not ended when the logs did */
    struct ledger_traffic traffic;
    uint32_t causes[MOVE_CAUSES]; /* whatever numbers whoever decided knows them by */
    size_t cause_count;
};

struct route_ledger;

struct route_ledger *route_ledger_new(void);
void route_ledger_free(struct route_ledger *ledger);

/* An attempt of the relay. */
void route_ledger_take(struct route_ledger *ledger, const struct tally_attempt *told);

/* A decision, by the mode of its path. Returns the move that it begins or ends, to which causes may
 * be added; NULL: none. expiry_us: how long a new one holds. */
struct ledger_move *route_ledger_decide(struct route_ledger *ledger,
                                        const struct audit_entry *entry, enum route_mode mode,
                                        int64_t expiry_us);

/* The logs have ended: what is still there gets its traffic. Once. */
void route_ledger_finish(struct route_ledger *ledger);

/* In order of their begin; index < count. */
size_t route_ledger_count(const struct route_ledger *ledger);
const struct ledger_move *route_ledger_at(const struct route_ledger *ledger, size_t index);

/* Over all moves. */
struct ledger_sums {
    uint64_t in_force, asked, observed,
        probes;            /* moves of each sort; probes are none of the others */
    uint64_t most_at_once; /* in force */
    uint64_t moved;        /* recipients of providers while one was in force */
    uint64_t recipients;   /* of the relay, in all */
    uint64_t left_out;
};
struct ledger_sums route_ledger_sums(const struct route_ledger *ledger);

/* Does it change the way of mail without asking anybody? */
static inline bool ledger_move_is_in_force(const struct ledger_move *move)
{
    return move->action != AUDIT_PROPOSE && move->action != AUDIT_OBSERVE &&
           move->action != AUDIT_PROBE;
}

#endif
