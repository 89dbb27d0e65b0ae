/* SPDX-License-Identifier: Apache-2.0
 *
 * Log-linear histogram over hundredths of a second: exact below 128, then 64 buckets an octave. The
 * buckets of an octave are made when the first value falls there: most paths know a few octaves.
 */
#include "base/latency.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define EXACT 64u
#define SUB_BITS 6u
#define SUB (1u << SUB_BITS)
#define OCTAVES 30u /* the first two are the hundredths below 128 */
#define BUCKETS (OCTAVES * SUB)
#define SECONDS_MAX 1e8

void latency_done(struct latency *latency)
{
    for (size_t i = 0; latency->octaves != NULL && i < OCTAVES; i++)
        mem_free(latency->octaves[i]);
    mem_free(latency->octaves);
    mem_free(latency->values);
    *latency = (struct latency){0};
}

static uint32_t bucket_of(double seconds)
{
    uint64_t cents = (uint64_t)llround(seconds * 100);
    if (cents < 2 * SUB)
        return (uint32_t)cents;
    unsigned octave = 63u - (unsigned)__builtin_clzll(cents) - SUB_BITS;
    uint32_t index = (uint32_t)(octave * SUB + (cents >> octave));
    return index < BUCKETS ? index : BUCKETS - 1;
}

/* Middle of a bucket, in seconds. */
static double value_of(uint32_t bucket)
{
    if (bucket < 2 * SUB)
        return bucket / 100.0;
    unsigned octave = bucket / SUB - 1;
    double low = (double)((uint64_t)(bucket - octave * SUB) << octave);
    return (low + (double)(((uint64_t)1 << octave) - 1) / 2) / 100.0;
}

static uint32_t *octave_of(struct latency *latency, uint32_t octave)
{
    if (latency->octaves[octave] == NULL)
        latency->octaves[octave] = MEM_NEW_ARRAY(uint32_t, SUB);
    return latency->octaves[octave];
}

static void count_in_bucket(struct latency *latency, double seconds)
{
    uint32_t bucket = bucket_of(seconds);
    octave_of(latency, bucket / SUB)[bucket % SUB]++;
}

static void to_buckets(struct latency *latency)
{
    latency->octaves = MEM_NEW_ARRAY(uint32_t *, OCTAVES);
    for (uint64_t i = 0; i < latency->count; i++)
        count_in_bucket(latency, (double)latency->values[i]);
    mem_free(latency->values);
    latency->values = NULL;
}

void latency_add(struct latency *latency, double seconds)
{
    seconds = seconds > 0 ? fmin(seconds, SECONDS_MAX) : 0;
    if (latency->octaves == NULL && latency->count == EXACT)
        to_buckets(latency);
    if (latency->octaves != NULL) {
        count_in_bucket(latency, seconds);
    } else {
        /* Room is doubled at powers of two, so that a path with one value keeps one. */
        if ((latency->count & (latency->count - 1)) == 0)
            latency->values =
                mem_resize(latency->values, latency->count ? latency->count * 2 : 1, sizeof(float));
        latency->values[latency->count] = (float)seconds;
    }
    latency->count++;
    if (seconds > latency->max_s)
        latency->max_s = seconds;
}

void latency_merge(struct latency *to, const struct latency *from)
{
    if (from->octaves == NULL) {
        for (uint64_t i = 0; i < from->count; i++)
            latency_add(to, (double)from->values[i]);
        return;
    }
    if (to->octaves == NULL)
        to_buckets(to);
    for (uint32_t octave = 0; octave < OCTAVES; octave++) {
        if (from->octaves[octave] == NULL)
            continue;
        uint32_t *sums = octave_of(to, octave);
        for (uint32_t i = 0; i < SUB; i++)
            sums[i] += from->octaves[octave][i];
    }
    to->count += from->count;
    to->max_s = fmax(to->max_s, from->max_s);
}

static int compare_floats(const void *a, const void *b)
{
    const float *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Of sorted values: the 0.53 of the log, not the float beside it. */
static double quantile_of_values(const struct latency *latency, const float *sorted, uint64_t rank)
{
    return fmin(round((double)sorted[rank - 1] * 100) / 100, latency->max_s);
}

static double quantile_of_buckets(const struct latency *latency, uint64_t rank)
{
    uint64_t seen = 0;
    for (uint32_t octave = 0; octave < OCTAVES; octave++) {
        for (uint32_t i = 0; latency->octaves[octave] != NULL && i < SUB; i++) {
            seen += latency->octaves[octave][i];
            if (seen >= rank)
                return fmin(value_of(octave * SUB + i), latency->max_s);
        }
    }
    return latency->max_s;
}

void latency_quantiles(const struct latency *latency, const double *shares, size_t count,
                       double *out)
{
    float sorted[EXACT];
    bool few = latency->octaves == NULL && latency->count > 0;
    if (few) {
        memcpy(sorted, latency->values, latency->count * sizeof(float));
        qsort(sorted, latency->count, sizeof(float), compare_floats);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t rank = (uint64_t)ceil(shares[i] * (double)latency->count);
        rank = rank < 1 ? 1 : rank > latency->count ? latency->count : rank;
        if (latency->count == 0)
            out[i] = 0;
        else
            out[i] = few ? quantile_of_values(latency, sorted, rank)
                         : quantile_of_buckets(latency, rank);
    }
}

double latency_quantile(const struct latency *latency, double share)
{
    double value;
    latency_quantiles(latency, &share, 1, &value);
    return value;
}
