/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue and the thread; see history.h. Batches stay in the queue until they are in the file or
 * in the spool, so that the bound of its memory holds while they are written. The thread looks at
 * the oldest ones without the lock: only it removes, others append.
 */
#include "store/history.h"

#include <pthread.h>
#include <time.h>

#include "io/clock.h"
#include "io/steady_condition.h"
#include "io/thread.h"
#include "store/history_batch_private.h"
#include "store/history_writer.h"

enum { AT_ONCE = 512 }; /* batches in a transaction */

const struct history_settings history_default_settings = {
    .commit_us = 250000,
    .commit_rows = 50000,
    .queue_bytes = (size_t)64 << 20,
    .spool_bytes = INT64_C(256) << 20,
    .retry_us = 1000000,
    .lock_wait_us = 1000000,
    .check_us = 5000000,
    .tidy_us = 60000000,
    .rows_age_us = INT64_C(90) * 86400000000,
    .rows_bytes = INT64_C(8) << 30,
    .sums_age_us = INT64_C(400) * 86400000000,
    .incidents_age_us = INT64_C(400) * 86400000000,
};

struct history {
    struct history_settings settings;
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;  /* the thread: something to do */
    pthread_cond_t done;  /* others: batches have left the queue */
    struct history_batch *first, *last;
    uint64_t queued, queued_rows; /* batches, rows */
    uint64_t taken, finished;     /* batches so far: taken in, and in the file */
    size_t queued_bytes;
    bool hurry, stopping;
    struct history_state state; /* as of the thread's last look, without the queue */

    /* The thread's own. */
    struct history_writer *writer;
    bool failing;
    bool spool_stuck;          /* the spool takes nothing until the next try */
    bool more;                 /* tidying is not at its end */
    bool retaining;            /* nor is dropping what is old */
    int64_t retry_us, tidy_us; /* steady: when due */
};

const char *history_trouble_word(enum history_trouble trouble)
{
    static const char *const words[] = {
#define X(name, word) word,
        HISTORY_TROUBLES(X)
#undef X
    };
    return words[trouble];
}

static bool is_crowded(const struct history *history)
{
    return history->queued_bytes > history->settings.queue_bytes / 2;
}

/* When something is to be done next (steady); 0: now. With the lock. */
static int64_t due_us(const struct history *history)
{
    if (history->stopping)
        return 0;
    if (history->failing)
        return is_crowded(history) && !history->spool_stuck ? 0 : history->retry_us;
    bool enough = history->queued_rows >= history->settings.commit_rows || history->hurry ||
                  is_crowded(history);
    if (history->more || (history->first != NULL && enough))
        return 0;
    int64_t due = history->tidy_us;
    if (history->first != NULL && history->first->queued_us + history->settings.commit_us < due)
        due = history->first->queued_us + history->settings.commit_us;
    return due;
}

/* The oldest batches, for one transaction. With the lock. */
static size_t look(const struct history *history, struct history_batch **to)
{
    uint64_t rows = 0;
    size_t count = 0;
    for (struct history_batch *batch = history->first;
         batch != NULL && count < AT_ONCE && rows < history->settings.commit_rows;
         batch = batch->next) {
        rows += batch->rows;
        to[count++] = batch;
    }
    return count;
}

/* Waits for work; the batches for it. */
static size_t wait_for_work(struct history *history, struct history_batch **to)
{
    pthread_mutex_lock(&history->lock);
    for (int64_t due; (due = due_us(history)) > clock_steady_us();)
        (void)steady_condition_wait(&history->wake, &history->lock, due);
    size_t count = look(history, to);
    pthread_mutex_unlock(&history->lock);
    return count;
}

/* The oldest ones are in the file or in the spool. */
static void forget(struct history *history, struct history_batch *const *batches, size_t count)
{
    pthread_mutex_lock(&history->lock);
    for (size_t i = 0; i < count; i++) {
        ASSERT(history->first == batches[i]);
        history->first = batches[i]->next;
        history->queued--;
        history->queued_rows -= batches[i]->rows;
        history->queued_bytes -= batches[i]->bytes;
    }
    if (history->first == NULL)
        history->last = NULL;
    pthread_mutex_unlock(&history->lock);
    for (size_t i = 0; i < count; i++)
        history_batch_free(batches[i]);
}

/* Says how things are. */
static void publish(struct history *history)
{
    struct history_state state;
    history_writer_state(history->writer, &state);
    pthread_mutex_lock(&history->lock);
    history->state = state;
    if (state.spool_bytes == 0)
        history->finished = history->taken - history->queued;
    if (history->queued == 0)
        history->hurry = false;
    pthread_cond_broadcast(&history->done);
    pthread_mutex_unlock(&history->lock);
}

static void tidy(struct history *history)
{
    int64_t now_us = clock_steady_us();
    if (now_us >= history->tidy_us) {
        history->tidy_us = now_us + history->settings.tidy_us;
        history->retaining = true;
    }
    history->failing =
        !history_writer_tidy(history->writer, history->retaining, clock_now_us(), &history->more);
    history->retaining = history->retaining && history->more;
}

static void write_some(struct history *history, struct history_batch *const *batches, size_t count)
{
    int64_t now_us = clock_now_us();
    history->spool_stuck = false;
    history->failing = !history_writer_prepare(history->writer, now_us);
    if (!history->failing && count > 0) {
        history->failing = !history_writer_write(history->writer, batches, count, now_us);
        if (!history->failing)
            forget(history, batches, count);
    }
    if (!history->failing)
        tidy(history);
    if (history->failing)
        history->retry_us = clock_steady_us() + history->settings.retry_us;
}

static void spool_some(struct history *history, struct history_batch *const *batches, size_t count)
{
    size_t spooled = history_writer_spool(history->writer, batches, count);
    history->spool_stuck = spooled < count;
    forget(history, batches, spooled);
}

/* At the end: one try to write all, what cannot be written goes to the spool. */
static void finish(struct history *history)
{
    struct history_batch *batches[AT_ONCE];
    size_t count = wait_for_work(history, batches);
    while (count > 0 && !history->spool_stuck) {
        if (history->failing)
            spool_some(history, batches, count);
        else
            write_some(history, batches, count);
        publish(history);
        count = wait_for_work(history, batches);
    }
}

static void *history_thread(void *data)
{
    struct history *history = data;
    struct history_batch *batches[AT_ONCE];
    for (;;) {
        size_t count = wait_for_work(history, batches);
        pthread_mutex_lock(&history->lock);
        bool stopping = history->stopping, crowded = is_crowded(history);
        pthread_mutex_unlock(&history->lock);
        if (stopping)
            break;
        if (!history->failing || clock_steady_us() >= history->retry_us)
            write_some(history, batches, count);
        else if (crowded)
            spool_some(history, batches, count);
        publish(history);
    }
    history->failing = false;
    finish(history);
    return NULL;
}

static bool start(struct history *history, struct err *err)
{
    pthread_mutex_init(&history->lock, NULL);
    steady_condition_init(&history->wake);
    steady_condition_init(&history->done);
    int code = thread_start(&history->thread, history_thread, history);
    return code == 0 || err_set_errno(err, code, "the history's thread cannot be started");
}

static void history_free(struct history *history)
{
    struct history_batch *batch = history->first;
    while (batch != NULL) {
        struct history_batch *next = batch->next;
        history_batch_free(batch);
        batch = next;
    }
    history_writer_free(history->writer);
    mem_free(history);
}

struct history *history_open(const char *folder, const struct history_settings *settings,
                             struct err *err)
{
    struct history *history = MEM_NEW(struct history);
    history->settings = settings ? *settings : history_default_settings;
    history->writer = history_writer_new(folder, &history->settings);
    history->failing = !history_writer_prepare(history->writer, clock_now_us());
    history->retry_us = clock_steady_us() + history->settings.retry_us;
    history->tidy_us = clock_steady_us();
    history_writer_state(history->writer, &history->state);
    if (history_writer_is_refused(history->writer))
        *err = history->state.why;
    else if (start(history, err))
        return history;
    history_free(history);
    return NULL;
}

void history_close(struct history *history)
{
    if (history == NULL)
        return;
    pthread_mutex_lock(&history->lock);
    history->stopping = true;
    pthread_cond_signal(&history->wake);
    pthread_mutex_unlock(&history->lock);
    pthread_join(history->thread, NULL);
    pthread_cond_destroy(&history->wake);
    pthread_cond_destroy(&history->done);
    pthread_mutex_destroy(&history->lock);
    history_free(history);
}

bool history_commit(struct history *history, struct history_batch *batch)
{
    history_batch_seal(batch);
    batch->next = NULL;
    batch->queued_us = clock_steady_us();
    pthread_mutex_lock(&history->lock);
    bool room = history->first == NULL ||
                history->queued_bytes + batch->bytes <= history->settings.queue_bytes;
    if (room) {
        if (history->last)
            history->last->next = batch;
        else
            history->first = batch;
        history->last = batch;
        history->queued++;
        history->queued_rows += batch->rows;
        history->queued_bytes += batch->bytes;
        history->taken++;
    }
    pthread_cond_signal(&history->wake);
    pthread_mutex_unlock(&history->lock);
    return room;
}

bool history_flush(struct history *history, int64_t wait_us)
{
    int64_t until_us = clock_steady_us() + wait_us;
    pthread_mutex_lock(&history->lock);
    uint64_t wanted = history->taken;
    history->hurry = true;
    pthread_cond_signal(&history->wake);
    while (history->finished < wanted && clock_steady_us() < until_us)
        (void)steady_condition_wait(&history->done, &history->lock, until_us);
    bool finished = history->finished >= wanted;
    pthread_mutex_unlock(&history->lock);
    return finished;
}

void history_state_get(struct history *history, struct history_state *out)
{
    pthread_mutex_lock(&history->lock);
    *out = history->state;
    out->queued_rows = history->queued_rows;
    out->queued_bytes = history->queued_bytes;
    out->queue_bytes = history->settings.queue_bytes;
    pthread_mutex_unlock(&history->lock);
}
