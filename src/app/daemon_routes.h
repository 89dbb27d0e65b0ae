/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop that moves mail: owns the route planner (respond/route_plan.h), tells it what the book
 * of incidents and the reader's reports say, and has done what it decides.
 *
 *      incidents, reports ──> plan ──> state on disk ──> tables ──> waiting mail is let go
 *                             people ───┘   (kept)       (maps)        (queue)
 *
 * In the main thread, with the desk: incidents have their ids there, people's requests arrive
 * there, and one thread decides and keeps, so nothing needs a lock. What blocks - tables, commands
 * of Postfix - are jobs of a pool of its own, each with a deadline; a hung Postfix or a full disk
 * holds up no incident and no answer. Nothing of this is on the way of a mail.
 *
 * What was decided is on disk before it is in a table, and in a table before mail is let go: a
 * daemon that is killed at any point finds what it wanted, and writes what is missing.
 *
 * With nothing but `observe` in the settings no file of Postfix is written and no command called,
 * unless a person sets a route.
 */
#ifndef TD_APP_DAEMON_ROUTES_H
#define TD_APP_DAEMON_ROUTES_H

#include "app/daemon_exact.h"
#include "app/daemon_metrics.h"
#include "app/daemon_request.h"
#include "app/settings.h"
#include "io/mailbox.h"
#include "io/own_log.h"
#include "io/snapshot.h"
#include "respond/audit_trail.h"
#include "respond/incident_book.h"
#include "watch/classifier.h"

/* All borrowed; they outlive it. */
struct daemon_routes_options {
    const struct settings *settings;
    struct classifier *classifier; /* whose rules the filter of Postfix is made of */
    struct daemon_exact *exact;    /* stays from one reload to the next */
    struct own_log *log;
    struct daemon_metrics *metrics;
    struct mailbox *watches, *reports;   /* of daemon_traffic.h */
    struct snapshot_place *routes_shown; /* JSON object, see daemon_routes_show.h */
    struct snapshot_place *audit_shown;  /* JSON array of audit entries, the oldest first */
    struct buf *unsaved; /* what could not be saved; the next one begins with it. Empty: nothing */
};

struct daemon_routes;

/* Takes up what was kept. NULL and err: no threads to be had. A state that cannot be read is told
 * in the log and set aside. */
struct daemon_routes *daemon_routes_new(const struct daemon_routes_options *options, int64_t now_us,
                                        struct err *err);
void daemon_routes_free(struct daemon_routes *routes); /* NULL is fine */

/* Does what the request (of a kind ..._ROUTE) says; the answer is in place when it returns, and
 * what was decided is on disk. */
void daemon_routes_answer(struct daemon_routes *routes, struct daemon_request *request,
                          int64_t now_us);

/* Takes what is new in the book, in the mailboxes and from jobs, decides, has it done, publishes.
 */
void daemon_routes_advance(struct daemon_routes *routes, const struct incident_book *book,
                           int64_t now_us);

/* The book has been loaded: what the run before could not do goes on as an incident, or ends. */
void daemon_routes_resume(struct daemon_routes *routes, const struct incident_book *book,
                          int64_t now_us);

/* Tells the book what cannot be done or kept for long, and when it can again. */
void daemon_routes_watch(struct daemon_routes *routes, struct incident_book *book, int64_t now_us);

/* What was decided, of which people hear: see daemon_desk.c. Changes with every call of the above.
 */
const struct audit_trail *daemon_routes_trail(const struct daemon_routes *routes);

/* When it has something to do without being told more. */
int64_t daemon_routes_next_due(const struct daemon_routes *routes);

/* Readable when there is something for daemon_routes_advance; -1: none. */
#define DAEMON_ROUTES_FDS 3
void daemon_routes_fds(const struct daemon_routes *routes, int fds[DAEMON_ROUTES_FDS]);

#endif
