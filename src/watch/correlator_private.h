/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two halves of the correlator share: records make and change messages (correlator.c),
 * time and the end of the logs end them (correlator_end.c). Only for these two.
 */
#ifndef TD_WATCH_CORRELATOR_PRIVATE_H
#define TD_WATCH_CORRELATOR_PRIVATE_H

#include "watch/correlator.h"
#include "watch/message_finder.h"
#include "watch/message_hops.h"
#include "watch/open_table.h"

#define CLOCK_WRONG_US INT64_C(259200000000) /* 3 days: so far back is no late line */

struct correlator {
    struct correlator_limits limits;
    struct correlator_sink sink;
    struct open_table *table;
    struct message_finder *finder;
    struct message_hops *hops;
    struct intern *logins;
    int64_t now_us;
    int64_t settle_before_us;
    int64_t again_us; /* lines come again: time of the log of the next one; else STAMP_NONE */
    uint64_t line;    /* of the record at hand */
    struct correlator_past past;
    uint64_t messages, flushed;
};

/* Tells the outcomes of its recipients and that it leaves, and frees it. */
void correlator_end(struct correlator *correlator, struct message *message,
                    enum message_leave leave);

/* When more have ended than may wait for late lines, the first makes room. */
void correlator_make_room(struct correlator *correlator);

/* Ends those whose time is over as of correlator->now_us. */
void correlator_retire(struct correlator *correlator);

#endif
