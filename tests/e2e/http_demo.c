/* SPDX-License-Identifier: Apache-2.0
 *
 * A server for the tests from outside to attack: http_demo [KEY=VALUE...] ADDRESS...
 *
 *      cap=N request-ms=N answer-ms=N give-way-ms=N body=N head=N slow-max=N token=T
 *
 * An address with ",write" or ",token" behind it lets its clients write, or those with the token;
 * with ",hosts" it looks at the header Host; with ",group:NAME" its file has that group.
 * Prints `ready PORT...`; at the end of standard input it stops and prints its counts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/http_numbers.h"
#include "io/http_server.h"
#include "io/metrics.h"
#include "io/snapshot.h"

enum { BIG_BYTES = 64 << 20 };

struct demo {
    struct snapshot_place *place;
    struct metrics *metrics;
    struct metric_series *asleep; /* slow questions that run */
};

static void healthz(void *context, const struct http_request *request,
                    struct http_response *response)
{
    (void)context;
    (void)request;
    buf_add_str(&response->body, "{\"ok\": true}\n");
}

static void echo(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    response->content_type = "text/plain; charset=utf-8";
    buf_addf(&response->body, "%s %.*s rest=%.*s peer=%s write=%d\n",
             http_method_name(request->method), SLICE_ARG(request->path), SLICE_ARG(request->rest),
             request->peer.text, request->may_write);
    for (size_t i = 0; i < request->parameter_count; i++)
        buf_addf(&response->body, "%.*s=%.*s\n", SLICE_ARG(request->parameters[i].name),
                 SLICE_ARG(request->parameters[i].value));
    buf_add(&response->body, request->body);
}

static void page(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    (void)request;
    response->content_type = "text/html; charset=utf-8";
    buf_add_str(&response->body, "<!doctype html><title>t</title>\n");
    http_response_header(response, "Cache-Control", SLICE("max-age=60"));
}

static void slow(void *context, const struct http_request *request, struct http_response *response)
{
    const struct demo *demo = context;
    uint64_t ms = 0;
    slice_to_u64(http_request_parameter(request, "ms"), 60000, &ms);
    metric_add(demo->asleep, 1);
    usleep((useconds_t)ms * 1000);
    metric_add(demo->asleep, -1);
    buf_add_str(&response->body, "{}\n");
}

static void big(void *context, const struct http_request *request, struct http_response *response)
{
    struct snapshot_place *place = ((const struct demo *)context)->place;
    (void)request;
    response->content_type = "application/octet-stream";
    response->shared = snapshot_place_get(place);
    if (response->shared != NULL) /* made when it is first asked for: by the web thread alone */
        return;
    struct buf text = {0};
    memset(buf_reserve(&text, BIG_BYTES), 'x', BIG_BYTES);
    text.len = BIG_BYTES;
    snapshot_place_put(place, snapshot_new(&text));
    response->shared = snapshot_place_get(place);
}

/* All kinds, with and without labels, with values of strangers. */
static void count_things(struct metrics *registry)
{
    static const int64_t bounds[] = {1000, 250000, 1000000};
    struct metric *lines = metrics_add(
        registry, &(struct metric_spec){.kind = METRIC_COUNTER,
                                        .name = "todoku_log_lines_total",
                                        .help = "Lines read, by \"program\".\nAll of them.",
                                        .labels = {"program"},
                                        .series_max = 3});
    static const char *const programs[] = {"smtp", "a\"b\\c\nd", "\xff\xfe{}=", "4th", "5th", ""};
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        metric_add(metric_series(lines, &(struct slice){programs[i], strlen(programs[i])}), 1);
    metric_set(
        metric_series(metrics_add(registry, &(struct metric_spec){.kind = METRIC_GAUGE,
                                                                  .name = "todoku_age_seconds",
                                                                  .help = "Age.",
                                                                  .scale = 1000000}),
                      NULL),
        -1500000);
    metric_observe(
        metric_series(metrics_add(registry, &(struct metric_spec){.kind = METRIC_HISTOGRAM,
                                                                  .name = "todoku_delay_seconds",
                                                                  .help = "Delay.",
                                                                  .scale = 1000000,
                                                                  .bounds = bounds,
                                                                  .bound_count = 3}),
                      NULL),
        2000);
}

static void metrics(void *context, const struct http_request *request,
                    struct http_response *response)
{
    const struct demo *demo = context;
    (void)request;
    response->content_type = METRICS_CONTENT_TYPE;
    metrics_write(demo->metrics, &response->body);
}

static const struct http_route routes[] = {
    {HTTP_GET, HTTP_QUICK, "/healthz", healthz}, {HTTP_GET, HTTP_QUICK, "/echo/*", echo},
    {HTTP_POST, HTTP_QUICK, "/echo/*", echo},    {HTTP_PUT, HTTP_SLOW, "/echo/slow", echo},
    {HTTP_GET, HTTP_QUICK, "/page", page},       {HTTP_GET, HTTP_SLOW, "/slow", slow},
    {HTTP_GET, HTTP_QUICK, "/big", big},         {HTTP_GET, HTTP_QUICK, "/metrics", metrics},
};

static size_t number(const char *text)
{
    return (size_t)strtoul(text, NULL, 10);
}

static void set_option(struct http_server_options *options, size_t *cap, const char *key,
                       const char *value)
{
    struct http_limits *limits = &options->limits;
    if (strcmp(key, "cap") == 0)
        *cap = number(value);
    else if (strcmp(key, "request-ms") == 0)
        limits->request_ms = (int64_t)number(value);
    else if (strcmp(key, "answer-ms") == 0)
        limits->answer_ms = (int64_t)number(value);
    else if (strcmp(key, "give-way-ms") == 0)
        limits->give_way_ms = (int64_t)number(value);
    else if (strcmp(key, "body") == 0)
        limits->body_bytes = number(value);
    else if (strcmp(key, "head") == 0)
        limits->head_bytes = number(value);
    else if (strcmp(key, "slow-max") == 0)
        limits->slow_max = number(value);
    else if (strcmp(key, "token") == 0)
        options->token = value;
}

static struct http_listener listener_of(char *address, size_t cap)
{
    struct http_listener listener = {.address = address, .connections_max = cap};
    char *rule = strchr(address, ',');
    while (rule != NULL) {
        *rule++ = '\0';
        char *next = strchr(rule, ',');
        if (strncmp(rule, "hosts", 5) == 0)
            listener.check_host = true;
        else if (strncmp(rule, "group:", 6) == 0)
            listener.group = rule + 6;
        else
            listener.write =
                strncmp(rule, "write", 5) == 0 ? HTTP_WRITE_ALWAYS : HTTP_WRITE_WITH_TOKEN;
        rule = next;
    }
    return listener;
}

static void print_counts(const struct http_server *server)
{
    struct http_server_counts counts = http_server_counts(server);
    printf("open=%" PRId64 " accepted=%" PRId64 " refused=%" PRId64 " gave_way=%" PRId64
           " timed_out=%" PRId64 " ok=%" PRId64 " client=%" PRId64 " server=%" PRId64 "\n",
           counts.connections_open, counts.accepted, counts.refused, counts.gave_way,
           counts.timed_out, counts.responses[2], counts.responses[4], counts.responses[5]);
    fflush(stdout);
}

/* A line asks for the counts. */
static void serve_until_end_of_input(const struct http_server *server)
{
    char line[16];
    while (fgets(line, sizeof(line), stdin) != NULL)
        print_counts(server);
}

static bool serve(const struct http_server_options *options, const struct http_listener *listeners,
                  size_t count)
{
    struct err err = {0};
    struct http_server *server = http_server_start(options, listeners, count, &err);
    if (server == NULL) {
        fprintf(stderr, "http_demo: %s\n", err.text);
        return false;
    }
    printf("ready");
    for (size_t i = 0; i < count; i++)
        printf(" %d", http_server_port(server, i));
    printf("\n");
    fflush(stdout);
    serve_until_end_of_input(server);
    print_counts(server);
    http_server_stop(server);
    return true;
}

int main(int argc, char **argv)
{
    struct demo demo = {snapshot_place_new(), metrics_new(), NULL};
    struct http_numbers numbers;
    count_things(demo.metrics);
    http_numbers_init(&numbers, demo.metrics);
    demo.asleep =
        metric_series(metrics_add(demo.metrics, &(struct metric_spec){.kind = METRIC_GAUGE,
                                                                      .name = "todoku_asleep",
                                                                      .help = "Slow questions."}),
                      NULL);
    struct http_server_options options = {
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .context = &demo,
        .numbers = &numbers,
    };
    struct http_listener listeners[HTTP_LISTENERS_MAX];
    size_t count = 0, cap = 0;
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value != NULL) {
            *value++ = '\0';
            set_option(&options, &cap, argv[i], value);
        } else if (count < HTTP_LISTENERS_MAX)
            listeners[count++] = listener_of(argv[i], cap);
    }
    bool ok = serve(&options, listeners, count);
    metrics_free(demo.metrics);
    snapshot_place_free(demo.place);
    return ok ? 0 : 1;
}
