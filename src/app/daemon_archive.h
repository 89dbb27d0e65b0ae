/* SPDX-License-Identifier: Apache-2.0
 *
 * The history as the desk deals with it: incidents are kept in it, each as it was last, under its
 * id; and when it is in trouble that is an incident itself. Owned by the desk, in its thread.
 */
#ifndef TD_APP_DAEMON_ARCHIVE_H
#define TD_APP_DAEMON_ARCHIVE_H

#include "app/history_health.h"
#include "io/own_log.h"
#include "respond/incident_book.h"

struct daemon_archive {
    struct history *history; /* borrowed, like the next two */
    struct history_health *health;
    struct own_log *log;
    enum history_trouble told; /* in the log */
    uint64_t revision;         /* of the book, up to which incidents were kept */
};

/* The book has been loaded: trouble that was open goes on, or ends. */
void daemon_archive_resume(struct daemon_archive *archive, const struct incident_book *book,
                           int64_t now_us);

/* Says in the log, and tells the book, when the history cannot be written and when it can again. */
void daemon_archive_watch(struct daemon_archive *archive, struct incident_book *book,
                          int64_t now_us);

/* What changed since it was kept last goes into the history; what it cannot take stays changed. */
void daemon_archive_keep(struct daemon_archive *archive, const struct incident_book *book,
                         int64_t now_us);

#endif
