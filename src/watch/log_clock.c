/* SPDX-License-Identifier: Apache-2.0
 *
 * Believing stamps. The first stamp is believed too, unless the lines after it say otherwise: then
 * time starts anew with theirs.
 */
#include "watch/log_clock.h"

#include <stdlib.h>

#define LATE_US (2 * SECONDS_PER_DAY * US_PER_SECOND) /* older than this is no late line */
#define AGREE_US (3600 * US_PER_SECOND)
#define WITNESSES 3

void log_clock_init(struct log_clock *clock)
{
    *clock = (struct log_clock){.now_us = STAMP_NONE, .claimed_us = STAMP_NONE};
}

static bool is_plausible(const struct log_clock *clock, int64_t stamp_us)
{
    if (clock->now_us == STAMP_NONE)
        return true;
    return stamp_us <= clock->now_us + LOG_CLOCK_JUMP_US && stamp_us >= clock->now_us - LATE_US;
}

/* Enough lines in a row claim the same new time. */
static bool is_witnessed(struct log_clock *clock, int64_t stamp_us)
{
    if (clock->claimed_us == STAMP_NONE || llabs(stamp_us - clock->claimed_us) > AGREE_US)
        clock->witnesses = 0;
    clock->claimed_us = stamp_us;
    return ++clock->witnesses >= WITNESSES;
}

int64_t log_clock_weigh(struct log_clock *clock, int64_t stamp_us, bool *believed)
{
    *believed = false;
    if (stamp_us == STAMP_NONE) {
        clock->disbelieved++;
        return clock->now_us;
    }
    if (!is_plausible(clock, stamp_us) && !is_witnessed(clock, stamp_us)) {
        clock->disbelieved++;
        return clock->now_us;
    }
    if (clock->witnesses >= WITNESSES || stamp_us > clock->now_us)
        clock->now_us = stamp_us;
    clock->witnesses = 0;
    clock->claimed_us = STAMP_NONE;
    *believed = true;
    return stamp_us;
}
