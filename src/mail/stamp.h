/* SPDX-License-Identifier: Apache-2.0
 *
 * The time stamp at the head of a log line: RFC 3164 (`Mar  2 08:01:02`, also zero-padded), ISO
 * 8601 with offset and fraction, nginx (`2026/03/02 08:01:02`). Times are microseconds since 1970
 * UTC.
 *
 * A stamp without year or zone is completed from a context, which belongs to one input and carries
 * what earlier lines said. The context also remembers the last stamp's bytes, since most lines of a
 * log repeat the second of the line before.
 */
#ifndef TD_MAIL_STAMP_H
#define TD_MAIL_STAMP_H

#include "base/slice.h"

#define STAMP_NONE INT64_MIN

/* Seconds east of UTC at a local wall-clock time (seconds since 1970 as if the clock showed UTC).
 */
typedef int32_t (*stamp_zone_fn)(void *data, int64_t local_seconds);

struct stamp_context {
    stamp_zone_fn zone; /* NULL: local stamps are read as UTC */
    void *zone_data;
    int year;        /* of the next year-less stamp; 0: not known */
    int64_t near_us; /* while it is not: the first one is taken as stamp_year_near says of this
                        time; STAMP_NONE: as of 1970 */
    int month;       /* of the last year-less stamp, 1 to 12; 0: none yet */
    /* The rest is the reader's own: the clock fields read last, and their seconds. */
    char last_bytes[24];
    size_t last_len; /* 0: nothing remembered */
    int64_t last_seconds;
    char last_offset[8]; /* `+09:00 `; zeros: none yet */
    int32_t last_offset_seconds;
    int64_t offset_hour; /* local hour for which the zone was asked; INT64_MIN: none */
    int32_t offset_seconds;
};

/* year: see above. near_us is STAMP_NONE. */
void stamp_context_init(struct stamp_context *context, int year, stamp_zone_fn zone, void *data);

/* Reads a stamp at the front of *text and drops it with the blank that follows. Returns the time,
 * or STAMP_NONE with *text untouched when there is none or a field is out of range. A year-less
 * stamp whose month falls from November or December to January or February starts a new year; one
 * that jumps the other way (a late line of the old year) is read in the old year. */
int64_t stamp_take(struct stamp_context *context, struct slice *text);

/* The same for a stamp that must carry year and offset, as RFC 5424 has it:
 * `2026-03-02T08:01:02.1+09:00` or `Z`. */
int64_t stamp_take_iso(struct stamp_context *context, struct slice *text);

/* Which year makes `month`/`day` fall at or shortly before `near_us`: the nearest one that is not
 * more than two days later. For a year-less stamp and a file's modification time or a queue id. */
int stamp_year_near(int month, int day, int64_t near_us);

#endif
