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
#include "app/route_health.h"
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

struct routes_dns;      /* daemon_routes_dns.c */
struct routes_standing; /* daemon_routes_standing.c */
struct routes_spf;      /* daemon_routes_spf.c */

/* The override by which mail of a provider was let go last, or held. Kept: where it is not the one
 * in force, mail waits for what the tables say now, also when the daemon was killed meanwhile. */
struct routes_mark {
    char *provider;
    char id[OVERRIDE_ID_MAX + 1]; /* probes aside */
    bool more;                    /* mail waits for domains that it was given since; not kept */
    int64_t more_us;              /* mail was let go for that */
};

/* A file that is written again while that fails. */
struct routes_file {
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
    struct early_reports *early;
    struct routes_dns *dns;
    struct routes_standing *standing;
    struct routes_spf *spf;
    struct job_pool *pool;
    struct daemon_routes_maps *maps;
    struct daemon_routes_queue *queue;
    struct routes_told *told;
    size_t told_count;
    uint64_t book_revision;
    bool book_is_new;          /* nothing of the book was told yet */
    struct routes_file filter; /* what Postfix holds replies by: written at the start */
    struct routes_file kept;   /* the state */
    struct route_health health;
    bool damaged; /* the state of before could not be read, and the book does not know it yet */
    struct routes_mark *marks; /* of providers that have an override, or had one just now */
    size_t mark_count;
    uint64_t filter_now;   /* which filter is on disk, see postfix_files.h; 0: none of this run */
    uint64_t filter_known; /* which of them Postfix was told to read; kept */
    uint64_t wanted;       /* hash of what the tables were last wanted to say */
    uint64_t carried;      /* and of what they said when mail was let go */
    bool dirty;            /* decided since it was saved */
    struct buf state_path;
    int64_t now_us, saved_us;
    uint64_t saved_domains, saved_wishes; /* revision of those that are on disk */
    uint64_t shown_audit;                 /* number of the newest entry that is published */
};

/* ---- daemon_routes_keep.c: on disk ---- */
void routes_load(struct daemon_routes *routes);
bool routes_save(struct daemon_routes *routes, struct err *err);

/* ---- daemon_routes_incidents.c: from the book to the plan ---- */
void routes_take_book(struct daemon_routes *routes, const struct incident_book *book);

/* ---- daemon_routes_marks.c: whose mail is to be let go ---- */
/* The tables say what they are to say: what has another route now is let go. */
void routes_let_go(struct daemon_routes *routes);
bool routes_lets_go(const struct daemon_routes *routes); /* it is not done with that */
const struct override *routes_in_force(const struct daemon_routes *routes, struct slice provider);
json_t *routes_marks_json(const struct daemon_routes *routes);
bool routes_marks_read(struct daemon_routes *routes, const json_t *array);
json_t *routes_wishes_json(const struct daemon_routes *routes);
bool routes_wishes_read(struct daemon_routes *routes, const json_t *array);
void routes_marks_free(struct daemon_routes *routes);

/* ---- daemon_routes_deeds.c: from the plan to Postfix ---- */
void routes_write_filter(struct daemon_routes *routes);
void routes_carry_out(struct daemon_routes *routes);
void routes_take_jobs(struct daemon_routes *routes);
void routes_offer_probes(struct daemon_routes *routes);
void routes_try_refused(struct daemon_routes *routes, const struct route_report *report);

/* ---- daemon_routes_health.c: what could not be done ---- */
/* A part was tried. why: it failed; NULL: it went well. What is new of that is told. */
void routes_tried(struct daemon_routes *routes, enum route_part part, bool was_failing,
                  const struct err *why);
/* The same of a file, which is to be tried again after so long. */
void routes_tried_file(struct daemon_routes *routes, enum route_part part, const struct err *why,
                       int64_t again_us);
struct routes_failure {
    const struct err *why; /* NULL: it does not fail */
    int64_t since_us;
};
struct routes_failure routes_failure(const struct daemon_routes *routes, enum route_part part);
/* ---- daemon_routes_exact.c: Postfix' questions ---- */
void routes_begin_exact(struct daemon_routes *routes);
bool routes_turn_exact(struct daemon_routes *routes); /* the tables are to be written anew */
void routes_end_exact(struct daemon_routes *routes);  /* the pool is stopped */
void routes_show_exact(const struct daemon_routes *routes, json_t *object);
void routes_measure_exact(const struct daemon_routes *routes);

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

struct resolver *routes_resolver(const struct daemon_routes *routes); /* NULL: nothing is asked */

/* ---- daemon_routes_standing.c: how the sources stand by what name servers say ---- */
void routes_start_standing(struct daemon_routes *routes); /* the resolver is there */
void routes_end_standing(struct daemon_routes *routes);   /* it has gone; also if it never began */
void routes_ask_standing(struct daemon_routes *routes);
int64_t routes_standing_due(const struct daemon_routes *routes);
json_t *routes_standing_json(const struct daemon_routes *routes);
/* The host's name of the source's address, that leads back to it; empty: none is known. */
struct slice routes_standing_name(const struct daemon_routes *routes, struct slice source);

/* ---- daemon_routes_spf.c: which sources may send whose mail ---- */
void routes_start_spf(struct daemon_routes *routes); /* the resolver is there */
void routes_end_spf(struct daemon_routes *routes);   /* it has gone; also if it never began */
void routes_ask_spf(struct daemon_routes *routes);   /* while it matters how sources stand */
int64_t routes_spf_due(const struct daemon_routes *routes);
struct route_report;
/* A report of all mail: whose SPF is looked at. */
void routes_take_senders(struct daemon_routes *routes, const struct route_report *report);
/* What stands against the sources where this provider's mail goes. */
void routes_tell_spf(struct daemon_routes *routes, const struct route_report *report);
/* Appends rows {"source", "fault", "shared", "spf"} of all mail. */
void routes_show_spf(const struct daemon_routes *routes, json_t *sources);

/* ---- daemon_routes_show.c ---- */
void routes_show(struct daemon_routes *routes);
json_t *routes_json(const struct daemon_routes *routes);
size_t routes_domains(const struct daemon_routes *routes, struct slice provider); /* known ones */

/* ---- daemon_routes.c ---- */
void routes_tell(struct daemon_routes *routes, const struct audit_entry *entry);
/* Something that a person is to know, which the plan does not know of. */
void routes_note(struct daemon_routes *routes, bool urgent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
