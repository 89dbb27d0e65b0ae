/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_service.h. A question that waits has its case in the seat of its connection; one whose
 * connection has gone is decided all the same, within the desk's patience, and then forgotten.
 */
#include "app/quota_service.h"

#include <stdatomic.h>
#include <sys/random.h>

#include "base/civil.h"
#include "base/memory.h"
#include "gate/quota_call.h"
#include "io/clock.h"
#include "io/mailbox.h"

static const int64_t STATE_US = US_PER_SECOND;

/* Of a connection. */
struct seat {
    struct answer_ticket ticket;
    struct quota_case *of; /* that waits; NULL: none */
};

/* A question to a mailbox server. */
struct call {
    struct quota_ask ask; /* first */
    struct quota_service *service;
    struct quota_probe *probe;
};

struct quota_service {
    struct answer_server *server;        /* NULL: listens nowhere */
    _Atomic(struct quota_plan *) fresh;  /* put and not taken; or NULL */
    _Atomic(struct quota_state *) state; /* the newest, not taken; or NULL */
    struct mailbox *events;
    atomic_size_t waiting; /* events */

    /* The server's thread, or the owner's while there is none. */
    struct quota_plan *plan;
    struct quota_desk *desk;
    struct quota_pool *pool;
    struct quota_marks marks;
    struct quota_lookups *lookups; /* NULL: none at the moment */
    struct seat *seats;
    size_t seat_count;
    struct buf relay;
    int64_t stated_us; /* steady */

    atomic_uint_fast64_t results[QUOTA_STAGES][QUOTA_RESULT_COUNT];
    atomic_uint_fast64_t without_size, cached, bad, untold;
};

static void add(atomic_uint_fast64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* ---- what was decided ---- */

static void tell(struct quota_service *service, const struct quota_ruling *ruling, int64_t now_us)
{
    bool asks = ruling->stage == POLICY_STAGE_RCPT || ruling->stage == POLICY_STAGE_END_OF_MESSAGE;
    add(&service->results[ruling->stage][ruling->result]);
    if (ruling->stage == POLICY_STAGE_RCPT && ruling->size == 0)
        add(&service->without_size);
    if (asks && ruling->mailboxes > 0 && !ruling->asked)
        add(&service->cached);
    struct quota_event *event = quota_event_new(ruling, now_us);
    if (event == NULL)
        return;
    if (atomic_load(&service->waiting) >= QUOTA_EVENTS_MAX) {
        add(&service->untold);
        mem_free(event);
        return;
    }
    atomic_fetch_add(&service->waiting, 1);
    mailbox_put(service->events, event);
}

/* ---- cases that waited ---- */

static struct seat *seat_of(struct quota_service *service, const struct answer_ticket *ticket)
{
    ASSERT(ticket->slot < service->seat_count);
    return &service->seats[ticket->slot];
}

/* Nobody waits on that connection any more. */
static void clear_seat(struct seat *seat)
{
    quota_case_free(seat->of);
    seat->of = NULL;
}

/* Not from within take. */
static void resume(struct quota_service *service)
{
    struct quota_case *of;
    while ((of = quota_desk_ready(service->desk)) != NULL) {
        struct seat *seat = quota_case_marked(of);
        const struct answer_ticket ticket = seat->ticket;
        if (!answer_resume(&ticket) && seat->of == of)
            clear_seat(seat);
    }
}

/* ---- the desk's doors ---- */

static void on_answered(struct quota_ask *ask, enum quota_outcome outcome,
                        const struct quota_said *said)
{
    struct call *call = (struct call *)(void *)ask;
    struct quota_service *service = call->service;
    struct quota_answer answer = {.kind = QUOTA_TROUBLE};
    if (outcome == QUOTA_ANSWERED)
        answer = (struct quota_answer){(enum quota_kind)said->kind, said->text};
    quota_desk_heard(service->desk, call->probe, outcome == QUOTA_ANSWERED ? &answer : NULL,
                     clock_now_us());
    mem_free(call);
    resume(service);
}

static bool ask(void *context, struct slice name, const struct quota_question *question,
                struct quota_probe *probe)
{
    struct quota_service *service = context;
    struct quota_server *server = quota_pool_find(service->pool, name);
    if (server == NULL)
        return false;
    struct call *call = MEM_NEW(struct call);
    call->ask.answered = on_answered;
    call->service = service;
    call->probe = probe;
    if (quota_call(server, question, &call->ask) == QUOTA_WAITING)
        return true;
    mem_free(call);
    return false;
}

static bool find(void *context, struct quota_lookup *lookup)
{
    struct quota_service *service = context;
    if (service->lookups != NULL)
        return quota_lookups_find(service->lookups, lookup);
    if (mailbox_search_need(lookup->search) != NULL)
        mailbox_search_fail(lookup->search);
    return true;
}

static void on_found(void *context, struct quota_lookup *lookup)
{
    struct quota_service *service = context;
    quota_desk_found(service->desk, lookup, clock_now_us());
    resume(service);
}

/* ---- questions ---- */

static void take_plan(struct quota_service *service)
{
    const struct quota_plan *plan = service->plan;
    quota_pool_set_deadline(service->pool, plan->deadline_us);
    quota_pool_set_servers(service->pool, plan->servers, plan->server_count);
    if (service->lookups != NULL)
        quota_lookups_put(service->lookups, plan->tables, plan->terms.patience_us);
}

static void take_fresh(struct quota_service *service)
{
    if (atomic_load_explicit(&service->fresh, memory_order_relaxed) == NULL)
        return;
    struct quota_plan *fresh = atomic_exchange(&service->fresh, NULL);
    quota_plan_free(service->plan);
    service->plan = fresh;
    quota_desk_configure(service->desk, &fresh->terms);
    take_plan(service);
}

/* The case of the question that is the first, which may have waited. */
static struct quota_case *case_of(struct quota_service *service, struct seat *seat,
                                  const struct policy_request *request, int64_t now_us)
{
    struct quota_case *of = seat->of;
    seat->of = NULL;
    return of != NULL
               ? of
               : quota_desk_begin(service->desk, buf_slice(&service->relay), request, now_us);
}

/* False: it waits. */
static bool answer(struct quota_service *service, struct seat *seat,
                   const struct policy_request *request, struct buf *output)
{
    int64_t now_us = clock_now_us();
    struct quota_case *of = case_of(service, seat, request, now_us);
    const struct quota_ruling *ruling = quota_case_ruling(of);
    if (ruling == NULL) {
        seat->of = of;
        quota_case_mark(of, seat);
        answer_wait(&seat->ticket);
        return false;
    }
    policy_answer(ruling->action, output);
    tell(service, ruling, now_us);
    quota_case_free(of);
    return true;
}

static bool take(void *context, bool fed, const struct answer_peer *peer, struct slice *input,
                 struct buf *output)
{
    struct quota_service *service = context;
    struct seat *seat = seat_of(service, &peer->ticket);
    struct policy_request request;
    enum policy_frame frame;
    const char *why;
    (void)fed;
    if (seat->ticket.serial != peer->ticket.serial)
        clear_seat(seat);
    seat->ticket = peer->ticket;
    buf_clear(&service->relay);
    ip_address_format(&peer->ip, &service->relay);
    for (struct slice rest = *input;
         (frame = policy_request_take(&rest, &request, &why)) == POLICY_WHOLE; *input = rest)
        if (!answer(service, seat, &request, output))
            return true;
    if (frame == POLICY_BAD)
        add(&service->bad);
    return frame == POLICY_MORE;
}

static void show_state(struct quota_service *service)
{
    struct quota_state *state = quota_state_new(service->desk, service->pool, service->lookups);
    state->has_tables = service->plan->tables != NULL;
    mem_free(atomic_exchange(&service->state, state));
}

static void tick(void *context)
{
    struct quota_service *service = context;
    int64_t steady_us = clock_steady_us();
    take_fresh(service);
    if (service->lookups != NULL)
        quota_lookups_tick(service->lookups, steady_us);
    quota_desk_tick(service->desk, clock_now_us());
    resume(service);
    if (steady_us - service->stated_us < STATE_US)
        return;
    service->stated_us = steady_us;
    show_state(service);
}

static void begin(void *context, struct uv_loop_s *loop)
{
    struct quota_service *service = context;
    const struct quota_lookups_options options = {
        .loop = loop,
        .patience_us = service->plan->terms.patience_us,
        .found = on_found,
        .context = service,
    };
    quota_pool_begin(service->pool, loop);
    service->lookups = quota_lookups_new(&options);
    take_plan(service);
}

/* All connections are closed: who waited has gone. */
static void end(void *context)
{
    struct quota_service *service = context;
    for (size_t i = 0; i < service->seat_count; i++)
        clear_seat(&service->seats[i]);
    quota_lookups_free(service->lookups);
    service->lookups = NULL;
    quota_pool_end(service->pool);
}

/* ---- the owner's thread ---- */

struct quota_service *quota_service_new(struct quota_plan *plan, struct err *err)
{
    struct mailbox *events = mailbox_new(err);
    if (events == NULL) {
        quota_plan_free(plan);
        return NULL;
    }
    struct quota_service *service = MEM_NEW(struct quota_service);
    service->events = events;
    service->plan = plan;
    service->desk = quota_desk_new(&plan->terms, &(struct quota_desk_doors){find, ask, service});
    service->pool = quota_pool_new(&(struct quota_pool_options){
        .deadline_us = plan->deadline_us,
        .take = quota_call_take,
        .take_context = &service->marks,
    });
    return service;
}

void quota_service_free(struct quota_service *service)
{
    if (service == NULL)
        return;
    quota_service_leave(service);
    for (struct quota_event *event; (event = quota_service_take(service)) != NULL;)
        mem_free(event);
    mailbox_free(service->events);
    quota_desk_free(service->desk);
    quota_pool_free(service->pool);
    quota_plan_free(service->plan);
    quota_plan_free(atomic_load(&service->fresh));
    mem_free(atomic_load(&service->state));
    mem_free(service->seats);
    buf_done(&service->relay);
    mem_free(service);
}

bool quota_service_listen(struct quota_service *service,
                          const struct answer_server_options *options, struct err *err)
{
    struct answer_server_options all = *options;
    all.take = take;
    all.tick = tick;
    all.begin = begin;
    all.end = end;
    all.context = service;
    all.question_max = POLICY_REQUEST_MAX;
    quota_service_leave(service);
    mem_free(service->seats);
    service->seat_count = all.connections_max > 0 ? all.connections_max : ANSWER_CONNECTIONS;
    service->seats = MEM_NEW_ARRAY(struct seat, service->seat_count);
    service->server = answer_server_start(&all, err);
    return service->server != NULL;
}

void quota_service_leave(struct quota_service *service)
{
    answer_server_stop(service->server);
    service->server = NULL;
}

void quota_service_put(struct quota_service *service, struct quota_plan *plan)
{
    quota_plan_free(atomic_exchange(&service->fresh, plan));
}

bool quota_service_feed(struct quota_service *service)
{
    return service->server != NULL && answer_server_feed(service->server);
}

struct quota_event *quota_service_take(struct quota_service *service)
{
    struct quota_event *event = mailbox_take(service->events);
    if (event != NULL)
        atomic_fetch_sub(&service->waiting, 1);
    return event;
}

struct quota_state *quota_service_state(struct quota_service *service)
{
    return atomic_exchange(&service->state, NULL);
}

int quota_service_fd(const struct quota_service *service)
{
    return mailbox_fd(service->events);
}

void quota_service_counts(struct quota_service *service, struct quota_service_counts *out)
{
    *out = (struct quota_service_counts){
        .without_size = atomic_load(&service->without_size),
        .cached = atomic_load(&service->cached),
        .bad = atomic_load(&service->bad),
        .untold = atomic_load(&service->untold),
    };
    for (size_t i = 0; i < QUOTA_STAGES; i++)
        for (size_t k = 0; k < QUOTA_RESULT_COUNT; k++)
            out->results[i][k] = atomic_load(&service->results[i][k]);
    if (service->server != NULL)
        answer_server_counts(service->server, &out->server);
}
