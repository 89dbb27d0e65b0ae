/* SPDX-License-Identifier: Apache-2.0
 *
 * A part that may fail, as an incident: it opens when the part has failed for PART_HEALTH_US, or at
 * once when something was lost, and closes when it has not failed for as long. Tries in between
 * open nothing new; a part that comes and goes is the book's to guard (respond/incident_book.h).
 *
 * Pure: texts and times of one clock. One thread.
 */
#ifndef TD_APP_PART_HEALTH_H
#define TD_APP_PART_HEALTH_H

#include "base/buf.h"
#include "model/incident.h"

#define PART_HEALTH_US INT64_C(15000000) /* two tries of the slowest */

/* Zero-initialise to begin. */
struct part_health {
    struct buf first, newest; /* what was wrong */
    int64_t bad_us, good_us;  /* since when; 0: it is not */
    int64_t opened_us;        /* 0: no incident is open */
    int64_t changed_us;
    enum incident_severity severity; /* as it was told */
    bool untold;                     /* taken over from the run before, and not spoken of yet */
};

void part_health_done(struct part_health *part);

/* Its open incident that the run before left goes on, or ends. */
void part_health_resume(struct part_health *part, const struct incident *known);

/* How it is now. */
struct part_trouble {
    struct slice words; /* what is wrong; empty: nothing */
    bool at_once;       /* it is no matter of time: it happened */
};

/* like: kind, scope, severity and names of its incident. True: *out is to be told; its texts live
 * until the next call. */
bool part_health_take(struct part_health *part, const struct incident *like,
                      const struct part_trouble *trouble, int64_t now_us, struct incident *out);

/* It does not fail, and has no incident. */
static inline bool part_health_is_well(const struct part_health *part)
{
    return part->bad_us == 0 && part->opened_us == 0;
}

#endif
