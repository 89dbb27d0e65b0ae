/* SPDX-License-Identifier: Apache-2.0
 *
 * Which sources may send whose mail by SPF, asked and told to the plan, which passes over one that
 * most likely would be refused for it. See daemon_routes.h, spf_book.h. Part of how the sources
 * stand (daemon_routes_standing.c), asked under the same conditions, one question of a domain at a
 * time. In the owner's thread; nothing waits for it. Begins anew with each start and reload.
 */
#include "app/daemon_routes_private.h"

#include "app/route_report.h"
#include "app/spf_book.h"
#include "io/resolver.h"
#include "model/json_value.h"

#define QUESTIONS_MAX 4

struct question {
    struct daemon_routes *routes;
    bool open;
    uint64_t domain;
};

struct routes_spf {
    struct spf_book *book; /* NULL: nothing is looked at */
    struct question questions[QUESTIONS_MAX];
    struct arena *arena;              /* of the senders */
    struct route_sender_list senders; /* of all mail */
    struct buf *told; /* by source of the fleet: the fault of all mail, as it was told */
};

void routes_start_spf(struct daemon_routes *routes)
{
    const struct settings_dns *settings = &routes->options.settings->dns;
    struct routes_spf *spf = MEM_NEW(struct routes_spf);
    routes->spf = spf;
    spf->arena = arena_new(1024);
    spf->told = MEM_NEW_ARRAY(struct buf, routes->fleet.source_count + 1);
    if (routes_resolver(routes) != NULL && settings->standing)
        spf->book = spf_book_new(&routes->fleet, settings->look_us, settings->server_count > 0);
}

void routes_end_spf(struct daemon_routes *routes)
{
    struct routes_spf *spf = routes->spf;
    if (spf == NULL)
        return;
    for (size_t i = 0; i < routes->fleet.source_count; i++)
        buf_done(&spf->told[i]);
    mem_free(spf->told);
    spf_book_free(spf->book);
    arena_free(spf->arena);
    mem_free(spf);
}

/* ---- asking ---- */

static void hear(void *data, const struct dns_answer *answer)
{
    struct question *question = data;
    struct daemon_routes *routes = question->routes;
    question->open = false;
    spf_book_answer(routes->spf->book, question->domain, answer, routes->now_us);
}

static struct question *free_question(struct routes_spf *spf)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++)
        if (!spf->questions[i].open)
            return &spf->questions[i];
    return NULL;
}

void routes_ask_spf(struct daemon_routes *routes)
{
    struct routes_spf *spf = routes->spf;
    struct spf_book_question due;
    struct question *question;
    while (spf->book != NULL && (question = free_question(spf)) != NULL &&
           spf_book_take(spf->book, routes->now_us, &due)) {
        *question = (struct question){.routes = routes, .open = true, .domain = due.domain};
        if (resolver_ask(routes_resolver(routes), slice_of(due.name, due.len), due.type, hear,
                         question))
            continue;
        question->open = false;
        spf_book_put_back(spf->book, due.domain, routes->now_us);
    }
}

/* While all questions are open, an answer comes first. */
int64_t routes_spf_due(const struct daemon_routes *routes)
{
    struct routes_spf *spf = routes->spf;
    return spf->book != NULL && free_question(spf) != NULL ? spf_book_next_due(spf->book)
                                                           : INT64_MAX;
}

/* ---- telling ---- */

static void log_news(struct daemon_routes *routes)
{
    const struct routes_spf *spf = routes->spf;
    for (size_t i = 0; i < routes->fleet.source_count; i++) {
        CLEANUP_BUF struct buf fault = {0};
        struct slice source = routes->fleet.sources[i].name;
        spf_book_fault(spf->book, source, &spf->senders, &fault);
        if (slice_eq(buf_slice(&fault), buf_slice(&spf->told[i])))
            continue;
        bool good = fault.len == 0;
        buf_clear(&spf->told[i]);
        buf_add(&spf->told[i], buf_slice(&fault));
        OWN_LOG(routes->options.log, good ? OWN_LOG_INFO : OWN_LOG_WARNING,
                good ? "source_stands_well" : "source_stands_badly", log_text("source", source),
                log_text("fault", buf_slice(&fault)));
    }
}

void routes_take_senders(struct daemon_routes *routes, const struct route_report *report)
{
    struct routes_spf *spf = routes->spf;
    if (spf->book == NULL)
        return;
    arena_reset(spf->arena);
    spf->senders = report->senders;
    for (size_t i = 0; i < spf->senders.count; i++) {
        struct slice *domain = &spf->senders.rows[i].domain;
        domain->ptr = arena_copy(spf->arena, domain->ptr, domain->len);
    }
    spf_book_want(spf->book, &spf->senders, routes->now_us);
    log_news(routes);
}

void routes_tell_spf(struct daemon_routes *routes, const struct route_report *report)
{
    const struct spf_book *book = routes->spf->book;
    for (size_t i = 0; book != NULL && i < routes->fleet.source_count; i++) {
        CLEANUP_BUF struct buf fault = {0};
        struct route_path path = {routes->fleet.sources[i].name, report->provider};
        spf_book_fault(book, path.source, &report->senders, &fault);
        route_plan_spf(routes->plan, &path, buf_slice(&fault));
    }
}

void routes_show_spf(const struct daemon_routes *routes, json_t *sources)
{
    const struct routes_spf *spf = routes->spf;
    for (size_t i = 0; spf->book != NULL && i < routes->fleet.source_count; i++) {
        CLEANUP_BUF struct buf fault = {0};
        struct slice source = routes->fleet.sources[i].name;
        spf_book_fault(spf->book, source, &spf->senders, &fault);
        if (fault.len == 0)
            continue;
        json_t *row = json_value_object();
        json_value_put_text(row, "source", source);
        json_value_put_text(row, "fault", buf_slice(&fault));
        json_value_put(row, "shared", json_boolean(false));
        json_value_put(row, "spf", json_boolean(true));
        json_value_append(sources, row);
    }
}
