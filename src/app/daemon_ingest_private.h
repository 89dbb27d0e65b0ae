/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the reading half share: lines are taken in daemon_ingest.c, what they came to
 * is shown in daemon_ingest_show.c. Only for these two.
 */
#ifndef TD_APP_DAEMON_INGEST_PRIVATE_H
#define TD_APP_DAEMON_INGEST_PRIVATE_H

#include <pthread.h>

#include "app/daemon_ingest.h"
#include "app/daemon_sources.h"
#include "watch/detector_desk.h"
#include "watch/recorder.h"
#include "watch/refusal_watch.h"
#include "watch/tally.h"

struct daemon_ingest {
    struct daemon_ingest_options options;
    struct daemon_sources *sources;
    _Atomic(struct log_feed *) feed; /* set while its thread runs already */
    struct log_parser *parser;
    struct clock_zone *zone;
    struct tally *tally;
    struct recorder *recorder;
    struct detector_desk *detectors;
    struct country_source *countries; /* of clients */
    struct refusal_watch *refusals;
    struct daemon_traffic *traffic;
    struct route_traffic *learning;    /* of it, to learn the past */
    uint64_t left_out[LEFT_OUT_COUNT]; /* by these watchers, counted in the metrics */
    struct history_batch *batch;
    int64_t committed_us; /* steady */
    int64_t kept_us;      /* steady: what logins did was written */
    int64_t started_us;
    int64_t wall_us;         /* of the last turn */
    int64_t now_us;          /* of the lines */
    int64_t newest_us;       /* time of the records at the last tick */
    int64_t newest_since_us; /* steady: it has not changed since this tick */
    bool unrecorded;         /* the history is full */
    bool live;               /* the past has been read: incidents are told */
    bool again;              /* the line at hand was counted by an earlier run */

    pthread_mutex_t lock; /* guards `change` */
    pthread_cond_t changed;
    struct ingest_change *change; /* to be made; NULL: none */
};

/* The time by which detectors go: that of the lines while old ones are read, the clock when they
 * are of now, so that silence passes too. */
int64_t daemon_ingest_now(const struct daemon_ingest *ingest);

/* To whom asks, as metrics and as a snapshot. */
void daemon_ingest_show(struct daemon_ingest *ingest);

#endif
