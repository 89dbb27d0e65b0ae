/* SPDX-License-Identifier: Apache-2.0
 *
 * How the sources of this relay stand by what name servers say, asked and told to the plan, which
 * passes over a source with a fault. See daemon_routes.h, standing_book.h. Asked while a mode says
 * more than to observe, or a route is there, since it must be known when one is needed. A few
 * questions at a time: those about domains do not wait behind them. In the owner's thread; nothing
 * waits for it. Begins anew with each start and reload.
 */
#include "app/daemon_routes_private.h"

#include "app/standing_book.h"
#include "io/resolver.h"
#include "model/json_value.h"

#define QUESTIONS_MAX 4

struct question {
    struct daemon_routes *routes;
    bool open;
    size_t check;
};

struct routes_standing {
    struct standing_book *book; /* NULL: nothing is looked at */
    struct question questions[QUESTIONS_MAX];
    uint64_t revision; /* of the book, as told */
    struct buf *told;  /* by source of the fleet: the fault as the plan knows it */
    bool asks;         /* it mattered at the last turn */
};

static void measure(const struct daemon_routes *routes, struct slice source, bool fault)
{
    daemon_metrics_set(routes->options.metrics, DAEMON_METRIC_SOURCE_FAULT, &source, fault);
}

void routes_start_standing(struct daemon_routes *routes)
{
    const struct settings_dns *settings = &routes->options.settings->dns;
    struct routes_standing *standing = MEM_NEW(struct routes_standing);
    routes->standing = standing;
    standing->told = MEM_NEW_ARRAY(struct buf, routes->fleet.source_count + 1);
    if (routes_resolver(routes) != NULL && settings->standing)
        standing->book =
            standing_book_new(&(struct standing_options){.fleet = &routes->fleet,
                                                         .zones = settings->blocklists,
                                                         .zone_count = settings->blocklist_count,
                                                         .look_us = settings->look_us,
                                                         .reserved = settings->server_count > 0});
}

void routes_end_standing(struct daemon_routes *routes)
{
    struct routes_standing *standing = routes->standing;
    if (standing == NULL)
        return;
    for (size_t i = 0; i < routes->fleet.source_count; i++) {
        if (standing->told[i].len > 0)
            measure(routes, routes->fleet.sources[i].name, false);
        buf_done(&standing->told[i]);
    }
    standing_book_free(standing->book);
    mem_free(standing->told);
    mem_free(standing);
}

/* ---- telling the plan ---- */

static void tell_of(struct daemon_routes *routes, size_t i)
{
    struct buf *told = &routes->standing->told[i];
    struct slice source = routes->fleet.sources[i].name;
    CLEANUP_BUF struct buf fault = {0};
    standing_book_fault(routes->standing->book, source, &fault);
    if (slice_eq(buf_slice(&fault), buf_slice(told)))
        return;
    bool good = fault.len == 0;
    buf_clear(told);
    buf_add(told, buf_slice(&fault));
    route_plan_standing(routes->plan, source, buf_slice(&fault));
    measure(routes, source, !good);
    OWN_LOG(routes->options.log, good ? OWN_LOG_INFO : OWN_LOG_WARNING,
            good ? "source_stands_well" : "source_stands_badly", log_text("source", source),
            log_text("fault", buf_slice(&fault)));
}

/* All of them: what one has may be what all have. */
static void tell(struct daemon_routes *routes)
{
    uint64_t revision = standing_book_revision(routes->standing->book);
    if (revision == routes->standing->revision)
        return;
    routes->standing->revision = revision;
    for (size_t i = 0; i < routes->fleet.source_count; i++)
        tell_of(routes, i);
}

/* ---- asking ---- */

static void hear(void *data, const struct dns_answer *answer)
{
    struct question *question = data;
    struct daemon_routes *routes = question->routes;
    question->open = false;
    standing_book_answer(routes->standing->book, question->check, answer, routes->now_us);
    tell(routes);
}

static struct question *free_question(struct routes_standing *standing)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++)
        if (!standing->questions[i].open)
            return &standing->questions[i];
    return NULL;
}

void routes_ask_standing(struct daemon_routes *routes)
{
    struct routes_standing *standing = routes->standing;
    struct standing_question due;
    struct question *question;
    standing->asks = standing->book != NULL &&
                     (routes_may_act(routes) || route_plan_override(routes->plan, 0) != NULL);
    while (standing->asks && (question = free_question(standing)) != NULL &&
           standing_book_take(standing->book, routes->now_us, &due)) {
        *question = (struct question){.routes = routes, .open = true, .check = due.check};
        if (resolver_ask(routes_resolver(routes), slice_of(due.name, due.len), due.type, hear,
                         question))
            continue;
        question->open = false;
        standing_book_put_back(standing->book, due.check, routes->now_us);
    }
    if (standing->asks)
        tell(routes);
    if (standing->asks)
        routes_ask_spf(routes);
}

/* While all questions are open, an answer comes first. */
int64_t routes_standing_due(const struct daemon_routes *routes)
{
    struct routes_standing *standing = routes->standing;
    if (!standing->asks)
        return INT64_MAX;
    int64_t spf_us = routes_spf_due(routes), due_us = INT64_MAX;
    if (free_question(standing) != NULL)
        due_us = standing_book_next_due(standing->book);
    return spf_us < due_us ? spf_us : due_us;
}

/* ---- telling people ---- */

struct slice routes_standing_name(const struct daemon_routes *routes, struct slice source)
{
    const struct standing_book *book = routes->standing->book;
    return book != NULL ? standing_book_name(book, source) : SLICE("");
}

json_t *routes_standing_json(const struct daemon_routes *routes)
{
    const struct routes_standing *standing = routes->standing;
    json_t *object = json_value_object(), *sources = json_value_array();
    json_t *lists = json_value_array();
    struct standing_view view;
    for (size_t i = 0; standing->book != NULL && standing_book_view(standing->book, i, &view);
         i++) {
        json_t *row = json_value_object();
        bool is_list = view.source.len == 0;
        json_value_put_text(row, is_list ? "zone" : "source", is_list ? view.zone : view.source);
        json_value_put_text(row, "fault", view.fault);
        json_value_put_time(row, "since", view.since_us);
        if (!is_list)
            json_value_put(row, "shared", json_boolean(view.shared));
        json_value_append(is_list ? lists : sources, row);
    }
    routes_show_spf(routes, sources);
    json_value_put(object, "sources", sources);
    json_value_put(object, "blocklists", lists);
    return object;
}
