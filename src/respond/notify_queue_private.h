/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the queue, for notify_queue.c and notify_queue_json.c.
 */
#ifndef TD_RESPOND_NOTIFY_QUEUE_PRIVATE_H
#define TD_RESPOND_NOTIFY_QUEUE_PRIVATE_H

#include "respond/notify_queue.h"

#define THREADS_MAX 256

struct pending {
    struct notice *notice;
    int64_t pushed_us, not_before_us;
    unsigned tries;
};

struct thread {
    char page[INCIDENT_ID_LEN + 1];
    char thread[NOTIFY_THREAD_MAX + 1];
};

struct notify_queue {
    struct notify_queue_settings settings;
    uint64_t random;
    struct pending *pending; /* oldest first */
    size_t count, capacity;
    bool in_flight;
    size_t flying; /* its index, when in_flight */
    uint64_t try_number;
    int64_t flight_us;           /* when the try began */
    int64_t resume_us;           /* nothing is tried before */
    unsigned failures;           /* in a row */
    struct notify_status status; /* its state and pending are made when asked for */
    struct thread threads[THREADS_MAX];
    size_t thread_count, thread_next; /* a ring */
};

void queue_add(struct notify_queue *queue, const struct pending *pending);
void queue_clear(struct notify_queue *queue);
void queue_set_thread(struct notify_queue *queue, struct slice page, const char *thread);

#endif
