/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks, releases and reloads. See daemon_routes_queue.h.
 */
#include "app/daemon_routes_queue.h"

#include <stdlib.h>
#include <string.h>

#include "app/queue_job.h"
#include "base/civil.h"
#include "base/memory.h"

#define LOOK_EVERY_US (60 * US_PER_SECOND)
#define AGAIN_US (31 * US_PER_SECOND)
#define FAILED_FIRST_US (10 * US_PER_SECOND)
#define FAILED_MOST_US (300 * US_PER_SECOND)
#define BATCH_MAX 200 /* messages of one job */
#define WANTED_MAX 512

enum wish_stage {
    WISH_DUE,       /* a look is to find its mail */
    WISH_LOOKED,    /* it is under way */
    WISH_RELEASING, /* its mail is being told */
};

/* A provider whose mail is to be let go. */
struct queue_wish {
    char *provider;
    enum wish_stage stage;
    int64_t due_us; /* DUE */
    bool again;     /* this is the second look */
};

struct fault {
    bool failing;
    struct err why;
    int64_t since_us, again_us, wait_us;
};

/* Messages to be let go, of the last look that had some. */
struct release_list {
    struct arena *arena;
    struct release_id *ids;
    size_t count, done;
};

struct daemon_routes_queue {
    struct daemon_routes_queue_options options;
    struct queue_job work;
    bool running;
    struct queue_wish wishes[WANTED_MAX];
    size_t wish_count;
    uint64_t revision;        /* of the list of wishes */
    struct arena *seen_arena; /* of the last look */
    struct release_look seen;
    int64_t seen_us;
    struct slice *seen_providers;
    size_t next_recipient;
    struct release_list list;
    struct release_id urgent; /* to be tried next; its own bytes, ptr NULL: none */
    bool is_urgent;           /* the release that runs is of that */
    bool reload_wanted;
    int64_t looked_us, batch_us, reloaded_us; /* when last */
    struct fault faults[QUEUE_FAULTS];
    uint64_t released, reloads, failures;
};

struct daemon_routes_queue *daemon_routes_queue_new(
    const struct daemon_routes_queue_options *options)
{
    struct daemon_routes_queue *queue = MEM_NEW(struct daemon_routes_queue);
    queue->options = *options;
    queue->work.postfix = options->postfix;
    return queue;
}

void daemon_routes_queue_leave(struct daemon_routes_queue *queue)
{
    if (queue != NULL)
        atomic_store(&queue->work.leaving, true);
}

static void drop_urgent(struct daemon_routes_queue *queue)
{
    mem_free((char *)(uintptr_t)queue->urgent.id.ptr);
    queue->urgent = (struct release_id){0};
}

void daemon_routes_queue_free(struct daemon_routes_queue *queue)
{
    if (queue == NULL)
        return;
    for (size_t i = 0; i < queue->wish_count; i++)
        mem_free(queue->wishes[i].provider);
    arena_free(queue->work.arena);
    arena_free(queue->seen_arena);
    arena_free(queue->list.arena);
    drop_urgent(queue);
    mem_free(queue);
}

/* ---- wishes ---- */

static struct queue_wish *wish_of(struct daemon_routes_queue *queue, struct slice provider)
{
    for (size_t i = 0; i < queue->wish_count; i++)
        if (slice_eq(slice_from_str(queue->wishes[i].provider), provider))
            return &queue->wishes[i];
    return NULL;
}

void daemon_routes_queue_release(struct daemon_routes_queue *queue, struct slice provider,
                                 int64_t now_us)
{
    struct queue_wish *wish = wish_of(queue, provider);
    if (wish == NULL && queue->wish_count == WANTED_MAX)
        return; /* it is tried when Postfix thinks so */
    if (wish == NULL) {
        wish = &queue->wishes[queue->wish_count++];
        wish->provider = mem_new(provider.len + 1, 1);
        memcpy(wish->provider, provider.ptr, provider.len);
        queue->revision++;
    }
    wish->stage = WISH_DUE;
    wish->due_us = now_us;
    wish->again = false;
}

struct slice daemon_routes_queue_wish(const struct daemon_routes_queue *queue, size_t index)
{
    return index < queue->wish_count ? slice_from_str(queue->wishes[index].provider)
                                     : (struct slice){NULL, 0};
}

uint64_t daemon_routes_queue_revision(const struct daemon_routes_queue *queue)
{
    return queue->revision;
}

void daemon_routes_queue_reload(struct daemon_routes_queue *queue)
{
    queue->reload_wanted = true;
}

bool daemon_routes_queue_reloads(const struct daemon_routes_queue *queue)
{
    return queue->reload_wanted || (queue->running && queue->work.kind == QUEUE_JOB_RELOAD);
}

static void drop_wish(struct daemon_routes_queue *queue, struct queue_wish *wish)
{
    mem_free(wish->provider);
    *wish = queue->wishes[--queue->wish_count];
    queue->revision++;
}

/* Nothing is known that could be looked for, for so long that nothing will be. */
static void drop_old_wishes(struct daemon_routes_queue *queue, int64_t now_us)
{
    for (size_t i = queue->wish_count; i-- > 0;)
        if (now_us - queue->wishes[i].due_us > AGAIN_US)
            drop_wish(queue, &queue->wishes[i]);
}

/* ---- jobs ---- */

static void submit(struct daemon_routes_queue *queue, enum queue_job_kind kind)
{
    queue->work.kind = kind;
    queue->work.job = (struct job){.run = queue_job_run};
    queue->running = job_pool_submit(queue->options.pool, &queue->work.job);
}

static int compare_domains(const void *a, const void *b)
{
    const struct release_domain *left = a, *right = b;
    return slice_cmp(left->name, right->name);
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len);
}

static bool is_due(int64_t due_us, int64_t now_us, int64_t most_us)
{
    return now_us >= due_us || due_us - now_us > most_us; /* the clock was set back */
}

static bool wish_is_due(const struct queue_wish *wish, int64_t now_us)
{
    return wish->stage == WISH_DUE && is_due(wish->due_us, now_us, AGAIN_US);
}

static void begin_look(struct daemon_routes_queue *queue, const struct route_provider *providers,
                       size_t count, int64_t now_us)
{
    struct queue_job *work = &queue->work;
    size_t domains = 0;
    for (size_t i = 0; i < count; i++)
        domains += providers[i].domain_count;
    work->arena = arena_new(16384);
    work->providers = arena_alloc(work->arena, (count + 1) * sizeof(work->providers[0]));
    work->domains = arena_alloc(work->arena, (domains + 1) * sizeof(work->domains[0]));
    work->domain_count = 0;
    work->look = (struct release_look){.arena = work->arena, .providers = count};
    work->look.waiting = arena_alloc(work->arena, (count + 1) * sizeof(work->look.waiting[0]));
    for (size_t i = 0; i < count; i++) {
        work->providers[i] = keep(work->arena, providers[i].name);
        work->look.waiting[i].oldest_us = INT64_MAX;
        for (size_t k = 0; k < providers[i].domain_count; k++)
            work->domains[work->domain_count++] =
                (struct release_domain){keep(work->arena, providers[i].domains[k]), i};
    }
    qsort(work->domains, work->domain_count, sizeof(work->domains[0]), compare_domains);
    for (size_t i = 0; i < queue->wish_count; i++)
        if (wish_is_due(&queue->wishes[i], now_us))
            queue->wishes[i].stage = WISH_LOOKED;
    queue->looked_us = now_us;
    submit(queue, QUEUE_JOB_LOOK);
}

/* As many as the pace allows for the time since the last batch. */
static void begin_release(struct daemon_routes_queue *queue, int64_t now_us)
{
    struct queue_job *work = &queue->work;
    queue->is_urgent = false;
    size_t count = queue->options.release->pace.count;
    size_t left = queue->list.count - queue->list.done;
    count = count < BATCH_MAX ? count : BATCH_MAX;
    work->ids = queue->list.ids + queue->list.done;
    work->id_count = left < count ? left : count;
    work->done = 0;
    queue->batch_us = now_us;
    submit(queue, QUEUE_JOB_RELEASE);
}

static void begin_urgent(struct daemon_routes_queue *queue)
{
    struct queue_job *work = &queue->work;
    work->ids = &queue->urgent;
    work->id_count = 1;
    work->done = 0;
    queue->is_urgent = true;
    submit(queue, QUEUE_JOB_RELEASE);
}

/* What is wanted while it runs is another one. */
static void begin_reload(struct daemon_routes_queue *queue)
{
    submit(queue, QUEUE_JOB_RELOAD);
    queue->reload_wanted = !queue->running;
}

/* Between two batches, so that the pace is kept. */
static int64_t batch_gap_us(const struct daemon_routes_queue *queue)
{
    const struct rate *pace = &queue->options.release->pace;
    uint64_t count = pace->count < BATCH_MAX ? pace->count : BATCH_MAX;
    return (int64_t)((double)pace->within_us * (double)count / (double)pace->count);
}

/* While mail is being told, only for more of it. */
static bool look_is_due(const struct daemon_routes_queue *queue, int64_t now_us)
{
    for (size_t i = 0; i < queue->wish_count; i++)
        if (wish_is_due(&queue->wishes[i], now_us))
            return true;
    return queue->list.done == queue->list.count &&
           is_due(queue->looked_us + LOOK_EVERY_US, now_us, LOOK_EVERY_US);
}

static bool may(const struct fault *fault, int64_t now_us)
{
    return !fault->failing || is_due(fault->again_us, now_us, FAILED_MOST_US);
}

static bool reload_is_due(const struct daemon_routes_queue *queue, int64_t now_us)
{
    int64_t every_us = queue->options.release->reload_every_us;
    return queue->reload_wanted && may(&queue->faults[QUEUE_FAULT_RELOAD], now_us) &&
           (queue->reloads == 0 || is_due(queue->reloaded_us + every_us, now_us, every_us));
}

void daemon_routes_queue_advance(struct daemon_routes_queue *queue,
                                 const struct route_provider *providers, size_t count,
                                 int64_t now_us)
{
    int64_t gap_us = batch_gap_us(queue);
    if (queue->running)
        return;
    if (reload_is_due(queue, now_us))
        begin_reload(queue);
    else if (count == 0)
        drop_old_wishes(queue, now_us);
    else if (!may(&queue->faults[QUEUE_FAULT_QUEUE], now_us))
        return;
    else if (queue->urgent.id.ptr != NULL)
        begin_urgent(queue);
    else if (look_is_due(queue, now_us))
        begin_look(queue, providers, count, now_us);
    else if (queue->list.done < queue->list.count &&
             is_due(queue->batch_us + gap_us, now_us, gap_us))
        begin_release(queue, now_us);
}

/* ---- results ---- */

static void drop_list(struct daemon_routes_queue *queue)
{
    arena_free(queue->list.arena);
    queue->list = (struct release_list){0};
}

/* Is mail of this provider of the look to be told? What was told already and is deferred anew is
 * told once more, with the second look. */
static bool is_wished(struct daemon_routes_queue *queue, struct slice provider)
{
    const struct queue_wish *wish = wish_of(queue, provider);
    return wish != NULL && wish->stage != WISH_DUE;
}

static void make_list(struct daemon_routes_queue *queue, const struct queue_job *work)
{
    const struct release_look *look = &work->look;
    drop_list(queue);
    queue->list.arena = arena_new(16384);
    queue->list.ids =
        arena_alloc(queue->list.arena, (look->id_count + 1) * sizeof(queue->list.ids[0]));
    for (size_t i = 0; i < look->id_count; i++) {
        struct release_id one = look->ids[i];
        if (!is_wished(queue, work->providers[one.provider]))
            continue;
        one.id = keep(queue->list.arena, one.id);
        queue->list.ids[queue->list.count++] = one;
    }
}

/* What stands in the active queue of a wished provider keeps its old route. */
static void want_reload(struct daemon_routes_queue *queue, const struct queue_job *work)
{
    for (size_t i = 0; i < work->look.providers; i++) {
        const struct queue_wish *wish = wish_of(queue, work->providers[i]);
        if (wish != NULL && wish->stage == WISH_LOOKED &&
            work->look.waiting[i].active >= queue->options.release->active)
            queue->reload_wanted = true;
    }
}

static void end_wishes(struct daemon_routes_queue *queue, int64_t now_us)
{
    for (size_t i = queue->wish_count; i-- > 0;) {
        struct queue_wish *wish = &queue->wishes[i];
        if (wish->stage != WISH_RELEASING)
            continue;
        if (wish->again) {
            drop_wish(queue, wish);
            continue;
        }
        wish->stage = WISH_DUE;
        wish->due_us = now_us + AGAIN_US;
        wish->again = true;
    }
}

static void take_look(struct daemon_routes_queue *queue, int64_t now_us)
{
    struct queue_job *work = &queue->work;
    if (work->good) {
        make_list(queue, work);
        want_reload(queue, work);
    }
    for (size_t i = 0; i < queue->wish_count; i++)
        if (queue->wishes[i].stage == WISH_LOOKED)
            queue->wishes[i].stage = work->good ? WISH_RELEASING : WISH_DUE;
    if (work->good && queue->list.count == 0)
        end_wishes(queue, now_us);
    if (!work->good) {
        arena_free(work->arena);
    } else {
        arena_free(queue->seen_arena);
        queue->seen_arena = work->arena;
        queue->seen = work->look;
        queue->seen_us = now_us;
        queue->seen_providers = work->providers;
    }
    work->arena = NULL;
}

/* One that could not be told is left to Postfix. */
static void take_release(struct daemon_routes_queue *queue, int64_t now_us)
{
    const struct queue_job *work = &queue->work;
    queue->released += work->done;
    if (queue->is_urgent) {
        drop_urgent(queue);
        return;
    }
    queue->list.done += work->done + (work->good ? 0 : 1);
    if (queue->list.done < queue->list.count)
        return;
    drop_list(queue);
    end_wishes(queue, now_us);
}

static void take_reload(struct daemon_routes_queue *queue, int64_t now_us)
{
    queue->reload_wanted = queue->reload_wanted || !queue->work.good;
    queue->reloads += queue->work.good;
    queue->reloaded_us = now_us;
}

static enum queue_news note(struct fault *fault, const struct queue_job *work, int64_t now_us)
{
    bool failed = fault->failing;
    if (work->good) {
        fault->failing = false;
        return failed ? QUEUE_NEWS_RECOVERED : QUEUE_NEWS_NONE;
    }
    if (!failed)
        fault->since_us = now_us;
    fault->wait_us = failed ? 2 * fault->wait_us : FAILED_FIRST_US;
    fault->wait_us = fault->wait_us < FAILED_MOST_US ? fault->wait_us : FAILED_MOST_US;
    fault->again_us = now_us + fault->wait_us;
    fault->failing = true;
    fault->why = work->err;
    return failed ? QUEUE_NEWS_NONE : QUEUE_NEWS_FAILED;
}

bool daemon_routes_queue_take(struct daemon_routes_queue *queue, struct job *job, int64_t now_us,
                              enum queue_news *news, enum queue_fault *fault)
{
    struct queue_job *work = &queue->work;
    if (job != &work->job)
        return false;
    queue->running = false;
    if (!job->ran) {
        work->good = false;
        err_set(&work->err, ERR_IO, "there was no time for it");
    }
    *fault = work->kind == QUEUE_JOB_RELOAD ? QUEUE_FAULT_RELOAD : QUEUE_FAULT_QUEUE;
    queue->failures += !work->good;
    switch (work->kind) {
    case QUEUE_JOB_LOOK:
        take_look(queue, now_us);
        break;
    case QUEUE_JOB_RELEASE:
        take_release(queue, now_us);
        break;
    case QUEUE_JOB_RELOAD:
        take_reload(queue, now_us);
        break;
    }
    *news = note(&queue->faults[*fault], work, now_us);
    return true;
}

/* ---- what is known ---- */

int64_t daemon_routes_queue_next_due(const struct daemon_routes_queue *queue)
{
    const struct fault *fault = &queue->faults[QUEUE_FAULT_QUEUE];
    int64_t due_us = queue->looked_us + LOOK_EVERY_US;
    if (queue->running)
        return INT64_MAX;
    for (size_t i = 0; i < queue->wish_count; i++)
        if (queue->wishes[i].stage == WISH_DUE && queue->wishes[i].due_us < due_us)
            due_us = queue->wishes[i].due_us;
    if (queue->list.done < queue->list.count)
        due_us = queue->batch_us + batch_gap_us(queue);
    if (queue->urgent.id.ptr != NULL)
        due_us = 0;
    return fault->failing && fault->again_us > due_us ? fault->again_us : due_us;
}

static const struct release_waiting *waiting_of(const struct daemon_routes_queue *queue,
                                                struct slice provider)
{
    for (size_t i = 0; i < queue->seen.providers; i++)
        if (slice_eq(queue->seen_providers[i], provider))
            return &queue->seen.waiting[i];
    return NULL;
}

int64_t daemon_routes_queue_oldest(const struct daemon_routes_queue *queue, struct slice provider)
{
    const struct release_waiting *waiting = waiting_of(queue, provider);
    return waiting != NULL ? waiting->oldest_us : INT64_MAX;
}

struct slice daemon_routes_queue_recipient(struct daemon_routes_queue *queue, struct slice provider)
{
    const struct release_waiting *waiting = waiting_of(queue, provider);
    if (waiting == NULL || waiting->recipient_count == 0)
        return (struct slice){NULL, 0};
    return waiting->recipients[queue->next_recipient++ % waiting->recipient_count];
}

const struct slice *daemon_routes_queue_strangers(const struct daemon_routes_queue *queue,
                                                  size_t *count, int64_t *looked_us)
{
    *count = queue->seen.stranger_count;
    *looked_us = queue->seen_us;
    return queue->seen.strangers;
}

void daemon_routes_queue_try(struct daemon_routes_queue *queue, struct slice provider,
                             struct slice recipient)
{
    const struct release_waiting *waiting = waiting_of(queue, provider);
    for (size_t i = 0; waiting != NULL && i < waiting->recipient_count; i++) {
        if (!slice_eq(waiting->recipients[i], recipient) || (queue->running && queue->is_urgent))
            continue;
        struct slice id = waiting->messages[i].id;
        drop_urgent(queue);
        queue->urgent = waiting->messages[i];
        queue->urgent.id = slice_of(memcpy(mem_new(id.len + 1, 1), id.ptr, id.len), id.len);
        return;
    }
}

struct daemon_routes_queue_state daemon_routes_queue_state(const struct daemon_routes_queue *queue)
{
    struct daemon_routes_queue_state state = {.released = queue->released,
                                              .reloads = queue->reloads,
                                              .failures = queue->failures,
                                              .waiting = queue->list.count - queue->list.done};
    for (size_t i = 0; i < QUEUE_FAULTS; i++) {
        state.faults[i].failing = queue->faults[i].failing;
        state.faults[i].why = &queue->faults[i].why;
        state.faults[i].since_us = queue->faults[i].since_us;
    }
    return state;
}
