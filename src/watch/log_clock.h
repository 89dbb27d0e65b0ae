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
int64_t log_clock_take(struct log_clock *clock, int64_t stamp_us, bool *believed);

#endif
