/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the history into a tally, as log lines (row_lines.h): so a report of the history is made
 * by what makes a report of logs. Rows come in order of time; a message begins with its first one.
 *
 * Memory: 24 bytes for each of the last 500,000 messages, whatever the number of rows. One thread.
 */
#ifndef TD_WATCH_ROW_FEED_H
#define TD_WATCH_ROW_FEED_H

#include "store/history_row.h"
#include "watch/tally.h"

struct row_feed;

/* tally: borrowed, outlives the feed. since_us: as in its settings; rows before it are not in the
 * count that row_feed_mark gives. */
struct row_feed *row_feed_new(struct tally *tally, int64_t since_us);
void row_feed_free(struct row_feed *feed);

/* One row, not older than the one before. Its texts are borrowed during the call. */
void row_feed_take(struct row_feed *feed, const struct history_row *row);

/* Takes out of a summary what rows do not carry (SUMMARY_NOT_KEPT), and says that it is of rows,
 * and of how many. */
void row_feed_mark(const struct row_feed *feed, struct summary *summary);

#endif
