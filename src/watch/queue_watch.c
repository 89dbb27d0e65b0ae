/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting mail. See queue_watch.h; the table of waiting messages is waiting_table.c.
 */
#include "watch/queue_watch.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/memory.h"
#include "watch/alarm_list.h"
#include "watch/waiting_table.h"

#define MINUTE_US (60 * US_PER_SECOND)
#define HOUR_US (60 * MINUTE_US)
#define DAYS 7
#define MINUTES (DAYS * 24 * 60)
#define DAYS_LEAST 3

/* The most of a count in an hour, by [day % DAYS][hour]; plus 1, 0: unknown. */
struct queue_habit {
    uint32_t peaks[DAYS][24];
};

struct queue_watch {
    struct queue_rule rule;
    struct waiting_table *messages;
    struct alarm_list *alarms;
    struct alarm *age, *backlog;
    uint64_t waiting;
    uint32_t accepted[MINUTES]; /* waiting recipients by [minute of acceptance % MINUTES] */
    struct queue_habit old_habit, habit;
    int64_t newest_minute;
    int64_t peak_hour, swept_hour; /* since 1970 */
    struct buf sample;             /* the newest deferral */
};

const struct queue_rule queue_default = QUEUE_RULE;

struct queue_watch *queue_watch_new(const struct queue_rule *rule)
{
    struct queue_watch *watch = MEM_NEW(struct queue_watch);
    watch->rule = *rule;
    watch->messages = waiting_table_new(QUEUE_WATCH_MAX);
    watch->alarms = alarm_list_new(2);
    return watch;
}

void queue_watch_free(struct queue_watch *watch)
{
    if (watch == NULL)
        return;
    waiting_table_free(watch->messages);
    alarm_list_free(watch->alarms);
    buf_done(&watch->sample);
    mem_free(watch);
}

/* ---- counting ---- */

/* What was accepted before the minutes that are kept counts as the oldest one. */
static uint32_t *minute_of(struct queue_watch *watch, int64_t begin_us)
{
    int64_t minute = begin_us / MINUTE_US, oldest = watch->newest_minute - MINUTES + 1;
    if (minute > watch->newest_minute)
        minute = watch->newest_minute;
    return &watch->accepted[(minute < oldest ? oldest : minute) % MINUTES];
}

/* Minutes that become too old flow into the oldest one that is kept. */
static void advance(struct queue_watch *watch, int64_t now_us)
{
    int64_t minute = now_us / MINUTE_US;
    if (minute - watch->newest_minute >= MINUTES)
        watch->newest_minute = minute - MINUTES;
    while (watch->newest_minute < minute) {
        watch->newest_minute++;
        uint32_t *leaving = &watch->accepted[watch->newest_minute % MINUTES];
        watch->accepted[(watch->newest_minute + 1) % MINUTES] += *leaving;
        *leaving = 0;
    }
}

static void wait_more(struct queue_watch *watch, struct waiting_message *message, uint32_t count)
{
    message->waiting += count;
    watch->waiting += count;
    *minute_of(watch, message->begin_us) += count;
}

static void wait_less(struct queue_watch *watch, struct waiting_message *message, uint32_t count)
{
    uint32_t *minute = minute_of(watch, message->begin_us);
    if (count > message->waiting)
        count = message->waiting;
    message->waiting -= count;
    watch->waiting -= count;
    *minute -= count < *minute ? count : *minute;
}

static bool is_deferral(const struct attempt *attempt)
{
    bool waits = attempt->status == DELIVERY_DEFERRED || attempt->status == DELIVERY_SOFTBOUNCE;
    return waits &&
           (attempt->exclusion == ATTEMPT_COUNTS || attempt->exclusion == ATTEMPT_REPEATED);
}

/* Accepted when the first line was seen, or earlier: the record's delay= knows what was before the
 * log began. */
static int64_t accepted_us(const struct attempt *attempt, int64_t now_us)
{
    int64_t by_delay_us = now_us - (int64_t)((double)attempt->delay_s * 1e6);
    return by_delay_us < attempt->message->begin_us ? by_delay_us : attempt->message->begin_us;
}

static void take_deferral(struct queue_watch *watch, struct waiting_message *message,
                          const struct attempt *attempt, bool waited, int64_t now_us)
{
    buf_clear(&watch->sample);
    buf_add(&watch->sample, slice_first(attempt->record->line.raw, ALARM_LINE_MAX));
    if (message == NULL)
        message = waiting_table_add(watch->messages, attempt->message->id_hash,
                                    attempt->message->serial, accepted_us(attempt, now_us));
    if (message == NULL)
        return;
    message->heard_s = (uint32_t)(now_us / US_PER_SECOND);
    if (!waited && message->waiting < attempt->message->recipient_count)
        wait_more(watch, message, 1);
}

void queue_watch_take_attempt(struct queue_watch *watch, const struct attempt *attempt,
                              int64_t now_us)
{
    const struct recipient *recipient = attempt->recipient;
    if (recipient->state != RECIPIENT_WAITING || attempt->exclusion == ATTEMPT_PROBE)
        return;
    bool deferral = is_deferral(attempt);
    bool waited = recipient->attempts > 0 || recipient->delay_s > 0;
    if (!deferral && !waited)
        return; /* as most mail: delivered at once */
    advance(watch, now_us);
    struct waiting_message *message =
        waiting_table_find(watch->messages, attempt->message->id_hash, attempt->message->serial);
    if (deferral) {
        take_deferral(watch, message, attempt, waited, now_us);
    } else if (message != NULL) {
        wait_less(watch, message, 1);
        if (message->waiting == 0)
            waiting_table_remove(watch->messages, message);
    }
}

void queue_watch_take_outcome(struct queue_watch *watch, const struct outcome_event *event,
                              int64_t now_us)
{
    if (event->outcome == OUTCOME_SENT || event->outcome == OUTCOME_BOUNCED)
        return; /* the attempt told */
    struct waiting_message *message =
        waiting_table_find(watch->messages, event->message->id_hash, event->message->serial);
    if (message == NULL || event->recipient == NULL || event->recipient->state != RECIPIENT_WAITING)
        return;
    advance(watch, now_us);
    wait_less(watch, message, event->count);
    if (message->waiting == 0)
        waiting_table_remove(watch->messages, message);
}

void queue_watch_take_record(struct queue_watch *watch, const struct log_record *record,
                             int64_t now_us)
{
    if (record->kind != LOG_KIND_SUPERVISE ||
        !slice_eq(log_record_get(record, LOG_FIELD_ACTION), SLICE("requeued")))
        return;
    struct waiting_message *message =
        waiting_table_newest(watch->messages, slice_hash(record->line.queue_id));
    if (message == NULL)
        return;
    advance(watch, now_us);
    wait_less(watch, message, message->waiting);
    waiting_table_remove(watch->messages, message);
}

/* Once an hour. */
static void forget_unheard(struct queue_watch *watch, int64_t now_us)
{
    int64_t unheard_s = (now_us - watch->rule.forget_us) / US_PER_SECOND;
    if (watch->swept_hour == now_us / HOUR_US)
        return;
    watch->swept_hour = now_us / HOUR_US;
    struct waiting_message *message;
    uint32_t place = 0;
    while ((message = waiting_table_unheard(watch->messages, unheard_s, &place)) != NULL) {
        wait_less(watch, message, message->waiting);
        waiting_table_remove(watch->messages, message);
    }
}

struct queue_count queue_watch_count(const struct queue_watch *watch, int64_t now_us)
{
    struct queue_count count = {.waiting = watch->waiting, .oldest_us = now_us};
    int64_t old_minute = (now_us - watch->rule.age_us) / MINUTE_US;
    int64_t minute = watch->newest_minute - MINUTES + 1;
    uint64_t seen = 0;
    for (; minute <= watch->newest_minute && seen < count.waiting; minute++) {
        uint32_t here = watch->accepted[minute % MINUTES];
        if (here > 0 && seen == 0)
            count.oldest_us = minute * MINUTE_US;
        if (minute < old_minute)
            count.old += here;
        seen += here;
    }
    return count;
}

/* ---- normal ---- */

static int compare(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static double median_peak(const struct queue_watch *watch, const struct queue_habit *habit,
                          int64_t hour)
{
    uint32_t known[DAYS];
    size_t count = 0, hour_of_day = (size_t)((hour % 24 + 24) % 24); /* -1: before 1970 began */
    for (int day = 0; day < DAYS; day++) {
        uint32_t peak = habit->peaks[day][hour_of_day];
        bool current = hour == watch->peak_hour && day == hour / 24 % DAYS;
        if (peak > 0 && !current)
            known[count++] = peak - 1;
    }
    if (count < DAYS_LEAST)
        return 0;
    qsort(known, count, sizeof(*known), compare);
    return known[count / 2];
}

static double normal_of(const struct queue_watch *watch, const struct queue_habit *habit,
                        int64_t now_us)
{
    double normal = 0;
    for (int64_t hour = now_us / HOUR_US - 1; hour <= now_us / HOUR_US + 1; hour++) {
        double peak = median_peak(watch, habit, hour);
        normal = peak > normal ? peak : normal;
    }
    return normal;
}

static void learn_peak(const struct queue_watch *watch, struct queue_habit *habit, uint64_t count,
                       int64_t now_us)
{
    int64_t hour = now_us / HOUR_US;
    uint32_t *peak = &habit->peaks[hour / 24 % DAYS][hour % 24];
    if (hour != watch->peak_hour)
        *peak = 0;
    uint32_t waiting = count < UINT32_MAX - 1 ? (uint32_t)count : UINT32_MAX - 1;
    if (waiting + 1 > *peak)
        *peak = waiting + 1;
}

/* ---- telling ---- */

/* One of the two incidents: opens at `least` and above what is normal, ends half way down to that.
 */
static void judge(struct queue_watch *watch, struct alarm **alarm, const struct incident *now,
                  double least, int64_t now_us)
{
    double hits = (double)now->hits, above = watch->rule.normal_factor * now->normal;
    double limit = above > least ? above : least;
    if (*alarm == NULL && hits >= limit) {
        *alarm = alarm_open(watch->alarms, now);
        if (*alarm != NULL)
            alarm_see(*alarm, buf_slice(&watch->sample));
        return;
    }
    if (*alarm == NULL)
        return;
    const struct incident *known = alarm_incident(*alarm);
    if (hits < (limit + now->normal) / 2) {
        alarm_close(*alarm, now_us);
        *alarm = NULL;
    } else if (now->hits > known->hits) {
        struct incident *incident = alarm_change(*alarm);
        incident->hits = incident->recipients = now->hits;
        incident->attempts = now->attempts > known->attempts ? now->attempts : known->attempts;
        incident->last_hit_us = now_us;
        alarm_see(*alarm, buf_slice(&watch->sample));
    }
}

void queue_watch_tell(struct queue_watch *watch, int64_t now_us, incident_tell tell, void *data)
{
    advance(watch, now_us);
    forget_unheard(watch, now_us);
    struct incident now = {.scope = INCIDENT_SCOPE_FLEET, .opened_us = now_us};
    struct queue_count count = queue_watch_count(watch, now_us);
    learn_peak(watch, &watch->habit, count.waiting, now_us);
    learn_peak(watch, &watch->old_habit, count.old, now_us);
    watch->peak_hour = now_us / HOUR_US;
    now.last_hit_us = now_us;
    now.attempts = count.waiting;
    now.kind = INCIDENT_QUEUE_AGE;
    now.hits = now.recipients = count.old;
    now.normal = normal_of(watch, &watch->old_habit, now_us);
    judge(watch, &watch->age, &now, watch->rule.old, now_us);
    now.kind = INCIDENT_BACKLOG;
    now.hits = now.recipients = count.waiting;
    now.normal = normal_of(watch, &watch->habit, now_us);
    judge(watch, &watch->backlog, &now, watch->rule.backlog, now_us);
    alarm_list_tell(watch->alarms, tell, data);
}
