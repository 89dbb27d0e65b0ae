/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts by hour of four weeks. See hour_profile.h.
 */
#include "watch/hour_profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEEKS (PROFILE_HOURS / HOURS_OF_WEEK)
#define VALUES_MAX (3 * WEEKS)

/* Counts below 8 each for themselves, then eight classes an octave. */
static uint8_t class_of(uint32_t count)
{
    if (count < 8)
        return (uint8_t)count;
    unsigned octave = 31u - (unsigned)__builtin_clz(count);
    return (uint8_t)(8 + (octave - 3) * 8 + ((count >> (octave - 3)) & 7));
}

static uint32_t middle_of(uint8_t class)
{
    if (class < 8)
        return class;
    unsigned shift = (class - 8u) / 8;
    uint64_t low = (uint64_t)(8 + (class - 8u) % 8) << shift;
    return (uint32_t)(low + ((UINT64_C(1) << shift) >> 1));
}

static uint8_t *place_of(struct hour_profile *profile, int64_t hour)
{
    return &profile->classes[hour % PROFILE_HOURS];
}

static void begin(struct hour_profile *profile, int64_t hour)
{
    memset(profile->classes, 0, sizeof(profile->classes));
    profile->first = profile->newest = hour;
}

void hour_profile_set(struct hour_profile *profile, int64_t hour, uint32_t count)
{
    if (hour <= 0)
        return;
    if (profile->first == 0 || hour >= profile->newest + PROFILE_HOURS)
        begin(profile, hour);
    if (hour <= profile->newest - PROFILE_HOURS)
        return;
    while (profile->newest < hour)
        *place_of(profile, ++profile->newest) = 0;
    while (profile->first > hour)
        *place_of(profile, --profile->first) = 0;
    if (profile->first <= profile->newest - PROFILE_HOURS)
        profile->first = profile->newest - PROFILE_HOURS + 1;
    *place_of(profile, hour) = class_of(count);
}

bool hour_profile_get(const struct hour_profile *profile, int64_t hour, uint32_t *count)
{
    if (profile->first == 0 || hour < profile->first || hour > profile->newest)
        return false;
    *count = middle_of(profile->classes[hour % PROFILE_HOURS]);
    return true;
}

static int compare(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static double median_of(double *values, uint32_t count)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof(*values), compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* A value of the past: hours after the newest one had nothing. */
static bool past_value(const struct hour_profile *profile, int64_t hour, uint32_t *count)
{
    if (profile->first == 0 || hour < profile->first)
        return false;
    if (!hour_profile_get(profile, hour, count))
        *count = 0;
    return true;
}

static double peak_of(const struct hour_profile *profile, int64_t hour)
{
    uint8_t peak = 0;
    for (int64_t h = hour - PROFILE_HOURS + 1; h < hour; h++)
        if (h >= profile->first && h <= profile->newest &&
            profile->classes[h % PROFILE_HOURS] > peak)
            peak = profile->classes[h % PROFILE_HOURS];
    return middle_of(peak);
}

struct hour_normal hour_profile_normal(const struct hour_profile *profile, int64_t hour)
{
    struct hour_normal normal = {.known = 0};
    double values[VALUES_MAX];
    for (int week = 1; week <= WEEKS; week++) {
        for (int by = -1; by <= 1; by++) {
            uint32_t count;
            int64_t then = hour - week * HOURS_OF_WEEK + by;
            if (then <= hour - PROFILE_HOURS || !past_value(profile, then, &count))
                continue;
            values[normal.known++] = count;
            normal.active += count > 0;
            normal.most = fmax(normal.most, count);
        }
    }
    normal.median = median_of(values, normal.known);
    for (uint32_t i = 0; i < normal.known; i++)
        values[i] = fabs(values[i] - normal.median);
    normal.mad = median_of(values, normal.known);
    if (profile->first != 0 && profile->first < hour) {
        normal.peak = peak_of(profile, hour);
        normal.past_hours = hour - profile->first;
    }
    return normal;
}
