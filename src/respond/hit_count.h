/* SPDX-License-Identifier: Apache-2.0
 *
 * How much the incidents of a page come to when they are of one kind: the sum where they are about
 * different mail, else what the largest has, since the same attempts would be counted twice. A
 * fleet and one of its sources share mail, two sources do not: incidents of different mail have the
 * same names filled.
 */
#ifndef TD_RESPOND_HIT_COUNT_H
#define TD_RESPOND_HIT_COUNT_H

#include "model/incident.h"

/* Zero-initialise to begin. */
struct hit_count {
    uint64_t hits, attempts;           /* sums */
    uint64_t most_hits, most_attempts; /* of the incident with the most attempts */
    unsigned names;                    /* a bit a name that the first one has */
    bool begun, shared;                /* shared: others have other names */
};

/* All of one kind. */
void hit_count_add(struct hit_count *count, const struct incident *incident);

struct hit_total {
    uint64_t hits, attempts;
};

struct hit_total hit_count_total(const struct hit_count *count);

#endif
