/* SPDX-License-Identifier: Apache-2.0
 *
 * Silences at the desk: takes the requests of people, shows what is set for the API and /metrics,
 * and says in the own log when one begins to be kept and when it is over. The book keeps them, its
 * state with them. Owned by the desk, in its thread.
 */
#ifndef TD_APP_DAEMON_SILENCES_H
#define TD_APP_DAEMON_SILENCES_H

#include "app/daemon_metrics.h"
#include "app/daemon_request.h"
#include "io/own_log.h"
#include "io/snapshot.h"
#include "respond/incident_book.h"

/* All borrowed; they outlive it. */
struct daemon_silences_options {
    struct incident_book *book;
    struct own_log *log;
    struct daemon_metrics *metrics;
    struct snapshot_place *shown; /* JSON array: silence_json with "hides", open incidents */
};

struct daemon_silences;

/* Options are copied. Nothing is published before daemon_silences_show. */
struct daemon_silences *daemon_silences_new(const struct daemon_silences_options *options);
void daemon_silences_free(struct daemon_silences *silences); /* NULL is fine */

/* Sets or ends the silence of the request; what is no longer hidden is told. */
void daemon_silences_answer(struct daemon_silences *silences, struct daemon_request *request,
                            int64_t now_us);

/* Publishes and measures, if the book has changed; logs those that have come to their end. */
void daemon_silences_show(struct daemon_silences *silences, int64_t now_us);

#endif
