/* SPDX-License-Identifier: Apache-2.0
 *
 * A sink that keeps what it was given as text, and positions as a restart would find them.
 */
#ifndef TD_TESTS_UNIT_IO_FOLLOW_FIXTURE_H
#define TD_TESTS_UNIT_IO_FOLLOW_FIXTURE_H

#include "io/log_source.h"

struct follow {
    struct buf lines; /* each followed by '|' */
    struct buf
        events;       /* one letter each: Waiting Rotated Truncated Gap trouBle recOvered reFused */
    struct buf saved; /* the position as of the last pause */
    struct buf after; /* the position with the last line */
    struct buf said;  /* the text of the last event */
    struct buf peer;  /* of the last line */
    size_t count;
    bool only_one; /* takes the first line only, as if killed behind it */
};

struct log_sink follow_sink(struct follow *follow);
void follow_done(struct follow *follow);

/* Turns the source until it is idle. */
void follow_run(struct log_source *source, int64_t now_us);

/* Fails unless exactly these lines and events came since the last check. */
void follow_check(struct follow *follow, const char *lines, const char *events);

/* The position of the last pause (or line), parsed; it was formatted before. */
struct log_position follow_saved(const struct follow *follow);

void sandbox_append(const char *name, const char *text);

#endif
