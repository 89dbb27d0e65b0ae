/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_service.h. Workers of terms that are over finish what they have been given.
 */
#include "app/auth_service.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

#include "app/auth_health.h"
#include "app/auth_sharing.h"
#include "app/auth_workers.h"
#include "app/flag_feed.h"
#include "base/civil.h"
#include "io/clock.h"
#include "io/mailbox.h"
#include "io/secret_memory.h"

enum {
    TASK_BYTES = 16384,   /* of an arena of one login; whole pages, with what the arena needs */
    SCRATCH_BYTES = 2048, /* of those that are answered at once */
    BATCH_EVENTS = 256,
};

static const int64_t DEADLINE_US = 2500000; /* nginx is told to wait 3 s (auth_http_timeout) */

/* A plan with the workers that it has. */
struct crew {
    struct auth_plan *plan;
    struct auth_workers *workers; /* NULL: none at the moment */
    size_t tasks;                 /* that it has */
    struct crew *next;            /* an older one */
};

/* A login that workers have. */
struct task {
    struct auth_task of; /* first */
    struct auth_service *service;
    struct crew *crew;
    struct header_ticket ticket;
};

/* What was changed: nobody's in particular, or an account's. */
struct change {
    size_t length;
    char login[];
};

/* Decisions on their way to the owner, who is not woken for each. */
struct batch {
    size_t count, taken;
    struct auth_event *events[BATCH_EVENTS];
};

struct auth_service {
    struct header_server *server;      /* NULL: listens nowhere */
    _Atomic(struct auth_plan *) fresh; /* put and not taken; or NULL */
    struct flag_feed *flags;
    struct mailbox *events, *changes;
    _Atomic(struct auth_servers *) servers; /* the newest, not taken; or NULL */
    _Atomic(struct buf *) image;            /* the same */
    _Atomic(struct guess_campaign *) spray; /* the same */
    atomic_size_t waiting, waiting_changes; /* events; changes put and not taken */

    /* The server's thread, or the owner's while there is none. */
    struct uv_loop_s *loop; /* NULL: none */
    struct auth_desk *desk;
    struct crew *crew; /* the newest; older ones behind it */
    struct auth_health *health;
    int64_t imaged_us, campaigns_us; /* steady */
    struct auth_sharing *sharing;
    struct hash_key key;   /* of tables */
    struct arena *scratch; /* secret, as space */
    struct buf space, lines;
    struct batch *batch; /* that fills; NULL: none has begun */

    struct batch *taken; /* the owner's: it has events that were not taken; or NULL */

    atomic_uint_fast64_t logins[AUTH_PROTOCOLS][AUTH_METHODS][AUTH_RESULT_COUNT];
    atomic_uint_fast64_t cached, untold, tasks, found, unfound, checked;
};

/* Strangers choose logins and secrets; they shall not choose what falls together, nor know keys.
 * Only a kernel older than Linux 3.17 has no random bytes to give. */
static void fill_random(void *bytes, size_t len)
{
    ASSERT(getrandom(bytes, len, 0) == (ssize_t)len);
}

static struct guess_guard *guard_of(const struct auth_service *service)
{
    return auth_desk_parts(service->desk)->guard;
}

/* ---- what was decided ---- */

static void count(struct auth_service *service, const struct auth_attempt *attempt)
{
    const struct auth_request *request = &attempt->request;
    atomic_fetch_add_explicit(&service->logins[request->protocol][request->method][attempt->result],
                              1, memory_order_relaxed);
    if (attempt->cached && attempt->result == AUTH_RESULT_PASSED)
        atomic_fetch_add_explicit(&service->cached, 1, memory_order_relaxed);
}

static void flush(struct auth_service *service)
{
    if (service->batch != NULL)
        mailbox_put(service->events, service->batch);
    service->batch = NULL;
}

static void tell(struct auth_service *service, const struct auth_attempt *attempt, int64_t now_us)
{
    count(service, attempt);
    if (atomic_load_explicit(&service->waiting, memory_order_relaxed) >= AUTH_EVENTS_MAX) {
        atomic_fetch_add_explicit(&service->untold, 1, memory_order_relaxed);
        return;
    }
    atomic_fetch_add_explicit(&service->waiting, 1, memory_order_relaxed);
    if (service->batch == NULL)
        service->batch = MEM_NEW(struct batch);
    service->batch->events[service->batch->count++] = auth_event_new(attempt, now_us);
    if (service->batch->count == BATCH_EVENTS)
        flush(service);
}

static void answer(struct auth_service *service, const struct auth_attempt *attempt,
                   const struct header_ticket *ticket, int64_t now_us)
{
    buf_clear(&service->lines);
    auth_desk_reply(service->desk, attempt, &service->lines);
    (void)header_answer(ticket, buf_slice(&service->lines));
    explicit_bzero(service->lines.ptr, service->lines.len);
    for (size_t i = 0; i < attempt->news_count; i++)
        auth_sharing_put(service->sharing, &attempt->news[i]);
    tell(service, attempt, now_us);
}

/* ---- crews ---- */

static void on_done(void *context, struct auth_task *of, enum auth_step step);

static void on_changed(void *context)
{
    struct auth_service *service = context;
    auth_desk_accounts_changed(service->desk);
}

/* Without threads to be had logins that take time are told to come again, until there are some. */
static void crew_begin(struct auth_service *service, struct crew *crew)
{
    const struct auth_workers_options options = {
        .loop = service->loop,
        .accounts = crew->plan->accounts,
        .readers = crew->plan->readers,
        .counters = crew->plan->counters,
        .memory_bytes = crew->plan->memory_bytes,
        .rules = &crew->plan->rules,
        .secrets = &crew->plan->secrets,
        .renew = crew->plan->renew,
        .done = on_done,
        .changed = on_changed,
        .context = service,
    };
    if (crew->workers == NULL)
        crew->workers = auth_workers_new(&options);
}

static void crew_end(struct crew *crew)
{
    auth_workers_free(crew->workers);
    crew->workers = NULL;
}

static void crew_put(struct auth_service *service, struct auth_plan *plan)
{
    struct crew *crew = MEM_NEW(struct crew);
    crew->plan = plan;
    crew->next = service->crew;
    service->crew = crew;
}

static void crew_free(struct crew *crew)
{
    crew_end(crew);
    auth_plan_free(crew->plan);
    mem_free(crew);
}

/* Older ones that have nothing to do any more. */
static void drop_idle(struct auth_service *service)
{
    for (struct crew **place = &service->crew->next; *place != NULL;) {
        struct crew *crew = *place;
        if (crew->tasks > 0) {
            place = &crew->next;
            continue;
        }
        *place = crew->next;
        crew_free(crew);
    }
}

/* ---- terms ---- */

static void configure(struct auth_service *service, const struct auth_plan *plan)
{
    const struct auth_desk_parts *parts = auth_desk_parts(service->desk);
    auth_desk_configure(service->desk, &plan->terms);
    guess_guard_configure(parts->guard, &plan->guesses);
    credential_cache_configure(parts->cache, &plan->cache);
    backend_book_configure(parts->backends, &plan->backends);
    auth_health_want(service->health, plan);
    auth_desk_accounts_changed(service->desk);
}

static void take_fresh(struct auth_service *service)
{
    if (atomic_load_explicit(&service->fresh, memory_order_relaxed) == NULL)
        return;
    struct auth_plan *plan = atomic_exchange(&service->fresh, NULL);
    configure(service, plan);
    if (service->loop != NULL && !slice_eq(plan->share_key, service->crew->plan->share_key))
        auth_sharing_begin(service->sharing, &plan->share, guard_of(service));
    crew_put(service, plan);
    crew_begin(service, service->crew);
}

static void take_changes(struct auth_service *service)
{
    flag_feed_take(service->flags, auth_desk_flags(service->desk));
    if (atomic_load_explicit(&service->waiting_changes, memory_order_acquire) == 0)
        return;
    for (struct change *change; (change = mailbox_take(service->changes)) != NULL;) {
        if (change->length > 0)
            auth_desk_account_changed(service->desk, slice_of(change->login, change->length));
        else
            auth_desk_accounts_changed(service->desk);
        atomic_fetch_sub(&service->waiting_changes, 1);
        mem_free(change);
    }
}

/* ---- logins that take time ---- */

static void task_free(struct task *task)
{
    struct arena *arena = task->of.attempt.arena;
    auth_attempt_done(&task->of.attempt);
    task->crew->tasks--;
    atomic_fetch_sub_explicit(&task->service->tasks, 1, memory_order_relaxed);
    arena_free(arena);
}

static void finish(struct task *task, int64_t now_us)
{
    answer(task->service, &task->of.attempt, &task->ticket, now_us);
    task_free(task);
}

/* True: it is done, and answered. */
static void go_on(struct task *task, enum auth_step step, int64_t now_us)
{
    struct auth_attempt *attempt = &task->of.attempt;
    if (step != AUTH_STEP_DONE && !auth_workers_do(task->crew->workers, &task->of, step))
        step = auth_desk_give_up(task->service->desk, attempt, AUTH_RESULT_BUSY, now_us);
    if (step == AUTH_STEP_DONE)
        finish(task, now_us);
}

static void count_step(struct auth_service *service, const struct auth_task *of,
                       enum auth_step step)
{
    bool is_find = step == AUTH_STEP_FIND;
    atomic_uint_fast64_t *counter = !is_find                       ? &service->checked
                                    : of->found == ACCOUNT_TROUBLE ? &service->unfound
                                                                   : &service->found;
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void on_done(void *context, struct auth_task *of, enum auth_step step)
{
    struct auth_service *service = context;
    struct task *task = (struct task *)(void *)of;
    int64_t now_us = clock_now_us();
    if (of->err.code != ERR_NONE)
        of->attempt.detail = slice_from_str(of->err.text);
    if (!of->late)
        count_step(service, of, step);
    if (of->late)
        step = auth_desk_give_up(service->desk, &of->attempt, AUTH_RESULT_BUSY, now_us);
    else if (step == AUTH_STEP_FIND)
        step = auth_desk_found(service->desk, &of->attempt, of->found, now_us);
    else
        step = auth_desk_checked(service->desk, &of->attempt, of->verdict, of->number, now_us);
    go_on(task, step, now_us);
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

/* Its texts live as long as the login. */
static struct task *task_new(struct auth_service *service, const struct auth_attempt *attempt,
                             const struct header_ticket *ticket)
{
    struct arena *arena = arena_new_from(TASK_BYTES, &secret_arena);
    struct task *task = arena_alloc(arena, sizeof(*task));
    struct auth_attempt *own = &task->of.attempt;
    *own = *attempt;
    own->arena = arena;
    struct slice *texts[] = {&own->request.user, &own->request.secret, &own->request.salt,
                             &own->request.certificate_subject, &own->login};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = keep(arena, *texts[i]);
    task->of.deadline_us = clock_steady_us() + DEADLINE_US;
    task->service = service;
    task->crew = service->crew;
    task->ticket = *ticket;
    task->crew->tasks++;
    atomic_fetch_add_explicit(&service->tasks, 1, memory_order_relaxed);
    return task;
}

/* ---- questions ---- */

static void refuse(struct auth_service *service, struct auth_attempt *attempt,
                   enum auth_request_fault fault, const struct header_ticket *ticket)
{
    bool clients = auth_request_fault_is_clients(fault);
    attempt->detail = slice_from_str(auth_request_fault_sentence(fault));
    attempt->wait_s = 1;
    attempt->result = clients ? AUTH_RESULT_WRONG : AUTH_RESULT_REQUEST;
    answer(service, attempt, ticket, clock_now_us());
}

static void decide(struct auth_service *service, const struct header_question *question,
                   struct auth_attempt *attempt)
{
    const struct auth_caller caller = {question->is_unix, question->peer};
    int64_t now_us = clock_now_us();
    enum auth_step step = auth_desk_begin(service->desk, &caller, attempt, now_us);
    if (step != AUTH_STEP_DONE) {
        go_on(task_new(service, attempt, &question->ticket), step, now_us);
        return;
    }
    answer(service, attempt, &question->ticket, now_us);
    auth_attempt_done(attempt);
}

static void ask(void *context, bool fed, const struct header_question *question)
{
    struct auth_service *service = context;
    struct auth_attempt attempt = {.arena = service->scratch};
    enum auth_request_fault fault;
    (void)fed;
    take_fresh(service);
    take_changes(service);
    if (auth_request_parse(question->headers, question->count, &service->space, &attempt.request,
                           &fault))
        decide(service, question, &attempt);
    else
        refuse(service, &attempt, fault, &question->ticket);
    auth_request_wipe(&service->space);
    arena_reset(service->scratch);
}

static void image_free(struct buf *image)
{
    if (image != NULL)
        buf_done(image);
    mem_free(image);
}

static void save(const struct auth_service *service, struct buf *to)
{
    guess_guard_save(guard_of(service), clock_now_us(), to);
}

static void make_image(struct auth_service *service, int64_t steady_us)
{
    if (steady_us - service->imaged_us < (int64_t)AUTH_IMAGE_S * US_PER_SECOND)
        return;
    struct buf *image = MEM_NEW(struct buf);
    service->imaged_us = steady_us;
    save(service, image);
    image_free(atomic_exchange(&service->image, image));
}

static void take_spray(void *context, const struct guess_campaign *campaign)
{
    struct auth_service *service = context;
    if (campaign->kind != GUESS_SPRAY)
        return;
    struct guess_campaign *copy = MEM_NEW(struct guess_campaign);
    *copy = *campaign;
    mem_free(atomic_exchange(&service->spray, copy));
}

/* Campaigns on one account are asked for, but not told: watch/guessing.c hears of each failure and
 * finds them itself. What it cannot find is many networks of which each fails a little, on as many
 * accounts. */
static void look_at_campaigns(struct auth_service *service, int64_t steady_us)
{
    struct guess_guard *guard = guard_of(service);
    struct guess_campaign news;
    if (steady_us - service->campaigns_us < US_PER_SECOND)
        return;
    service->campaigns_us = steady_us;
    guess_guard_campaigns(guard, take_spray, service);
    while (guess_guard_campaign(guard, clock_now_us(), &news))
        take_spray(service, &news);
}

static void tick(void *context)
{
    struct auth_service *service = context;
    take_fresh(service);
    take_changes(service);
    drop_idle(service);
    crew_begin(service, service->crew);
    auth_workers_watch(service->crew->workers);
    auth_health_tick(service->health, clock_steady_us());
    make_image(service, clock_steady_us());
    look_at_campaigns(service, clock_steady_us());
    auth_sharing_turn(service->sharing, &service->crew->plan->share, guard_of(service));
    flush(service);
    mem_free(atomic_exchange(&service->servers,
                             auth_servers_new(auth_desk_parts(service->desk)->backends)));
}

static void begin(void *context, struct uv_loop_s *loop)
{
    struct auth_service *service = context;
    service->loop = loop;
    crew_begin(service, service->crew);
    auth_health_begin(service->health, loop);
    auth_sharing_begin(service->sharing, &service->crew->plan->share, guard_of(service));
}

/* Who waits for workers is answered by nobody any more. */
static void end(void *context)
{
    struct auth_service *service = context;
    for (struct crew *crew = service->crew; crew != NULL; crew = crew->next)
        crew_end(crew);
    auth_health_end(service->health);
    auth_sharing_end(service->sharing);
    flush(service);
    service->loop = NULL;
}

/* ---- the owner's thread ---- */

static struct auth_desk *desk_of(const struct auth_plan *plan, const struct hash_key *key)
{
    static const struct guess_room room = GUESS_ROOM_DEFAULT;
    unsigned char cache_key[CREDENTIAL_KEY_BYTES];
    fill_random(cache_key, sizeof(cache_key));
    const struct auth_desk_parts parts = {
        .guard = guess_guard_new(&plan->guesses, &room, clock_now_us()),
        .cache = credential_cache_new(cache_key, plan->cache_entries, &plan->cache),
        .backends = backend_book_new(&plan->backends),
        .key = *key,
    };
    explicit_bzero(cache_key, sizeof(cache_key));
    guess_guard_hash_by(parts.guard, key);
    return auth_desk_new(&plan->terms, &parts);
}

struct auth_service *auth_service_new(struct auth_plan *plan, struct err *err)
{
    struct auth_service *service = MEM_NEW(struct auth_service);
    struct hash_key proposed;
    fill_random(&service->key, sizeof(service->key));
    fill_random(&proposed, sizeof(proposed));
    service->sharing = auth_sharing_new(&proposed);
    explicit_bzero(&proposed, sizeof(proposed));
    service->events = mailbox_new(err);
    service->changes = service->events == NULL ? NULL : mailbox_new(err);
    service->flags = service->changes == NULL ? NULL : flag_feed_new(err);
    crew_put(service, plan);
    if (service->flags == NULL) {
        auth_service_free(service);
        return NULL;
    }
    service->desk = desk_of(plan, &service->key);
    service->health = auth_health_new(auth_desk_parts(service->desk)->backends);
    auth_health_want(service->health, plan);
    service->scratch = arena_new(SCRATCH_BYTES);
    service->imaged_us = clock_steady_us();
    return service;
}

void auth_service_free(struct auth_service *service)
{
    if (service == NULL)
        return;
    auth_service_leave(service);
    for (struct auth_event *event; (event = auth_service_take(service)) != NULL;)
        mem_free(event);
    for (struct change *change;
         service->changes != NULL && (change = mailbox_take(service->changes)) != NULL;)
        mem_free(change);
    for (struct crew *crew = service->crew, *next; crew != NULL; crew = next) {
        next = crew->next;
        crew_free(crew);
    }
    mailbox_free(service->events);
    mailbox_free(service->changes);
    flag_feed_free(service->flags);
    auth_health_free(service->health);
    auth_desk_free(service->desk);
    auth_plan_free(atomic_load(&service->fresh));
    mem_free(atomic_load(&service->servers));
    image_free(atomic_load(&service->image));
    mem_free(atomic_load(&service->spray));
    arena_free(service->scratch);
    secret_buf_done(&service->space);
    secret_buf_done(&service->lines);
    auth_sharing_free(service->sharing);
    mem_free(service);
}

bool auth_service_listen(struct auth_service *service, const struct header_server_options *options,
                         struct err *err)
{
    struct header_server_options all = *options;
    auth_service_leave(service);
    all.ask = ask;
    all.tick = tick;
    all.begin = begin;
    all.end = end;
    all.context = service;
    service->server = header_server_start(&all, err);
    return service->server != NULL;
}

void auth_service_leave(struct auth_service *service)
{
    header_server_stop(service->server);
    service->server = NULL;
}

void auth_service_put(struct auth_service *service, struct auth_plan *plan)
{
    auth_plan_free(atomic_exchange(&service->fresh, plan));
}

void auth_service_flag(struct auth_service *service, struct account_flag *flag)
{
    flag_feed_put(service->flags, flag);
}

void auth_service_put_flags(struct auth_service *service, struct account_flags *flags)
{
    flag_feed_put_all(service->flags, flags);
}

void auth_service_changed(struct auth_service *service, struct slice login)
{
    struct change *change = mem_new(1, sizeof(*change) + login.len + 1);
    change->length = login.len;
    memcpy(change->login, login.len > 0 ? login.ptr : "", login.len);
    atomic_fetch_add(&service->waiting_changes, 1);
    mailbox_put(service->changes, change);
}

bool auth_service_feed(struct auth_service *service)
{
    return service->server != NULL && header_server_feed(service->server);
}

struct auth_event *auth_service_take(struct auth_service *service)
{
    struct batch *batch = service->taken;
    if (batch == NULL && service->events != NULL)
        batch = mailbox_take(service->events);
    if (batch == NULL)
        return NULL;
    struct auth_event *event = batch->events[batch->taken++];
    bool is_last = batch->taken == batch->count;
    service->taken = is_last ? NULL : batch;
    if (is_last)
        mem_free(batch);
    atomic_fetch_sub(&service->waiting, 1);
    return event;
}

void auth_service_restore(struct auth_service *service, struct slice image)
{
    ASSERT(service->server == NULL);
    (void)guess_guard_restore(guard_of(service), image);
}

void auth_service_save(struct auth_service *service, struct buf *to)
{
    ASSERT(service->server == NULL);
    save(service, to);
}

struct buf *auth_service_image(struct auth_service *service)
{
    return atomic_exchange(&service->image, NULL);
}

struct auth_servers *auth_service_servers(struct auth_service *service)
{
    return atomic_exchange(&service->servers, NULL);
}

struct guess_campaign *auth_service_spray(struct auth_service *service)
{
    return atomic_exchange(&service->spray, NULL);
}

void auth_service_shared(struct auth_service *service, struct guess_share_counts *out)
{
    auth_sharing_counts(service->sharing, out);
}

int auth_service_fd(const struct auth_service *service)
{
    return mailbox_fd(service->events);
}

void auth_service_counts(struct auth_service *service, struct auth_service_counts *out)
{
    *out = (struct auth_service_counts){.cached = atomic_load(&service->cached),
                                        .untold = atomic_load(&service->untold),
                                        .found = atomic_load(&service->found),
                                        .unfound = atomic_load(&service->unfound),
                                        .checked = atomic_load(&service->checked),
                                        .waiting = atomic_load(&service->tasks)};
    for (size_t i = 0; i < AUTH_PROTOCOLS; i++)
        for (size_t k = 0; k < AUTH_METHODS; k++)
            for (size_t n = 0; n < AUTH_RESULT_COUNT; n++)
                out->logins[i][k][n] = atomic_load(&service->logins[i][k][n]);
    if (service->server != NULL)
        header_server_counts(service->server, &out->server);
}

uint64_t auth_service_results(const struct auth_service_counts *counts, enum auth_result result)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < AUTH_PROTOCOLS; i++)
        for (size_t k = 0; k < AUTH_METHODS; k++)
            sum += counts->logins[i][k][result];
    return sum;
}
