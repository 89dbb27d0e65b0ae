/* SPDX-License-Identifier: Apache-2.0
 *
 * All detectors over one tally: the tally's own (blocks, surges of logins) and the set of further
 * ones, which this feeds from the tally's events with names, pools and what is transactional. For
 * the daemon and for a replay.
 */
#ifndef TD_WATCH_DETECTOR_DESK_H
#define TD_WATCH_DETECTOR_DESK_H

#include "watch/detector_set.h"
#include "watch/tally.h"

/* Whose mail is transactional: its delivery within the target of latency is a promise. */
struct transactional {
    const struct slice *logins, *pools;
    size_t login_count, pool_count;
};

struct detector_desk;

/* tally: borrowed, outlives the desk, which observes it and tells it the pools. All texts are
 * copied. */
struct detector_desk *detector_desk_new(const struct detector_rules *rules, struct tally *tally,
                                        const struct source_pool *pools, size_t pool_count,
                                        const struct transactional *transactional);
void detector_desk_free(struct detector_desk *desk);

/* Gives the record to the detectors and to the tally. log: where it came from. time_us: as for
 * tally_take; now_us: the clock, or the time of the newest line while old ones are read. */
void detector_desk_take(struct detector_desk *desk, const struct log_record *record,
                        struct slice log, int64_t time_us, int64_t now_us);

/* A login that no log tells of. */
void detector_desk_take_login(struct detector_desk *desk, const struct guessing_login *login,
                              int64_t now_us);

/* Tells each incident that opened, changed or closed since the last call. */
void detector_desk_tell(struct detector_desk *desk, int64_t now_us, incident_tell tell, void *data);

/* What had no room in a table of the tally or of a detector, since the desk is new. */
void detector_desk_left_out(const struct detector_desk *desk, uint64_t counts[LEFT_OUT_COUNT]);

/* For those who ask or teach. */
struct detector_set *detector_desk_set(const struct detector_desk *desk);

#endif
