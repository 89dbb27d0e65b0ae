/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_service.h. Plans come by one place that holds the newest, as tables do in exact mode:
 * no request ever waits for a lock of the owner.
 */
#include "app/policy_service.h"

#include <stdatomic.h>

#include "io/clock.h"
#include "io/mailbox.h"

enum { MESSAGES = 65536 }; /* that may be under way at once */

struct policy_service {
    struct answer_server *server;        /* NULL: listens nowhere */
    _Atomic(struct policy_plan *) fresh; /* put and not taken; or NULL */
    struct mailbox *events;
    atomic_size_t waiting; /* events */

    /* The server's thread, or the owner's while there is none. */
    struct policy_plan *plan;
    struct policy_desk *desk;
    struct buf relay, action;

    atomic_uint_fast64_t stages[POLICY_STAGES], results[POLICY_RESULTS];
    atomic_uint_fast64_t without_login, bad, untold, keys, crowded_out;
};

void policy_plan_free(struct policy_plan *plan)
{
    if (plan == NULL)
        return;
    arena_free(plan->arena);
    mem_free(plan);
}

struct policy_service *policy_service_new(struct policy_plan *plan, uint32_t keys, struct err *err)
{
    struct mailbox *events = mailbox_new(err);
    if (events == NULL) {
        policy_plan_free(plan);
        return NULL;
    }
    struct policy_service *service = MEM_NEW(struct policy_service);
    service->plan = plan;
    service->events = events;
    service->desk = policy_desk_new(&plan->terms, keys, MESSAGES);
    return service;
}

void policy_service_free(struct policy_service *service)
{
    if (service == NULL)
        return;
    policy_service_leave(service);
    for (struct policy_event *event; (event = policy_service_take(service)) != NULL;)
        mem_free(event);
    mailbox_free(service->events);
    policy_desk_free(service->desk);
    policy_plan_free(service->plan);
    policy_plan_free(atomic_load(&service->fresh));
    buf_done(&service->relay);
    buf_done(&service->action);
    mem_free(service);
}

/* ---- the server's thread ---- */

static void add(atomic_uint_fast64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void take_fresh(struct policy_service *service)
{
    if (atomic_load_explicit(&service->fresh, memory_order_relaxed) == NULL)
        return;
    struct policy_plan *fresh = atomic_exchange(&service->fresh, NULL);
    policy_desk_configure(service->desk, &fresh->terms);
    policy_plan_free(service->plan);
    service->plan = fresh;
}

static void tick(void *context)
{
    struct policy_service *service = context;
    struct limit_gate *limits = policy_desk_limits(service->desk);
    struct limit_gate_counts counts;
    take_fresh(service);
    (void)limit_gate_sweep(limits, clock_now_us());
    limit_gate_counts(limits, &counts);
    atomic_store(&service->keys, counts.keys);
    atomic_store(&service->crowded_out, counts.crowded_out);
}

static struct slice put_text(struct slice text, char **at)
{
    struct slice copy = {*at, text.len};
    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

static void tell(struct policy_service *service, const struct policy_request *request,
                 const struct policy_decision *decision, const struct limit_hit *hit)
{
    struct slice rule = hit->rule->name;
    size_t bytes = rule.len + decision->login.len + request->sender.len +
                   request->client_address.len + request->queue_id.len + request->instance.len;
    struct policy_event *event = mem_new(1, sizeof(*event) + bytes + 1);
    char *at = event->text;
    event->stage = request->stage;
    event->action = hit->rule->action;
    event->shadow = hit->rule->shadow;
    event->used = hit->used;
    event->most = hit->most;
    event->wanted = hit->wanted;
    event->at_us = decision->answer.now_us;
    event->rule = put_text(rule, &at);
    event->login = put_text(decision->login, &at);
    event->sender = put_text(request->sender, &at);
    event->client = put_text(request->client_address, &at);
    event->queue_id = put_text(request->queue_id, &at);
    event->instance = put_text(request->instance, &at);
    atomic_fetch_add(&service->waiting, 1);
    mailbox_put(service->events, event);
}

/* What looks only is told if it was refused: else the same is told when it is counted. */
static void tell_hits(struct policy_service *service, const struct policy_request *request,
                      const struct policy_decision *decision)
{
    const struct limit_answer *answer = &decision->answer;
    if (answer->hit_count == 0 || (request->stage == POLICY_STAGE_RCPT && answer->passes))
        return;
    if (atomic_load(&service->waiting) >= POLICY_EVENTS_MAX) {
        add(&service->untold);
        return;
    }
    if (answer->over)
        tell(service, request, decision, &answer->sternest);
    for (size_t i = 0; i < answer->hit_count; i++)
        if (answer->hits[i].rule->shadow)
            tell(service, request, decision, &answer->hits[i]);
}

static enum policy_result result_of(const struct policy_decision *decision)
{
    if (decision->exempt)
        return POLICY_EXEMPT;
    if (decision->again)
        return POLICY_AGAIN;
    bool said = decision->stage != POLICY_STAGE_RCPT || !decision->answer.passes;
    return decision->answer.over && said
               ? (enum policy_result)decision->answer.sternest.rule->action
               : POLICY_PASSED;
}

static void answer(struct policy_service *service, const struct policy_request *request,
                   int64_t now_us, struct buf *output)
{
    struct policy_decision decision;
    buf_clear(&service->action);
    policy_desk_answer(service->desk, buf_slice(&service->relay), request, now_us, &service->action,
                       &decision);
    policy_answer(buf_slice(&service->action), output);
    add(&service->stages[request->stage]);
    add(&service->results[result_of(&decision)]);
    if (!decision.exempt && decision.login.len == 0 &&
        (request->stage == POLICY_STAGE_DATA || request->stage == POLICY_STAGE_END_OF_MESSAGE))
        add(&service->without_login);
    tell_hits(service, request, &decision);
}

static bool take(void *context, bool fed, const struct answer_peer *peer, struct slice *input,
                 struct buf *output)
{
    struct policy_service *service = context;
    struct policy_request request;
    enum policy_frame frame;
    const char *why;
    int64_t now_us = clock_now_us();
    (void)fed;
    take_fresh(service);
    buf_clear(&service->relay);
    ip_address_format(&peer->ip, &service->relay);
    while ((frame = policy_request_take(input, &request, &why)) == POLICY_WHOLE)
        answer(service, &request, now_us, output);
    if (frame == POLICY_BAD)
        add(&service->bad);
    return frame == POLICY_MORE;
}

/* ---- the owner's thread ---- */

bool policy_service_listen(struct policy_service *service,
                           const struct answer_server_options *options, struct err *err)
{
    struct answer_server_options all = *options;
    all.take = take;
    all.tick = tick;
    all.context = service;
    all.question_max = POLICY_REQUEST_MAX;
    policy_service_leave(service);
    service->server = answer_server_start(&all, err);
    return service->server != NULL;
}

void policy_service_leave(struct policy_service *service)
{
    answer_server_stop(service->server);
    service->server = NULL;
}

void policy_service_put(struct policy_service *service, struct policy_plan *plan)
{
    policy_plan_free(atomic_exchange(&service->fresh, plan));
}

bool policy_service_feed(struct policy_service *service)
{
    return service->server != NULL && answer_server_feed(service->server);
}

struct policy_event *policy_service_take(struct policy_service *service)
{
    struct policy_event *event = mailbox_take(service->events);
    if (event != NULL)
        atomic_fetch_sub(&service->waiting, 1);
    return event;
}

int policy_service_fd(const struct policy_service *service)
{
    return mailbox_fd(service->events);
}

void policy_service_counts(struct policy_service *service, struct policy_service_counts *out)
{
    *out = (struct policy_service_counts){.without_login = atomic_load(&service->without_login),
                                          .bad = atomic_load(&service->bad),
                                          .untold = atomic_load(&service->untold),
                                          .keys = atomic_load(&service->keys),
                                          .crowded_out = atomic_load(&service->crowded_out)};
    for (size_t i = 0; i < POLICY_STAGES; i++)
        out->stages[i] = atomic_load(&service->stages[i]);
    for (size_t i = 0; i < POLICY_RESULTS; i++)
        out->results[i] = atomic_load(&service->results[i]);
    if (service->server != NULL)
        answer_server_counts(service->server, &out->server);
}
