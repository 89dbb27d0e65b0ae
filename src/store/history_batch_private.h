/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of a batch, for those who write it down.
 */
#ifndef TD_STORE_HISTORY_BATCH_PRIVATE_H
#define TD_STORE_HISTORY_BATCH_PRIVATE_H

#include "base/memory.h"
#include "store/history_batch.h"
#include "store/history_chunk.h"

/* Hashes, in no order, some twice. */
struct history_hashes {
    uint32_t *hash;
    size_t count, cap;
};

/* A chunk and what it is filed under. */
struct history_piece {
    struct buf bytes;
    uint32_t rows;
    int64_t begin_us, end_us; /* of its rows */
    struct history_hashes keys[HISTORY_KEYS];
};

struct history_mark {
    struct slice name, value;
};

struct history_increment {
    struct slice name;
    int64_t more;
};

/* Sums of one hour, path and class; or of one hour and sender domain: of first tries alone. */
struct history_sum {
    uint64_t hash;
    int64_t hour; /* since 1970 */
    struct slice relay, source, provider, class, domain;
    uint32_t attempts, sent, deferred, bounced, expired, first;
    bool is_sender; /* domain empty: all together */
};

struct history_batch {
    struct history_batch *next; /* in the queue */
    uint64_t number;            /* given by the queue, one after the other */
    int64_t queued_us;          /* steady */
    struct history_encoder *encoder;
    struct arena *arena; /* texts of all but rows */
    struct history_piece open, *pieces;
    struct history_mark *positions;
    struct history_increment *counters;
    struct history_incident *incidents;
    struct history_sum *sums;
    uint32_t *sum_slots; /* number + 1; 0: free */
    size_t piece_count, position_count, counter_count, incident_count, sum_count;
    size_t sum_mask;
    size_t bytes;
    uint64_t rows;
};

/* Ends the open chunk: all rows are in pieces then. */
void history_batch_seal(struct history_batch *batch);

/* The batch as bytes, appended; seals it. */
void history_batch_write(struct history_batch *batch, struct buf *to);

/* The batch that was written; NULL when the bytes are none. */
struct history_batch *history_batch_read(struct history_decoder *decoder, struct slice bytes);

void history_piece_done(struct history_piece *piece);

/* Takes a row into a piece whose rows `encoder` gathers: files it and widens the times. */
void history_piece_add(struct history_piece *piece, struct history_encoder *encoder,
                       const struct history_row *row);

#endif
