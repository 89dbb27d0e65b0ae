/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_lookups.h.
 */
#include "app/quota_lookups.h"

#include <pthread.h>

#include "base/civil.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/job_loop.h"

enum { THREADS = 4 };

static const int64_t RENEW_US = US_PER_SECOND;

/* A set, and its twins for threads. */
struct crew {
    struct mailbox_tables *tables;
    struct mailbox_tables *idle[THREADS];
    size_t idle_count;
    pthread_mutex_t lock; /* of the twins */
    size_t users;         /* the lookups, and jobs */
};

struct work {
    struct job job; /* first */
    struct quota_lookups *lookups;
    struct quota_lookup *lookup;
    struct crew *crew;
    struct work *older, *newer;
    int64_t begun_us;
    atomic_bool is_over;
    struct err err;
};

/* Reading changed files again. */
struct renewal {
    struct job job; /* first */
    struct quota_lookups *lookups;
    struct mailbox_tables *old, *fresh;
    struct err err;
    bool runs;
};

struct quota_lookups {
    struct quota_lookups_options options;
    struct job_loop *jobs;
    struct crew *crew; /* NULL: no tables */
    struct work *oldest, *newest;
    struct renewal renewal;
    int64_t renewed_us;
    struct quota_lookups_counts counts;
};

/* ---- crews ---- */

static struct crew *crew_new(struct mailbox_tables *tables)
{
    struct crew *crew = MEM_NEW(struct crew);
    crew->tables = mailbox_tables_ref(tables);
    crew->users = 1;
    for (; crew->idle_count < THREADS; crew->idle_count++)
        crew->idle[crew->idle_count] = mailbox_tables_twin(tables);
    pthread_mutex_init(&crew->lock, NULL);
    return crew;
}

static void crew_unref(struct crew *crew)
{
    if (crew == NULL || --crew->users > 0)
        return;
    for (size_t i = 0; i < THREADS; i++)
        mailbox_tables_unref(crew->idle[i]);
    mailbox_tables_unref(crew->tables);
    pthread_mutex_destroy(&crew->lock);
    mem_free(crew);
}

/* ---- on a thread ---- */

static struct mailbox_tables *take_twin(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    ASSERT(crew->idle_count > 0);
    struct mailbox_tables *twin = crew->idle[--crew->idle_count];
    pthread_mutex_unlock(&crew->lock);
    return twin;
}

static void give_twin(struct crew *crew, struct mailbox_tables *twin)
{
    pthread_mutex_lock(&crew->lock);
    crew->idle[crew->idle_count++] = twin;
    pthread_mutex_unlock(&crew->lock);
}

static void run_work(struct job *job)
{
    struct work *work = (struct work *)(void *)job;
    const struct mailbox_patience patience = {&work->is_over};
    struct mailbox_tables *twin = take_twin(work->crew);
    (void)mailbox_tables_run(twin, work->lookup->search, &patience, &work->err);
    give_twin(work->crew, twin);
}

static void run_renewal(struct job *job)
{
    struct renewal *renewal = (struct renewal *)(void *)job;
    renewal->fresh = mailbox_tables_renew(renewal->old, &renewal->err);
}

/* ---- on the loop ---- */

static void note_trouble(struct quota_lookups *lookups, const struct mailbox_search *search,
                         const struct err *err)
{
    if (mailbox_search_result(search)->end != MAILBOX_END_TROUBLE)
        return;
    lookups->counts.failed++;
    lookups->counts.fault = *err;
}

static void unlink_work(struct work *work)
{
    struct quota_lookups *lookups = work->lookups;
    *(work->older != NULL ? &work->older->newer : &lookups->oldest) = work->newer;
    *(work->newer != NULL ? &work->newer->older : &lookups->newest) = work->older;
    lookups->counts.waiting--;
}

static void work_done(struct work *work)
{
    struct quota_lookups *lookups = work->lookups;
    struct quota_lookup *lookup = work->lookup;
    unlink_work(work);
    if (!work->job.ran) {
        err_set(&work->err, ERR_LIMIT, "no thread had time for a look-up");
        mailbox_search_fail(lookup->search);
    }
    note_trouble(lookups, lookup->search, &work->err);
    crew_unref(work->crew);
    mem_free(work);
    lookups->options.found(lookups->options.context, lookup);
}

static void renewal_done(struct renewal *renewal)
{
    struct quota_lookups *lookups = renewal->lookups;
    renewal->runs = false;
    bool is_current = lookups->crew != NULL && lookups->crew->tables == renewal->old;
    if (renewal->err.code != ERR_NONE && is_current)
        lookups->counts.fault = renewal->err;
    if (renewal->fresh != NULL && is_current) {
        crew_unref(lookups->crew);
        lookups->crew = crew_new(renewal->fresh);
        lookups->counts.read_again++;
        lookups->counts.fault = renewal->err;
    }
    mailbox_tables_unref(renewal->fresh);
    mailbox_tables_unref(renewal->old);
    renewal->fresh = renewal->old = NULL;
}

static void on_done(void *context, struct job *job)
{
    struct quota_lookups *lookups = context;
    if (job == &lookups->renewal.job)
        renewal_done(&lookups->renewal);
    else
        work_done((struct work *)(void *)job);
}

struct quota_lookups *quota_lookups_new(const struct quota_lookups_options *options)
{
    struct err err;
    struct job_loop *jobs = job_loop_start(options->loop, THREADS, QUOTA_LOOKUPS_MAX, &err);
    if (jobs == NULL)
        return NULL;
    struct quota_lookups *lookups = MEM_NEW(struct quota_lookups);
    lookups->options = *options;
    lookups->jobs = jobs;
    lookups->renewal = (struct renewal){.job = {.run = run_renewal}, .lookups = lookups};
    job_loop_hear(jobs, on_done, lookups);
    return lookups;
}

void quota_lookups_free(struct quota_lookups *lookups)
{
    if (lookups == NULL)
        return;
    for (struct work *work = lookups->oldest; work != NULL; work = work->newer)
        atomic_store(&work->is_over, true);
    job_loop_stop(lookups->jobs);
    job_loop_free(lookups->jobs);
    crew_unref(lookups->crew);
    mem_free(lookups);
}

void quota_lookups_put(struct quota_lookups *lookups, struct mailbox_tables *tables,
                       int64_t patience_us)
{
    crew_unref(lookups->crew);
    lookups->crew = tables != NULL ? crew_new(tables) : NULL;
    lookups->options.patience_us = patience_us;
    lookups->counts.fault = (struct err){0};
}

static bool hand_in(struct quota_lookups *lookups, struct quota_lookup *lookup)
{
    struct work *work = MEM_NEW(struct work);
    work->job.run = run_work;
    work->lookups = lookups;
    work->lookup = lookup;
    work->crew = lookups->crew;
    work->begun_us = clock_steady_us();
    if (!job_loop_submit(lookups->jobs, &work->job)) {
        mem_free(work);
        return false;
    }
    work->crew->users++;
    work->older = lookups->newest;
    *(work->older != NULL ? &work->older->newer : &lookups->oldest) = work;
    lookups->newest = work;
    lookups->counts.waiting++;
    lookups->counts.waited++;
    return true;
}

static bool fail(struct quota_lookups *lookups, struct mailbox_search *search, const char *why)
{
    struct err err = {0};
    if (mailbox_search_need(search) == NULL)
        return true;
    err_set(&err, ERR_LIMIT, "%s", why);
    mailbox_search_fail(search);
    note_trouble(lookups, search, &err);
    return true;
}

bool quota_lookups_find(struct quota_lookups *lookups, struct quota_lookup *lookup)
{
    struct err err = {0};
    if (lookups->crew == NULL)
        return fail(lookups, lookup->search, "the tables cannot be read");
    if (mailbox_tables_run(lookups->crew->tables, lookup->search, NULL, &err) ==
        MAILBOX_TABLES_ENDED) {
        lookups->counts.at_once++;
        note_trouble(lookups, lookup->search, &err);
        return true;
    }
    return !hand_in(lookups, lookup) &&
           fail(lookups, lookup->search, "too many recipients wait for tables");
}

void quota_lookups_tick(struct quota_lookups *lookups, int64_t steady_us)
{
    struct renewal *renewal = &lookups->renewal;
    for (struct work *work = lookups->oldest; work != NULL; work = work->newer)
        if (steady_us - work->begun_us >= lookups->options.patience_us)
            atomic_store(&work->is_over, true);
    if (renewal->runs || lookups->crew == NULL || steady_us - lookups->renewed_us < RENEW_US)
        return;
    lookups->renewed_us = steady_us;
    renewal->err = (struct err){0};
    renewal->old = mailbox_tables_ref(lookups->crew->tables);
    renewal->job = (struct job){.run = run_renewal, .urgent = true};
    renewal->runs = job_loop_submit(lookups->jobs, &renewal->job);
    if (!renewal->runs) {
        mailbox_tables_unref(renewal->old);
        renewal->old = NULL;
    }
}

const struct quota_lookups_counts *quota_lookups_counts(const struct quota_lookups *lookups)
{
    return &lookups->counts;
}
