/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened now and counts later: each count comes out again when its delay is over, at the
 * latest a twelfth of the delay after that. Nothing is counted twice or lost, whatever the clock
 * does; one that is set back by far makes everything come out.
 */
#ifndef TD_WATCH_DELAY_COUNT_H
#define TD_WATCH_DELAY_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#define DELAY_STEPS 13 /* twelve of the delay, and the one that is being filled */

struct delay_count {              /* zeros to begin */
    int64_t step;                 /* number of the newest step since 1970 */
    uint32_t counts[DELAY_STEPS]; /* [step % DELAY_STEPS]; saturating */
    uint32_t due;                 /* saturating */
    bool holds;                   /* there may be some, due or not */
};

/* delay_us: the same in every call; 0 or more. A time before what is held is due at once. */
void delay_count_add(struct delay_count *delay, int64_t delay_us, int64_t now_us, uint32_t more);

/* Takes out what is due. */
uint32_t delay_count_take(struct delay_count *delay, int64_t delay_us, int64_t now_us);

#endif
