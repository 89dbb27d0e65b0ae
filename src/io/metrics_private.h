/* SPDX-License-Identifier: Apache-2.0
 *
 * What keeping the numbers and writing their text share.
 */
#ifndef TD_IO_METRICS_PRIVATE_H
#define TD_IO_METRICS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "io/metrics.h"

struct metric_series {
    struct metric_series *next, *same_slot;
    uint64_t hash; /* of the values */
    const struct metric *metric;
    struct slice values[METRIC_LABELS_MAX]; /* valid UTF-8, not escaped */
    atomic_int_least64_t value;             /* of a histogram: the sum */
    atomic_int_least64_t buckets[];         /* of a histogram: not cumulated; the last is +Inf */
};

struct metric {
    struct metric *next;
    struct metrics *owner;
    struct metric_spec spec;
    size_t label_count;
    size_t series_count;
    struct metric_series *first, **end;
    struct metric_series *other;  /* NULL until needed */
    struct metric_series **slots; /* by hash; a power of two of them */
    size_t slot_count;
};

struct metrics {
    pthread_mutex_t lock; /* guards the lists and the arena */
    struct arena *arena;
    struct metric *first, **end;
};

#endif
