/* SPDX-License-Identifier: Apache-2.0
 *
 * The only place that asks what time it is and how the machine's zone relates to UTC. Times are
 * microseconds since 1970 UTC unless the name says local.
 */
#ifndef TD_IO_CLOCK_H
#define TD_IO_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Now. */
int64_t clock_now_us(void);

/* A clock that never jumps, for rates and time-outs; its zero means nothing. */
int64_t clock_steady_us(void);

/* What is known of the zone around one local day, so that the next question about that day costs
 * nothing. One thread. */
struct clock_zone;

/* The machine's zone (TZ, /etc/localtime) as the program found it when it started (tzset(3)). */
struct clock_zone *clock_zone_new(void);
void clock_zone_free(struct clock_zone *zone);

/* Seconds east of UTC at a local wall-clock time (seconds since 1970 as if the clock showed UTC);
 * zone: a struct clock_zone *. Has the shape of stamp_zone_fn. A time that the clock showed twice
 * (end of summer time) is read as the first of the two; one that it never showed (begin of summer
 * time) with the offset from before the change, so 02:30 in the gap is 03:30 summer time. Times
 * before 1900 or after 2200 count as UTC. */
int32_t clock_zone_offset(void *zone, int64_t local_seconds);

/* Seconds east of UTC at an instant, by the machine's zone; data is not used. Asks the C library
 * each time. UTC before 1900 and after 2200. */
int32_t clock_utc_offset(void *data, int64_t utc_seconds);

/* `2026-03-02 09:00:12` in local time, NUL-terminated; needs 20 bytes, cut to `size`. Returns text.
 */
char *clock_format_local(int64_t us, char *text, size_t size);

#endif
