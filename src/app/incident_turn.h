/* SPDX-License-Identifier: Apache-2.0
 *
 * Between parts of the daemon that have incidents to tell and the book that keeps them.
 */
#ifndef TD_APP_INCIDENT_TURN_H
#define TD_APP_INCIDENT_TURN_H

#include "respond/incident_book.h"
#include "watch/incident_tell.h"

/* A turn, as the `data` of incident_turn_tell. */
struct incident_turn {
    struct incident_book *book;
    int64_t now_us;
};

/* An incident_tell: what is told is the book's. */
void incident_turn_tell(void *turn, const struct incident *incident);

/* Tells each incident that the book has and that is not closed, as a run before left it. */
void incident_turn_resume(const struct incident_book *book, int64_t now_us, incident_tell tell,
                          void *data);

#endif
