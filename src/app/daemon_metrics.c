/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_metrics.h.
 */
#include "app/daemon_metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"

/* Milliseconds. */
static const int64_t latency_bounds[] = {250,   500,    1000,   2500,   5000,    10000,   30000,
                                         60000, 120000, 300000, 900000, 3600000, 14400000};

static const char *const labels[][METRIC_LABELS_MAX] = {
    [DAEMON_METRIC_LOG_LINES] = {"source"},
    [DAEMON_METRIC_LOG_UNREAD] = {"program"},
    [DAEMON_METRIC_LOG_BEHIND] = {"source"},
    [DAEMON_METRIC_SYSLOG_LOST] = {"source", "reason"},
    [DAEMON_METRIC_LEFT_OUT] = {"table"},
    [DAEMON_METRIC_ATTEMPTS] = {"relay", "source", "provider", "result"},
    [DAEMON_METRIC_OUTCOMES] = {"provider", "outcome"},
    [DAEMON_METRIC_REPLIES] = {"provider", "class"},
    [DAEMON_METRIC_LATENCY] = {"provider"},
    [DAEMON_METRIC_BUDGET] = {"objective", "relay", "source", "group"},
    [DAEMON_METRIC_INCIDENTS_OPEN] = {"kind", "severity"},
    [DAEMON_METRIC_INCIDENTS_SILENCED] = {"kind", "severity"},
    [DAEMON_METRIC_NOTICES] = {"transition"},
    [DAEMON_METRIC_NOTIFIER_PENDING] = {"notifier"},
    [DAEMON_METRIC_NOTIFIER_SENT] = {"notifier"},
    [DAEMON_METRIC_NOTIFIER_FAILURES] = {"notifier"},
    [DAEMON_METRIC_NOTIFIER_STATE] = {"notifier"},
    [DAEMON_METRIC_SLACK] = {"result"},
    [DAEMON_METRIC_ROUTE_OVERRIDES] = {"kind", "state"},
    [DAEMON_METRIC_ROUTE_PATHS] = {"stage"},
    [DAEMON_METRIC_ROUTE_DECISIONS] = {"action"},
    [DAEMON_METRIC_ROUTE_FAILURES] = {"what"},
    [DAEMON_METRIC_SOURCE_FAULT] = {"source"},
    [DAEMON_METRIC_POLICY_DOUBTS] = {"event"},
    [DAEMON_METRIC_ROUTE_QUESTIONS] = {"answer"},
    [DAEMON_METRIC_POLICY_REQUESTS] = {"stage"},
    [DAEMON_METRIC_POLICY_ANSWERS] = {"result"},
    [DAEMON_METRIC_MAILBOX_SERVER_UP] = {"server", "protocol"},
    [DAEMON_METRIC_KICKS] = {"result"},
    [DAEMON_METRIC_QUOTA_ANSWERS] = {"stage", "result"},
    [DAEMON_METRIC_QUOTA_MAILBOXES] = {"state"},
    [DAEMON_METRIC_QUOTA_SERVER_ANSWERS] = {"server", "answer"},
    [DAEMON_METRIC_QUOTA_SERVER_UP] = {"server"},
    [DAEMON_METRIC_QUOTA_SERVER_DELAY] = {"server"},
    [DAEMON_METRIC_QUOTA_SERVER_CONNECTIONS] = {"server"},
    [DAEMON_METRIC_LOGINS] = {"protocol", "method", "result"},
    [DAEMON_METRIC_LIMIT_REACHED] = {"limit"},
    [DAEMON_METRIC_LIMIT_SHADOWED] = {"limit"},
    [DAEMON_METRIC_FLAG_ACTED] = {"flag"},
    [DAEMON_METRIC_ACCOUNT_VERDICTS] = {"step"},
    [DAEMON_METRIC_FLAGS] = {"flag"},
    [DAEMON_METRIC_RULINGS] = {"way"},
    [DAEMON_METRIC_GUESSES] = {"way"},
    [DAEMON_METRIC_ACCOUNTS] = {"kind"},
    [DAEMON_METRIC_DNS_ANSWERS] = {"result"},
    [DAEMON_METRIC_BUILD_INFO] = {"version"},
};

static const struct metric_spec specs[] = {
#define X(id, form, text, most, unit, about) \
    [DAEMON_METRIC_##id] = { \
        .kind = METRIC_##form, .name = text, .help = about, .series_max = most, .scale = unit},
    DAEMON_METRICS(X)
#undef X
};

#define METRICS (sizeof(specs) / sizeof(specs[0]))

struct daemon_metrics {
    struct metrics *registry;
    struct metric *metrics[METRICS];
    struct http_numbers http;
    struct tally *tally;
    const bool *again;
};

struct daemon_metrics *daemon_metrics_new(void)
{
    struct daemon_metrics *metrics = MEM_NEW(struct daemon_metrics);
    metrics->registry = metrics_new();
    for (size_t i = 0; i < METRICS; i++) {
        struct metric_spec spec = specs[i];
        if (i < sizeof(labels) / sizeof(labels[0]))
            for (size_t k = 0; k < METRIC_LABELS_MAX; k++)
                spec.labels[k] = labels[i][k];
        if (spec.kind == METRIC_HISTOGRAM) {
            spec.bounds = latency_bounds;
            spec.bound_count = sizeof(latency_bounds) / sizeof(latency_bounds[0]);
        }
        metrics->metrics[i] = metrics_add(metrics->registry, &spec);
    }
    http_numbers_init(&metrics->http, metrics->registry);
    struct slice version = slice_from_str(TD_VERSION);
    daemon_metrics_set(metrics, DAEMON_METRIC_BUILD_INFO, &version, 1);
    return metrics;
}

void daemon_metrics_free(struct daemon_metrics *metrics)
{
    if (metrics == NULL)
        return;
    metrics_free(metrics->registry);
    mem_free(metrics);
}

struct http_numbers *daemon_metrics_http(struct daemon_metrics *metrics)
{
    return &metrics->http;
}

void daemon_metrics_add(struct daemon_metrics *metrics, enum daemon_metric metric,
                        const struct slice *values, int64_t value)
{
    metric_add(metric_series(metrics->metrics[metric], values), value);
}

void daemon_metrics_set(struct daemon_metrics *metrics, enum daemon_metric metric,
                        const struct slice *values, int64_t value)
{
    metric_set(metric_series(metrics->metrics[metric], values), value);
}

void daemon_metrics_grow(struct daemon_metrics *metrics, enum daemon_metric metric,
                         const char *label, uint64_t growth)
{
    struct slice text = slice_from_str(label);
    if (growth > 0)
        daemon_metrics_add(metrics, metric, &text, (int64_t)growth);
}

void daemon_metrics_raise(struct daemon_metrics *metrics, enum daemon_metric metric,
                          const struct slice *values, int64_t value)
{
    metric_raise(metric_series(metrics->metrics[metric], values), value);
}

/* ---- observing ---- */

static struct slice result_word(enum delivery_status status)
{
    if (status == DELIVERY_SENT)
        return SLICE("sent");
    return status == DELIVERY_BOUNCED ? SLICE("bounced") : SLICE("deferred");
}

/* Thousands of small domains would be as many series. */
static struct slice provider_label(const struct tally_path_names *names)
{
    return names->provider_is_listed ? names->provider : SLICE("other");
}

static void take_attempt(void *data, const struct tally_attempt *told)
{
    struct daemon_metrics *metrics = data;
    if (*metrics->again || told->attempt->exclusion != ATTEMPT_COUNTS)
        return;
    const struct tally_path_names *names = &told->names;
    struct slice path[] = {names->relay, names->source, provider_label(names),
                           result_word(told->attempt->status)};
    daemon_metrics_add(metrics, DAEMON_METRIC_ATTEMPTS, path, 1);
    if (told->verdict == NULL)
        return;
    struct slice reply[] = {provider_label(names),
                            slice_from_str(reply_class_word(told->verdict->class))};
    daemon_metrics_add(metrics, DAEMON_METRIC_REPLIES, reply, 1);
}

static void take_outcome(void *data, const struct outcome_event *event)
{
    static const char *const words[] = {
        [OUTCOME_SENT] = "sent", [OUTCOME_BOUNCED] = "bounced",     [OUTCOME_EXPIRED] = "expired",
        [OUTCOME_OPEN] = "open", [OUTCOME_DISCARDED] = "discarded", [OUTCOME_LOST] = "lost",
    };
    struct daemon_metrics *metrics = data;
    if (event->message->told || event->outcome == OUTCOME_OPEN)
        return;
    struct slice provider = SLICE("none");
    if (event->recipient != NULL) {
        struct tally_path_names names = tally_path_names(metrics->tally, event->recipient->path);
        provider = provider_label(&names);
    }
    struct slice outcome[] = {provider, slice_from_str(words[event->outcome])};
    daemon_metrics_add(metrics, DAEMON_METRIC_OUTCOMES, outcome, event->count);
    if (event->outcome == OUTCOME_SENT)
        metric_observe(metric_series(metrics->metrics[DAEMON_METRIC_LATENCY], &provider),
                       (int64_t)(event->delay_s * 1000));
}

void daemon_metrics_observe(struct daemon_metrics *metrics, struct tally *tally, const bool *again)
{
    struct tally_observer observer = {
        .data = metrics, .attempt = take_attempt, .outcome = take_outcome};
    metrics->tally = tally;
    metrics->again = again;
    tally_observe(tally, &observer);
}

/* ---- the process ---- */

static int64_t resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL && fscanf(file, "%*s %ld", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static int64_t open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    int64_t count = -3; /* itself, `.` and `..` */
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static int64_t cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

void daemon_metrics_write(struct daemon_metrics *metrics, struct buf *to)
{
    daemon_metrics_set(metrics, DAEMON_METRIC_MEMORY, NULL, resident_bytes());
    daemon_metrics_set(metrics, DAEMON_METRIC_FDS, NULL, open_descriptors());
    daemon_metrics_raise(metrics, DAEMON_METRIC_CPU, NULL, cpu_us());
    metrics_write(metrics->registry, to);
}
