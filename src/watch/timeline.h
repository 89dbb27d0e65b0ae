/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts over time in a fixed number of bins that grow with what they must cover: one second a bin
 * at first, doubled whenever a time falls outside.
 */
#ifndef TD_WATCH_TIMELINE_H
#define TD_WATCH_TIMELINE_H

#include "model/summary.h"

#define TIMELINE_BINS 240

struct timeline {
    int64_t start_us; /* of bins[0]; STAMP_NONE while empty */
    int64_t bin_us;
    struct summary_bin bins[TIMELINE_BINS];
};

void timeline_init(struct timeline *timeline);

/* The bin of a time; valid until the next call. */
struct summary_bin *timeline_bin(struct timeline *timeline, int64_t time_us);

/* How many bins from the first one are in use. */
size_t timeline_used(const struct timeline *timeline);

#endif
