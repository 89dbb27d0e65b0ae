/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_service.h. Plans come by one place that holds the newest, as tables do in exact mode:
 * no request ever waits for a lock of the owner.
 */
#include "app/policy_service.h"

#include <stdatomic.h>
#include <sys/random.h>

#include "app/flag_feed.h"
#include "app/policy_journal.h"
#include "gate/policy_words.h"
#include "io/clock.h"
#include "io/mailbox.h"

enum { MESSAGES = 65536 }; /* that may be under way at once */

/* Of a log that was read late: the queue id may be another message's by now. */
static const int64_t REFUND_AGE_US = INT64_C(3600000000);

struct policy_service {
    struct answer_server *server;                  /* NULL: listens nowhere */
    _Atomic(struct policy_plan *) fresh;           /* put and not taken; or NULL */
    _Atomic(struct account_book *) fresh_accounts; /* the same */
    struct policy_refunds *refunds;                /* NULL: none come */
    struct flag_feed *flags;
    struct mailbox *events, *orders;
    atomic_size_t waiting;        /* events */
    atomic_size_t waiting_orders; /* put and not taken */

    /* The server's thread, or the owner's while there is none. */
    struct policy_plan *plan;
    struct policy_desk *desk;
    struct policy_journal *journal; /* NULL: nothing is kept */
    struct policy_shared *shared;   /* NULL: alone */
    struct buf relay, action;
    struct hijack_channel *channel; /* borrowed; NULL: nobody wants to know */

    atomic_uint_fast64_t stages[POLICY_STAGES], results[POLICY_RESULTS];
    atomic_uint_fast64_t without_login, bad, untold, given_back, keys, crowded_out, forgotten;
};

/* Strangers choose logins and senders; they shall not choose what falls together. Without random
 * bytes (before Linux 3.17) the clock is better than nothing. */
static struct hash_key any_key(void)
{
    struct hash_key key = {{(uint64_t)clock_now_us(), (uint64_t)clock_steady_us()}};
    if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
        key.words[0] ^= (uint64_t)(uintptr_t)&key;
    return key;
}

const char *policy_result_word(enum policy_result result)
{
    static const char *const words[POLICY_RESULTS] = {
        "warn", "slow", "hold", "defer", "reject", "discard", "pass", "exempt", "again"};
    return words[result];
}

void policy_event_free(struct policy_event *event)
{
    if (event == NULL)
        return;
    policy_report_free(event->report);
    mem_free(event);
}

void policy_plan_free(struct policy_plan *plan)
{
    if (plan == NULL)
        return;
    arena_free(plan->arena);
    mem_free(plan);
}

struct policy_service *policy_service_new(struct policy_plan *plan, struct policy_refunds *refunds,
                                          struct err *err)
{
    struct mailbox *events = mailbox_new(err), *orders = events ? mailbox_new(err) : NULL;
    struct flag_feed *flags = orders ? flag_feed_new(err) : NULL;
    if (flags == NULL) {
        mailbox_free(events);
        mailbox_free(orders);
        policy_plan_free(plan);
        return NULL;
    }
    struct policy_service *service = MEM_NEW(struct policy_service);
    service->plan = plan;
    service->refunds = refunds;
    service->events = events;
    service->flags = flags;
    service->orders = orders;
    service->desk = policy_desk_new(&plan->terms, MESSAGES);
    const struct hash_key key = any_key();
    policy_desk_hash_by(service->desk, &key);
    return service;
}

void policy_service_free(struct policy_service *service)
{
    if (service == NULL)
        return;
    policy_service_leave(service);
    policy_journal_free(service->journal);
    for (struct policy_event *event; (event = policy_service_take(service)) != NULL;)
        policy_event_free(event);
    for (struct policy_order *order; (order = mailbox_take(service->orders)) != NULL;)
        policy_order_free(order);
    mailbox_free(service->events);
    flag_feed_free(service->flags);
    mailbox_free(service->orders);
    account_book_unref(atomic_load(&service->fresh_accounts));
    policy_shared_free(service->shared);
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
    policy_shared_new_rules(service->shared);
    policy_plan_free(service->plan);
    service->plan = fresh;
}

static void take_accounts(struct policy_service *service)
{
    if (atomic_load_explicit(&service->fresh_accounts, memory_order_relaxed) != NULL)
        policy_desk_put_accounts(service->desk, atomic_exchange(&service->fresh_accounts, NULL));
}

static void take_flags(struct policy_service *service)
{
    flag_feed_take(service->flags, policy_desk_flags(service->desk));
}

static void give_back(struct policy_service *service, int64_t now_us)
{
    struct policy_refund *refund;
    while (service->refunds != NULL && (refund = policy_refunds_take(service->refunds)) != NULL) {
        if (now_us - refund->at_us <= REFUND_AGE_US &&
            policy_desk_give_back(service->desk, refund->queue_id, refund->login, now_us))
            add(&service->given_back);
        mem_free(refund);
    }
}

static void put_event(struct policy_service *service, struct policy_event *event)
{
    atomic_fetch_add(&service->waiting, 1);
    mailbox_put(service->events, event);
}

static void take_orders(struct policy_service *service)
{
    if (atomic_load_explicit(&service->waiting_orders, memory_order_acquire) == 0)
        return;
    for (struct policy_order *order; (order = mailbox_take(service->orders)) != NULL;) {
        struct policy_report *report =
            policy_order_do(order, service->desk, service->shared, clock_now_us());
        atomic_fetch_sub(&service->waiting_orders, 1);
        if (report == NULL)
            continue;
        struct policy_event *event = mem_new(1, sizeof(*event) + 1);
        event->report = report;
        put_event(service, event);
    }
}

static void tick(void *context)
{
    struct policy_service *service = context;
    if (service->channel != NULL)
        hijack_channel_flush(service->channel);
    struct limit_gate *limits = policy_desk_limits(service->desk);
    struct limit_gate_counts counts;
    take_fresh(service);
    take_accounts(service);
    take_flags(service);
    give_back(service, clock_now_us());
    take_orders(service);
    policy_shared_tick(service->shared);
    (void)limit_gate_sweep(limits, clock_now_us());
    limit_gate_counts(limits, &counts);
    atomic_store(&service->keys, counts.keys);
    atomic_store(&service->crowded_out, counts.crowded_out);
    atomic_store(&service->forgotten, policy_desk_forgotten(service->desk));
    policy_journal_turn(service->journal, clock_steady_us());
}

/* Of whom and what it was; the numbers are for the caller to set. */
static struct policy_event *event_of(const struct policy_request *request,
                                     const struct policy_decision *decision, struct slice rule)
{
    const struct slice from[] = {rule,
                                 slice_first(decision->login, ACCOUNT_LOGIN_MAX),
                                 slice_first(request->sender, POLICY_EVENT_TEXT),
                                 slice_first(request->client_address, POLICY_EVENT_TEXT),
                                 slice_first(request->queue_id, POLICY_EVENT_TEXT),
                                 slice_first(request->instance, POLICY_EVENT_TEXT)};
    size_t bytes = 1;
    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
        bytes += from[i].len;
    struct policy_event *event = mem_new(1, sizeof(*event) + bytes);
    char *at = event->text;
    event->stage = request->stage;
    event->at_us = decision->answer.now_us;
    struct slice *to[] = {&event->rule,   &event->login,    &event->sender,
                          &event->client, &event->queue_id, &event->instance};
    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
        *to[i] = slice_put(from[i], &at);
    return event;
}

static void tell_hit(struct policy_service *service, const struct policy_request *request,
                     const struct policy_decision *decision, const struct limit_hit *hit)
{
    struct policy_event *event = event_of(request, decision, hit->rule->name);
    event->action = hit->rule->action;
    event->shadow = hit->rule->shadow;
    event->used = hit->used;
    event->most = hit->most;
    event->wanted = hit->wanted;
    put_event(service, event);
}

static void tell_flag(struct policy_service *service, const struct policy_request *request,
                      const struct policy_decision *decision)
{
    enum account_flag_kind kind = decision->flag->kind;
    struct policy_event *event =
        event_of(request, decision, slice_from_str(account_flag_word(kind)));
    event->action = account_flag_action(kind);
    event->by_flag = true;
    put_event(service, event);
}

/* What looks only is told if it was refused: else the same is told when it is counted. */
static void tell(struct policy_service *service, const struct policy_request *request,
                 const struct policy_decision *decision)
{
    const struct limit_answer *answer = &decision->answer;
    bool hits = answer->hit_count > 0 && (request->stage != POLICY_STAGE_RCPT || !answer->passes);
    if (!hits && decision->flag == NULL)
        return;
    if (atomic_load(&service->waiting) >= POLICY_EVENTS_MAX) {
        add(&service->untold);
        return;
    }
    if (decision->flag != NULL)
        tell_flag(service, request, decision);
    else if (answer->over)
        tell_hit(service, request, decision, &answer->sternest);
    for (size_t i = 0; hits && i < answer->hit_count; i++)
        if (answer->hits[i].rule->shadow)
            tell_hit(service, request, decision, &answer->hits[i]);
}

static enum policy_result result_of(const struct policy_decision *decision)
{
    if (decision->exempt)
        return POLICY_EXEMPT;
    if (decision->again)
        return POLICY_AGAIN;
    if (decision->flag != NULL)
        return (enum policy_result)account_flag_action(decision->flag->kind);
    bool said = decision->stage != POLICY_STAGE_RCPT || !decision->answer.passes;
    return decision->answer.over && said
               ? (enum policy_result)decision->answer.sternest.rule->action
               : POLICY_PASSED;
}

/* Who judges accounts is told of what passes, at RCPT of the recipient and then of the message,
 * once; and of recipients that a flag refuses. */
static void tell_fact(struct policy_service *service, const struct policy_request *request,
                      const struct policy_decision *decision)
{
    bool recipient = request->stage == POLICY_STAGE_RCPT;
    bool passes = recipient ? decision->answer.passes : decision->counted;
    bool vain = recipient && decision->flag != NULL &&
                account_flag_action(decision->flag->kind) >= LIMIT_DEFER;
    if (service->channel == NULL || decision->login.len == 0 || decision->again ||
        (!passes && !vain) || (!recipient && decision->load.messages == 0))
        return;
    struct policy_fact fact = {.at_us = decision->answer.now_us,
                               .vain = vain,
                               .login = decision->login,
                               .client = request->client_address,
                               .sender = request->sender,
                               .recipient = recipient ? request->recipient : SLICE("")};
    if (!recipient) {
        fact.size = request->size;
        fact.recipients = request->recipient_count > 0 ? request->recipient_count : 1;
        if (request->queue_id.len > 0)
            fact.message = (uint32_t)slice_hash(request->queue_id);
    }
    hijack_channel_tell_fact(service->channel, &fact);
}

/* False: the answer comes later. */
static bool answer(struct policy_service *service, const struct policy_request *request,
                   int64_t now_us, struct buf *output)
{
    struct policy_decision decision;
    buf_clear(&service->action);
    policy_desk_answer(service->desk, buf_slice(&service->relay), request, now_us, &service->action,
                       &decision);
    if (decision.answer.waits)
        return false;
    policy_answer(buf_slice(&service->action), output);
    tell_fact(service, request, &decision);
    add(&service->stages[request->stage]);
    add(&service->results[result_of(&decision)]);
    if (!decision.exempt && decision.login.len == 0 &&
        (request->stage == POLICY_STAGE_DATA || request->stage == POLICY_STAGE_END_OF_MESSAGE))
        add(&service->without_login);
    tell(service, request, &decision);
    return true;
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
    take_accounts(service);
    give_back(service, now_us);
    buf_clear(&service->relay);
    ip_address_format(&peer->ip, &service->relay);
    for (struct slice rest = *input;
         (frame = policy_request_take(&rest, &request, &why)) == POLICY_WHOLE; *input = rest) {
        take_flags(service);
        take_orders(service);
        policy_shared_request(service->shared, peer, buf_slice(&service->relay), &request);
        if (!answer(service, &request, now_us, output))
            return true;
    }
    if (frame == POLICY_BAD)
        add(&service->bad);
    return frame == POLICY_MORE;
}

static void begin(void *context, struct uv_loop_s *loop)
{
    struct policy_service *service = context;
    policy_shared_begin(service->shared, service->desk, loop);
}

static void end(void *context)
{
    struct policy_service *service = context;
    policy_shared_end(service->shared);
}

/* ---- the owner's thread ---- */

void policy_service_hand(struct policy_service *service, struct hijack_channel *channel)
{
    ASSERT(service->server == NULL);
    service->channel = channel;
}

void policy_service_share(struct policy_service *service, struct policy_shared *shared)
{
    ASSERT(service->server == NULL);
    policy_shared_free(service->shared);
    service->shared = shared;
}

struct policy_shared *policy_service_shared(const struct policy_service *service)
{
    return service->shared;
}

bool policy_service_listen(struct policy_service *service,
                           const struct answer_server_options *options, struct err *err)
{
    struct answer_server_options all = *options;
    all.take = take;
    all.tick = tick;
    all.begin = begin;
    all.end = end;
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
    take_orders(service);
    policy_journal_settle(service->journal);
}

void policy_service_keep(struct policy_service *service, struct policy_journal *journal)
{
    ASSERT(service->server == NULL);
    policy_journal_free(service->journal);
    service->journal = journal;
}

struct policy_desk *policy_service_desk(struct policy_service *service)
{
    ASSERT(service->server == NULL);
    return service->desk;
}

const struct policy_journal *policy_service_journal(const struct policy_service *service)
{
    return service->journal;
}

void policy_service_put(struct policy_service *service, struct policy_plan *plan)
{
    policy_plan_free(atomic_exchange(&service->fresh, plan));
}

void policy_service_flag(struct policy_service *service, struct account_flag *flag)
{
    flag_feed_put(service->flags, flag);
}

void policy_service_order(struct policy_service *service, struct policy_order *order)
{
    atomic_fetch_add(&service->waiting_orders, 1);
    mailbox_put(service->orders, order);
    if (service->server == NULL)
        take_orders(service);
}

void policy_service_put_flags(struct policy_service *service, struct account_flags *flags)
{
    flag_feed_put_all(service->flags, flags);
}

void policy_service_put_accounts(struct policy_service *service, struct account_book *accounts)
{
    account_book_unref(atomic_exchange(&service->fresh_accounts, accounts));
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
                                          .given_back = atomic_load(&service->given_back),
                                          .keys = atomic_load(&service->keys),
                                          .crowded_out = atomic_load(&service->crowded_out),
                                          .forgotten = atomic_load(&service->forgotten)};
    for (size_t i = 0; i < POLICY_STAGES; i++)
        out->stages[i] = atomic_load(&service->stages[i]);
    for (size_t i = 0; i < POLICY_RESULTS; i++)
        out->results[i] = atomic_load(&service->results[i]);
    if (service->refunds != NULL)
        out->refunds_dropped = policy_refunds_dropped(service->refunds);
    if (service->server != NULL)
        answer_server_counts(service->server, &out->server);
}
