/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters, gauges and histograms for Prometheus. Made once at the start; a series, once found, is
 * updated without a lock from any thread; the text is written from any other.
 *
 * Values are whole numbers in a unit that suits the code (bytes, microseconds, millionths); `scale`
 * divides them for the reader, who gets base units (seconds, ratios). A sum of integers is exact
 * and one atomic addition.
 *
 * Cardinality is bounded: a metric has at most `series_max` combinations of label values; what
 * comes after them is counted in one series whose labels all say "other". No label ever holds an
 * address, a control byte or an invisible character: those are made visible (base/escape.h).
 */
#ifndef TD_IO_METRICS_H
#define TD_IO_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

enum {
    METRIC_LABELS_MAX = 4,
    METRIC_BUCKETS_MAX = 24,
    METRIC_VALUE_BYTES_MAX = 128, /* of a label; longer ones are cut */
};

enum metric_kind {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
};

/* All strings and arrays must outlive the registry (literals do). Our own faults (names not of the
 * form, a name twice) abort. */
struct metric_spec {
    enum metric_kind kind;
    const char *name; /* todoku_[a-z0-9_]+; counters end with _total, others do not */
    const char *help; /* one sentence */
    const char *labels[METRIC_LABELS_MAX]; /* [a-z][a-z0-9_]*; NULL: no more; never "le" */
    size_t series_max;                     /* with labels: at least 1, without the "other" */
    int64_t scale;                         /* 0: 1 */
    const int64_t *bounds; /* of a histogram: upper bounds of buckets, rising, inclusive */
    size_t bound_count;    /* 1 to METRIC_BUCKETS_MAX */
};

struct metrics;
struct metric;
struct metric_series;

struct metrics *metrics_new(void) __attribute__((returns_nonnull));

/* With all its metrics and series. NULL is fine. */
void metrics_free(struct metrics *metrics);

/* Registers. Without labels its one series exists from now on, at zero. */
struct metric *metrics_add(struct metrics *metrics, const struct metric_spec *spec)
    __attribute__((returns_nonnull));

/* The series with these label values, in the order of the labels and as many (NULL will do for a
 * metric without labels); made when it is new.
 * Takes a lock: keep the result where it is used often. Any thread; lives as long as the registry.
 */
struct metric_series *metric_series(struct metric *metric, const struct slice *values)
    __attribute__((returns_nonnull));

/* Of a counter: adds; of a gauge: adds, also below zero. */
void metric_add(struct metric_series *series, int64_t value);

/* Of a counter that is kept elsewhere: to its value there, unless it is there already or further.
 */
void metric_raise(struct metric_series *series, int64_t value);

/* Of a gauge. */
void metric_set(struct metric_series *series, int64_t value);

/* Of a histogram. Negative values count as 0. */
void metric_observe(struct metric_series *series, int64_t value);

/* How it stands: a counter's or gauge's value, a histogram's count. For tests and status pages. */
int64_t metric_value(const struct metric_series *series);

/* Appends the text of all, format 0.0.4; any thread. Metrics in the order of registration, their
 * series in the order of coming. Within a histogram the numbers agree with each other. */
void metrics_write(struct metrics *metrics, struct buf *to);

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
