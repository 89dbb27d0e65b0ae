/* SPDX-License-Identifier: Apache-2.0
 *
 * A distribution of delays: the first 64 values to a hundredth of a second, then a histogram with
 * buckets 1.6 % wide (one hundredth of a second at the low end). Memory: 32 bytes empty, up to 256
 * more for values; with a histogram 240, and 256 for each octave in which a delay fell: delays of
 * 0.5 to 60 s take 2.3 KiB, all that there can be 7.7 KiB.
 */
#ifndef TD_BASE_LATENCY_H
#define TD_BASE_LATENCY_H

#include <stddef.h>
#include <stdint.h>

struct latency {
    uint32_t **octaves; /* owned, as what it points to; NULL while there are at most 64 values */
    float *values;      /* owned; NULL when empty or when there is a histogram */
    uint64_t count;
    double max_s;
};

void latency_done(struct latency *latency);

/* Negative and absurd values (above 100 million seconds) are clamped. */
void latency_add(struct latency *latency, double seconds);

void latency_merge(struct latency *to, const struct latency *from);

/* Smallest value that `share` (0 to 1) of all values do not exceed, to 1.6 % or a hundredth of a
 * second; 0 when empty. */
double latency_quantile(const struct latency *latency, double share);

/* The same for `count` shares at once, which sorts the values once. */
void latency_quantiles(const struct latency *latency, const double *shares, size_t count,
                       double *out);

#endif
