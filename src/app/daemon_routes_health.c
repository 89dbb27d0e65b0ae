/* SPDX-License-Identifier: Apache-2.0
 *
 * What was decided and could not be done or kept: said once in the trail, counted each time, and an
 * incident when it lasts. See daemon_routes.h, route_health.h.
 */
#include "app/daemon_routes_private.h"

static const struct {
    const char *label; /* of the metric */
    const char *broken, *mended;
} words[ROUTE_PART_COUNT] = {
    [ROUTE_PART_TABLES] = {"tables",
                           "the tables of Postfix cannot be written, and it is tried again",
                           "the tables of Postfix are written again"},
    [ROUTE_PART_FILTER] = {"filter",
                           "the filter of Postfix cannot be written, and it is tried again",
                           "the filter of Postfix is written again"},
    [ROUTE_PART_EXACT] = {"exact",
                          "Postfix cannot ask, so that shares and paces are the nearest that the "
                          "tables have, and it is tried again",
                          "Postfix can ask again: shares and paces are exact"},
    [ROUTE_PART_QUEUE] = {"queue",
                          "mail that waits cannot be let go, Postfix tries it in its own time",
                          "commands of Postfix work again: mail that waits is let go"},
    [ROUTE_PART_RELOAD] = {"reload",
                           "Postfix cannot be reloaded, mail in its active queue keeps its way",
                           "commands of Postfix work again: it was reloaded"},
    [ROUTE_PART_STATE] = {"state", "what is decided cannot be kept, a restart would forget it",
                          "what is decided is kept again"},
};

/* ---- tries ---- */

void routes_tried(struct daemon_routes *routes, enum route_part part, bool was_failing,
                  const struct err *why)
{
    struct slice label = slice_from_str(words[part].label);
    if (why != NULL)
        daemon_metrics_add(routes->options.metrics, DAEMON_METRIC_ROUTE_FAILURES, &label, 1);
    if (was_failing == (why != NULL))
        return;
    if (why != NULL)
        routes_note(routes, true, "%s: %s", words[part].broken, why->text);
    else
        routes_note(routes, false, "%s", words[part].mended);
}

static struct routes_file *file_of(struct daemon_routes *routes, enum route_part part)
{
    return part == ROUTE_PART_FILTER ? &routes->filter : &routes->kept;
}

void routes_tried_file(struct daemon_routes *routes, enum route_part part, const struct err *why,
                       int64_t again_us)
{
    struct routes_file *file = file_of(routes, part);
    bool was_failing = file->failing;
    file->failing = why != NULL;
    file->again_us = why != NULL ? routes->now_us + again_us : INT64_MAX;
    if (why != NULL)
        file->why = *why;
    if (file->failing != was_failing)
        file->since_us = routes->now_us;
    routes_tried(routes, part, was_failing, why);
}

static struct routes_failure failure_of(bool failing, const struct err *why, int64_t since_us)
{
    return (struct routes_failure){.why = failing ? why : NULL, .since_us = since_us};
}

struct routes_failure routes_failure(const struct daemon_routes *routes, enum route_part part)
{
    struct daemon_routes_maps_state maps = daemon_routes_maps_state(routes->maps);
    struct daemon_routes_queue_state queue = daemon_routes_queue_state(routes->queue);
    struct daemon_exact_state exact = daemon_exact_state(routes->options.exact);
    switch (part) {
    case ROUTE_PART_TABLES:
        return failure_of(maps.failing, maps.why, maps.since_us);
    case ROUTE_PART_FILTER:
        return failure_of(routes->filter.failing, &routes->filter.why, routes->filter.since_us);
    case ROUTE_PART_EXACT:
        return failure_of(exact.failing, exact.why, exact.since_us);
    case ROUTE_PART_QUEUE:
        return failure_of(queue.faults[QUEUE_FAULT_QUEUE].failing,
                          queue.faults[QUEUE_FAULT_QUEUE].why,
                          queue.faults[QUEUE_FAULT_QUEUE].since_us);
    case ROUTE_PART_RELOAD:
        return failure_of(queue.faults[QUEUE_FAULT_RELOAD].failing,
                          queue.faults[QUEUE_FAULT_RELOAD].why,
                          queue.faults[QUEUE_FAULT_RELOAD].since_us);
    case ROUTE_PART_STATE:
        return failure_of(routes->kept.failing, &routes->kept.why, routes->kept.since_us);
    }
    return (struct routes_failure){0};
}

/* ---- incidents ---- */

static void resume_one(void *data, const struct incident_view *view)
{
    struct daemon_routes *routes = data;
    if (view->state != INCIDENT_STATE_CLOSED)
        route_health_resume(&routes->health, routes->fleet.relay, view->incident);
}

void daemon_routes_resume(struct daemon_routes *routes, const struct incident_book *book,
                          int64_t now_us)
{
    incident_book_visit(book, now_us, resume_one, routes);
}

static void say(const struct daemon_routes *routes, enum route_part part, struct buf *to)
{
    struct routes_failure failure = routes_failure(routes, part);
    if (part == ROUTE_PART_STATE && routes->damaged)
        buf_add_str(to, "the routes that were kept cannot be read and begin anew; they are kept "
                        "as routes.json.damaged");
    else if (failure.why != NULL)
        buf_addf(to, "%s: %s", words[part].broken, failure.why->text);
}

void daemon_routes_watch(struct daemon_routes *routes, struct incident_book *book, int64_t now_us)
{
    for (size_t i = 0; i < ROUTE_PART_COUNT; i++) {
        CLEANUP_BUF struct buf text = {0};
        struct incident incident;
        enum route_part part = (enum route_part)i;
        say(routes, part, &text);
        const struct route_trouble trouble = {
            .part = part,
            .words = buf_slice(&text),
            .at_once = part == ROUTE_PART_STATE && routes->damaged,
        };
        if (!route_health_take(&routes->health, &trouble, now_us, &incident))
            continue;
        incident.relay = routes->fleet.relay;
        (void)incident_book_take(book, &incident, now_us);
    }
    routes->damaged = false;
}
