/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reader of the generated log must find, counted while it is written. The words and shape
 * are those of `todoku report --format json` (docs/guide/benchmark.md); what is counted how stands
 * in src/model/summary.h and src/model/incident.h.
 */
#ifndef TD_BENCH_TRUTH_H
#define TD_BENCH_TRUTH_H

#include <stdint.h>

#include "base/err.h"
#include "episode.h"
#include "model/summary.h"
#include "world.h"

struct truth {
    uint64_t lines;
    uint64_t records[DELIVERY_STATUS_COUNT];
    struct summary_attempts attempts;
    struct summary_outcomes outcomes;
    uint64_t good, bad;                 /* reachability */
    uint64_t receivers[RECEIVER_COUNT]; /* attempts */
    uint64_t messages;
};

/* Writes the truth as JSON; times are ISO 8601 UTC. Of a month: its lines and episodes. */
bool truth_write(const struct truth *truth, const struct episode_list *episodes, const char *path,
                 struct err *err);

#endif
