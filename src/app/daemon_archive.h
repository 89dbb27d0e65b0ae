/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents as the history keeps them: each as it was last, under its id. Owned by the desk, in its
 * thread.
 */
#ifndef TD_APP_DAEMON_ARCHIVE_H
#define TD_APP_DAEMON_ARCHIVE_H

#include "respond/incident_book.h"
#include "store/history.h"

struct daemon_archive {
    struct history *history; /* borrowed */
    uint64_t revision;       /* of the book, up to which incidents were kept */
};

/* What changed since it was kept last goes into the history; what it cannot take stays changed. */
void daemon_archive_keep(struct daemon_archive *archive, const struct incident_book *book,
                         int64_t now_us);

#endif
