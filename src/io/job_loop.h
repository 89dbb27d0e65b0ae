/* SPDX-License-Identifier: Apache-2.0
 *
 * A job pool (io/job_pool.h) whose owner is a loop of libuv: what is done is handed back on the
 * loop's thread. All on that thread.
 */
#ifndef TD_IO_JOB_LOOP_H
#define TD_IO_JOB_LOOP_H

#include "io/job_pool.h"

struct job_loop;
struct uv_loop_s;

/* Takes a job back, in the order of ending; it may submit others. */
typedef void (*job_loop_done)(void *context, struct job *job);

/* NULL and err: see job_pool_start. */
struct job_loop *job_loop_start(struct uv_loop_s *loop, size_t threads, size_t capacity,
                                struct err *err);

/* Whom to hand back to; before the first job. */
void job_loop_hear(struct job_loop *jobs, job_loop_done done, void *context);

/* See job_pool_submit. */
bool job_loop_submit(struct job_loop *jobs, struct job *job);

/* Waits for the running jobs and hands all back, with `ran` false what had not begun; nothing is
 * taken from then on. */
void job_loop_stop(struct job_loop *jobs);

/* Stops first if need be. The loop has to turn once more before it ends. NULL is fine. */
void job_loop_free(struct job_loop *jobs);

#endif
