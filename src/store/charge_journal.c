/* SPDX-License-Identifier: Apache-2.0
 *
 * See charge_journal.h. The lock is held for the moving of pointers only, never while the disk
 * works.
 */
#include "store/charge_journal.h"

#include <pthread.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/steady_condition.h"
#include "io/thread.h"
#include "store/charge_journal_file.h"

#define ROOM_BYTES (INT64_C(16) << 20) /* that a small image may grow to */

enum { GROWTH = 3 }; /* times the image */

static const int64_t RETRY_US = 2000000;

struct charge_journal {
    struct buf folder;
    struct history_packer *packer;
    pthread_t thread;

    pthread_mutex_t lock;      /* guards what follows */
    pthread_cond_t wake, done; /* the thread; who waits for it */
    bool stopping, busy;       /* busy: the block is not on the disk yet */
    bool must_begin;
    struct charge_block block; /* the thread's while busy */
    struct charge_journal_state state;

    /* The thread's. */
    int fd;              /* -1: there is no file */
    uint64_t number;     /* of the last file */
    uint64_t begun;      /* the file with the begin of the image that is written; 0: none is */
    int64_t size, older; /* bytes of this file and of those before it */
    int64_t image;       /* bytes of this file when its image was whole; 0: it is not */
};

/* ---- the thread ---- */

static void end_file(struct charge_journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
    journal->begun = 0;
}

/* The number goes on from what is there, whoever made it. */
static bool begin_file(struct charge_journal *journal, bool begins, struct err *err)
{
    struct charge_files files;
    const char *folder = buf_str(&journal->folder);
    end_file(journal);
    if (!charge_files_list(folder, &files, err))
        return false;
    if (files.count > 0 && files.numbers[files.count - 1] > journal->number)
        journal->number = files.numbers[files.count - 1];
    journal->older = files.bytes;
    charge_files_done(&files);
    journal->fd = charge_file_make(folder, journal->number + 1, err);
    if (journal->fd < 0)
        return false;
    journal->number++;
    journal->begun = begins ? journal->number : 0;
    journal->size = charge_file_head_bytes;
    journal->image = 0;
    return true;
}

static void end_image(struct charge_journal *journal)
{
    struct charge_files files;
    const char *folder = buf_str(&journal->folder);
    charge_files_remove_before(folder, journal->begun);
    journal->begun = 0;
    journal->image = journal->size;
    journal->older = 0;
    if (charge_files_list(folder, &files, NULL)) /* what could not be removed */
        journal->older = files.bytes - journal->size;
    charge_files_done(&files);
}

static bool write_block(struct charge_journal *journal, struct err *err)
{
    const struct charge_block *block = &journal->block;
    if ((block->begins || journal->fd < 0) && !begin_file(journal, block->begins, err))
        return false;
    if (!charge_file_append(journal->fd, journal->packer, buf_slice(&block->bytes), &journal->size,
                            err)) {
        err_at(err, "%s", buf_str(&journal->folder));
        end_file(journal);
        return false;
    }
    if (block->whole && journal->begun != 0)
        end_image(journal);
    return true;
}

/* False: it is to end. */
static bool wait_for_block(struct charge_journal *journal)
{
    while (!journal->busy && !journal->stopping)
        pthread_cond_wait(&journal->wake, &journal->lock);
    return journal->busy;
}

/* After a try, under the lock. */
static void note(struct charge_journal *journal, bool good, const struct err *why)
{
    struct charge_journal_state *state = &journal->state;
    state->why = *why;
    state->bytes = journal->older + journal->size;
    if (good) {
        state->blocks++;
        journal->busy = false;
        buf_clear(&journal->block.bytes);
    } else {
        state->failures++;
    }
    if (!good || (journal->image > 0 && journal->size > GROWTH * journal->image + ROOM_BYTES))
        journal->must_begin = true;
    pthread_cond_broadcast(&journal->done);
}

static void *journal_thread(void *data)
{
    struct charge_journal *journal = data;
    pthread_mutex_lock(&journal->lock);
    while (wait_for_block(journal)) {
        struct err why = {0};
        pthread_mutex_unlock(&journal->lock);
        bool good = write_block(journal, &why);
        pthread_mutex_lock(&journal->lock);
        note(journal, good, &why);
        int64_t until_us = clock_steady_us() + RETRY_US;
        while (!good && !journal->stopping &&
               steady_condition_wait(&journal->wake, &journal->lock, until_us))
            continue;
        if (!good && journal->stopping)
            break;
    }
    pthread_mutex_unlock(&journal->lock);
    return NULL;
}

/* ---- the others ---- */

struct charge_journal *charge_journal_new(const char *folder, struct err *err)
{
    struct charge_journal *journal = MEM_NEW(struct charge_journal);
    buf_add_str(&journal->folder, folder);
    journal->packer = history_packer_new();
    journal->fd = -1;
    journal->must_begin = true;
    pthread_mutex_init(&journal->lock, NULL);
    steady_condition_init(&journal->wake);
    steady_condition_init(&journal->done);
    int code = thread_start(&journal->thread, journal_thread, journal);
    if (code == 0)
        return journal;
    err_set_errno(err, code, "the thread that keeps counts cannot be started");
    history_packer_free(journal->packer);
    buf_done(&journal->folder);
    mem_free(journal);
    return NULL;
}

void charge_journal_free(struct charge_journal *journal)
{
    if (journal == NULL)
        return;
    pthread_mutex_lock(&journal->lock);
    journal->stopping = true;
    pthread_cond_signal(&journal->wake);
    pthread_mutex_unlock(&journal->lock);
    pthread_join(journal->thread, NULL);
    pthread_cond_destroy(&journal->wake);
    pthread_cond_destroy(&journal->done);
    pthread_mutex_destroy(&journal->lock);
    end_file(journal);
    history_packer_free(journal->packer);
    buf_done(&journal->folder);
    buf_done(&journal->block.bytes);
    mem_free(journal);
}

void charge_journal_read(struct charge_journal *journal, charge_journal_see see, void *context,
                         struct charge_journal_past *out)
{
    struct charge_files files;
    const char *folder = buf_str(&journal->folder);
    *out = (struct charge_journal_past){0};
    if (!charge_files_list(folder, &files, &out->why))
        return;
    for (size_t i = 0; i < files.count; i++)
        charge_file_read(folder, files.numbers[i], see, context, out);
    charge_files_done(&files);
}

bool charge_journal_ready(struct charge_journal *journal, bool *must_begin)
{
    pthread_mutex_lock(&journal->lock);
    bool ready = !journal->busy;
    *must_begin = journal->must_begin;
    pthread_mutex_unlock(&journal->lock);
    return ready;
}

void charge_journal_give(struct charge_journal *journal, struct charge_block *block)
{
    pthread_mutex_lock(&journal->lock);
    ASSERT(!journal->busy);
    struct charge_block empty = journal->block;
    journal->block = *block;
    journal->busy = true;
    if (block->begins)
        journal->must_begin = false;
    pthread_cond_signal(&journal->wake);
    pthread_mutex_unlock(&journal->lock);
    *block = (struct charge_block){.bytes = empty.bytes};
}

void charge_journal_settle(struct charge_journal *journal, int64_t wait_us)
{
    int64_t until_us = clock_steady_us() + wait_us;
    pthread_mutex_lock(&journal->lock);
    uint64_t failures = journal->state.failures;
    while (journal->busy && journal->state.failures == failures &&
           steady_condition_wait(&journal->done, &journal->lock, until_us))
        continue;
    pthread_mutex_unlock(&journal->lock);
}

void charge_journal_state_get(struct charge_journal *journal, struct charge_journal_state *out)
{
    pthread_mutex_lock(&journal->lock);
    *out = journal->state;
    pthread_mutex_unlock(&journal->lock);
}
