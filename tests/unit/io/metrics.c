/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters, gauges, histograms: the text to the byte, the bound of series, many threads at once.
 */
#include "io/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/escape.h"

enum { THREADS = 4, ADDITIONS = 20000 };

static void expect_text(struct metrics *metrics, const char *expected)
{
    CLEANUP_BUF struct buf text = {0};
    metrics_write(metrics, &text);
    assert_string_equal(buf_str(&text), expected);
}

static void the_text(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    expect_text(metrics, "");
    struct metric *lines = metrics_add(
        metrics, &(struct metric_spec){.kind = METRIC_COUNTER,
                                       .name = "todoku_log_lines_total",
                                       .help = "Lines read.\nBy \"program\" and back\\slash.",
                                       .labels = {"program", "kind"},
                                       .series_max = 10});
    struct metric *age = metrics_add(metrics, &(struct metric_spec){.kind = METRIC_GAUGE,
                                                                    .name = "todoku_age_seconds",
                                                                    .help = "Age.",
                                                                    .scale = 1000000});
    const struct slice smtp[] = {SLICE("smtp"), SLICE("delivery")};
    const struct slice odd[] = {SLICE("a\"b\\c\nd"), SLICE("\xff\xe5\xb1\x8a")};
    metric_add(metric_series(lines, smtp), 3);
    metric_add(metric_series(lines, smtp), 4);
    metric_add(metric_series(lines, odd), 1);
    metric_set(metric_series(age, NULL), -1500000);
    expect_text(metrics,
                "# HELP todoku_log_lines_total Lines read.\\nBy \"program\" and back\\\\slash.\n"
                "# TYPE todoku_log_lines_total counter\n"
                "todoku_log_lines_total{program=\"smtp\",kind=\"delivery\"} 7\n"
                "todoku_log_lines_total{program=\"a\\\"b\\\\c\\\\nd\",kind=\"\\\\xff\xe5\xb1\x8a"
                "\"} 1\n"
                "# HELP todoku_age_seconds Age.\n"
                "# TYPE todoku_age_seconds gauge\n"
                "todoku_age_seconds -1.5\n");
    metrics_free(metrics);
    metrics_free(NULL);
}

static void a_histogram(void **state)
{
    (void)state;
    static const int64_t bounds[] = {5000, 250000, 1000000, 60000000};
    static const int64_t seen[] = {0, 4999, 5000, 5001, 250000, 999999, 60000001, -7};
    struct metrics *metrics = metrics_new();
    struct metric *metric =
        metrics_add(metrics, &(struct metric_spec){.kind = METRIC_HISTOGRAM,
                                                   .name = "todoku_delay_seconds",
                                                   .help = "Delay.",
                                                   .labels = {"pool"},
                                                   .series_max = 2,
                                                   .scale = 1000000,
                                                   .bounds = bounds,
                                                   .bound_count = 4});
    struct metric_series *series = metric_series(metric, &SLICE("shared"));
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
        metric_observe(series, seen[i]);
    assert_int_equal(metric_value(series), 8);
    expect_text(metrics, "# HELP todoku_delay_seconds Delay.\n"
                         "# TYPE todoku_delay_seconds histogram\n"
                         "todoku_delay_seconds_bucket{pool=\"shared\",le=\"0.005\"} 4\n"
                         "todoku_delay_seconds_bucket{pool=\"shared\",le=\"0.25\"} 6\n"
                         "todoku_delay_seconds_bucket{pool=\"shared\",le=\"1\"} 7\n"
                         "todoku_delay_seconds_bucket{pool=\"shared\",le=\"60\"} 7\n"
                         "todoku_delay_seconds_bucket{pool=\"shared\",le=\"+Inf\"} 8\n"
                         "todoku_delay_seconds_sum{pool=\"shared\"} 61.265\n"
                         "todoku_delay_seconds_count{pool=\"shared\"} 8\n");
    metrics_free(metrics);
}

/* The eleventh value of ten is "other", and so are all that come later. */
static void series_are_bounded(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metric *metric =
        metrics_add(metrics, &(struct metric_spec){.kind = METRIC_COUNTER,
                                                   .name = "todoku_replies_total",
                                                   .help = "Replies.",
                                                   .labels = {"provider", "class"},
                                                   .series_max = 10});
    struct metric_series *series[1000];
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "p%d", i);
        series[i] =
            metric_series(metric, (const struct slice[]){slice_from_str(name), SLICE("block")});
        metric_add(series[i], 1);
        assert_int_equal(i > 10 && series[i] == series[10], i > 10);
    }
    struct metric_series *other = series[10];
    assert_ptr_equal(metric_series(metric, (const struct slice[]){SLICE("p3"), SLICE("block")}),
                     series[3]);
    assert_ptr_not_equal(series[3], other);
    assert_int_equal(metric_value(other), 990);
    CLEANUP_BUF struct buf text = {0};
    metrics_write(metrics, &text);
    assert_non_null(strstr(buf_str(&text), "{provider=\"other\",class=\"other\"} 990\n"));
    metrics_free(metrics);
}

static void long_values_are_cut(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metric *metric = metrics_add(metrics, &(struct metric_spec){.kind = METRIC_GAUGE,
                                                                       .name = "todoku_x",
                                                                       .help = "X.",
                                                                       .labels = {"a"},
                                                                       .series_max = 5});
    char big[METRIC_VALUE_BYTES_MAX + 50];
    memset(big, 'x', sizeof(big));
    struct metric_series *first = metric_series(metric, &(struct slice){big, sizeof(big)});
    assert_ptr_equal(first, metric_series(metric, &(struct slice){big, METRIC_VALUE_BYTES_MAX}));
    metric_add(first, -3);
    assert_int_equal(metric_value(first), -3);
    metrics_free(metrics);
}

/* Values of strangers: each byte that goes out is harmless, and none is too long. */
static void no_value_acts_on_a_terminal(void **state)
{
    (void)state;
    const struct {
        struct slice value;
        const char *shown; /* of the text format */
    } cases[] = {
        {SLICE("relay\x1b[31m"), "relay\\\\x1b[31m"},
        {SLICE("a\0b\r\x7f"), "a\\\\x00b\\\\r\\\\x7f"},
        {SLICE("\xc2\x9b"
               "2J"),
         "\\\\u009b2J"},
        {SLICE("\xe2\x80\xaegpj"), "\\\\u202egpj"},
        {SLICE("\xe5\xb1\x8a"), "\xe5\xb1\x8a"},
    };
    struct metrics *metrics = metrics_new();
    struct metric *metric = metrics_add(metrics, &(struct metric_spec){.kind = METRIC_GAUGE,
                                                                       .name = "todoku_x",
                                                                       .help = "X.",
                                                                       .labels = {"a"},
                                                                       .series_max = 20});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        metric_set(metric_series(metric, &cases[i].value), 1);
    char big[4096]; /* escapes are longer than what they stand for */
    memset(big, 0x1b, sizeof(big));
    struct metric_series *series = metric_series(metric, &(struct slice){big, sizeof(big)});
    assert_ptr_equal(series, metric_series(metric, &(struct slice){big, sizeof(big)}));
    for (size_t i = 0; i + 3 <= sizeof(big); i += 3)
        memcpy(big + i, "\xe5\xb1\x8a", 3);
    metric_set(metric_series(metric, &(struct slice){big, 4095}), 1);
    CLEANUP_BUF struct buf text = {0};
    metrics_write(metrics, &text);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_BUF struct buf line = {0};
        buf_addf(&line, "{a=\"%s\"} 1\n", cases[i].shown);
        if (strstr(buf_str(&text), buf_str(&line)) == NULL)
            fail_msg("no %s in %s", buf_str(&line), buf_str(&text));
    }
    for (struct slice rest = buf_slice(&text); rest.len > 0;) {
        struct slice line = slice_cut(&rest, '\n');
        assert_true(line.len <= 2 * METRIC_VALUE_BYTES_MAX);
        while (line.len > 0) {
            uint32_t c = utf8_take(&line);
            assert_true(c >= ' ' && c != 0x7f && c != UTF8_INVALID);
        }
    }
    metrics_free(metrics);
}

struct race {
    struct metric *counter, *histogram;
};

static void *count_all(void *data)
{
    const struct race *race = data;
    for (int i = 0; i < ADDITIONS; i++) {
        char name[8];
        snprintf(name, sizeof(name), "n%d", i % 7);
        struct slice value = slice_from_str(name);
        metric_add(metric_series(race->counter, &value), 1);
        metric_observe(metric_series(race->histogram, NULL), i % 3);
    }
    return NULL;
}

static void many_threads(void **state)
{
    (void)state;
    static const int64_t bounds[] = {0, 1};
    struct metrics *metrics = metrics_new();
    struct race race = {
        .counter = metrics_add(metrics, &(struct metric_spec){.kind = METRIC_COUNTER,
                                                              .name = "todoku_a_total",
                                                              .help = "A.",
                                                              .labels = {"n"},
                                                              .series_max = 4}),
        .histogram = metrics_add(metrics, &(struct metric_spec){.kind = METRIC_HISTOGRAM,
                                                                .name = "todoku_b_bytes",
                                                                .help = "B.",
                                                                .bounds = bounds,
                                                                .bound_count = 2}),
    };
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_all, &race), 0);
    for (size_t i = 0; i < 20; i++) {
        CLEANUP_BUF struct buf text = {0};
        metrics_write(metrics, &text);
        assert_non_null(strstr(buf_str(&text), "todoku_b_bytes_count "));
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(metric_value(metric_series(race.histogram, NULL)), THREADS * ADDITIONS);
    int64_t sum = metric_value(metric_series(race.counter, &SLICE("never seen: other")));
    CLEANUP_BUF struct buf text = {0};
    metrics_write(metrics, &text);
    size_t lines = 0;
    for (const char *p = buf_str(&text); (p = strstr(p, "todoku_a_total{")) != NULL; p++)
        lines++;
    assert_int_equal(lines, 5);
    assert_true(sum > 0);
    metrics_free(metrics);
}

/* Two who read the same source bring it there once. */
static void a_counter_kept_elsewhere_never_falls(void **state)
{
    (void)state;
    struct metrics *registry = metrics_new();
    struct metric_series *series =
        metric_series(metrics_add(registry, &(struct metric_spec){.kind = METRIC_COUNTER,
                                                                  .name = "todoku_cpu_total",
                                                                  .help = "CPU."}),
                      NULL);
    metric_raise(series, 7);
    metric_raise(series, 7);
    metric_raise(series, 5);
    assert_int_equal(metric_value(series), 7);
    metric_raise(series, 9);
    assert_int_equal(metric_value(series), 9);
    metrics_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_kept_elsewhere_never_falls),
        cmocka_unit_test(the_text),
        cmocka_unit_test(a_histogram),
        cmocka_unit_test(series_are_bounded),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(no_value_acts_on_a_terminal),
        cmocka_unit_test(many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
