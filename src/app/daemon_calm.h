/* SPDX-License-Identifier: Apache-2.0
 *
 * The time that passes while logs are quiet: what waits for late lines is settled by it, not only
 * by the next line. It goes by the clock of the lines, on from the newest one, so that a log whose
 * stamps are behind is given as long as any other.
 *
 * How far it went is committed with the rows that it brought. A restart that reads lines again to
 * know what it knew lets the same time pass before lines count, so that nothing is settled twice.
 *
 * Feed's thread.
 */
#ifndef TD_APP_DAEMON_CALM_H
#define TD_APP_DAEMON_CALM_H

#include "store/history_batch.h"
#include "store/history_reader.h"
#include "watch/tally.h"

struct daemon_calm {
    int64_t given_us;     /* newest time that settled something, in the batch at hand; 0: none */
    int64_t committed_us; /* as the history has it */
};

/* What the history says; reader NULL: what was committed in this run. */
void daemon_calm_resume(struct daemon_calm *calm, struct history_reader *reader);

/* The lines have been read again: what had passed, passes. The rows of it are there already. */
void daemon_calm_repeat(const struct daemon_calm *calm, struct tally *tally);

/* It is now_us by the clock of the lines. batch NULL: nothing is recorded. */
void daemon_calm_pass(struct daemon_calm *calm, struct tally *tally, int64_t now_us,
                      struct history_batch *batch);

/* The history has taken the batch. */
void daemon_calm_commit(struct daemon_calm *calm);

#endif
