/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_workers.h.
 */
#include "app/auth_workers.h"

#include <pthread.h>
#include <sys/resource.h>

#include "app/auth_steps.h"
#include "app/auth_upkeep.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/job_loop.h"

enum { STEP_BACK = 10 /* nice */ };

/* Memory that secrets being computed take, and who waits for some. */
struct budget {
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    uint64_t most, taken;
};

/* Connections to where accounts stand, that no reader uses at the moment. */
struct sources {
    pthread_mutex_t lock;
    struct account_source **idle;
    size_t count;
};

struct auth_work {
    struct job job;
    enum auth_step step;
    struct auth_workers *workers;
    struct auth_task *task;
};

/* Whether something of accounts is another than when it was last looked. */
struct watch {
    struct job job;
    const struct account_driver *driver;
    struct account_source *source; /* its own; NULL: nothing to look at */
    uint64_t state;
    bool runs, any, changed; /* any: state is one */
};

struct auth_workers {
    struct auth_workers_options options;
    struct job_loop *readers, *counters; /* NULL: not to be had */
    struct sources sources;
    struct budget budget;
    struct watch watch;
};

/* ---- memory ---- */

/* What alone is more than all is for the check to refuse. */
static uint64_t take_memory(struct budget *budget, uint64_t bytes)
{
    uint64_t taken = bytes < budget->most ? bytes : budget->most;
    pthread_mutex_lock(&budget->lock);
    while (budget->taken + taken > budget->most)
        pthread_cond_wait(&budget->given_back, &budget->lock);
    budget->taken += taken;
    pthread_mutex_unlock(&budget->lock);
    return taken;
}

static void give_memory(struct budget *budget, uint64_t taken)
{
    pthread_mutex_lock(&budget->lock);
    budget->taken -= taken;
    pthread_cond_broadcast(&budget->given_back);
    pthread_mutex_unlock(&budget->lock);
}

/* ---- FIND, on a reader ---- */

/* There are as many as readers. */
static struct account_source *take_source(struct sources *sources)
{
    pthread_mutex_lock(&sources->lock);
    ASSERT(sources->count > 0);
    struct account_source *source = sources->idle[--sources->count];
    pthread_mutex_unlock(&sources->lock);
    return source;
}

static void give_source(struct sources *sources, struct account_source *source)
{
    pthread_mutex_lock(&sources->lock);
    sources->idle[sources->count++] = source;
    pthread_mutex_unlock(&sources->lock);
}

static void find(struct auth_work *work)
{
    const struct account_terms *accounts = work->workers->options.accounts;
    struct auth_task *task = work->task;
    task->found = ACCOUNT_UNKNOWN;
    if (accounts->driver == NULL)
        return;
    struct account_source *source = take_source(&work->workers->sources);
    task->found = auth_steps_find(accounts->driver, source, &task->attempt, &task->err);
    give_source(&work->workers->sources, source);
}

/* The first look has nothing to compare with: who was found before it is found again. */
static void run_watch(struct job *job)
{
    struct watch *watch = (struct watch *)(void *)job;
    uint64_t state = 0;
    bool any = watch->driver->state(watch->source, &state);
    watch->changed = !any || !watch->any || state != watch->state;
    watch->any = any;
    watch->state = state;
}

/* ---- CHECK, on a counter ---- */

/* An auth_steps_comparing. */
static enum secret_verdict compare(void *context, const struct auth_attempt *attempt,
                                   struct slice stored, struct err *err)
{
    struct auth_workers *workers = context;
    const struct secret_rules *rules = workers->options.rules;
    uint64_t taken = take_memory(&workers->budget, secret_cost_bytes(rules, stored));
    enum secret_verdict verdict = auth_steps_compare(rules, attempt, stored, err);
    give_memory(&workers->budget, taken);
    return verdict;
}

/* After the answer is known, and before it is given: the thread is free then. */
static void renew(struct auth_work *work)
{
    const struct auth_workers_options *options = &work->workers->options;
    const struct auth_task *task = work->task;
    bool own = task->verdict == SECRET_RIGHT && task->number == 0 &&
               task->attempt.request.method == AUTH_PLAIN;
    if (options->renew && own &&
        secret_is_weaker(options->rules, task->attempt.secret, options->secrets))
        auth_upkeep_renew(options->accounts, options->secrets, &task->attempt);
}

/* As long as for somebody. */
static void check_nobody(struct auth_work *work)
{
    struct auth_workers *workers = work->workers;
    uint64_t taken = take_memory(&workers->budget, workers->options.secrets->memory_bytes);
    secret_check_nobody(workers->options.secrets, work->task->attempt.request.secret);
    give_memory(&workers->budget, taken);
    work->task->verdict = SECRET_WRONG;
}

static void check(struct auth_work *work)
{
    (void)setpriority(PRIO_PROCESS, 0, STEP_BACK); /* on Linux, of this thread */
    struct auth_task *task = work->task;
    if (!task->attempt.exists) {
        check_nobody(work);
        return;
    }
    task->verdict =
        auth_steps_check(&task->attempt, compare, work->workers, &task->number, &task->err);
    renew(work);
}

static void run(struct job *job)
{
    struct auth_work *work = (struct auth_work *)(void *)job;
    work->task->late = clock_steady_us() >= work->task->deadline_us;
    if (work->task->late)
        return;
    if (work->step == AUTH_STEP_FIND)
        find(work);
    else
        check(work);
}

/* ---- the desk's thread ---- */

static void take_watch(struct auth_workers *workers)
{
    workers->watch.runs = false;
    if (workers->watch.changed)
        workers->options.changed(workers->options.context);
}

static void take_back(void *context, struct job *job)
{
    struct auth_workers *workers = context;
    if (job == &workers->watch.job) {
        take_watch(workers);
        return;
    }
    struct auth_work *work = (struct auth_work *)(void *)job;
    struct auth_task *task = work->task;
    task->late = task->late || !job->ran;
    workers->options.done(workers->options.context, task, work->step);
}

static struct job_loop *start(struct auth_workers *workers, uint32_t threads, size_t most)
{
    struct err err = {0};
    struct job_loop *jobs = job_loop_start(workers->options.loop, threads, most, &err);
    if (jobs != NULL)
        job_loop_hear(jobs, take_back, workers);
    return jobs;
}

struct auth_workers *auth_workers_new(const struct auth_workers_options *options)
{
    struct auth_workers *workers = MEM_NEW(struct auth_workers);
    workers->options = *options;
    workers->budget.most = options->memory_bytes;
    pthread_mutex_init(&workers->budget.lock, NULL);
    pthread_cond_init(&workers->budget.given_back, NULL);
    pthread_mutex_init(&workers->sources.lock, NULL);
    workers->sources.idle = MEM_NEW_ARRAY(struct account_source *, options->readers);
    for (uint32_t i = 0; options->accounts->driver != NULL && i < options->readers; i++)
        workers->sources.idle[workers->sources.count++] =
            options->accounts->driver->make(&options->accounts->place);
    if (options->accounts->driver != NULL) {
        workers->watch.driver = options->accounts->driver;
        workers->watch.source = options->accounts->driver->make(&options->accounts->place);
    }
    workers->readers = start(workers, options->readers, AUTH_FIND_MAX);
    workers->counters = start(workers, options->counters, AUTH_CHECK_MAX);
    if (workers->readers != NULL && workers->counters != NULL)
        return workers;
    auth_workers_free(workers);
    return NULL;
}

void auth_workers_free(struct auth_workers *workers)
{
    if (workers == NULL)
        return;
    if (workers->counters != NULL) /* what readers hand back does not go on there */
        job_loop_stop(workers->counters);
    job_loop_free(workers->readers);
    job_loop_free(workers->counters);
    for (size_t i = 0; i < workers->sources.count; i++)
        workers->options.accounts->driver->free(workers->sources.idle[i]);
    if (workers->watch.source != NULL)
        workers->watch.driver->free(workers->watch.source);
    mem_free(workers->sources.idle);
    pthread_mutex_destroy(&workers->sources.lock);
    pthread_mutex_destroy(&workers->budget.lock);
    pthread_cond_destroy(&workers->budget.given_back);
    mem_free(workers);
}

bool auth_workers_do(struct auth_workers *workers, struct auth_task *task, enum auth_step step)
{
    if (workers == NULL)
        return false;
    struct auth_work *work = arena_alloc(task->attempt.arena, sizeof(*work));
    work->job = (struct job){.run = run, .urgent = task->attempt.trusted};
    work->workers = workers;
    work->task = task;
    work->step = step;
    return job_loop_submit(step == AUTH_STEP_FIND ? workers->readers : workers->counters,
                           &work->job);
}

void auth_workers_watch(struct auth_workers *workers)
{
    if (workers == NULL || workers->watch.source == NULL || workers->watch.runs)
        return;
    workers->watch.job = (struct job){.run = run_watch, .urgent = true};
    workers->watch.changed = false;
    workers->watch.runs = job_loop_submit(workers->readers, &workers->watch.job);
}
