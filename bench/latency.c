/* SPDX-License-Identifier: Apache-2.0
 *
 * See latency.h. Below LATENCY_STEPS nanoseconds a step is one of them; above, the first bit of the
 * number is its octave and the next six are its step.
 */
#include "latency.h"

enum { STEP_BITS = 6 };

static unsigned step_of(uint64_t ns)
{
    if (ns < LATENCY_STEPS)
        return (unsigned)ns;
    unsigned octave = 63u - (unsigned)__builtin_clzll(ns) - STEP_BITS;
    unsigned step = (octave + 1) * LATENCY_STEPS + (unsigned)(ns >> octave) - LATENCY_STEPS;
    unsigned last = LATENCY_STEPS * LATENCY_OCTAVES - 1;
    return step < last ? step : last;
}

/* The first nanosecond that is beyond the step. */
static uint64_t end_of(unsigned step)
{
    if (step < LATENCY_STEPS)
        return step + 1;
    return (uint64_t)(step % LATENCY_STEPS + LATENCY_STEPS + 1) << (step / LATENCY_STEPS - 1);
}

void latency_add(struct latency *latency, uint64_t ns)
{
    latency->count++;
    latency->steps[step_of(ns)]++;
    if (ns > latency->longest_ns)
        latency->longest_ns = ns;
}

double latency_quantile_us(const struct latency *latency, double share)
{
    uint64_t wanted = (uint64_t)((double)latency->count * share), seen = 0;
    unsigned step = 0;
    while (step < LATENCY_STEPS * LATENCY_OCTAVES - 1 && (seen += latency->steps[step]) <= wanted)
        step++;
    return latency->count > 0 ? (double)end_of(step) / 1000 : 0;
}
