/* SPDX-License-Identifier: Apache-2.0
 *
 * Files rows into the tables of the history: the writer's side of segments, blocks and the tail.
 *
 * Rows become *blocks* of up to 1,024, packed and never changed. A piece that is too small for a
 * block goes to the *tail*, a table of small runs of rows, until there are enough for one: so that
 * a quiet host writes few bytes a commit and still has large blocks. Blocks belong to *segments*: a
 * segment gets blocks until it holds 2^20 rows or is a day old; then it is closed and its indices
 * are merged. Old segments are dropped whole (history_retention.h).
 */
#ifndef TD_STORE_HISTORY_FILER_H
#define TD_STORE_HISTORY_FILER_H

#include "store/history_batch_private.h"
#include "store/sql.h"

#define HISTORY_SEGMENT_ROWS (INT64_C(1) << 20)
#define HISTORY_SEGMENT_BLOCKS 4096
#define HISTORY_SEGMENT_SPAN_US INT64_C(86400000000)

enum history_segment_state {
    HISTORY_SEGMENT_OPEN = 0,
    HISTORY_SEGMENT_CLOSED = 1,
    HISTORY_SEGMENT_DROPPED = 2,
};

struct history_filer;

/* sql: borrowed. segment_bytes: a segment is closed at this size too. */
struct history_filer *history_filer_new(struct sql *sql, int64_t segment_bytes);
void history_filer_free(struct history_filer *filer);

/* Within a transaction: takes the pieces of a batch. */
bool history_filer_put(struct history_filer *filer, struct history_batch *batch, int64_t now_us);

/* Within the same transaction, at its end. */
bool history_filer_save(struct history_filer *filer);

/* The transaction was rolled back: what is known is read anew. */
void history_filer_forget(struct history_filer *filer);

/* One step, within a transaction of its own, of closing a full segment and merging its indices:
 * some 100 ms at most. *more: there is another one. */
bool history_filer_tidy(struct history_filer *filer, int64_t now_us, bool *more);

#endif
