/* SPDX-License-Identifier: Apache-2.0
 *
 * What keeps decisions about routes from being carried out, as incidents of kind `routing`: a file
 * that cannot be written, a command that fails. One incident a part, see part_health.h.
 *
 * Pure: texts and times of one clock. One thread.
 */
#ifndef TD_APP_ROUTE_HEALTH_H
#define TD_APP_ROUTE_HEALTH_H

#include "app/part_health.h"

/* X(NAME, what it is called in the incident, how grave). Without tables no mail changes its way;
 * without the others it does so late, or not after a restart. */
#define ROUTE_PARTS(X) \
    X(TABLES, "routes.lmdb", CRITICAL) \
    X(FILTER, "hold.pcre", WARNING) \
    X(EXACT, "routes.sock", WARNING) \
    X(QUEUE, "postqueue", WARNING) \
    X(RELOAD, "postfix reload", WARNING) \
    X(STATE, "routes.json", WARNING)

enum route_part {
#define X(name, word, severity) ROUTE_PART_##name,
    ROUTE_PARTS(X)
#undef X
};

#define X(name, word, severity) +1
enum { ROUTE_PART_COUNT = ROUTE_PARTS(X) };
#undef X

/* Zero-initialise to begin. */
struct route_health {
    struct part_health parts[ROUTE_PART_COUNT];
};

void route_health_done(struct route_health *health);

/* An open incident that the run before left goes on or ends; others are no concern of it. relay:
 * ours. */
void route_health_resume(struct route_health *health, struct slice relay,
                         const struct incident *known);

/* How a part is now. */
struct route_trouble {
    enum route_part part;
    struct slice words; /* what is wrong; empty: nothing */
    bool at_once;       /* it is no matter of time: it happened */
};

/* True: *out is to be told, but for its relay; its texts live until the next call. */
bool route_health_take(struct route_health *health, const struct route_trouble *trouble,
                       int64_t now_us, struct incident *out);

#endif
