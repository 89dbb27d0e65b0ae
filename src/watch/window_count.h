/* SPDX-License-Identifier: Apache-2.0
 *
 * How much happened in the last while: a sliding window in WINDOW_STEPS steps. What it says is at
 * most one step too old and never counts anything twice.
 */
#ifndef TD_WATCH_WINDOW_COUNT_H
#define TD_WATCH_WINDOW_COUNT_H

#include <stdint.h>

#define WINDOW_STEPS 12

struct window_count {              /* zeros to begin */
    int64_t step;                  /* number of the newest step since 1970 */
    uint32_t counts[WINDOW_STEPS]; /* [step % WINDOW_STEPS]; saturating */
};

/* within_us: length of the window, the same in every call; at least WINDOW_STEPS. A time before the
 * window counts as its oldest step; a clock that was set back by more than the window empties it.
 */
void window_count_add(struct window_count *window, int64_t within_us, int64_t now_us,
                      uint32_t more);

/* What the window that ends now holds. */
uint64_t window_count_sum(struct window_count *window, int64_t within_us, int64_t now_us);

#endif
