/* SPDX-License-Identifier: Apache-2.0
 *
 * How a tally stands while lines still come: totals since it began, and its paths. For the daemon's
 * status; a report has its summary.
 */
#ifndef TD_WATCH_TALLY_STATE_H
#define TD_WATCH_TALLY_STATE_H

#include "watch/tally.h"

struct tally_state {
    uint64_t lines, unread, messages;
    uint32_t messages_open;
    struct summary_attempts attempts;
    struct summary_outcomes outcomes;
    uint64_t good, bad; /* of the service level: delivered, not delivered */
    size_t paths;
};

void tally_state_get(const struct tally *tally, struct tally_state *out);

struct tally_path_state {
    struct tally_path_names names;
    const struct summary_attempts *attempts;
    const struct summary_outcomes *outcomes;
    int64_t last_us; /* of its newest attempt */
};

/* The paths with the most attempts, at most `most`, in falling order; one without an attempt is
 * left out. */
#define TALLY_PATHS_SHOWN 200
void tally_visit_paths(const struct tally *tally, size_t most,
                       void (*visit)(void *data, const struct tally_path_state *path), void *data);

#endif
