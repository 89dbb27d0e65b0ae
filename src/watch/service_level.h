/* SPDX-License-Identifier: Apache-2.0
 *
 * Service levels and how fast their error budgets burn (reachability, latency): per provider, per
 * source, per group of logins, and in all. Pure: outcomes and times.
 *
 *     reachability   outcomes that are no hard bounce, among all
 *     latency        transactional deliveries in time, among all of them; one that was deferred is
 *                    late when Postfix will not try again in time, so that an outage is seen while
 *                    it lasts; it counts settle_us later, when what was sent beside it is told
 *
 * The budget is what the target leaves (1 % of 99 %); it burns at rate 1 when it is used up just
 * at the end of the window. An incident opens when both windows of a pair burn at the pair's rate:
 * the long one says that it matters, the short one that it still goes on (multiwindow, multi-burn-
 * rate alerts: Google SRE Workbook, chapter 5). The long window is judged by the lower end of
 * Wilson's interval, with least_outcomes at least: a provider with ten mails a day is never judged
 * by one bounce. The fast pair has the severity of its kind, the slow one alone is a warning. It
 * ends when no pair burns any more and the short window of the slow pair is below its rate, too.
 *
 * Bounded: SERVICE_SERIES series of 1.4 KiB and a sample line; past that only "in all" counts. A
 * window is kept in twelve steps. One thread.
 */
#ifndef TD_WATCH_SERVICE_LEVEL_H
#define TD_WATCH_SERVICE_LEVEL_H

#include "watch/incident_tell.h"

#define SERVICE_SERIES 4096

struct service_burn {
    double rate;               /* times the budget's even use */
    int64_t long_us, short_us; /* both windows must burn; short < long */
};

struct service_rule {
    double reachability;     /* share, below 1 */
    int64_t latency_us;      /* a delivery is in time up to here */
    double latency_share;    /* share, below 1 */
    int64_t retry_us;        /* Postfix' minimal_backoff_time: no deferred mail is sooner */
    int64_t settle_us;       /* how long after it a result is told; deferrals wait as long */
    int64_t window_us;       /* of the budget */
    uint32_t least_outcomes; /* in a long window */
    struct service_burn fast, slow;
};

#define SERVICE_RULE \
    { \
        .reachability = 0.99, .latency_us = INT64_C(60000000), .latency_share = 0.95, \
        .retry_us = INT64_C(300000000), .settle_us = INT64_C(60000000), \
        .window_us = INT64_C(2592000000000), .least_outcomes = 100, \
        .fast = {14.4, INT64_C(3600000000), INT64_C(300000000)}, .slow = { \
            6, \
            INT64_C(21600000000), \
            INT64_C(1800000000) \
        } \
    }

extern const struct service_rule service_default;

/* What is told of recipients. Names may be empty: there is none, or it is not known. Leave out
 * notifications (from=<>), probes and mail for mailboxes of this host. */
struct service_facts {
    struct slice provider, relay, source;
    struct slice group; /* of logins, or the pool of the source */
    struct slice line;  /* of the log */
    uint32_t count;     /* recipients; 0: they count later, only the line is evidence */
    bool transactional; /* the target of latency holds */
    bool deferred;      /* at least one try before was deferred */
    bool bounced;       /* hard: bounced or expired; else sent */
    double delay_s;     /* of what was sent: since it was accepted */
};

struct service_level;

struct service_level *service_level_new(const struct service_rule *rule);
void service_level_free(struct service_level *level);

/* Final results. */
void service_level_take_outcome(struct service_level *level, const struct service_facts *facts,
                                int64_t now_us);

/* The first deferral of a recipient (facts->deferred false), and any that follows. Its line is
 * evidence at once. */
void service_level_take_deferral(struct service_level *level, const struct service_facts *facts,
                                 int64_t now_us);

/* Tells each incident that opened, changed or ended since the last call: every 100 ms or so. */
void service_level_tell(struct service_level *level, int64_t now_us, incident_tell tell,
                        void *data);

/* How the budgets stand, for status and metrics. The names are as in the incidents: provider; relay
 * and source; group; or none for all. */
struct service_budget {
    enum incident_kind kind; /* REACHABILITY or LATENCY */
    struct slice provider, relay, source, group;
    uint64_t good, bad; /* in the budget's window */
    double used;        /* share of the budget for as much mail as that; above 1: exhausted */
    double fast, slow;  /* rates at which it burns in the long windows */
};
typedef void (*service_visit)(void *data, const struct service_budget *budget);
void service_level_visit(struct service_level *level, int64_t now_us, service_visit visit,
                         void *data);

/* How often a series had no room, since it is new (left_out.h). */
uint64_t service_level_left_out(const struct service_level *level);

#endif
