/* SPDX-License-Identifier: Apache-2.0
 *
 * A quota server of the pool: its questions by the end of their time, its connections, its breaker.
 * A question is in the list of those not answered, and either in that of a connection or in that of
 * those not sent, which has something in it only while no connection is up.
 *
 * Whoever asked may ask again from within an answer; so what a function is about to change after
 * that is looked at anew.
 */
#include "io/quota_pool_private.h"

#include "base/memory.h"
#include "io/clock.h"

const int64_t quota_delay_bounds_us[QUOTA_DELAY_BOUNDS] = {
    500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 200000, 400000, 1000000, 2500000,
};

/* ---- the lists ---- */

/* By due_us, mostly the newest. */
static void add_due(struct quota_server *server, struct quota_ask *ask)
{
    struct quota_ask *older = server->newest;
    while (older != NULL && older->due_us > ask->due_us)
        older = older->older;
    ask->older = older;
    ask->newer = older != NULL ? older->newer : server->oldest;
    *(ask->older != NULL ? &ask->older->newer : &server->oldest) = ask;
    *(ask->newer != NULL ? &ask->newer->older : &server->newest) = ask;
    server->asks++;
}

static void add_unsent(struct quota_server *server, struct quota_ask *ask)
{
    ask->link = NULL;
    ask->next = NULL;
    *(server->last != NULL ? &server->last->next : &server->first) = ask;
    server->last = ask;
}

static struct quota_ask *take_unsent(struct quota_server *server)
{
    struct quota_ask *ask = server->first;
    server->first = ask->next;
    if (server->first == NULL)
        server->last = NULL;
    ask->next = NULL;
    return ask;
}

/* Out of the middle: of those whose time is over. */
static void remove_unsent(struct quota_server *server, const struct quota_ask *ask)
{
    struct quota_ask **place = &server->first, *before = NULL;
    while (*place != ask) {
        before = *place;
        place = &before->next;
    }
    *place = ask->next;
    if (ask->next == NULL)
        server->last = before;
}

/* The end of a question, which is in the list of no connection any more. */
static void finish(struct quota_ask *ask, enum quota_outcome outcome, const struct quota_said *said)
{
    struct quota_server *server = ask->server;
    *(ask->older != NULL ? &ask->older->newer : &server->oldest) = ask->newer;
    *(ask->newer != NULL ? &ask->newer->older : &server->newest) = ask->older;
    server->asks--;
    server->numbers.late += outcome == QUOTA_LATE;
    server->numbers.down += outcome == QUOTA_DOWN;
    buf_done(&ask->text);
    ask->older = ask->newer = ask->next = NULL;
    ask->server = NULL;
    ask->link = NULL;
    ask->answered(ask, outcome, said);
}

/* ---- connections ---- */

static size_t count_links(const struct quota_server *server)
{
    size_t count = 0;
    for (size_t i = 0; i < QUOTA_CONNECTIONS_MAX; i++)
        count += server->links[i] != NULL;
    return count;
}

/* The questions of a link that the server gives up, for the caller. */
static struct quota_ask *let_go(struct quota_link *link)
{
    struct quota_server *server = link->server;
    struct quota_ask *asks = link->first;
    for (size_t i = 0; i < QUOTA_CONNECTIONS_MAX; i++)
        if (server->links[i] == link)
            server->links[i] = NULL;
    link->first = link->last = NULL;
    link->asks = 0;
    quota_link_close(link);
    return asks;
}

static void connect_one_more(struct quota_server *server)
{
    if (count_links(server) >= server->connections_max)
        return;
    for (size_t i = 0; i < QUOTA_CONNECTIONS_MAX; i++)
        if (server->links[i] == NULL) {
            server->links[i] = quota_link_new(server);
            return;
        }
}

/* The one with the fewest questions. NULL: none is up. */
static struct quota_link *choose(const struct quota_server *server)
{
    struct quota_link *best = NULL;
    for (size_t i = 0; i < QUOTA_CONNECTIONS_MAX; i++) {
        struct quota_link *link = server->links[i];
        if (link != NULL && link->up && !link->leaving && (best == NULL || link->asks < best->asks))
            best = link;
    }
    return best;
}

static bool is_connecting(const struct quota_server *server)
{
    for (size_t i = 0; i < QUOTA_CONNECTIONS_MAX; i++)
        if (server->links[i] != NULL && !server->links[i]->up)
            return true;
    return false;
}

/* Sends what waits, or sees to a connection for it. */
static void send_on(struct quota_server *server)
{
    while (server->first != NULL) {
        struct quota_link *link = choose(server);
        if ((link == NULL || link->asks > 0) && !is_connecting(server))
            connect_one_more(server);
        if (link == NULL)
            return;
        quota_link_send(link, take_unsent(server));
    }
}

void quota_server_connected(struct quota_server *server)
{
    server->numbers.connected++;
    send_on(server);
}

void quota_server_set_connections(struct quota_server *server, size_t connections)
{
    size_t count = count_links(server);
    server->connections_max = connections;
    for (size_t i = QUOTA_CONNECTIONS_MAX; i > 0; i--) {
        struct quota_link *link = server->links[i - 1];
        if (link == NULL)
            continue;
        link->leaving = count > connections;
        count -= link->leaving;
        if (link->leaving && link->asks == 0)
            (void)let_go(link);
    }
    send_on(server);
}

/* ---- failures ---- */

static const char *shown(const struct quota_server *server)
{
    return server->name.ptr;
}

void quota_server_give_up(struct quota_server *server)
{
    for (size_t i = 0; i < QUOTA_CONNECTIONS_MAX; i++)
        if (server->links[i] != NULL)
            (void)let_go(server->links[i]);
    server->first = server->last = NULL;
    while (server->oldest != NULL)
        finish(server->oldest, QUOTA_DOWN, NULL);
}

static void fail(struct quota_server *server)
{
    const struct quota_pool_options *options = &server->pool->options;
    bool was_open = server->breaker.open;
    if (!quota_breaker_bad(&server->breaker, clock_steady_us()))
        return;
    server->numbers.opened++;
    if (!was_open && options->changed != NULL)
        options->changed(options->changed_context, server, false);
    quota_server_give_up(server);
}

/* What comes of the questions of a connection that is gone: those that have time and were sent
 * once are sent again, the others end so. `head`: of the first there is no second time. */
static void send_again(struct quota_server *server, struct quota_ask *asks, bool head,
                       enum quota_outcome end)
{
    struct quota_ask *over = NULL, **last = &over;
    int64_t now_us = clock_steady_us();
    for (struct quota_ask *next; asks != NULL; asks = next, head = false) {
        next = asks->next;
        asks->next = NULL;
        if (head || asks->again || asks->due_us <= now_us) {
            asks->link = NULL;
            *last = asks;
            last = &asks->next;
            continue;
        }
        asks->again = true;
        server->numbers.retried++;
        add_unsent(server, asks);
    }
    for (struct quota_ask *next; over != NULL; over = next) {
        next = over->next;
        finish(over, over->due_us <= now_us ? QUOTA_LATE : end, NULL);
    }
}

/* None of those that wait will be sent: there is no way to the server. */
static void nothing_is_sent(struct quota_server *server)
{
    while (server->first != NULL)
        finish(take_unsent(server), QUOTA_DOWN, NULL);
}

void quota_server_lost(struct quota_link *link, int error)
{
    struct quota_server *server = link->server;
    bool was_up = link->up, proved = link->proved, begun = link->rest.len > 0;
    struct quota_ask *asks = let_go(link);
    if (was_up && asks == NULL)
        return; /* nobody minds */
    if (!was_up) {
        server->numbers.not_connected++;
        err_set(&server->fault, ERR_IO, "quota server %s: no connection: %s", shown(server),
                uv_strerror(error));
        if (choose(server) == NULL && !is_connecting(server))
            nothing_is_sent(server);
    } else {
        err_set(&server->fault, ERR_IO, "quota server %s: it ended the connection: %s",
                shown(server), uv_strerror(error));
        send_again(server, asks, begun, QUOTA_DOWN);
    }
    if (!was_up || begun || !proved)
        fail(server);
    send_on(server);
}

void quota_server_nonsense(struct quota_link *link, const char *why)
{
    struct quota_server *server = link->server;
    server->numbers.junk++;
    err_set(&server->fault, ERR_INPUT, "quota server %s: it says what is no answer: %s",
            shown(server), why);
    send_again(server, let_go(link), true, QUOTA_DOWN);
    fail(server);
    send_on(server);
}

/* ---- time ---- */

/* A connection that is not there after the time of a question never will be. */
static void give_up_connecting(struct quota_server *server, int64_t begun_us)
{
    for (size_t i = 0; i < QUOTA_CONNECTIONS_MAX; i++) {
        struct quota_link *link = server->links[i];
        if (link == NULL || link->up || link->begun_us > begun_us)
            continue;
        server->numbers.not_connected++;
        (void)let_go(link);
    }
}

static void be_late(struct quota_server *server, struct quota_ask *ask)
{
    long long after_ms = (long long)(ask->due_us - ask->asked_us) / 1000;
    err_set(&server->fault, ERR_IO, "quota server %s: no %s within %lld ms", shown(server),
            ask->link != NULL ? "answer" : "connection", after_ms);
    if (ask->link != NULL) {
        send_again(server, let_go(ask->link), false, QUOTA_LATE);
        return;
    }
    give_up_connecting(server, ask->asked_us);
    remove_unsent(server, ask);
    finish(ask, QUOTA_LATE, NULL);
}

/* All that ends at this moment is one failure. */
void quota_server_look(struct quota_server *server, int64_t now_us)
{
    bool any = false;
    while (server->oldest != NULL && server->oldest->due_us <= now_us) {
        be_late(server, server->oldest);
        any = true;
    }
    if (any) {
        fail(server);
        send_on(server);
    }
    if (server->oldest != NULL)
        quota_pool_watch(server->pool, server->oldest->due_us);
}

/* ---- questions and answers ---- */

static void note_delay(struct quota_server *server, int64_t delay_us)
{
    size_t i = 0;
    while (i < QUOTA_DELAY_BOUNDS && delay_us > quota_delay_bounds_us[i])
        i++;
    server->numbers.delays[i]++;
    server->numbers.delay_sum_us += (uint64_t)delay_us;
    int64_t before_us = server->delay_us;
    server->delay_us = before_us == 0 ? delay_us : before_us + (delay_us - before_us) / 8;
}

void quota_server_answered(struct quota_link *link, const struct quota_said *said)
{
    struct quota_server *server = link->server;
    const struct quota_pool_options *options = &server->pool->options;
    struct quota_ask *ask = link->first;
    int64_t delay_us = clock_steady_us() - ask->asked_us;
    link->proved = true;
    link->first = ask->next;
    if (link->first == NULL)
        link->last = NULL;
    link->asks--;
    bool gone = link->leaving && link->asks == 0;
    if (gone)
        (void)let_go(link);
    note_delay(server, delay_us);
    ASSERT(said->kind < QUOTA_KINDS_MAX);
    server->numbers.answered[said->kind]++;
    server->fault = (struct err){0};
    if (quota_breaker_good(&server->breaker) && options->changed != NULL)
        options->changed(options->changed_context, server, true);
    finish(ask, QUOTA_ANSWERED, said);
    if (gone)
        send_on(server); /* what had no room for a connection */
}

enum quota_outcome quota_pool_ask(struct quota_server *server, struct slice question,
                                  struct quota_ask *ask)
{
    struct quota_pool *pool = server->pool;
    int64_t now_us = clock_steady_us();
    enum quota_outcome outcome = QUOTA_WAITING;
    if (question.len == 0 || question.len > QUOTA_TEXT_MAX)
        outcome = QUOTA_UNSAYABLE;
    else if (server->asks >= pool->options.waiting_max)
        outcome = QUOTA_BUSY;
    else if (pool->loop == NULL || server->leaving ||
             !quota_breaker_admits(&server->breaker, now_us))
        outcome = QUOTA_DOWN;
    server->numbers.asked++;
    server->numbers.unsayable += outcome == QUOTA_UNSAYABLE;
    server->numbers.busy += outcome == QUOTA_BUSY;
    server->numbers.down += outcome == QUOTA_DOWN;
    if (outcome != QUOTA_WAITING)
        return outcome;
    ask->text = (struct buf){0};
    buf_add(&ask->text, question);
    ask->server = server;
    ask->again = false;
    ask->asked_us = now_us;
    ask->due_us = now_us + pool->options.deadline_us;
    add_due(server, ask);
    add_unsent(server, ask);
    quota_pool_watch(pool, ask->due_us);
    send_on(server);
    return QUOTA_WAITING;
}

/* ---- life, and what is known ---- */

struct quota_server *quota_server_new(struct quota_pool *pool, const struct quota_server_plan *plan)
{
    struct quota_server *server = MEM_NEW(struct quota_server);
    char *name = mem_new(1, plan->name.len + 1), *at = name;
    server->pool = pool;
    server->name = slice_put(plan->name, &at);
    server->endpoint = plan->endpoint;
    server->connections_max = plan->connections;
    return server;
}

void quota_server_free(struct quota_server *server)
{
    ASSERT(server->oldest == NULL);
    quota_server_give_up(server);
    mem_free((void *)(uintptr_t)server->name.ptr);
    mem_free(server);
}

struct slice quota_server_name(const struct quota_server *server)
{
    return server->name;
}

const struct endpoint *quota_server_endpoint(const struct quota_server *server)
{
    return &server->endpoint;
}

const struct quota_numbers *quota_server_numbers(const struct quota_server *server)
{
    return &server->numbers;
}

struct quota_health quota_server_health(const struct quota_server *server)
{
    const struct quota_breaker *breaker = &server->breaker;
    int64_t left_us = breaker->open ? breaker->open_until_us - clock_steady_us() : 0;
    return (struct quota_health){
        .open = breaker->open,
        .wait_us = left_us > 0 ? left_us : 0,
        .connections = count_links(server),
        .waiting = server->asks,
        .delay_us = server->delay_us,
        .fault = &server->fault,
    };
}
