/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue's state as JSON, version 1. A notice in flight is saved as pending: it is sent again.
 */
#include "respond/notify_queue_private.h"

#include <stdio.h>

#include "base/memory.h"
#include "model/json_value.h"

#define VERSION 1
#define PENDING_MAX 10000

struct counter {
    const char *key;
    size_t offset;
};

static const struct counter counters[] = {
    {"sent", offsetof(struct notify_status, sent)},
    {"retries", offsetof(struct notify_status, retries)},
    {"refused", offsetof(struct notify_status, refused)},
    {"expired", offsetof(struct notify_status, expired)},
    {"dropped", offsetof(struct notify_status, dropped)},
};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

static json_t *pending_json(const struct pending *pending)
{
    json_t *object = json_value_object();
    json_value_put(object, "pushed_us", json_integer(pending->pushed_us));
    json_value_put_count(object, "tries", pending->tries);
    json_value_put(object, "notice", notice_json(pending->notice));
    return object;
}

static json_t *letters_json(const struct notify_status *status)
{
    json_t *all = json_value_array();
    for (size_t i = 0; i < status->letter_count; i++) {
        const struct notify_letter *letter = &status->letters[i];
        json_t *object = json_value_object();
        json_value_put_text(object, "key", slice_from_str(letter->key));
        json_value_put_text(object, "reason", slice_from_str(letter->reason));
        json_value_put(object, "at_us", json_integer(letter->at_us));
        json_value_append(all, object);
    }
    return all;
}

static json_t *threads_json(const struct notify_queue *queue)
{
    json_t *all = json_value_array();
    size_t oldest = queue->thread_count < THREADS_MAX ? 0 : queue->thread_next;
    for (size_t i = 0; i < queue->thread_count; i++) {
        const struct thread *thread = &queue->threads[(oldest + i) % THREADS_MAX];
        json_t *object = json_value_object();
        json_value_put_text(object, "page", slice_from_str(thread->page));
        json_value_put_text(object, "thread", slice_from_str(thread->thread));
        json_value_append(all, object);
    }
    return all;
}

json_t *notify_queue_json(const struct notify_queue *queue)
{
    json_t *object = json_value_object(), *all = json_value_array();
    json_value_put_count(object, "version", VERSION);
    for (size_t i = 0; i < COUNTERS; i++)
        json_value_put_count(
            object, counters[i].key,
            *(const uint64_t *)(const void *)((const char *)&queue->status + counters[i].offset));
    json_value_put(object, "last_sent_us", json_integer(queue->status.last_sent_us));
    json_value_put(object, "failing_since_us", json_integer(queue->status.failing_since_us));
    json_value_put_text(object, "last_reason", slice_from_str(queue->status.last_reason));
    json_value_put_count(object, "failures", queue->failures);
    for (size_t i = 0; i < queue->count; i++)
        json_value_append(all, pending_json(&queue->pending[i]));
    json_value_put(object, "pending", all);
    json_value_put(object, "letters", letters_json(&queue->status));
    json_value_put(object, "threads", threads_json(queue));
    return object;
}

static bool read_time(const json_t *object, const char *key, int64_t now_us, int64_t *out)
{
    if (!json_field_int(object, key, (struct json_range){0, INT64_MAX, 0}, out))
        return false;
    *out = *out > now_us ? now_us : *out;
    return true;
}

static bool read_text(const json_t *object, const char *key, size_t size, char *to)
{
    struct slice text;
    if (!json_field_text(object, key, size - 1, &text))
        return false;
    snprintf(to, size, "%.*s", SLICE_ARG(text));
    return true;
}

static bool read_small(const json_t *object, const char *key, unsigned *out)
{
    int64_t number;
    if (!json_field_int(object, key, (struct json_range){0, 1000000, 0}, &number))
        return false;
    *out = (unsigned)number;
    return true;
}

static bool read_pending(struct notify_queue *queue, const json_t *object, int64_t now_us)
{
    struct pending pending = {.not_before_us = now_us};
    if (!json_is_object(object) || !read_time(object, "pushed_us", now_us, &pending.pushed_us) ||
        !read_small(object, "tries", &pending.tries))
        return false;
    pending.notice = notice_read(json_object_get(object, "notice"));
    if (!pending.notice)
        return false;
    queue_add(queue, &pending);
    return true;
}

static bool read_letter(struct notify_status *status, const json_t *object, int64_t now_us)
{
    struct notify_letter *letter = &status->letters[status->letter_count];
    if (!json_is_object(object) || !read_text(object, "key", sizeof(letter->key), letter->key) ||
        !read_text(object, "reason", sizeof(letter->reason), letter->reason) ||
        !read_time(object, "at_us", now_us, &letter->at_us))
        return false;
    status->letter_count++;
    return true;
}

static bool read_thread(struct notify_queue *queue, const json_t *object)
{
    struct slice page;
    char thread[NOTIFY_THREAD_MAX + 1];
    if (!json_is_object(object) || !json_field_text(object, "page", INCIDENT_ID_LEN, &page) ||
        page.len == 0 || !read_text(object, "thread", sizeof(thread), thread) || !*thread)
        return false;
    queue_set_thread(queue, page, thread);
    return true;
}

static bool read_lists(struct notify_queue *queue, const json_t *object, int64_t now_us)
{
    const json_t *pending, *letters, *threads;
    if (!json_field_array(object, "pending", PENDING_MAX, &pending) ||
        !json_field_array(object, "letters", NOTIFY_LETTERS_MAX, &letters) ||
        !json_field_array(object, "threads", THREADS_MAX, &threads))
        return false;
    for (size_t i = 0; i < json_array_size(pending); i++)
        if (!read_pending(queue, json_array_get(pending, i), now_us))
            return false;
    for (size_t i = 0; i < json_array_size(letters); i++)
        if (!read_letter(&queue->status, json_array_get(letters, i), now_us))
            return false;
    for (size_t i = 0; i < json_array_size(threads); i++)
        if (!read_thread(queue, json_array_get(threads, i)))
            return false;
    return true;
}

static bool read_all(struct notify_queue *queue, const json_t *object, int64_t now_us)
{
    struct notify_status *status = &queue->status;
    int64_t version;
    if (!json_is_object(object) ||
        !json_field_int(object, "version", (struct json_range){VERSION, VERSION, 0}, &version) ||
        version != VERSION || !read_time(object, "last_sent_us", now_us, &status->last_sent_us) ||
        !read_time(object, "failing_since_us", now_us, &status->failing_since_us) ||
        !read_text(object, "last_reason", sizeof(status->last_reason), status->last_reason) ||
        !read_small(object, "failures", &queue->failures))
        return false;
    for (size_t i = 0; i < COUNTERS; i++)
        if (!json_field_count(object, counters[i].key,
                              (uint64_t *)(void *)((char *)status + counters[i].offset)))
            return false;
    return read_lists(queue, object, now_us);
}

bool notify_queue_read(struct notify_queue *queue, const json_t *object, int64_t now_us,
                       struct err *err)
{
    ASSERT(queue->count == 0);
    queue_clear(queue); /* dead letters and threads too */
    if (read_all(queue, object, now_us))
        return true;
    queue_clear(queue);
    return err_set(err, ERR_INPUT,
                   "state of a notifier is damaged or of another version: starting without it");
}
