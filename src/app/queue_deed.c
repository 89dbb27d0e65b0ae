/* SPDX-License-Identifier: Apache-2.0
 *
 * See queue_deed.h. What postsuper did it says, one line a message (Postfix 3.7
 * src/postsuper/postsuper.c):
 *
 *      postsuper: 4F1A0B: placed on hold | released from hold | removed
 */
#include "app/queue_deed.h"

#include <string.h>
#include <time.h>

#include "app/postfix_call.h"
#include "base/memory.h"
#include "io/clock.h"

#define BATCH_MAX 500

/* Messages of one instance that are acted on at once. */
struct batch {
    const struct queue_search *search;
    size_t indices[BATCH_MAX];
    bool done[BATCH_MAX]; /* by the last command */
    size_t count;
};

const char *queue_deed_word(enum queue_deed deed)
{
    static const char *const words[] = {
#define X(name, word) [QUEUE_DEED_##name] = word,
        QUEUE_DEEDS(X)
#undef X
    };
    return words[deed];
}

void queue_outcome_done(struct queue_outcome *outcome)
{
    buf_done(&outcome->stuck);
}

size_t queue_outcome_left(const struct queue_outcome *outcome)
{
    return outcome->wanted - outcome->done - outcome->gone - outcome->put_back;
}

bool queue_deed_concerns(enum queue_deed deed, const struct queue_mail *mail)
{
    switch (deed) {
    case QUEUE_DEED_HOLD:
        return mail->queue != MAIL_QUEUE_HOLD;
    case QUEUE_DEED_RELEASE:
        return mail->queue == MAIL_QUEUE_HOLD;
    case QUEUE_DEED_PURGE:
        return true;
    }
    return false;
}

/* ---- postsuper ---- */

static struct slice id_at(const struct batch *batch, size_t i)
{
    return queue_search_get(batch->search, batch->indices[i])->queue_id;
}

/* postsuper goes through the ids in their order. */
static void read_said(struct batch *batch, struct slice said, struct slice word)
{
    size_t next = 0;
    while (said.len > 0 && next < batch->count) {
        struct slice line = slice_cut(&said, '\n'), program = slice_cut(&line, ':');
        (void)program;
        if (!slice_take_prefix(&line, SLICE(" ")))
            continue;
        struct slice id = slice_cut(&line, ':');
        if (!slice_eq(slice_trim(line), word))
            continue;
        size_t i = next;
        while (i < batch->count && !slice_eq(id_at(batch, i), id))
            i++;
        if (i < batch->count) {
            batch->done[i] = true;
            next = i + 1;
        }
    }
}

/* Keeps what it was done to. queue: only there; NULL: wherever it is. */
static bool super(struct batch *batch, const char *option, const char *queue, struct slice word,
                  struct err *err)
{
    const char *const words[] = {option, "-", queue, NULL};
    CLEANUP_BUF struct buf ids = {0}, said = {0};
    if (batch->count == 0)
        return true;
    struct postfix_place place = queue_search_place(
        batch->search, queue_search_get(batch->search, batch->indices[0])->instance);
    for (size_t i = 0; i < batch->count; i++) {
        buf_add(&ids, id_at(batch, i));
        buf_add_char(&ids, '\n');
        batch->done[i] = false;
    }
    bool good = postfix_call_super(&place, words, buf_slice(&ids), &said, err);
    read_said(batch, buf_slice(&said), word);
    return good;
}

/* ---- batches ---- */

static void move_to(struct batch *to, struct batch *from, const bool *which, bool wanted)
{
    size_t kept = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (which[i] == wanted)
            to->indices[to->count++] = from->indices[i];
        else
            from->indices[kept++] = from->indices[i];
    }
    from->count = kept;
}

/* Drops what the last command was not done to: gone, unless it failed. */
static void drop_undone(struct batch *batch, bool good, struct queue_outcome *out)
{
    struct batch undone = {.search = batch->search};
    move_to(&undone, batch, batch->done, false);
    if (good)
        out->gone += undone.count;
}

/* Releases what was put on hold and may be another's; keeps what goes on. */
static bool let_go(struct batch *batch, struct queue_outcome *out, struct err *err)
{
    bool good = super(batch, "-H", NULL, SLICE("released from hold"), err);
    for (size_t i = 0; !good && i < batch->count; i++)
        if (!batch->done[i])
            buf_addf(&out->stuck, "%s%s", out->stuck.len > 0 ? " " : "", id_at(batch, i).ptr);
    drop_undone(batch, good, out);
    return good;
}

/* Puts on hold what is not there yet and proves that all of it is the login's. Without a proof
 * nothing stays there; of what fails the first is told. */
static bool hold(struct batch *batch, struct queue_outcome *out)
{
    struct batch others = {.search = batch->search};
    bool theirs[BATCH_MAX];
    bool good = super(batch, "-h", NULL, SLICE("placed on hold"), &out->why);
    drop_undone(batch, good, out);
    if (!queue_search_prove(batch->search, batch->indices, batch->count, theirs,
                            good ? &out->why : NULL)) {
        (void)let_go(batch, out, NULL);
        batch->count = 0;
        return false;
    }
    move_to(&others, batch, theirs, false);
    bool released = let_go(&others, out, good ? &out->why : NULL);
    out->put_back += others.count;
    return good && released;
}

/* Of those that are on hold already. */
static void take_held(struct batch *batch, struct batch *held)
{
    bool is_held[BATCH_MAX];
    for (size_t i = 0; i < batch->count; i++)
        is_held[i] = queue_search_get(batch->search, batch->indices[i])->queue == MAIL_QUEUE_HOLD;
    move_to(held, batch, is_held, true);
}

static bool purge(struct batch *batch, struct queue_outcome *out)
{
    struct batch all = {.search = batch->search};
    bool every[BATCH_MAX];
    memset(every, true, sizeof(every));
    take_held(batch, &all);
    bool held = hold(batch, out);
    if (held)
        move_to(&all, batch, every, true);
    bool good = super(&all, "-d", "hold", SLICE("removed"), &out->why);
    drop_undone(&all, good, out);
    out->done += all.count;
    return held && good;
}

static bool act(enum queue_deed deed, struct batch *batch, struct queue_outcome *out)
{
    bool good = false;
    switch (deed) {
    case QUEUE_DEED_HOLD:
        good = hold(batch, out);
        break;
    case QUEUE_DEED_RELEASE:
        good = super(batch, "-H", NULL, SLICE("released from hold"), &out->why);
        drop_undone(batch, good, out);
        break;
    case QUEUE_DEED_PURGE:
        return purge(batch, out);
    }
    out->done += batch->count;
    return good;
}

/* The next ones that it concerns, of one instance. */
static void fill(enum queue_deed deed, struct batch *batch, size_t *next)
{
    size_t count = queue_search_count(batch->search), instance = 0;
    batch->count = 0;
    for (; *next < count && batch->count < BATCH_MAX; ++*next) {
        const struct queue_mail *mail = queue_search_get(batch->search, *next);
        if (!queue_deed_concerns(deed, mail))
            continue;
        if (batch->count > 0 && mail->instance != instance)
            return;
        instance = mail->instance;
        batch->indices[batch->count++] = *next;
    }
}

static void rest(int64_t us)
{
    const struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

void queue_deed_do(enum queue_deed deed, const struct queue_search *search,
                   struct queue_outcome *out)
{
    struct batch *batch = MEM_NEW(struct batch);
    size_t next = 0, count = queue_search_count(search);
    batch->search = search;
    *out = (struct queue_outcome){.whole = true};
    for (size_t i = 0; i < count; i++)
        out->wanted += queue_deed_concerns(deed, queue_search_get(search, i));
    for (fill(deed, batch, &next); out->whole && batch->count > 0; fill(deed, batch, &next)) {
        int64_t begin_us = clock_steady_us();
        out->whole = act(deed, batch, out);
        if (next < count)
            rest(clock_steady_us() - begin_us);
    }
    mem_free(batch);
}
