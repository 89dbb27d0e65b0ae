/* SPDX-License-Identifier: Apache-2.0
 *
 * A sliding window. See window_count.h.
 */
#include "watch/window_count.h"

#include <string.h>

/* Brings the newest step to now. Returns the number of the step that now is in, or the oldest one
 * that is held. */
static int64_t advance(struct window_count *window, int64_t within_us, int64_t now_us)
{
    int64_t step = now_us / (within_us / WINDOW_STEPS);
    if (step >= window->step + WINDOW_STEPS || step <= window->step - 2 * WINDOW_STEPS) {
        memset(window->counts, 0, sizeof(window->counts));
        window->step = step;
    }
    while (window->step < step)
        window->counts[++window->step % WINDOW_STEPS] = 0;
    int64_t oldest = window->step - WINDOW_STEPS + 1;
    return step > oldest ? step : oldest;
}

void window_count_add(struct window_count *window, int64_t within_us, int64_t now_us, uint32_t more)
{
    uint32_t *count = &window->counts[advance(window, within_us, now_us) % WINDOW_STEPS];
    *count = more > UINT32_MAX - *count ? UINT32_MAX : *count + more;
}

uint64_t window_count_sum(struct window_count *window, int64_t within_us, int64_t now_us)
{
    uint64_t sum = 0;
    advance(window, within_us, now_us);
    for (int i = 0; i < WINDOW_STEPS; i++)
        sum += window->counts[i];
    return sum;
}
