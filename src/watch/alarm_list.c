/* SPDX-License-Identifier: Apache-2.0
 *
 * Open incidents of a detector. See alarm_list.h.
 */
#include "watch/alarm_list.h"

#include "base/buf.h"
#include "base/memory.h"

struct alarm {
    struct incident incident; /* its slices point into names and lines */
    struct alarm_list *list;
    struct buf names, lines[INCIDENT_EVIDENCE_MAX];
    bool news;
};

struct alarm_list {
    struct alarm **alarms; /* by age; closed ones until they are told */
    uint32_t count, capacity, open, max;
};

/* Texts of an incident that an alarm keeps. */
static const size_t texts[] = {
    offsetof(struct incident, relay),
    offsetof(struct incident, source),
    offsetof(struct incident, provider),
    offsetof(struct incident, login),
    offsetof(struct incident, domain),
    offsetof(struct incident, name),
    offsetof(struct incident, list),
    offsetof(struct incident, url),
    offsetof(struct incident, suspects[0].login),
    offsetof(struct incident, suspects[1].login),
    offsetof(struct incident, suspects[2].login),
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static struct slice *text_of(struct incident *incident, size_t index)
{
    return (struct slice *)(void *)((char *)incident + texts[index]);
}

struct alarm_list *alarm_list_new(uint32_t max)
{
    struct alarm_list *list = MEM_NEW(struct alarm_list);
    list->max = max;
    return list;
}

static void alarm_free(struct alarm *alarm)
{
    buf_done(&alarm->names);
    for (size_t i = 0; i < INCIDENT_EVIDENCE_MAX; i++)
        buf_done(&alarm->lines[i]);
    mem_free(alarm);
}

void alarm_list_free(struct alarm_list *list)
{
    if (list == NULL)
        return;
    for (uint32_t i = 0; i < list->count; i++)
        alarm_free(list->alarms[i]);
    mem_free(list->alarms);
    mem_free(list);
}

/* Moves the texts of the incident into the alarm's own memory. */
static void keep_names(struct alarm *alarm)
{
    size_t bytes = 0;
    for (size_t i = 0; i < TEXTS; i++)
        bytes += text_of(&alarm->incident, i)->len;
    char *to = buf_reserve(&alarm->names, bytes);
    for (size_t i = 0; i < TEXTS; i++) {
        struct slice *text = text_of(&alarm->incident, i);
        if (text->len > 0)
            memcpy(to, text->ptr, text->len);
        text->ptr = to;
        to += text->len;
    }
    alarm->names.len = bytes;
}

struct alarm *alarm_open(struct alarm_list *list, const struct incident *incident)
{
    if (list->open == list->max)
        return NULL;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 16;
        list->alarms = mem_resize(list->alarms, list->capacity, sizeof(struct alarm *));
    }
    struct alarm *alarm = MEM_NEW(struct alarm);
    alarm->incident = *incident;
    alarm->incident.closed_us = INCIDENT_OPEN;
    alarm->incident.evidence_count = 0;
    alarm->list = list;
    alarm->news = true;
    keep_names(alarm);
    list->alarms[list->count++] = alarm;
    list->open++;
    return alarm;
}

const struct incident *alarm_incident(const struct alarm *alarm)
{
    return &alarm->incident;
}

struct incident *alarm_change(struct alarm *alarm)
{
    alarm->news = true;
    return &alarm->incident;
}

void alarm_see(struct alarm *alarm, struct slice line)
{
    if (line.len == 0)
        return;
    struct incident *incident = &alarm->incident;
    if (incident->evidence_count < INCIDENT_EVIDENCE_MAX)
        incident->evidence_count++;
    size_t place = incident->evidence_count - 1;
    buf_clear(&alarm->lines[place]);
    buf_add(&alarm->lines[place], slice_first(line, ALARM_LINE_MAX));
    incident->evidence[place] = buf_slice(&alarm->lines[place]);
    alarm->news = true;
}

void alarm_close(struct alarm *alarm, int64_t closed_us)
{
    struct incident *incident = &alarm->incident;
    incident->closed_us = closed_us > incident->opened_us ? closed_us : incident->opened_us;
    alarm->news = true;
    alarm->list->open--;
}

void alarm_list_tell(struct alarm_list *list, incident_tell tell, void *data)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        struct alarm *alarm = list->alarms[i];
        if (alarm->news)
            tell(data, &alarm->incident);
        alarm->news = false;
        if (incident_is_open(&alarm->incident))
            list->alarms[kept++] = alarm;
        else
            alarm_free(alarm);
    }
    list->count = kept;
}

uint32_t alarm_list_open(const struct alarm_list *list)
{
    return list->open;
}
