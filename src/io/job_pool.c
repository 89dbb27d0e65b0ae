/* SPDX-License-Identifier: Apache-2.0
 *
 * See job_pool.h. One mutex for both queues; jobs run outside of it. The event descriptor is a
 * semaphore of one: written when the done queue gets its first job, cleared when it gets empty.
 */
#include "io/job_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/thread.h"

struct job_queue {
    struct job *first, **end;
};

struct job_pool {
    size_t threads, capacity;
    pthread_t *thread;
    int event;
    bool stopped; /* the owner's: threads are joined */

    pthread_mutex_t lock; /* guards what follows */
    bool stopping;
    pthread_cond_t changed;
    struct job_queue urgent, waiting, done;
    size_t inside; /* handed in, not yet taken back */
};

static void queue_init(struct job_queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

static void queue_push(struct job_queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->end = job;
    queue->end = &job->next;
}

static struct job *queue_pop(struct job_queue *queue)
{
    struct job *job = queue->first;
    if (job == NULL)
        return NULL;
    queue->first = job->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
    return job;
}

/* The next to run. With the lock held. */
static struct job *pool_next(struct job_pool *pool)
{
    struct job *job = queue_pop(&pool->urgent);
    return job ? job : queue_pop(&pool->waiting);
}

/* With the lock held. */
static void pool_done(struct job_pool *pool, struct job *job, bool ran)
{
    bool first = pool->done.first == NULL;
    job->ran = ran;
    queue_push(&pool->done, job);
    uint64_t one = 1;
    while (first && write(pool->event, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static void *pool_thread(void *data)
{
    struct job_pool *pool = data;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping) {
        struct job *job = pool_next(pool);
        if (job == NULL) {
            pthread_cond_wait(&pool->changed, &pool->lock);
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        job->run(job);
        pthread_mutex_lock(&pool->lock);
        pool_done(pool, job, true);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static bool pool_spawn(struct job_pool *pool, size_t threads, struct err *err)
{
    int code = 0;
    for (; pool->threads < threads; pool->threads++) {
        code = thread_start(&pool->thread[pool->threads], pool_thread, pool);
        if (code != 0)
            break;
    }
    return code == 0 || err_set_errno(err, code, "cannot start a worker thread");
}

struct job_pool *job_pool_start(size_t threads, size_t capacity, struct err *err)
{
    ASSERT(threads > 0 && capacity > 0);
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0) {
        err_set_errno(err, errno, "cannot make an event descriptor");
        return NULL;
    }
    struct job_pool *pool = MEM_NEW(struct job_pool);
    pool->capacity = capacity;
    pool->thread = MEM_NEW_ARRAY(pthread_t, threads);
    pool->event = event;
    queue_init(&pool->urgent);
    queue_init(&pool->waiting);
    queue_init(&pool->done);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    if (pool_spawn(pool, threads, err))
        return pool;
    job_pool_free(pool);
    return NULL;
}

bool job_pool_submit(struct job_pool *pool, struct job *job)
{
    size_t places = pool->capacity + (job->urgent ? pool->capacity / 4 + 1 : 0);
    pthread_mutex_lock(&pool->lock);
    bool taken = pool->inside < places && !pool->stopping;
    if (taken) {
        pool->inside++;
        queue_push(job->urgent ? &pool->urgent : &pool->waiting, job);
        pthread_cond_signal(&pool->changed);
    }
    pthread_mutex_unlock(&pool->lock);
    return taken;
}

struct job *job_pool_take(struct job_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct job *job = queue_pop(&pool->done);
    uint64_t count;
    if (job != NULL) {
        pool->inside--;
        while (pool->done.first == NULL && read(pool->event, &count, sizeof(count)) < 0 &&
               errno == EINTR)
            continue;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

int job_pool_fd(const struct job_pool *pool)
{
    return pool->event;
}

void job_pool_stop(struct job_pool *pool)
{
    if (pool->stopped)
        return;
    pool->stopped = true;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->threads; i++)
        pthread_join(pool->thread[i], NULL);
    pthread_mutex_lock(&pool->lock);
    struct job *job;
    while ((job = pool_next(pool)) != NULL)
        pool_done(pool, job, false);
    pthread_mutex_unlock(&pool->lock);
}

void job_pool_free(struct job_pool *pool)
{
    if (pool == NULL)
        return;
    job_pool_stop(pool);
    ASSERT(pool->inside == 0);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    close(pool->event);
    mem_free(pool->thread);
    mem_free(pool);
}
