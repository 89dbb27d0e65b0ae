/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of daemon_routes.h, for the daemon_routes*.c files.
 */
#ifndef TD_APP_DAEMON_ROUTES_PRIVATE_H
#define TD_APP_DAEMON_ROUTES_PRIVATE_H

#include "app/daemon_routes.h"
#include "app/daemon_routes_known.h"
#include "app/daemon_routes_maps.h"
#include "app/daemon_routes_queue.h"
#include "app/route_report.h"
#include "respond/route_plan.h"

#define ROUTES_INCIDENT_ID_MAX 31

/* An open incident as the plan was told of it. */
struct routes_told {
    char id[ROUTES_INCIDENT_ID_MAX + 1];
    int64_t last_hit_us;
    uint64_t hits;
    bool seen; /* in the book as it is now */
};

struct routes_dns; /* daemon_routes_dns.c */

/* What of an override stands in the tables. */
struct routes_mark {
    char *provider;
    bool more;                    /* mail waits for domains that it was given since */
    int64_t more_us;              /* mail was let go for that */
    char id[OVERRIDE_ID_MAX + 1]; /* of the one that is in force; probes aside */
};

/* What Postfix holds replies by: written at the start, and again while that fails. */
struct routes_filter {
    bool failing;
    struct err why;
    int64_t since_us, again_us; /* again: INT64_MAX: it is as it should be */
};

struct daemon_routes {
    struct daemon_routes_options options;
    struct arena *arena; /* of rules, fleet and folder */
    struct route_rules rules;
    struct fleet fleet;
    struct slice folder; /* that Postfix reads; empty: there is no state folder */
    struct route_plan *plan;
    struct audit_trail *trail;
    struct daemon_routes_known *known;
    struct routes_dns *dns;
    struct job_pool *pool;
    struct daemon_routes_maps *maps;
    struct daemon_routes_queue *queue;
    struct routes_told *told;
    size_t told_count;
    uint64_t book_revision;
    bool book_is_new; /* nothing of the book was told yet */
    struct routes_filter filter;
    struct routes_mark *marks; /* as the tables were written last */
    size_t mark_count;
    uint64_t wanted; /* hash of what the tables were last wanted to say */
    bool dirty;      /* decided since it was saved */
    struct buf state_path;
    int64_t now_us, saved_us;
    uint64_t saved_domains; /* revision of those that are on disk */
    int64_t save_again_us;  /* after one that failed; INT64_MAX: none did */
    uint64_t shown_audit;   /* number of the newest entry that is published */
};

/* ---- daemon_routes_keep.c: on disk ---- */
void routes_load(struct daemon_routes *routes);
bool routes_save(struct daemon_routes *routes, struct err *err);

/* ---- daemon_routes_incidents.c: from the book to the plan ---- */
void routes_take_book(struct daemon_routes *routes, const struct incident_book *book);

/* ---- daemon_routes_deeds.c: from the plan to Postfix ---- */
void routes_write_filter(struct daemon_routes *routes);
void routes_carry_out(struct daemon_routes *routes);
void routes_take_jobs(struct daemon_routes *routes);
void routes_offer_probes(struct daemon_routes *routes);
void routes_try_refused(struct daemon_routes *routes, const struct route_report *report);

/* Does a mode say more than to observe? */
bool routes_may_act(const struct daemon_routes *routes);

/* Mail waits for domains that are now known to be the provider's: it may go when the tables are
 * written, at most every five minutes. */
void routes_more_waits(struct daemon_routes *routes, struct slice provider);

/* ---- daemon_routes_dns.c: what name servers say ---- */
void routes_start_dns(struct daemon_routes *routes);
void routes_end_dns(struct daemon_routes *routes); /* also if it never began */
void routes_ask_dns(struct daemon_routes *routes);
int64_t routes_dns_due(const struct daemon_routes *routes);
int routes_dns_fd(const struct daemon_routes *routes); /* -1: none */
json_t *routes_dns_json(const struct daemon_routes *routes);
void routes_measure_dns(struct daemon_routes *routes);

/* ---- daemon_routes_show.c ---- */
void routes_show(struct daemon_routes *routes);
json_t *routes_json(const struct daemon_routes *routes);

/* ---- daemon_routes.c ---- */
/* Something that a person is to know, which the plan does not know of. */
void routes_note(struct daemon_routes *routes, bool urgent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
