/* SPDX-License-Identifier: Apache-2.0
 *
 * The health of the history as one incident of kind `history`: it opens when nothing could be
 * written for HISTORY_HEALTH_US, when writing is so far behind for as long, or at once when a
 * damaged file was set aside; it closes when all that waited has been written for as long. Tries in
 * between open nothing new. Grave when what waits for the file takes half of its room.
 *
 * Pure: states and times of one clock. One thread.
 */
#ifndef TD_APP_HISTORY_HEALTH_H
#define TD_APP_HISTORY_HEALTH_H

#include "base/buf.h"
#include "model/incident.h"
#include "store/history.h"

#define HISTORY_HEALTH_US INT64_C(5000000)

struct history_health {
    struct buf name;          /* of the incident: the file */
    struct buf first, newest; /* what was wrong */
    int64_t bad_us, good_us;  /* since when; 0: it is not */
    int64_t opened_us;        /* 0: no incident is open */
    int64_t changed_us;
    enum incident_severity severity;
    uint32_t set_aside;    /* seen so far */
    uint64_t lost_batches; /* seen so far */
};

/* folder: of the state. */
void history_health_init(struct history_health *health, const char *folder);
void history_health_done(struct history_health *health);

/* Whether this incident is about this history; one that the run before left open is taken over. */
bool history_health_resume(struct history_health *health, const struct incident *known);

/* How it is now. True: *out is to be told; its texts live until the next call. */
bool history_health_take(struct history_health *health, const struct history_state *state,
                         int64_t now_us, struct incident *out);

#endif
