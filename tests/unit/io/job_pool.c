/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs go in, run once on another thread, and come back; the bound holds; stopping loses none.
 */
#include "io/job_pool.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { JOBS = 500 };

struct task {
    struct job job;
    size_t runs;
    pthread_t thread;
    const atomic_bool *gate; /* waits for it */
};

static void run_task(struct job *job)
{
    struct task *task = (struct task *)job;
    while (task->gate != NULL && !atomic_load(task->gate))
        usleep(100);
    task->runs++;
    task->thread = pthread_self();
}

static bool is_readable(const struct job_pool *pool)
{
    struct pollfd polled = {.fd = job_pool_fd(pool), .events = POLLIN};
    return poll(&polled, 1, 0) == 1;
}

static struct task *wait_for_one(struct job_pool *pool)
{
    struct pollfd polled = {.fd = job_pool_fd(pool), .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 60000), 1);
    struct job *job = job_pool_take(pool);
    assert_non_null(job);
    return (struct task *)job;
}

static struct job_pool *start(size_t threads, size_t capacity)
{
    struct err err = {0};
    struct job_pool *pool = job_pool_start(threads, capacity, &err);
    assert_non_null(pool);
    return pool;
}

static void all_run_once_elsewhere(void **state)
{
    (void)state;
    static struct task tasks[JOBS];
    struct job_pool *pool = start(4, JOBS);
    assert_false(is_readable(pool));
    assert_null(job_pool_take(pool));
    for (size_t i = 0; i < JOBS; i++) {
        tasks[i] = (struct task){.job.run = run_task};
        assert_true(job_pool_submit(pool, &tasks[i].job));
    }
    for (size_t i = 0; i < JOBS; i++) {
        struct task *task = wait_for_one(pool);
        assert_int_equal(task->runs, 1);
        assert_true(task->job.ran);
        assert_false(pthread_equal(task->thread, pthread_self()));
    }
    assert_null(job_pool_take(pool));
    assert_false(is_readable(pool));
    job_pool_free(pool);
}

static void the_bound_counts_what_is_not_taken_back(void **state)
{
    (void)state;
    struct task tasks[4];
    for (size_t i = 0; i < 4; i++)
        tasks[i] = (struct task){.job.run = run_task};
    struct job_pool *pool = start(1, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(job_pool_submit(pool, &tasks[i].job));
    assert_false(job_pool_submit(pool, &tasks[3].job));
    assert_ptr_equal(wait_for_one(pool), &tasks[0]); /* one thread: in order */
    assert_true(job_pool_submit(pool, &tasks[3].job));
    for (size_t i = 1; i < 4; i++)
        assert_ptr_equal(wait_for_one(pool), &tasks[i]);
    job_pool_free(pool);
}

/* A full pool has places for them, and they are next. */
static void urgent_ones_go_first(void **state)
{
    (void)state;
    atomic_bool gate = false;
    struct task tasks[8];
    struct job_pool *pool = start(1, 4);
    for (size_t i = 0; i < 8; i++)
        tasks[i] = (struct task){.job = {.run = run_task, .urgent = i >= 4}, .gate = &gate};
    for (size_t i = 0; i < 6; i++)
        assert_true(job_pool_submit(pool, &tasks[i].job));
    assert_false(job_pool_submit(pool, &tasks[6].job)); /* 4 and a quarter, and one */
    atomic_store(&gate, true);
    size_t order[6];
    for (size_t i = 0; i < 6; i++)
        order[i] = (size_t)(wait_for_one(pool) - tasks);
    /* The thread may have had the first one in its hands before the urgent ones came. */
    size_t begin = order[0] == 0 ? 1 : 0;
    assert_int_equal(order[begin], 4);
    assert_int_equal(order[begin + 1], 5);
    assert_int_equal(order[5], 3);
    job_pool_free(pool);
}

static void stopping_gives_back_what_had_not_begun(void **state)
{
    (void)state;
    atomic_bool gate = false;
    struct task tasks[3];
    struct job_pool *pool = start(1, 8);
    for (size_t i = 0; i < 3; i++) {
        tasks[i] = (struct task){.job.run = run_task, .gate = &gate};
        assert_true(job_pool_submit(pool, &tasks[i].job));
    }
    atomic_store(&gate, true);
    job_pool_stop(pool);
    struct task late = {.job.run = run_task};
    assert_false(job_pool_submit(pool, &late.job));
    for (size_t i = 0; i < 3; i++) {
        struct task *task = (struct task *)job_pool_take(pool);
        assert_non_null(task);
        assert_int_equal(task->runs, task->job.ran ? 1 : 0);
    }
    assert_null(job_pool_take(pool));
    job_pool_free(pool);
    job_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_run_once_elsewhere),
        cmocka_unit_test(the_bound_counts_what_is_not_taken_back),
        cmocka_unit_test(urgent_ones_go_first),
        cmocka_unit_test(stopping_gives_back_what_had_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
