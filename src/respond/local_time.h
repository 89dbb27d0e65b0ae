/* SPDX-License-Identifier: Apache-2.0
 *
 * Times for people, in a zone that the caller knows.
 */
#ifndef TD_RESPOND_LOCAL_TIME_H
#define TD_RESPOND_LOCAL_TIME_H

#include "base/buf.h"

/* Seconds east of UTC at an instant, seconds since 1970 UTC. */
typedef int32_t (*utc_offset_fn)(void *data, int64_t utc_seconds);

struct local_time {
    utc_offset_fn offset; /* NULL: UTC */
    void *data;
};

/* Seconds since 1970 as if the clock on the wall showed UTC. */
int64_t local_time_seconds(const struct local_time *zone, int64_t us);

/* Appends `2026-03-02 17:01 +09:00`. */
void local_time_format(const struct local_time *zone, int64_t us, struct buf *to);

#endif
