/* SPDX-License-Identifier: Apache-2.0
 *
 * Follows one log file over its rotations.
 *
 *   renamed     the old file is read to its end and watched on for late lines (a daemon writes to
 *               it until it is told to reopen) while the new one is already read
 *   truncated   (copytruncate) the rest is read from the copy, then the file from its begin
 *   both, while nobody looked: all files between the old place and now, packed or not, in order
 *
 * A line is given when its newline is there; a last line without one when its file has been
 * rotated and stood still for 10 s. What cannot be read is told once and tried again. Network file
 * systems are given 2 s when they tell an old size, before that counts as a truncation, and when
 * they show NUL bytes where lines will be.
 *
 * What is lost all the same: with copytruncate, what is written between logrotate's copy and its
 * truncation (no reader can see it again); lines of a rotation that was deleted before it was read
 * (LOG_GAP); lines of a file packed with lz4, compress or zip (LOG_GAP); late lines more than
 * linger_us after the last one.
 */
#ifndef TD_IO_LOG_TAIL_H
#define TD_IO_LOG_TAIL_H

#include <stdint.h>

#include "io/log_source.h"

/* since_us: at the end of the log as it is. */
#define LOG_TAIL_FROM_END INT64_MAX

struct log_tail_options {
    const char *path;
    /* Where to begin when `position` is empty: files changed at or after it (UTC) in whole, oldest
     * first. A log that appears only later is always read from its begin. */
    int64_t since_us;
    int64_t linger_us; /* how long a rotated file is still watched after its last line; 10 min */
};

/* position is copied; sink is copied. Looks at nothing yet. */
struct log_source *log_tail_new(const struct log_tail_options *options,
                                const struct log_position *position, const struct log_sink *sink);

#endif
