/* SPDX-License-Identifier: Apache-2.0
 *
 * Time and zone by libc. mktime is not used for the zone: what it makes of a doubled or missing
 * hour depends on its last call. Instead the offset a day earlier and a day later are compared;
 * when they differ, the earlier one is tried first (as PEP 495 does with fold=0). Two changes
 * within two days would be misread; no zone of the tz database has had that since 1970 where mail
 * logs exist.
 */
#include "io/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/memory.h"

enum { DAY_S = 86400 };

static const int64_t OLDEST_S = -2208988800; /* 1900-01-01 */
static const int64_t NEWEST_S = 7258118400;  /* 2200-01-01 */

struct clock_zone {
    int64_t day;    /* local day (local seconds / DAY_S) that `offset` is for */
    int32_t offset; /* valid for the whole day when `known` */
    bool known;
};

static int64_t clock_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t clock_steady_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

struct clock_zone *clock_zone_new(void)
{
    return MEM_NEW(struct clock_zone);
}

void clock_zone_free(struct clock_zone *zone)
{
    mem_free(zone);
}

/* Seconds east of UTC at an instant. */
static int32_t offset_at(int64_t utc_seconds)
{
    time_t at = (time_t)utc_seconds;
    struct tm local;
    return localtime_r(&at, &local) == NULL ? 0 : (int32_t)local.tm_gmtoff;
}

int32_t clock_utc_offset(void *data, int64_t utc_seconds)
{
    (void)data;
    if (utc_seconds < OLDEST_S || utc_seconds > NEWEST_S)
        return 0;
    return offset_at(utc_seconds);
}

static int32_t offset_near_change(int64_t local_seconds, int32_t before, int32_t after)
{
    if (offset_at(local_seconds - before) == before)
        return before;
    if (offset_at(local_seconds - after) == after)
        return after;
    return before;
}

int32_t clock_zone_offset(void *zone, int64_t local_seconds)
{
    struct clock_zone *cache = zone;
    if (local_seconds < OLDEST_S || local_seconds >= NEWEST_S)
        return 0;
    int64_t day = (local_seconds - OLDEST_S) / DAY_S;
    if (cache->known && cache->day == day)
        return cache->offset;
    /* The day's ends with a day of margin: offsets are less than a day. */
    int64_t day_start = OLDEST_S + day * DAY_S;
    int32_t before = offset_at(day_start - DAY_S);
    int32_t after = offset_at(day_start + 2 * DAY_S);
    if (before != after)
        return offset_near_change(local_seconds, before, after);
    *cache = (struct clock_zone){.day = day, .offset = before, .known = true};
    return before;
}

char *clock_format_local(int64_t us, char *text, size_t size)
{
    int64_t seconds = us / 1000000 - (us % 1000000 < 0);
    time_t at = (time_t)seconds;
    struct tm local;
    if (localtime_r(&at, &local) == NULL)
        local = (struct tm){.tm_year = 70, .tm_mday = 1};
    snprintf(text, size, "%04d-%02d-%02d %02d:%02d:%02d", local.tm_year + 1900, local.tm_mon + 1,
             local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
    return text;
}
