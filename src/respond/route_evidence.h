/* SPDX-License-Identifier: Apache-2.0
 *
 * What the planner is told: plain values, so that whoever watches and whoever decides know nothing
 * of each other. Borrowed for the call.
 */
#ifndef TD_RESPOND_ROUTE_EVIDENCE_H
#define TD_RESPOND_ROUTE_EVIDENCE_H

#include "base/slice.h"

/* A source of the fleet at a provider. */
struct route_path {
    struct slice source, provider;
};

/* Delivery attempts of a path since the last time this was told. */
struct route_count {
    uint64_t attempts, delivered;
    uint64_t refused; /* with a reply that the source is blocked, or without any reply */
    uint64_t slowed;  /* with one that it sends too fast */
};

/* How much a path sends. */
struct route_volume {
    double usual_day; /* recipients a day, mean of the last 7 days; 0: nothing is known */
    double last_day;  /* in the last 24 hours */
    double last_hour; /* in the last hour */
};

/* Recipients of a provider that wait in the queue of this relay. */
struct route_waiting {
    uint64_t count;
    int64_t oldest_us; /* when the oldest of them arrived; INT64_MAX: none waits */
};

/* What became of the message of a probe. */
enum route_probe_result {
    ROUTE_PROBE_DELIVERED,
    ROUTE_PROBE_REFUSED, /* blocked still: by its reply, or without any */
    ROUTE_PROBE_UNCLEAR, /* a dead address, a full mailbox, greylisting: says nothing of the path */
};

#endif
