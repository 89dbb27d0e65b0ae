/* SPDX-License-Identifier: Apache-2.0
 *
 * A report of the history: its rows through a tally as logs go through it (watch/row_feed.h), and
 * the incidents that the daemon found at the time, as its book has them, in place of those that the
 * tally would find again. Of the hours before the oldest row that is kept: sums (summary->older).
 */
#ifndef TD_APP_REPORT_HISTORY_H
#define TD_APP_REPORT_HISTORY_H

#include "store/history_reader.h"
#include "watch/tally.h"

struct report_history {
    struct history_reader *reader;
    const char *name; /* of the history, for progress and faults */
    /* Set by the reading, in blocks: what could not be read, and what was listed and then dropped
     * for its age before it was read. */
    uint64_t damaged, dropped;
};

/* Fills *out, whose arena the caller frees. Shows progress on a terminal. False and err: the
 * history cannot be read; *out is untouched. */
bool report_history_read(struct report_history *history, const struct tally_settings *settings,
                         struct classifier *classifier, struct summary *out, struct err *err);

#endif
