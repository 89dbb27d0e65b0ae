/* SPDX-License-Identifier: Apache-2.0
 *
 * Weights of hours. See rhythm.h.
 */
#include "rhythm.h"

enum {
    ZONE_HOURS = 9,
    LINES_A_MESSAGE = 7, /* with its share of notifications, retries and other programs' lines */
    CAMPAIGN_PERCENT = 20,
    WEEKEND_PERCENT = 40,
    DRIFT_A_DAY = 8 /* per mille of the first day */
};

static const uint16_t hours[24] = {8,  5,  4,  3,  4,  8,  20, 40, 62, 78, 84, 80,
                                   66, 76, 82, 80, 78, 72, 64, 58, 54, 44, 30, 16};

static int64_t local_hours(int64_t time_us)
{
    return time_us / RHYTHM_HOUR_US + ZONE_HOURS;
}

uint32_t rhythm_hour(int64_t time_us)
{
    return (uint32_t)(local_hours(time_us) % 24);
}

/* 1970-01-01 was a Thursday. */
uint32_t rhythm_weekday(int64_t time_us)
{
    return (uint32_t)((local_hours(time_us) / 24 + 3) % 7);
}

static uint64_t weight(const struct rhythm *rhythm, int64_t time_us)
{
    uint64_t days = (uint64_t)((time_us - rhythm->start_us) / RHYTHM_DAY_US);
    uint64_t percent = rhythm_weekday(time_us) >= 5 ? WEEKEND_PERCENT : 100;
    return hours[rhythm_hour(time_us)] * percent * (1000 + DRIFT_A_DAY * days);
}

void rhythm_init(struct rhythm *rhythm, const struct options *options)
{
    uint64_t messages = options->lines / LINES_A_MESSAGE + 1;
    *rhythm = (struct rhythm){.start_us = options->start_us};
    for (uint32_t hour = 0; hour < options->hours; hour++)
        rhythm->weights += weight(rhythm, options->start_us + hour * RHYTHM_HOUR_US);
    rhythm->messages = messages * (100 - CAMPAIGN_PERCENT) / 100;
    rhythm->campaigns =
        (uint32_t)(messages * CAMPAIGN_PERCENT / 100 * 7 * 24 / (options->hours + 1));
}

int64_t rhythm_mean_us(const struct rhythm *rhythm, int64_t now_us)
{
    uint64_t in_hour = rhythm->messages * weight(rhythm, now_us) * 1000 / rhythm->weights;
    return RHYTHM_HOUR_US * 1000 / (int64_t)(in_hour + 1);
}
