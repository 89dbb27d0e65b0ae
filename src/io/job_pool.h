/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads for what blocks: HTTP out, slow questions to the history, commands. One owner thread
 * hands in jobs and takes them back when they are done; a worker has a job to itself in between, so
 * a job needs no lock. Bounded: what is handed in and not yet taken back counts.
 */
#ifndef TD_IO_JOB_POOL_H
#define TD_IO_JOB_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The first member of what a job is about. */
struct job {
    void (*run)(struct job *job); /* on a worker thread; must end by itself (deadlines) */
    struct job *next;             /* the pool's */
    bool urgent; /* goes before all that are not; finds a place when they fill the pool */
    bool ran;    /* set by the pool; false: it was stopped before its turn */
};

struct job_pool;

/* threads, capacity: at least 1; a quarter more than that is for urgent jobs. NULL and err: no
 * thread or event descriptor to be had. Signals stay with the other threads. */
struct job_pool *job_pool_start(size_t threads, size_t capacity, struct err *err);

/* The pool has the job until job_pool_take gives it back. False: full, or stopped; the job is still
 * the caller's. */
bool job_pool_submit(struct job_pool *pool, struct job *job);

/* One that is done, in the order of ending; NULL: none at the moment. */
struct job *job_pool_take(struct job_pool *pool);

/* Readable (poll, epoll) while a done one waits; do not read from it. */
int job_pool_fd(const struct job_pool *pool);

/* Waits for the running jobs and ends the threads; what had not begun comes back with `ran` false.
 * Take all before job_pool_free. */
void job_pool_stop(struct job_pool *pool);

/* Stops first if need be; no job may be left in it. NULL is fine. */
void job_pool_free(struct job_pool *pool);

#endif
