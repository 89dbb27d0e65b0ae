/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reading half shows of itself: metrics, and the snapshot that the API answers from.
 */
#include "app/country_source.h"
#include "app/daemon_ingest_private.h"
#include "app/daemon_state_json.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/log_feed.h"

static void measure_log(struct daemon_ingest *ingest, const struct daemon_log_state *log)
{
    if (log->status.behind_bytes >= 0)
        daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_LOG_BEHIND, &log->name,
                           log->status.behind_bytes);
    if (!log->listens)
        return;
#define X(counter, word) \
    daemon_metrics_raise(ingest->options.metrics, DAEMON_METRIC_SYSLOG_LOST, \
                         (const struct slice[]){log->name, SLICE(word)}, \
                         (int64_t)log->status.syslog.counter);
    SYSLOG_LOSSES(X)
#undef X
}

/* Those of providers are left out: there are thousands. */
static void measure_budget(void *data, const struct service_budget *budget)
{
    struct daemon_ingest *ingest = data;
    const struct slice labels[] = {slice_from_str(incident_kind_word(budget->kind)), budget->relay,
                                   budget->source, budget->group};
    double used = budget->used < DAEMON_BUDGET_MOST ? budget->used : DAEMON_BUDGET_MOST;
    if (budget->provider.len == 0)
        daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_BUDGET, labels,
                           (int64_t)(used * 1e6));
}

/* Watchers begin at 0 again when they are made anew, a metric does not. */
static void measure_left_out(struct daemon_ingest *ingest)
{
    uint64_t counts[LEFT_OUT_COUNT];
    if (ingest->sources->warming)
        return;
    detector_desk_left_out(ingest->detectors, counts);
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++) {
        struct slice table = slice_from_str(left_out_word((enum left_out)i));
        daemon_metrics_add(ingest->options.metrics, DAEMON_METRIC_LEFT_OUT, &table,
                           (int64_t)(counts[i] - ingest->left_out[i]));
        ingest->left_out[i] = counts[i];
    }
}

static void measure(struct daemon_ingest *ingest)
{
    struct tally_state state;
    tally_state_get(ingest->tally, &state);
    daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_MESSAGES_OPEN, NULL,
                       state.messages_open);
    struct queue_count queue = queue_watch_count(
        detector_set_queue(detector_desk_set(ingest->detectors)), daemon_ingest_now(ingest));
    daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_WAITING, NULL,
                       (int64_t)queue.waiting);
    daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_OLDEST, NULL,
                       queue.waiting ? daemon_ingest_now(ingest) - queue.oldest_us : 0);
    measure_left_out(ingest);
    service_level_visit(detector_set_service(detector_desk_set(ingest->detectors)),
                        daemon_ingest_now(ingest), measure_budget, ingest);
}

static void publish(const struct daemon_ingest *ingest, const struct daemon_log_state *logs)
{
    struct daemon_state state = {.tally = ingest->tally,
                                 .service =
                                     detector_set_service(detector_desk_set(ingest->detectors)),
                                 .now_us = daemon_ingest_now(ingest),
                                 .newest_us = ingest->now_us,
                                 .steady_us = clock_steady_us(),
                                 .logs = logs,
                                 .log_count = ingest->sources->count,
                                 .left_out = ingest->left_out,
                                 .countries = country_source_trouble(ingest->countries)};
    struct buf text = {0};
    daemon_state_json(&state, &text);
    snapshot_place_put(ingest->options.published, snapshot_new(&text));
}

void daemon_ingest_show(struct daemon_ingest *ingest)
{
    struct daemon_log_state *logs = daemon_sources_state(ingest->sources, ingest->feed);
    for (size_t i = 0; i < ingest->sources->count; i++)
        measure_log(ingest, &logs[i]);
    measure(ingest);
    publish(ingest, logs);
    mem_free(logs);
}
