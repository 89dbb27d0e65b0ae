/* SPDX-License-Identifier: Apache-2.0
 *
 * The time of a stream of log lines. Stamps may be missing, jump back a little (lines come late) or
 * be absurd (a broken clock, a forged line); one absurd stamp must not end every open message. A
 * jump ahead by more than four days is believed only when the next lines agree.
 */
#ifndef TD_WATCH_LOG_CLOCK_H
#define TD_WATCH_LOG_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/civil.h"
#include "mail/stamp.h"

#define LOG_CLOCK_JUMP_US (4 * SECONDS_PER_DAY * US_PER_SECOND) /* a long weekend in silence */

struct log_clock {
    int64_t now_us;     /* newest believed time; STAMP_NONE before the first */
    int64_t claimed_us; /* a jump that waits for witnesses */
    unsigned witnesses;
    uint64_t disbelieved; /* lines whose stamp was not used */
};

void log_clock_init(struct log_clock *clock);

/* Takes the stamp of the next line (STAMP_NONE: it has none) and returns the time to use for it:
 * the stamp, or the newest believed time when the stamp is missing or not believed. *believed says
 * which. Returns STAMP_NONE while no time is known at all. */
static inline int64_t log_clock_take(struct log_clock *clock, int64_t stamp_us, bool *believed);

/* The same, for a stamp that is not plainly the next one. */
int64_t log_clock_weigh(struct log_clock *clock, int64_t stamp_us, bool *believed);

/* Nearly every line: no earlier than the one before and shortly after it. */
static inline int64_t log_clock_take(struct log_clock *clock, int64_t stamp_us, bool *believed)
{
    if (clock->now_us == STAMP_NONE || clock->claimed_us != STAMP_NONE ||
        stamp_us < clock->now_us || stamp_us > clock->now_us + LOG_CLOCK_JUMP_US)
        return log_clock_weigh(clock, stamp_us, believed);
    *believed = true;
    return clock->now_us = stamp_us;
}

#endif
