/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of one notifier. See notify_queue.h.
 */
#include "respond/notify_queue_private.h"

#include <stdio.h>

#include "base/memory.h"

#define HARD_FACTOR 4 /* times pending_max: even critical openings end there */

static const char *const state_words[] = {
#define X(name, word) [NOTIFY_STATE_##name] = word,
    NOTIFY_STATES(X)
#undef X
};

const char *notify_state_word(enum notify_state state)
{
    return state_words[state];
}

struct notify_queue *notify_queue_new(const struct notify_queue_settings *settings, uint64_t seed)
{
    struct notify_queue *queue = MEM_NEW(struct notify_queue);
    queue->settings = *settings;
    queue->random = seed;
    return queue;
}

void queue_clear(struct notify_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        notice_free(queue->pending[i].notice);
    queue->count = 0;
    queue->in_flight = false;
    queue->thread_count = queue->thread_next = 0;
    queue->status = (struct notify_status){0};
    queue->failures = 0;
    queue->resume_us = 0;
}

void notify_queue_free(struct notify_queue *queue)
{
    if (!queue)
        return;
    queue_clear(queue);
    mem_free(queue->pending);
    mem_free(queue);
}

void queue_add(struct notify_queue *queue, const struct pending *pending)
{
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity ? queue->capacity * 2 : 16;
        queue->pending = mem_resize(queue->pending, queue->capacity, sizeof(*pending));
    }
    queue->pending[queue->count++] = *pending;
}

static void remove_at(struct notify_queue *queue, size_t index)
{
    notice_free(queue->pending[index].notice);
    queue->count--;
    memmove(&queue->pending[index], &queue->pending[index + 1],
            (queue->count - index) * sizeof(queue->pending[0]));
    if (queue->in_flight && queue->flying > index)
        queue->flying--;
}

/* How much a notice matters. */
enum weight { WEIGHT_CURRENT, WEIGHT_INFO, WEIGHT_CHANGE, WEIGHT_OPENING, WEIGHT_CRITICAL };

static enum weight weight_of(const struct notice *notice)
{
    bool opening = notice->transition == NOTICE_OPENED || notice->transition == NOTICE_REOPENED ||
                   notice->transition == NOTICE_DIGEST || notice->transition == NOTICE_ESCALATED ||
                   notice_may_approve(notice);
    if (notice->transition == NOTICE_CURRENT)
        return WEIGHT_CURRENT;
    if (notice->severity == INCIDENT_INFO)
        return WEIGHT_INFO;
    if (!opening)
        return WEIGHT_CHANGE;
    return notice->severity == INCIDENT_CRITICAL ? WEIGHT_CRITICAL : WEIGHT_OPENING;
}

/* The oldest of what matters least, not in flight; count: there is none. */
static size_t least(const struct notify_queue *queue)
{
    size_t found = queue->count;
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->in_flight && i == queue->flying)
            continue;
        if (found == queue->count ||
            weight_of(queue->pending[i].notice) < weight_of(queue->pending[found].notice))
            found = i;
    }
    return found;
}

/* Room for one more of this weight? Something lighter or as light may go for it. */
static bool make_room(struct notify_queue *queue, enum weight weight)
{
    if (queue->count < queue->settings.pending_max)
        return true;
    size_t index = least(queue);
    if (index < queue->count) {
        enum weight lightest = weight_of(queue->pending[index].notice);
        if (lightest <= weight && lightest != WEIGHT_CRITICAL) {
            remove_at(queue, index);
            queue->status.dropped++;
            return true;
        }
    }
    return weight == WEIGHT_CRITICAL && queue->count < queue->settings.pending_max * HARD_FACTOR;
}

static void forget_current(struct notify_queue *queue, struct slice page)
{
    for (size_t i = queue->count; i > 0; i--) {
        const struct notice *notice = queue->pending[i - 1].notice;
        if (notice->transition == NOTICE_CURRENT && slice_eq(notice->page, page) &&
            !(queue->in_flight && queue->flying == i - 1))
            remove_at(queue, i - 1);
    }
}

void notify_queue_push(struct notify_queue *queue, const struct notice *notice, int64_t now_us)
{
    if (notice->transition == NOTICE_CURRENT)
        forget_current(queue, notice->page);
    if (!make_room(queue, weight_of(notice))) {
        queue->status.dropped++;
        return;
    }
    struct pending pending = {notice_copy(notice), now_us, now_us, 0};
    queue_add(queue, &pending);
}

/* Is there an older notice of the same page? */
static bool has_elder(const struct notify_queue *queue, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (slice_eq(queue->pending[i].notice->page, queue->pending[index].notice->page))
            return true;
    return false;
}

int64_t notify_queue_next_due(const struct notify_queue *queue)
{
    int64_t due_us = INT64_MAX;
    if (queue->in_flight)
        return queue->flight_us + queue->settings.try_us;
    for (size_t i = 0; i < queue->count; i++)
        if (queue->pending[i].not_before_us < due_us && !has_elder(queue, i))
            due_us = queue->pending[i].not_before_us;
    return due_us == INT64_MAX || due_us > queue->resume_us ? due_us : queue->resume_us;
}

/* splitmix64: good enough to spread retries, and the same in every run. */
static uint64_t next_random(struct notify_queue *queue)
{
    uint64_t x = queue->random += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* first * 2^(tries - 1), at most the longest, of which a random half is taken off. */
static int64_t back_off(struct notify_queue *queue, unsigned tries)
{
    const struct notify_queue_settings *settings = &queue->settings;
    int64_t wait_us = settings->first_retry_us;
    for (unsigned i = 1; i < tries && wait_us < settings->longest_retry_us; i++)
        wait_us *= 2;
    if (wait_us > settings->longest_retry_us)
        wait_us = settings->longest_retry_us;
    int64_t half = wait_us / 2;
    return wait_us - (half > 0 ? (int64_t)(next_random(queue) % (uint64_t)half) : 0);
}

static void bury(struct notify_queue *queue, size_t index, int64_t now_us, const char *reason)
{
    struct notify_status *status = &queue->status;
    CLEANUP_BUF struct buf key = {0};
    if (status->letter_count == NOTIFY_LETTERS_MAX) {
        status->letter_count--;
        memmove(&status->letters[0], &status->letters[1],
                status->letter_count * sizeof(status->letters[0]));
    }
    struct notify_letter *letter = &status->letters[status->letter_count++];
    *letter = (struct notify_letter){.at_us = now_us};
    notice_key(queue->pending[index].notice, &key);
    snprintf(letter->key, sizeof(letter->key), "%s", buf_str(&key));
    snprintf(letter->reason, sizeof(letter->reason), "%s", reason);
    remove_at(queue, index);
}

static void note_failure(struct notify_queue *queue, const struct notify_result *result,
                         int64_t now_us)
{
    struct notify_status *status = &queue->status;
    queue->failures++;
    if (status->failing_since_us == 0)
        status->failing_since_us = now_us;
    snprintf(status->last_reason, sizeof(status->last_reason), "%s", result->reason);
}

static void retry_later(struct notify_queue *queue, const struct notify_result *result,
                        int64_t now_us)
{
    struct pending *pending = &queue->pending[queue->flying];
    int64_t asked_us = result->retry_after_us;
    note_failure(queue, result, now_us);
    queue->status.retries++;
    pending->tries++;
    pending->not_before_us = now_us + back_off(queue, pending->tries);
    queue->resume_us = now_us + back_off(queue, queue->failures);
    if (asked_us > 0 && queue->resume_us < now_us + asked_us)
        queue->resume_us = now_us + asked_us;
}

void notify_queue_tell_result(struct notify_queue *queue, uint64_t try_number, int64_t now_us,
                              const struct notify_result *result, const char *thread)
{
    if (!queue->in_flight || try_number != queue->try_number)
        return;
    queue->in_flight = false;
    struct notify_status *status = &queue->status;
    switch (result->outcome) {
    case NOTIFY_SENT:
        if (thread && *thread)
            queue_set_thread(queue, queue->pending[queue->flying].notice->page, thread);
        remove_at(queue, queue->flying);
        queue->failures = 0;
        queue->resume_us = 0;
        status->sent++;
        status->last_sent_us = now_us;
        status->failing_since_us = 0;
        return;
    case NOTIFY_RETRY:
        retry_later(queue, result, now_us);
        return;
    case NOTIFY_REFUSED:
        note_failure(queue, result, now_us);
        status->refused++;
        bury(queue, queue->flying, now_us, result->reason);
        return;
    }
}

/* A try that has taken too long has failed; what is too old is given up. */
static void clean_up(struct notify_queue *queue, int64_t now_us)
{
    if (queue->in_flight && now_us - queue->flight_us >= queue->settings.try_us) {
        struct notify_result late = {.outcome = NOTIFY_RETRY, .reason = "no answer in time"};
        notify_queue_tell_result(queue, queue->try_number, now_us, &late, NULL);
    }
    for (size_t i = queue->count; i > 0; i--) {
        if ((queue->in_flight && queue->flying == i - 1) ||
            now_us - queue->pending[i - 1].pushed_us < queue->settings.give_up_us)
            continue;
        queue->status.expired++;
        bury(queue, i - 1, now_us, "too old");
    }
}

const struct notice *notify_queue_take_due(struct notify_queue *queue, int64_t now_us,
                                           uint64_t *try_number)
{
    size_t found = SIZE_MAX;
    clean_up(queue, now_us);
    if (queue->in_flight || now_us < queue->resume_us)
        return NULL;
    for (size_t i = 0; i < queue->count; i++) {
        const struct pending *pending = &queue->pending[i];
        if (pending->not_before_us > now_us || has_elder(queue, i))
            continue;
        bool urgent = weight_of(pending->notice) == WEIGHT_CRITICAL;
        if (found == SIZE_MAX || urgent)
            found = i;
        if (urgent)
            break;
    }
    if (found == SIZE_MAX)
        return NULL;
    queue->in_flight = true;
    queue->flying = found;
    queue->flight_us = now_us;
    *try_number = ++queue->try_number;
    return queue->pending[found].notice;
}

void queue_set_thread(struct notify_queue *queue, struct slice page, const char *thread)
{
    struct thread one = {{0}, {0}};
    if (page.len > INCIDENT_ID_LEN || strlen(thread) > NOTIFY_THREAD_MAX ||
        notify_queue_thread(queue, page).len > 0)
        return;
    memcpy(one.page, page.ptr, page.len);
    memcpy(one.thread, thread, strlen(thread));
    queue->threads[queue->thread_next] = one;
    queue->thread_next = (queue->thread_next + 1) % THREADS_MAX;
    if (queue->thread_count < THREADS_MAX)
        queue->thread_count++;
}

struct slice notify_queue_thread(const struct notify_queue *queue, struct slice page)
{
    for (size_t i = 0; i < queue->thread_count; i++)
        if (slice_eq(page, slice_from_str(queue->threads[i].page)))
            return slice_from_str(queue->threads[i].thread);
    return (struct slice){NULL, 0};
}

void notify_queue_status(const struct notify_queue *queue, struct notify_status *out)
{
    *out = queue->status;
    out->pending = queue->count;
    out->state = queue->failures == 0                           ? NOTIFY_STATE_OK
                 : queue->failures < queue->settings.dead_after ? NOTIFY_STATE_FAILING
                                                                : NOTIFY_STATE_DEAD;
}
