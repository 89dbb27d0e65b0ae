/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells when mail waits too long (queue-age) and when too much waits (backlog), from what the
 * correlator sees. A recipient waits from its first deferral to its end. Pure: events and times.
 *
 * queue-age: `old` recipients or more were accepted longer than age_us ago. backlog: `backlog` or
 * more wait, whatever their age. Both must also be more than normal_factor times what is normal in
 * this hour of the day: the middle of the last seven days' peaks in this hour and its neighbours,
 * once there are three; full mailboxes wait for days in every queue. Each ends half way between
 * what opens it and the normal.
 *
 * A message that is requeued under another id is followed by its new id. One of which nothing was
 * heard for forget_us is forgotten: Postfix tries each at least every maximal_backoff_time (4000
 * s).
 *
 * Bounded: QUEUE_WATCH_MAX messages of 32 bytes; those beyond are not counted. Ages are kept by the
 * minute, up to seven days. One thread.
 */
#ifndef TD_WATCH_QUEUE_WATCH_H
#define TD_WATCH_QUEUE_WATCH_H

#include "watch/correlator.h"
#include "watch/incident_tell.h"

#define QUEUE_WATCH_MAX (1u << 20)

struct queue_rule {
    int64_t age_us; /* a waiting recipient is old from here on; at most seven days */
    uint32_t old;   /* so many old ones are an incident */
    uint32_t backlog;
    double normal_factor;
    int64_t forget_us;
};

#define QUEUE_RULE \
    { \
        .age_us = INT64_C(3600000000), .old = 100, .backlog = 10000, .normal_factor = 2, \
        .forget_us = INT64_C(86400000000) \
    }

extern const struct queue_rule queue_default;

struct queue_watch;

struct queue_watch *queue_watch_new(const struct queue_rule *rule);
void queue_watch_free(struct queue_watch *watch);

/* As the correlator tells them to its sink: each delivery record, each outcome. */
void queue_watch_take_attempt(struct queue_watch *watch, const struct attempt *attempt,
                              int64_t now_us);
void queue_watch_take_outcome(struct queue_watch *watch, const struct outcome_event *event,
                              int64_t now_us);

/* Each record of kind LOG_KIND_SUPERVISE: a requeued message waits no longer under its old id. */
void queue_watch_take_record(struct queue_watch *watch, const struct log_record *record,
                             int64_t now_us);

/* Tells each of the two incidents that opened, changed or ended since the last call: every 100 ms
 * or so. */
void queue_watch_tell(struct queue_watch *watch, int64_t now_us, incident_tell tell, void *data);

/* For status and metrics. */
struct queue_count {
    uint64_t waiting, old; /* recipients */
    int64_t oldest_us;     /* when the oldest was accepted, to the minute; now_us when none waits */
};
struct queue_count queue_watch_count(const struct queue_watch *watch, int64_t now_us);

#endif
