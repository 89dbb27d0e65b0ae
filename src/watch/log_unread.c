/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines that are not understood. See log_unread.h.
 */
#include "watch/log_unread.h"

#include "base/buf.h"
#include "base/memory.h"

/* Two halves of the window: the older one is left out when the newer one is full. */
struct line_count {
    uint64_t read[2], unread[2]; /* read: all of them */
    int64_t half;                /* number of the newer one */
    struct alarm *alarm;
    struct buf sample; /* the newest line that was not understood */
};

struct log_unread {
    struct log_unread_rule rule;
    const struct intern *names;
    struct alarm_list *alarms;
    struct line_count *counts; /* by name */
    uint32_t max;
};

struct log_unread *log_unread_new(const struct log_unread_rule *rule, const struct intern *names,
                                  uint32_t max, struct alarm_list *alarms)
{
    struct log_unread *unread = MEM_NEW(struct log_unread);
    unread->rule = *rule;
    unread->names = names;
    unread->alarms = alarms;
    unread->max = max;
    unread->counts = MEM_NEW_ARRAY(struct line_count, max + 1);
    return unread;
}

void log_unread_free(struct log_unread *unread)
{
    if (unread == NULL)
        return;
    for (uint32_t i = 0; i <= unread->max; i++)
        buf_done(&unread->counts[i].sample);
    mem_free(unread->counts);
    mem_free(unread);
}

/* ---- counting ---- */

static void roll(const struct log_unread *unread, struct line_count *count, int64_t now_us)
{
    int64_t half = now_us / (unread->rule.within_us / 2);
    if (half == count->half)
        return;
    bool next = half == count->half + 1;
    count->read[0] = next ? count->read[1] : 0;
    count->unread[0] = next ? count->unread[1] : 0;
    count->read[1] = count->unread[1] = 0;
    count->half = half;
}

static uint64_t read_in(const struct line_count *count)
{
    return count->read[0] + count->read[1];
}

static uint64_t unread_in(const struct line_count *count)
{
    return count->unread[0] + count->unread[1];
}

void log_unread_take_read(struct log_unread *unread, uint32_t name, uint32_t lines, int64_t now_us)
{
    struct line_count *count = &unread->counts[name];
    roll(unread, count, now_us);
    count->read[1] += lines;
}

void log_unread_take(struct log_unread *unread, uint32_t name, uint32_t lines, struct slice raw,
                     int64_t now_us)
{
    struct line_count *count = &unread->counts[name];
    log_unread_take_read(unread, name, lines, now_us);
    count->unread[1] += lines;
    if (count->alarm != NULL) {
        alarm_change(count->alarm)->last_hit_us = now_us;
        alarm_see(count->alarm, raw);
        return;
    }
    buf_clear(&count->sample);
    buf_add(&count->sample, slice_first(raw, ALARM_LINE_MAX));
}

/* ---- judging ---- */

static void open_alarm(struct log_unread *unread, struct line_count *count, struct slice name,
                       int64_t now_us)
{
    count->alarm = alarm_open(unread->alarms, &(struct incident){
                                                  .kind = INCIDENT_LOG_UNREAD,
                                                  .scope = INCIDENT_SCOPE_FLEET,
                                                  .name = name,
                                                  .opened_us = now_us,
                                                  .last_hit_us = now_us,
                                              });
    if (count->alarm != NULL)
        alarm_see(count->alarm, buf_slice(&count->sample));
}

/* A program that says nothing at all may have gone for good; a log ends by lines that are read. */
static bool is_read_again(const struct log_unread *unread, const struct line_count *count,
                          double limit)
{
    if (unread_in(count) == 0)
        return !unread->rule.of_logs || read_in(count) > 0;
    return (double)unread_in(count) < limit / 2;
}

static void judge(struct log_unread *unread, struct line_count *count, struct slice name,
                  int64_t now_us)
{
    const struct log_unread_rule *rule = &unread->rule;
    if (count->alarm == NULL && unread_in(count) < rule->least)
        return;
    roll(unread, count, now_us);
    uint64_t missed = unread_in(count), read = read_in(count);
    double limit = rule->share * (double)read;
    if (count->alarm == NULL && missed >= rule->least && (double)missed > limit)
        open_alarm(unread, count, name, now_us);
    if (count->alarm == NULL)
        return;
    const struct incident *known = alarm_incident(count->alarm);
    if (is_read_again(unread, count, limit)) {
        alarm_close(count->alarm, now_us);
        count->alarm = NULL;
    } else if (missed > known->hits || read > known->attempts) {
        struct incident *incident = alarm_change(count->alarm);
        incident->hits = missed > known->hits ? missed : known->hits;
        incident->attempts = read > known->attempts ? read : known->attempts;
    }
}

void log_unread_judge(struct log_unread *unread, int64_t now_us)
{
    for (uint32_t i = 1; i < intern_count(unread->names); i++)
        judge(unread, &unread->counts[i], intern_get(unread->names, i), now_us);
}
