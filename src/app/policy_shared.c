/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_shared.h. A question that waits is judged twice: the first time it is sent and nothing
 * is answered, the second time, from within answer_resume, its verdict is there.
 */
#include "app/policy_shared.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/data.h"
#include "base/memory.h"
#include "gate/shared_call.h"
#include "io/clock.h"
#include "io/redis_client.h"

enum { OWED_AT_ONCE = 200, ALIVE_US = 5000000 };

static const int64_t ANNOUNCE_US = 1000000;

/* What Redis has of a message is surely there for so long: a minute less than it is remembered, for
 * all that is under way. */
static const int64_t KNOWN_US = (int64_t)(SHARED_REMEMBERED_S - 60) * 1000000;

/* A message that Redis does not know of yet, or a key that it is to forget. */
struct owed {
    struct redis_question question; /* first */
    struct policy_shared *shared;
    struct shared_words words;
    enum shared_operation operation;
    int64_t at_us;    /* steady clock */
    int64_t until_us; /* the same; from then on Redis might count it again */
    struct owed *next;
};

/* A question of Postfix, under way. */
struct call {
    struct redis_question question; /* first */
    struct policy_shared *shared;
    struct answer_ticket ticket;
    struct shared_call made;
    struct limit_answer begun; /* what the rules without a meter said */
    bool counts, named, again;
    uint64_t rules;                    /* number of the rules it was made by */
    const struct redis_answer *answer; /* while it is the verdict */
    struct call *free;
};

struct policy_shared {
    struct buf prefix, relay, id;
    int64_t deadline_us;
    uint32_t relays_least;

    /* The server's thread. */
    struct redis_client *client;
    struct policy_desk *desk;
    struct limit_gate *gate;
    const struct answer_peer *peer; /* of the request that is judged next */
    const struct policy_request *request;
    struct slice asker;
    bool aside;           /* the gate judges by itself */
    uint64_t rules;       /* changes */
    struct call *verdict; /* of the request that is judged next; or NULL */
    bool verdict_is_new;  /* its request has not been named yet */
    struct call *free;
    struct owed *owed, **owed_end;
    size_t owed_sent;
    struct redis_question announcing;
    bool announces;
    int64_t announced_us;
    struct buf number;

    atomic_uint_fast64_t asked, alone, settled, lost, owed_count;
    atomic_uint relays;
    atomic_bool up;
    atomic_int_fast64_t since_us;
    pthread_mutex_t lock;
    struct err fault; /* guarded by the lock */
};

/* ---- life ---- */

static void on_change(void *context, bool up)
{
    struct policy_shared *shared = context;
    atomic_store(&shared->up, up);
    atomic_store(&shared->since_us, clock_now_us());
    shared->announced_us = 0;
}

struct policy_shared *policy_shared_new(const struct policy_shared_options *options)
{
    struct policy_shared *shared = MEM_NEW(struct policy_shared);
    const struct redis_client_options client = {.address = &options->address,
                                                .script = data_policy_shared(),
                                                .deadline_us = options->deadline_us,
                                                .changed = on_change,
                                                .context = shared};
    buf_add(&shared->prefix, options->prefix);
    buf_add(&shared->relay, options->relay);
    buf_addf(&shared->id, "%.*s/%llx", SLICE_ARG(options->relay), (unsigned long long)options->id);
    shared->relays_least = options->relays > 0 ? options->relays : 1;
    shared->deadline_us = options->deadline_us;
    shared->owed_end = &shared->owed;
    atomic_init(&shared->relays, shared->relays_least);
    pthread_mutex_init(&shared->lock, NULL);
    shared->client = redis_client_new(&client);
    return shared;
}

static void free_owed(struct owed *owed)
{
    shared_words_done(&owed->words);
    mem_free(owed);
}

static struct owed *take_owed(struct policy_shared *shared)
{
    struct owed *owed = shared->owed;
    if (owed == NULL)
        return NULL;
    shared->owed = owed->next;
    if (shared->owed == NULL)
        shared->owed_end = &shared->owed;
    owed->next = NULL;
    return owed;
}

void policy_shared_free(struct policy_shared *shared)
{
    if (shared == NULL)
        return;
    redis_client_free(shared->client);
    for (struct owed *owed; (owed = take_owed(shared)) != NULL;)
        free_owed(owed);
    for (struct call *next; shared->free != NULL; shared->free = next) {
        next = shared->free->free;
        shared_words_done(&shared->free->made.words);
        mem_free(shared->free);
    }
    buf_done(&shared->prefix);
    buf_done(&shared->relay);
    buf_done(&shared->id);
    buf_done(&shared->number);
    pthread_mutex_destroy(&shared->lock);
    mem_free(shared);
}

/* ---- what went wrong ---- */

static void add(atomic_uint_fast64_t *counter, uint64_t count)
{
    atomic_fetch_add_explicit(counter, count, memory_order_relaxed);
}

static void note_fault(struct policy_shared *shared, struct slice error)
{
    pthread_mutex_lock(&shared->lock);
    if (error.len > 0)
        err_set(&shared->fault, ERR_IO, "Redis: %.*s", SLICE_ARG(slice_first(error, 200)));
    else
        shared->fault = *redis_client_fault(shared->client);
    pthread_mutex_unlock(&shared->lock);
}

static bool send_words(struct policy_shared *shared, const struct shared_words *words,
                       enum shared_operation operation, int64_t age_us,
                       struct redis_question *question)
{
    struct slice list[SHARED_WORDS_MAX];
    size_t count = shared_words_list(words, operation, age_us, &shared->number, list);
    if (!redis_client_ask(shared->client, list, count, words->keys.count, question))
        return false;
    add(&shared->asked, 1);
    return true;
}

/* ---- what is owed ---- */

static void owe(struct policy_shared *shared, struct owed *owed)
{
    owed->next = NULL;
    *shared->owed_end = owed;
    shared->owed_end = &owed->next;
}

/* Takes the words, if there is room. */
static void owe_words(struct policy_shared *shared, struct shared_words *words,
                      enum shared_operation operation, int64_t until_us)
{
    if (atomic_load(&shared->owed_count) >= POLICY_OWED_MAX) {
        add(&shared->lost, 1);
        return;
    }
    struct owed *owed = MEM_NEW(struct owed);
    owed->shared = shared;
    owed->words = *words;
    *words = (struct shared_words){0};
    owed->operation = operation;
    owed->at_us = clock_steady_us();
    owed->until_us = until_us;
    owe(shared, owed);
    add(&shared->owed_count, 1);
}

static void end_owed(struct owed *owed, atomic_uint_fast64_t *counter)
{
    add(counter, 1);
    atomic_fetch_sub(&owed->shared->owed_count, 1);
    free_owed(owed);
}

/* What Redis refuses to count (a key of another type) is never counted there; without memory, or
 * while it starts, it will be. */
static void on_settled(struct redis_question *question, const struct redis_answer *answer)
{
    struct owed *owed = (struct owed *)question;
    struct policy_shared *shared = owed->shared;
    bool later = answer->outcome == REDIS_LATE || answer->outcome == REDIS_UNLOADED ||
                 slice_starts_with(answer->error, SLICE("OOM")) ||
                 slice_starts_with(answer->error, SLICE("LOADING")) ||
                 slice_starts_with(answer->error, SLICE("BUSY")) ||
                 slice_starts_with(answer->error, SLICE("READONLY"));
    shared->owed_sent--;
    int64_t known_us = clock_steady_us() + KNOWN_US;
    if (answer->outcome == REDIS_LATE && owed->operation == SHARED_ADD && owed->until_us > known_us)
        owed->until_us = known_us;
    if (later)
        owe(shared, owed);
    else
        end_owed(owed, answer->outcome == REDIS_ANSWERED ? &shared->settled : &shared->lost);
}

static void settle(struct policy_shared *shared)
{
    int64_t now_us = clock_steady_us();
    for (struct owed *owed; shared->owed_sent < OWED_AT_ONCE &&
                            redis_client_is_up(shared->client) &&
                            (owed = take_owed(shared)) != NULL;) {
        owed->question.answered = on_settled;
        if (now_us >= owed->until_us) {
            end_owed(owed, &shared->lost);
            continue;
        }
        if (!send_words(shared, &owed->words, owed->operation, now_us - owed->at_us,
                        &owed->question)) {
            owe(shared, owed);
            return;
        }
        shared->owed_sent++;
    }
}

/* ---- the relays ---- */

static void on_announced(struct redis_question *question, const struct redis_answer *answer)
{
    size_t before = offsetof(struct policy_shared, announcing);
    struct policy_shared *shared = (struct policy_shared *)(void *)((char *)question - before);
    shared->announces = false;
    if (answer->outcome == REDIS_REFUSED)
        note_fault(shared, answer->error);
    if (answer->outcome != REDIS_ANSWERED || answer->count != 1)
        return;
    int64_t alive = answer->items[0].number;
    if (alive < shared->relays_least || alive > UINT16_MAX)
        alive = shared->relays_least;
    atomic_store(&shared->relays, (unsigned)alive);
}

static void announce(struct policy_shared *shared)
{
    CLEANUP_BUF struct buf key = {0};
    int64_t now_us = clock_steady_us();
    if (shared->announces || now_us - shared->announced_us < ANNOUNCE_US)
        return;
    buf_clear(&shared->number);
    buf_addf(&shared->number, "%d", ALIVE_US);
    buf_addf(&key, "%srelays", buf_str(&shared->prefix));
    const struct slice words[] = {buf_slice(&key), SLICE("live"), buf_slice(&shared->id),
                                  buf_slice(&shared->number)};
    shared->announcing.answered = on_announced;
    shared->announces = redis_client_ask(shared->client, words, sizeof(words) / sizeof(words[0]), 1,
                                         &shared->announcing);
    if (shared->announces)
        shared->announced_us = now_us;
}

/* ---- judging ---- */

static struct call *take_call(struct policy_shared *shared)
{
    struct call *call = shared->free;
    if (call == NULL)
        call = MEM_NEW(struct call);
    else
        shared->free = call->free;
    call->shared = shared;
    call->answer = NULL;
    call->again = false;
    return call;
}

static void release(struct call *call)
{
    call->free = call->shared->free;
    call->shared->free = call;
}

static bool wants_any(const struct shared_call *made)
{
    for (size_t i = 0; i < made->rule_count; i++)
        if (made->rules[i].wanted > 0)
            return true;
    return false;
}

static void on_verdict(struct redis_question *question, const struct redis_answer *answer)
{
    struct call *call = (struct call *)question;
    struct policy_shared *shared = call->shared;
    enum shared_operation operation = call->counts ? SHARED_CHARGE : SHARED_LOOK;
    if (answer->outcome == REDIS_UNLOADED && !call->again) {
        call->again = true;
        if (send_words(shared, &call->made.words, operation, 0, question))
            return;
    }
    call->answer = answer;
    shared->verdict = call;
    shared->verdict_is_new = true;
    (void)answer_resume(&call->ticket);
    shared->verdict = NULL;
    release(call);
}

/* By this relay's part. sent: Redis may count it all the same. */
static void judge_alone(struct policy_shared *shared, const struct limit_question *question,
                        struct call *call, bool sent, struct limit_answer *out)
{
    add(&shared->alone, 1);
    note_fault(shared, call->answer != NULL ? call->answer->error : SLICE(""));
    shared->aside = true;
    limit_gate_judge(shared->gate, question->who, question->load, question->counts,
                     question->now_us, out);
    shared->aside = false;
    if (!question->counts || (sent && !call->named))
        return;
    if (out->passes)
        owe_words(shared, &call->made.words, SHARED_ADD,
                  sent ? clock_steady_us() + KNOWN_US : INT64_MAX);
    else if (sent)
        owe_words(shared, &call->made.words, SHARED_BACK, INT64_MAX);
}

static void make_call(struct policy_shared *shared, const struct limit_question *question,
                      struct call *call, struct limit_answer *out)
{
    const struct policy_request *request = shared->request;
    struct shared_message message = {.prefix = buf_slice(&shared->prefix),
                                     .relay = shared->asker,
                                     .who = question->who,
                                     .load = question->load,
                                     .total = *question->load,
                                     .now_us = question->now_us};
    if (question->counts) {
        message.instance = request->instance;
        message.total.messages = 1;
        message.total.recipients = request->recipient_count;
        message.total.bytes = request->size;
    }
    call->counts = question->counts;
    call->named = message.instance.len > 0;
    call->rules = shared->rules;
    call->ticket = shared->peer->ticket;
    shared_call_make(&call->made, shared->gate, &message, out);
}

static void ask(struct policy_shared *shared, const struct limit_question *question,
                struct limit_answer *out)
{
    struct call *call = take_call(shared);
    make_call(shared, question, call, out);
    if (!out->passes || !wants_any(&call->made)) {
        release(call);
        return;
    }
    call->begun = *out;
    call->question.answered = on_verdict;
    if (send_words(shared, &call->made.words, call->counts ? SHARED_CHARGE : SHARED_LOOK, 0,
                   &call->question)) {
        answer_wait(&call->ticket);
        out->waits = true;
        return;
    }
    judge_alone(shared, question, call, false, out);
    release(call);
}

static bool read_answer(const struct call *call, struct limit_answer *out)
{
    struct shared_item items[SHARED_ITEMS_MAX];
    const struct redis_answer *answer = call->answer;
    if (answer->outcome != REDIS_ANSWERED || answer->count > SHARED_ITEMS_MAX)
        return false;
    for (size_t i = 0; i < answer->count; i++)
        items[i] = (struct shared_item){answer->items[i].is_text, answer->items[i].number,
                                        answer->items[i].text};
    *out = call->begun;
    return shared_call_read(&call->made, items, answer->count, out);
}

/* What passes counts for this relay's part, too. */
static void judge_by(struct policy_shared *shared, const struct limit_question *question,
                     struct call *call, struct limit_answer *out)
{
    if (call->rules != shared->rules) {
        ask(shared, question, out); /* counted or not, it is so once */
        return;
    }
    if (!read_answer(call, out)) {
        judge_alone(shared, question, call, call->answer->outcome != REDIS_REFUSED, out);
        return;
    }
    struct limit_subject who = *question->who;
    who.relays = out->relays = atomic_load(&shared->relays);
    if (out->passes && question->counts)
        limit_gate_count(shared->gate, &who, question->load, question->now_us);
}

static bool judge(void *context, const struct limit_question *question, uint32_t *relays,
                  struct limit_answer *out)
{
    struct policy_shared *shared = context;
    struct call *verdict = shared->verdict;
    *relays = atomic_load(&shared->relays);
    if (shared->aside)
        return false;
    shared->verdict = NULL;
    if (verdict != NULL)
        judge_by(shared, question, verdict, out);
    else
        ask(shared, question, out);
    return true;
}

/* ---- what is given back ---- */

/* Who asks from this host has another name on each. relay: an address, empty on a unix socket. */
static struct slice name_of(const struct policy_shared *shared, struct slice relay)
{
    struct ip_address ip;
    bool here = !ip_address_parse(relay, &ip) || ip_address_is_loopback(&ip);
    return here ? buf_slice(&shared->relay) : relay;
}

static void on_return(void *context, struct slice relay, struct slice instance,
                      const struct charge *charge)
{
    struct policy_shared *shared = context;
    struct call *call = take_call(shared);
    struct limit_answer unused;
    const struct shared_message message = {.prefix = buf_slice(&shared->prefix),
                                           .relay = name_of(shared, relay),
                                           .instance = instance,
                                           .who = &charge->who,
                                           .load = &charge->load,
                                           .total = charge->load,
                                           .now_us = charge->at_us};
    shared_call_make(&call->made, shared->gate, &message, &unused);
    if (wants_any(&call->made))
        owe_words(shared, &call->made.words, SHARED_BACK, INT64_MAX);
    release(call);
}

/* ---- what is forgotten ---- */

struct forgetting {
    struct policy_shared *shared;
    struct slice rule;
};

static void forget_key(void *context, const struct limit_group *group, struct slice key)
{
    const struct forgetting *forgetting = context;
    struct policy_shared *shared = forgetting->shared;
    struct shared_words words;
    if (!shared_words_forget(&words, buf_slice(&shared->prefix), group, key, forgetting->rule))
        return;
    owe_words(shared, &words, SHARED_FORGET, INT64_MAX);
    shared_words_done(&words);
}

/* What is sent now is done before what is asked next. */
void policy_shared_forget(struct policy_shared *shared, struct limit_gate *gate, struct slice login,
                          struct slice rule)
{
    struct forgetting forgetting = {shared, rule};
    if (shared == NULL)
        return;
    limit_gate_keys(gate, login, forget_key, &forgetting);
    settle(shared);
}

/* ---- the server's thread ---- */

void policy_shared_begin(struct policy_shared *shared, struct policy_desk *desk,
                         struct uv_loop_s *loop)
{
    if (shared == NULL)
        return;
    shared->desk = desk;
    shared->gate = policy_desk_limits(desk);
    atomic_store(&shared->since_us, clock_now_us());
    limit_gate_elsewhere(shared->gate, judge, shared);
    policy_desk_on_return(desk, on_return, shared);
    redis_client_begin(shared->client, loop);
}

void policy_shared_end(struct policy_shared *shared)
{
    if (shared == NULL)
        return;
    redis_client_end(shared->client);
    limit_gate_elsewhere(shared->gate, NULL, NULL);
    policy_desk_on_return(shared->desk, NULL, NULL);
}

void policy_shared_tick(struct policy_shared *shared)
{
    if (shared == NULL)
        return;
    if (!redis_client_is_up(shared->client))
        note_fault(shared, SLICE(""));
    announce(shared);
    settle(shared);
}

void policy_shared_request(struct policy_shared *shared, const struct answer_peer *peer,
                           struct slice relay, const struct policy_request *request)
{
    if (shared == NULL)
        return;
    shared->asker = name_of(shared, relay);
    shared->peer = peer;
    shared->request = request;
    if (!shared->verdict_is_new)
        shared->verdict = NULL;
    shared->verdict_is_new = false;
}

void policy_shared_new_rules(struct policy_shared *shared)
{
    if (shared != NULL)
        shared->rules++;
}

/* ---- any thread ---- */

void policy_shared_counts(struct policy_shared *shared, struct policy_shared_counts *out)
{
    *out = (struct policy_shared_counts){.wanted = shared != NULL};
    if (shared == NULL)
        return;
    out->up = atomic_load(&shared->up);
    out->since_us = atomic_load(&shared->since_us);
    out->asked = atomic_load(&shared->asked);
    out->alone = atomic_load(&shared->alone);
    out->settled = atomic_load(&shared->settled);
    out->lost = atomic_load(&shared->lost);
    out->owed = atomic_load(&shared->owed_count);
    out->relays = atomic_load(&shared->relays);
    pthread_mutex_lock(&shared->lock);
    out->fault = shared->fault;
    pthread_mutex_unlock(&shared->lock);
}
