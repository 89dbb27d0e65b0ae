/* SPDX-License-Identifier: Apache-2.0
 *
 * See job_loop.h. The handle is its own piece of memory: it outlives the pool until the loop has
 * closed it.
 */
#include "io/job_loop.h"

#include <uv.h>

#include "base/memory.h"

struct job_loop {
    struct job_pool *pool;
    uv_poll_t *poll;
    job_loop_done done;
    void *context;
};

static void hand_back(struct job_loop *jobs)
{
    for (struct job *job; (job = job_pool_take(jobs->pool)) != NULL;)
        jobs->done(jobs->context, job);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    hand_back(poll->data);
}

static void on_closed(uv_handle_t *handle)
{
    mem_free(handle);
}

struct job_loop *job_loop_start(struct uv_loop_s *loop, size_t threads, size_t capacity,
                                struct err *err)
{
    struct job_pool *pool = job_pool_start(threads, capacity, err);
    if (pool == NULL)
        return NULL;
    struct job_loop *jobs = MEM_NEW(struct job_loop);
    jobs->pool = pool;
    jobs->poll = MEM_NEW(uv_poll_t);
    uv_poll_init(loop, jobs->poll, job_pool_fd(pool));
    jobs->poll->data = jobs;
    uv_poll_start(jobs->poll, UV_READABLE, on_readable);
    return jobs;
}

void job_loop_hear(struct job_loop *jobs, job_loop_done done, void *context)
{
    jobs->done = done;
    jobs->context = context;
}

bool job_loop_submit(struct job_loop *jobs, struct job *job)
{
    return job_pool_submit(jobs->pool, job);
}

void job_loop_stop(struct job_loop *jobs)
{
    job_pool_stop(jobs->pool);
    hand_back(jobs);
}

void job_loop_free(struct job_loop *jobs)
{
    if (jobs == NULL)
        return;
    uv_close((uv_handle_t *)jobs->poll, on_closed);
    job_loop_stop(jobs);
    job_pool_free(jobs->pool);
    mem_free(jobs);
}
