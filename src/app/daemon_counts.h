/* SPDX-License-Identifier: Apache-2.0
 *
 * What the limits have counted, over a restart of the daemon: a policy service is given a journal
 * in the state directory and filled from it; what comes of that is told in the own log, the metrics
 * and the status. Without a disk that takes it limits go on, counted in memory. Of the main thread.
 */
#ifndef TD_APP_DAEMON_COUNTS_H
#define TD_APP_DAEMON_COUNTS_H

#include "app/daemon_metrics.h"
#include "app/policy_journal.h"
#include "app/policy_service.h"
#include "io/own_log.h"
#include "io/snapshot.h"

struct daemon_counts {
    struct own_log *log;
    struct buf folder;
    bool filled;  /* a service was filled from a folder before */
    bool trouble; /* that was told */
    uint64_t dropped;
    struct snapshot_place *shown; /* JSON for the status; empty: nothing is counted */
};

void daemon_counts_init(struct daemon_counts *counts, struct own_log *log);
void daemon_counts_done(struct daemon_counts *counts);

/* This is the state directory from now on. Returns whether it is another one. */
bool daemon_counts_folder(struct daemon_counts *counts, const char *folder);

/* Gives the service a journal there; it listens nowhere. The first time, it is filled. */
void daemon_counts_keep(struct daemon_counts *counts, struct policy_service *service);

/* Each second: tells what has changed, writes the metrics and what the status says. now_us: not
 * later than now, since what was counted until then may be called saved. */
void daemon_counts_turn(struct daemon_counts *counts, struct policy_service *service,
                        struct daemon_metrics *metrics, int64_t now_us);

#endif
