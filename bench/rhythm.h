/* SPDX-License-Identifier: Apache-2.0
 *
 * How much mail a month has when: days and nights, weekends, and a volume that slowly grows. Local
 * time is UTC+9. Integers only, as everywhere in the generator.
 */
#ifndef TD_BENCH_RHYTHM_H
#define TD_BENCH_RHYTHM_H

#include "options.h"

#define RHYTHM_HOUR_US INT64_C(3600000000)
#define RHYTHM_DAY_US (24 * RHYTHM_HOUR_US)

struct rhythm {
    int64_t start_us;
    uint64_t weights;   /* of all hours together */
    uint64_t messages;  /* of the whole log, without campaigns */
    uint32_t campaigns; /* messages of a week's campaigns */
};

void rhythm_init(struct rhythm *rhythm, const struct options *options);

/* The mean time between two messages at this time. */
int64_t rhythm_mean_us(const struct rhythm *rhythm, int64_t now_us);

/* Local: 0 .. 23, and 0 (Monday) .. 6. */
uint32_t rhythm_hour(int64_t time_us);
uint32_t rhythm_weekday(int64_t time_us);

#endif
