/* SPDX-License-Identifier: Apache-2.0
 *
 * How long things took: a histogram of nanoseconds with 64 steps an octave, so that a quantile is
 * right to 1.6 %. Fixed size, no memory of its own.
 */
#ifndef TD_BENCH_LATENCY_H
#define TD_BENCH_LATENCY_H

#include <stdint.h>

enum { LATENCY_STEPS = 64, LATENCY_OCTAVES = 40 };

/* Zero-initialise. */
struct latency {
    uint64_t count, longest_ns;
    uint64_t steps[LATENCY_STEPS * LATENCY_OCTAVES];
};

void latency_add(struct latency *latency, uint64_t ns);

/* The upper end of the step that holds this share (0 to 1) of what was added, in microseconds. */
double latency_quantile_us(const struct latency *latency, double share);

#endif
