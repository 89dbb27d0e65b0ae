/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts with a delay. See delay_count.h.
 */
#include "watch/delay_count.h"

static void add(uint32_t *sum, uint32_t more)
{
    *sum = more > UINT32_MAX - *sum ? UINT32_MAX : *sum + more;
}

static void release(struct delay_count *delay, uint32_t *count)
{
    add(&delay->due, *count);
    *count = 0;
}

static void release_all(struct delay_count *delay)
{
    for (int i = 0; i < DELAY_STEPS; i++)
        release(delay, &delay->counts[i]);
}

/* Brings the newest step to now; what leaves is due. Returns the number of the step of now. */
static int64_t advance(struct delay_count *delay, int64_t delay_us, int64_t now_us)
{
    int64_t step = now_us / (delay_us / (DELAY_STEPS - 1) + 1);
    if (step >= delay->step + DELAY_STEPS || step <= delay->step - 2 * DELAY_STEPS) {
        release_all(delay);
        delay->step = step;
    }
    while (delay->step < step)
        release(delay, &delay->counts[++delay->step % DELAY_STEPS]);
    return step;
}

void delay_count_add(struct delay_count *delay, int64_t delay_us, int64_t now_us, uint32_t more)
{
    int64_t step = advance(delay, delay_us, now_us);
    bool old = step <= delay->step - DELAY_STEPS;
    add(old ? &delay->due : &delay->counts[step % DELAY_STEPS], more);
    delay->holds = true;
}

uint32_t delay_count_take(struct delay_count *delay, int64_t delay_us, int64_t now_us)
{
    if (!delay->holds)
        return 0;
    advance(delay, delay_us, now_us);
    uint32_t due = delay->due;
    delay->due = 0;
    delay->holds = false;
    for (int i = 0; i < DELAY_STEPS; i++)
        delay->holds |= delay->counts[i] > 0;
    return due;
}
