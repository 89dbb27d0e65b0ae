/* SPDX-License-Identifier: Apache-2.0
 *
 * Volume to providers, day against day. See growth_guard.h.
 */
#include "watch/growth_guard.h"

#include <math.h>

#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "watch/alarm_list.h"

#define HOUR_US (3600 * US_PER_SECOND)
#define DAYS 8 /* today, and back to the same weekday */

struct day {
    int64_t number; /* since 1970; meaningless while the provider is new */
    uint32_t hours[24];
    uint32_t total;
};

struct growth_provider {
    struct day days[DAYS]; /* [number % DAYS] */
    int64_t first_day, today;
    struct alarm *alarm;
};

struct growth_guard {
    struct growth_rule rule;
    struct intern *names;
    struct growth_provider **providers; /* by name */
    uint32_t count;
    struct alarm_list *alarms;
};

const struct growth_rule growth_default = GROWTH_RULE;

struct growth_guard *growth_guard_new(const struct growth_rule *rule)
{
    struct growth_guard *guard = MEM_NEW(struct growth_guard);
    guard->rule = *rule;
    guard->names = intern_new(GROWTH_PROVIDERS);
    guard->providers = MEM_NEW_ARRAY(struct growth_provider *, GROWTH_PROVIDERS + 1);
    guard->count = 1;
    guard->alarms = alarm_list_new(GROWTH_PROVIDERS);
    return guard;
}

void growth_guard_free(struct growth_guard *guard)
{
    if (guard == NULL)
        return;
    for (uint32_t i = 1; i < guard->count; i++)
        mem_free(guard->providers[i]);
    mem_free(guard->providers);
    intern_free(guard->names);
    alarm_list_free(guard->alarms);
    mem_free(guard);
}

static int64_t day_of(int64_t time_us)
{
    return time_us / (SECONDS_PER_DAY * US_PER_SECOND);
}

static struct growth_provider *provider_of(struct growth_guard *guard, struct slice name,
                                           int64_t now_us)
{
    uint32_t id = intern_id(guard->names, name);
    if (id == INTERN_OTHER)
        return NULL;
    if (id == guard->count) {
        struct growth_provider *provider = MEM_NEW(struct growth_provider);
        provider->first_day = provider->today = day_of(now_us);
        provider->days[provider->today % DAYS].number = provider->today;
        guard->providers[guard->count++] = provider;
    }
    return guard->providers[id];
}

/* Days without mail are days of nothing. */
static void advance(struct growth_provider *provider, int64_t day)
{
    if (day > provider->today + DAYS)
        provider->today = day - DAYS;
    while (provider->today < day) {
        provider->today++;
        provider->days[provider->today % DAYS] = (struct day){.number = provider->today};
    }
}

void growth_guard_take_attempt(struct growth_guard *guard, struct slice provider_name,
                               uint32_t recipients, int64_t now_us)
{
    struct growth_provider *provider = provider_of(guard, provider_name, now_us);
    if (provider == NULL)
        return;
    advance(provider, day_of(now_us));
    struct day *today = &provider->days[day_of(now_us) % DAYS];
    if (today->number != day_of(now_us) || recipients > UINT32_MAX - today->total)
        return; /* a clock that was set back by days */
    today->hours[now_us / HOUR_US % 24] += recipients;
    today->total += recipients;
}

/* Up to the time of day of now, the hour that runs by its share. */
static double until(const struct day *day, int64_t now_us)
{
    double sum = 0;
    int64_t hour = now_us / HOUR_US % 24;
    for (int64_t h = 0; h < hour; h++)
        sum += day->hours[h];
    return sum + day->hours[hour] * ((double)(now_us % HOUR_US) / (double)HOUR_US);
}

/* NULL: before the provider was known. Of the first day only a part may be known. */
static const struct day *day_before(const struct growth_provider *provider, int64_t days)
{
    int64_t number = provider->today - days;
    return number > provider->first_day ? &provider->days[number % DAYS] : NULL;
}

/* 1970-01-01 was a Thursday. */
static bool is_weekend(int64_t day)
{
    return (day + 3) % 7 >= 5;
}

/* The volume above which today has grown too fast, and yesterday's; negative: nothing to compare
 * with. */
static double limit_of(const struct growth_guard *guard, const struct growth_provider *provider,
                       int64_t now_us, double *normal)
{
    const struct day *yesterday = day_before(provider, 1), *week = day_before(provider, 7);
    if (yesterday == NULL ||
        (week == NULL && is_weekend(yesterday->number) && !is_weekend(provider->today)))
        return -1;
    double so_far = until(yesterday, now_us), whole = yesterday->total;
    *normal = whole;
    if (week != NULL) {
        so_far = fmax(so_far, until(week, now_us));
        whole = fmax(whole, week->total);
    }
    return fmax(fmax(guard->rule.factor * so_far, whole), guard->rule.least_recipients);
}

static void judge(struct growth_guard *guard, uint32_t id, int64_t now_us)
{
    struct growth_provider *provider = guard->providers[id];
    int64_t day_us = SECONDS_PER_DAY * US_PER_SECOND, today = day_of(now_us);
    if (provider->alarm != NULL && day_of(alarm_incident(provider->alarm)->opened_us) != today) {
        alarm_close(provider->alarm, today * day_us);
        provider->alarm = NULL;
    }
    advance(provider, today);
    const struct day *now = &provider->days[today % DAYS];
    if (now->number != today || now->total < guard->rule.least_recipients)
        return;
    if (provider->alarm == NULL) {
        double normal = 0, limit = limit_of(guard, provider, now_us, &normal);
        if (limit < 0 || now->total <= limit)
            return;
        provider->alarm = alarm_open(guard->alarms, &(struct incident){
                                                        .kind = INCIDENT_GROWTH,
                                                        .scope = INCIDENT_SCOPE_PROVIDER,
                                                        .provider = intern_get(guard->names, id),
                                                        .opened_us = now_us,
                                                        .normal = normal,
                                                    });
    }
    if (provider->alarm == NULL || alarm_incident(provider->alarm)->attempts == now->total)
        return;
    struct incident *incident = alarm_change(provider->alarm);
    incident->attempts = now->total;
    incident->hits = now->total - (uint64_t)fmin(incident->normal, now->total);
    incident->last_hit_us = now_us;
}

void growth_guard_tell(struct growth_guard *guard, int64_t now_us, incident_tell tell, void *data)
{
    for (uint32_t id = 1; id < guard->count; id++)
        judge(guard, id, now_us);
    alarm_list_tell(guard->alarms, tell, data);
}

uint64_t growth_guard_left_out(const struct growth_guard *guard)
{
    return intern_overflows(guard->names);
}
