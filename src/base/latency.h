/* SPDX-License-Identifier: Apache-2.0
 *
 * A distribution of delays: the first 64 values as they are, then a histogram with buckets 1.6 %
 * wide (one hundredth of a second at the low end). Memory: 24 bytes empty, 6.5 KiB with a
 * histogram.
 */
#ifndef TD_BASE_LATENCY_H
#define TD_BASE_LATENCY_H

#include <stdint.h>

struct latency {
    uint32_t *buckets; /* owned; NULL while there are at most 64 values */
    float *values;     /* owned; NULL when empty or when there are buckets */
    uint64_t count;
    double max_s;
};

void latency_done(struct latency *latency);

/* Negative and absurd values (above 100 million seconds) are clamped. */
void latency_add(struct latency *latency, double seconds);

void latency_merge(struct latency *to, const struct latency *from);

/* Smallest value that `share` (0 to 1) of all values do not exceed, to 1.6 %; 0 when empty. */
double latency_quantile(const struct latency *latency, double share);

#endif
