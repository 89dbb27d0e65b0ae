/* SPDX-License-Identifier: Apache-2.0
 *
 * See metrics.h. One lock for the lists of metrics and series; numbers are relaxed atomics: each is
 * right by itself, two of them are not of the same instant. Made at the start, freed at the end of
 * the process. The text: metrics_text.c.
 */
#include "io/metrics_private.h"

#include "base/escape.h"
#include "base/memory.h"

static bool is_name(const char *name, bool first_digit)
{
    for (const char *p = name; *p; p++) {
        bool digit = ascii_is_digit(*p) && (first_digit || p > name);
        if (!digit && *p != '_' && (*p < 'a' || *p > 'z'))
            return false;
    }
    return *name != '\0';
}

static void check_histogram(const struct metric_spec *spec)
{
    ASSERT(spec->bound_count >= 1 && spec->bound_count <= METRIC_BUCKETS_MAX);
    for (size_t i = 1; i < spec->bound_count; i++)
        ASSERT(spec->bounds[i] > spec->bounds[i - 1]);
}

static void check_spec(const struct metric_spec *spec)
{
    struct slice name = slice_from_str(spec->name);
    ASSERT(slice_take_prefix(&name, SLICE("todoku_")) && is_name(name.ptr, true));
    ASSERT(slice_ends_with(name, SLICE("_total")) == (spec->kind == METRIC_COUNTER));
    ASSERT(spec->help != NULL && *spec->help != '\0' && spec->scale >= 0);
    for (size_t i = 0; i < METRIC_LABELS_MAX && spec->labels[i]; i++)
        ASSERT(is_name(spec->labels[i], false) && strcmp(spec->labels[i], "le") != 0);
    ASSERT(spec->labels[0] == NULL || spec->series_max > 0);
    if (spec->kind == METRIC_HISTOGRAM)
        check_histogram(spec);
}

struct metrics *metrics_new(void)
{
    struct metrics *metrics = MEM_NEW(struct metrics);
    pthread_mutex_init(&metrics->lock, NULL);
    metrics->end = &metrics->first;
    metrics->arena = arena_new(4096);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    arena_free(metrics->arena);
    pthread_mutex_destroy(&metrics->lock);
    mem_free(metrics);
}

struct metric *metrics_add(struct metrics *metrics, const struct metric_spec *spec)
{
    check_spec(spec);
    pthread_mutex_lock(&metrics->lock);
    for (const struct metric *other = metrics->first; other; other = other->next)
        ASSERT(strcmp(other->spec.name, spec->name) != 0);
    struct metric *metric = arena_alloc(metrics->arena, sizeof(*metric));
    metric->owner = metrics;
    metric->spec = *spec;
    metric->end = &metric->first;
    while (metric->label_count < METRIC_LABELS_MAX && spec->labels[metric->label_count])
        metric->label_count++;
    metric->slot_count = 1;
    while (metric->slot_count < spec->series_max)
        metric->slot_count *= 2;
    metric->slots =
        arena_alloc(metrics->arena, metric->slot_count * sizeof(struct metric_series *));
    *metrics->end = metric;
    metrics->end = &metric->next;
    pthread_mutex_unlock(&metrics->lock);
    const struct slice none = {0};
    if (metric->label_count == 0)
        (void)metric_series(metric, &none);
    return metric;
}

/* Names are from logs and may be forged: what would act on a terminal, or not be seen, is made
 * visible, as everywhere. Cut to the bound, no half character at the end. */
static void clean_value(struct slice value, struct buf *to)
{
    escape_terminal(slice_first(value, METRIC_VALUE_BYTES_MAX), to);
    size_t keep = utf8_first(buf_slice(to), METRIC_VALUE_BYTES_MAX).len;
    if (keep < to->len) {
        to->len = keep;
        to->ptr[keep] = '\0';
    }
}

static uint64_t hash_of(const struct metric *metric, const struct slice *values)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < metric->label_count; i++)
        hash = (hash ^ slice_hash(values[i])) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static struct metric_series **slot_of(const struct metric *metric, uint64_t hash)
{
    return &metric->slots[hash & (metric->slot_count - 1)];
}

static bool has_values(const struct metric_series *series, const struct slice *values)
{
    for (size_t i = 0; i < series->metric->label_count; i++)
        if (!slice_eq(series->values[i], values[i]))
            return false;
    return true;
}

/* With the lock held. */
static struct metric_series *find_series(const struct metric *metric, const struct slice *values)
{
    uint64_t hash = hash_of(metric, values);
    struct metric_series *series = *slot_of(metric, hash);
    while (series != NULL && (series->hash != hash || !has_values(series, values)))
        series = series->same_slot;
    return series;
}

/* With the lock held. */
static struct metric_series *add_series(struct metric *metric, const struct slice *values)
{
    struct arena *arena = metric->owner->arena;
    size_t buckets = metric->spec.kind == METRIC_HISTOGRAM ? metric->spec.bound_count + 1 : 0;
    struct metric_series *series =
        arena_alloc(arena, sizeof(*series) + buckets * sizeof(series->buckets[0]));
    series->metric = metric;
    series->hash = hash_of(metric, values);
    for (size_t i = 0; i < metric->label_count; i++)
        series->values[i] =
            slice_of(arena_copy(arena, values[i].ptr, values[i].len), values[i].len);
    struct metric_series **slot = slot_of(metric, series->hash);
    series->same_slot = *slot;
    *slot = series;
    metric->series_count++;
    *metric->end = series;
    metric->end = &series->next;
    return series;
}

/* With the lock held. */
static struct metric_series *other_series(struct metric *metric)
{
    struct slice values[METRIC_LABELS_MAX];
    for (size_t i = 0; i < METRIC_LABELS_MAX; i++)
        values[i] = SLICE("other");
    if (metric->other == NULL)
        metric->other = find_series(metric, values);
    if (metric->other == NULL)
        metric->other = add_series(metric, values);
    return metric->other;
}

/* With the lock held: the series of values that may have to be cleaned first. */
static struct metric_series *clean_series(struct metric *metric, const struct slice *values)
{
    struct buf bytes[METRIC_LABELS_MAX] = {0};
    struct slice clean[METRIC_LABELS_MAX] = {0};
    for (size_t i = 0; i < metric->label_count; i++) {
        clean_value(values[i], &bytes[i]);
        clean[i] = buf_slice(&bytes[i]);
    }
    struct metric_series *series = find_series(metric, clean);
    if (series == NULL &&
        (metric->label_count == 0 || metric->series_count < metric->spec.series_max))
        series = add_series(metric, clean);
    for (size_t i = 0; i < metric->label_count; i++)
        buf_done(&bytes[i]);
    return series ? series : other_series(metric);
}

struct metric_series *metric_series(struct metric *metric, const struct slice *values)
{
    pthread_mutex_lock(&metric->owner->lock);
    struct metric_series *series = find_series(metric, values);
    if (series == NULL)
        series = clean_series(metric, values);
    pthread_mutex_unlock(&metric->owner->lock);
    return series;
}

void metric_add(struct metric_series *series, int64_t value)
{
    ASSERT(series->metric->spec.kind != METRIC_HISTOGRAM);
    ASSERT(value >= 0 || series->metric->spec.kind == METRIC_GAUGE);
    atomic_fetch_add_explicit(&series->value, value, memory_order_relaxed);
}

void metric_raise(struct metric_series *series, int64_t value)
{
    ASSERT(series->metric->spec.kind == METRIC_COUNTER);
    int64_t now = atomic_load_explicit(&series->value, memory_order_relaxed);
    while (now < value &&
           !atomic_compare_exchange_weak_explicit(&series->value, &now, value, memory_order_relaxed,
                                                  memory_order_relaxed))
        continue;
}

void metric_set(struct metric_series *series, int64_t value)
{
    ASSERT(series->metric->spec.kind == METRIC_GAUGE);
    atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

void metric_observe(struct metric_series *series, int64_t value)
{
    const struct metric_spec *spec = &series->metric->spec;
    ASSERT(spec->kind == METRIC_HISTOGRAM);
    size_t i = 0;
    if (value < 0)
        value = 0;
    while (i < spec->bound_count && value > spec->bounds[i])
        i++;
    atomic_fetch_add_explicit(&series->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&series->value, value, memory_order_relaxed);
}

int64_t metric_value(const struct metric_series *series)
{
    const struct metric_spec *spec = &series->metric->spec;
    if (spec->kind != METRIC_HISTOGRAM)
        return atomic_load_explicit(&series->value, memory_order_relaxed);
    int64_t count = 0;
    for (size_t i = 0; i <= spec->bound_count; i++)
        count += atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
    return count;
}
