/* SPDX-License-Identifier: Apache-2.0
 *
 * The half of the daemon that speaks: keeps the book of incidents, has notices sent, takes what
 * people say (acknowledge, close, silence), and publishes incidents for the API. Moves mail by what
 * the incidents say (daemon_routes.h). Owned by the main thread; others reach it by mailboxes.
 *
 * What was told is written to `incidents.json` in the state folder before it is sent: a restarted
 * daemon repeats a notice at most, under the same key, and loses none.
 */
#ifndef TD_APP_DAEMON_DESK_H
#define TD_APP_DAEMON_DESK_H

#include "app/daemon_accounts.h"
#include "app/daemon_auth.h"
#include "app/daemon_quota.h"
#include "app/daemon_hijack.h"
#include "app/daemon_metrics.h"
#include "app/daemon_routes.h"
#include "app/history_health.h"
#include "app/settings.h"
#include "io/mailbox.h"
#include "io/own_log.h"
#include "io/snapshot.h"
#include "mail/provider.h"
#include "respond/incident_book.h"
#include "store/history.h"

struct daemon_desk;

/* All borrowed; they outlive the desk. */
struct daemon_desk_options {
    const struct settings *settings;
    const struct provider_table *providers;
    struct own_log *log;
    struct daemon_metrics *metrics;
    struct history *history;
    struct history_health *health;          /* of the history */
    struct mailbox *incidents;              /* of struct incident_record */
    struct mailbox *requests;               /* of struct daemon_request */
    struct snapshot_place *incidents_shown; /* JSON array of all incidents of the book */
    struct snapshot_place *notifiers_shown; /* JSON array */
    struct snapshot_place *silences_shown;  /* JSON array, see daemon_silences.h */
    struct daemon_accounts *accounts;
    struct daemon_hijack *hijack;
    struct daemon_auth *auth;
    struct daemon_quota *quota;
    struct buf *unsaved; /* what could not be saved; the next desk begins with it. Empty: nothing */
    struct daemon_routes_options routes; /* settings, log and metrics are those above */
};

/* NULL and err: no threads to send with. A state that cannot be read is told in the log and set
 * aside. */
struct daemon_desk *daemon_desk_new(const struct daemon_desk_options *options, int64_t now_us,
                                    struct err *err);
void daemon_desk_free(struct daemon_desk *desk);

/* Takes what waits in the mailboxes and what came of messages, does what is due, publishes. */
void daemon_desk_advance(struct daemon_desk *desk, int64_t now_us);

/* How many incidents there are, by state. */
struct incident_book_counts daemon_desk_counts(const struct daemon_desk *desk);

/* When it has something to do without being told more; INT64_MAX: never. */
int64_t daemon_desk_next_due(const struct daemon_desk *desk);

/* Readable when there is something for daemon_desk_advance; some may be -1. */
#define DAEMON_DESK_FDS (4 + DAEMON_ROUTES_FDS)
void daemon_desk_fds(const struct daemon_desk *desk, int fds[DAEMON_DESK_FDS]);

#endif
