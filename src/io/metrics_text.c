/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of metrics.h: Prometheus exposition format 0.0.4 (prometheus.io/docs/instrumenting/
 * exposition_formats). Escaped in HELP: \ and newline; in label values the quotation mark too.
 */
#include "io/metrics_private.h"

#include <inttypes.h>

static void add_escaped(struct slice text, bool quotes, struct buf *to)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\n')
            buf_add_str(to, "\\n");
        else if (c == '\\' || (c == '"' && quotes))
            buf_addf(to, "\\%c", c);
        else
            buf_add_char(to, c);
    }
}

/* value / scale without a detour by floating point, so that counters never lose a unit. */
static void add_scaled(int64_t value, int64_t scale, struct buf *to)
{
    uint64_t divisor = scale > 0 ? (uint64_t)scale : 1;
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t rest = size % divisor;
    buf_addf(to, "%s%" PRIu64, value < 0 ? "-" : "", size / divisor);
    if (rest == 0)
        return;
    buf_add_char(to, '.');
    for (int digits = 0; rest != 0 && digits < 9; digits++) {
        uint64_t tenfold = rest * 10; /* scales are far below 2^60 */
        buf_add_char(to, (char)('0' + tenfold / divisor));
        rest = tenfold % divisor;
    }
}

/* {a="b",le="1"}; nothing when there are none. `bound`: NULL, or the text of le. */
static void add_labels(const struct metric_series *series, const struct buf *bound, struct buf *to)
{
    const struct metric *metric = series->metric;
    if (metric->label_count == 0 && bound == NULL)
        return;
    for (size_t i = 0; i < metric->label_count; i++) {
        buf_addf(to, "%c%s=\"", i == 0 ? '{' : ',', metric->spec.labels[i]);
        add_escaped(series->values[i], true, to);
        buf_add_char(to, '"');
    }
    if (bound != NULL)
        buf_addf(to, "%cle=\"%s\"", metric->label_count == 0 ? '{' : ',', buf_str(bound));
    buf_add_char(to, '}');
}

static void add_value(const struct metric_series *series, struct buf *to)
{
    const struct metric_spec *spec = &series->metric->spec;
    buf_add_str(to, spec->name);
    add_labels(series, NULL, to);
    buf_add_char(to, ' ');
    add_scaled(atomic_load_explicit(&series->value, memory_order_relaxed), spec->scale, to);
    buf_add_char(to, '\n');
}

/* The count is the sum of the buckets just read, so that it agrees with +Inf. */
static void add_histogram(const struct metric_series *series, struct buf *to)
{
    const struct metric_spec *spec = &series->metric->spec;
    int64_t count = 0;
    for (size_t i = 0; i <= spec->bound_count; i++) {
        CLEANUP_BUF struct buf bound = {0};
        if (i < spec->bound_count)
            add_scaled(spec->bounds[i], spec->scale, &bound);
        else
            buf_add_str(&bound, "+Inf");
        count += atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
        buf_addf(to, "%s_bucket", spec->name);
        add_labels(series, &bound, to);
        buf_addf(to, " %" PRId64 "\n", count);
    }
    buf_addf(to, "%s_sum", spec->name);
    add_labels(series, NULL, to);
    buf_add_char(to, ' ');
    add_scaled(atomic_load_explicit(&series->value, memory_order_relaxed), spec->scale, to);
    buf_addf(to, "\n%s_count", spec->name);
    add_labels(series, NULL, to);
    buf_addf(to, " %" PRId64 "\n", count);
}

static void add_metric(const struct metric *metric, struct buf *to)
{
    static const char *const kinds[] = {
        [METRIC_COUNTER] = "counter",
        [METRIC_GAUGE] = "gauge",
        [METRIC_HISTOGRAM] = "histogram",
    };
    buf_addf(to, "# HELP %s ", metric->spec.name);
    add_escaped(slice_from_str(metric->spec.help), false, to);
    buf_addf(to, "\n# TYPE %s %s\n", metric->spec.name, kinds[metric->spec.kind]);
    for (const struct metric_series *series = metric->first; series; series = series->next)
        if (metric->spec.kind == METRIC_HISTOGRAM)
            add_histogram(series, to);
        else
            add_value(series, to);
}

void metrics_write(struct metrics *metrics, struct buf *to)
{
    pthread_mutex_lock(&metrics->lock);
    for (const struct metric *metric = metrics->first; metric; metric = metric->next)
        add_metric(metric, to);
    pthread_mutex_unlock(&metrics->lock);
}
