/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_numbers.h.
 */
#include "io/http_numbers.h"

static struct metric_series *single(struct metrics *registry, enum metric_kind kind,
                                    const char *name, const char *help)
{
    struct metric *metric =
        metrics_add(registry, &(struct metric_spec){.kind = kind, .name = name, .help = help});
    return metric_series(metric, NULL);
}

void http_numbers_init(struct http_numbers *numbers, struct metrics *registry)
{
    *numbers = (struct http_numbers){0};
    if (registry == NULL)
        registry = numbers->own = metrics_new();
    numbers->open = single(registry, METRIC_GAUGE, "todoku_http_connections",
                           "Open connections to the control socket and the web listeners.");
    numbers->accepted = single(registry, METRIC_COUNTER, "todoku_http_connections_accepted_total",
                               "Connections accepted, refused ones too.");
    numbers->refused = single(registry, METRIC_COUNTER, "todoku_http_connections_refused_total",
                              "Connections answered with 503 because the listener was full.");
    numbers->gave_way = single(registry, METRIC_COUNTER, "todoku_http_connections_gave_way_total",
                               "Silent connections closed for a new one.");
    numbers->timed_out = single(registry, METRIC_COUNTER, "todoku_http_timeouts_total",
                                "Requests or answers that took too long.");
    struct metric *responses =
        metrics_add(registry, &(struct metric_spec){.kind = METRIC_COUNTER,
                                                    .name = "todoku_http_responses_total",
                                                    .help = "Answers by hundreds of their status.",
                                                    .labels = {"status"},
                                                    .series_max = 4});
    static const char *const classes[] = {[2] = "2xx", [3] = "3xx", [4] = "4xx", [5] = "5xx"};
    for (size_t i = 2; i < sizeof(classes) / sizeof(classes[0]); i++) {
        struct slice value = slice_from_str(classes[i]);
        numbers->responses[i] = metric_series(responses, &value);
    }
}

void http_numbers_done(struct http_numbers *numbers)
{
    metrics_free(numbers->own);
    *numbers = (struct http_numbers){0};
}

struct http_server_counts http_numbers_read(const struct http_numbers *numbers)
{
    struct http_server_counts counts = {
        .connections_open = metric_value(numbers->open),
        .accepted = metric_value(numbers->accepted),
        .refused = metric_value(numbers->refused),
        .gave_way = metric_value(numbers->gave_way),
        .timed_out = metric_value(numbers->timed_out),
    };
    for (size_t i = 2; i < sizeof(counts.responses) / sizeof(counts.responses[0]); i++)
        counts.responses[i] = metric_value(numbers->responses[i]);
    return counts;
}
