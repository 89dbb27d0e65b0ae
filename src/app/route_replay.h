/* SPDX-License-Identifier: Apache-2.0
 *
 * What the route planner of a configuration would have decided on old logs: the planner and the
 * evidence of the daemon, in the time of the lines, with no Postfix behind it. Nobody answers then,
 * so the planner is told only what a log can know:
 *
 * - Incidents, volumes and counts are those of the log, in which the mail took its own way.
 * - A probe is the next real delivery of the log on that path which says something of it; when
 * there is none the path goes on waiting. A path that is given back in steps is judged by all the
 * mail that the log has on it, not only by the share.
 * - A path that would be slowed down went on at full speed in the log: its replies say nothing of
 *   the lower pace and are not told.
 * - What a target would have carried counts as its volume, so that its room is used up. What would
 *   have become of that mail is not known, and not told.
 * - Other relays' overrides, the standing of sources, what waits in the queue and people's answers
 *   are not known: as if there were none.
 *
 * Decisions are told as they are made. Pure. One thread.
 */
#ifndef TD_APP_ROUTE_REPLAY_H
#define TD_APP_ROUTE_REPLAY_H

#include "app/route_ledger.h"
#include "app/settings.h"
#include "respond/incident_book.h"
#include "respond/route_plan.h"
#include "watch/rule_hits.h"

#define DECISION_RULES 2

/* One decision and what there is to know about it; lives until the callback returns. */
struct route_decision {
    const struct audit_entry *entry; /* not measured: no override did anything */
    enum route_mode mode;            /* of its path */
    int64_t expires_us;              /* of the override that begins, unless renewed; else 0 */
    const struct ledger_move
        *ended; /* END of one that was in force, asked for or a probe; or NULL */
    /* What spoke of the path within the last day, most replies first. */
    const struct rule_hit *rules[DECISION_RULES];
    size_t rule_count;
};

typedef void (*route_decided)(void *data, const struct route_decision *decision);

struct route_replay_options {
    const char *relay; /* NULL: the configuration's */
    bool one_mode;     /* in the place of all that the configuration says */
    enum route_mode mode;
};

struct route_replay;

/* Observes the tally; settings and hits outlive it. Before the first record. NULL: the
 * configuration has no sources, there is nothing to route. */
struct route_replay *route_replay_new(const struct settings *settings,
                                      const struct route_replay_options *options,
                                      struct tally *tally, struct rule_hits *hits,
                                      route_decided decided, void *data);
void route_replay_free(struct route_replay *replay); /* NULL is fine; after its tally */

/* What the book of incidents says now, then what follows from it. At least once a minute of the
 * time of the lines. */
void route_replay_advance(struct route_replay *replay, const struct incident_book *book,
                          int64_t now_us);

/* The logs have ended. */
void route_replay_finish(struct route_replay *replay);

/* ---- what there is to say at the end ---- */

const struct fleet *route_replay_fleet(const struct route_replay *replay);
const struct route_rules *route_replay_rules(const struct route_replay *replay);
const struct route_ledger *route_replay_ledger(const struct route_replay *replay);
const struct route_plan *route_replay_plan(const struct route_replay *replay);
const struct rule_hits *route_replay_hits(const struct route_replay *replay);

struct route_replay_sums {
    uint64_t attempts;  /* of this relay's sources */
    uint64_t elsewhere; /* of other relays, or by sources that the configuration does not have */
    struct slice elsewhere_relay, elsewhere_source; /* the first of those */
    uint64_t capped; /* asked for in the mode auto, since a cap was reached */
    uint64_t left;   /* times that nothing was done, for a reason */
};
struct route_replay_sums route_replay_sums(const struct route_replay *replay);

/* Is a probe of the path due that the log has no delivery for? */
bool route_replay_waits(const struct route_replay *replay, const struct route_path *path);

/* Does the rule, of this index of the hits, stand behind a decision: had it spoken of the path
 * within the day before? */
bool route_replay_is_behind(const struct route_replay *replay, size_t index);

#endif
