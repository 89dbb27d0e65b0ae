/* SPDX-License-Identifier: Apache-2.0
 *
 * Local times with their offset: names of zones are ambiguous (CST, BST), offsets are not.
 */
#include "respond/local_time.h"

#include <stdlib.h>

#include "base/civil.h"

static int64_t floor_seconds(int64_t us)
{
    return us / US_PER_SECOND - (us % US_PER_SECOND < 0);
}

static int32_t offset_at(const struct local_time *zone, int64_t seconds)
{
    return zone->offset ? zone->offset(zone->data, seconds) : 0;
}

int64_t local_time_seconds(const struct local_time *zone, int64_t us)
{
    int64_t seconds = floor_seconds(us);
    return seconds + offset_at(zone, seconds);
}

void local_time_format(const struct local_time *zone, int64_t us, struct buf *to)
{
    int64_t seconds = floor_seconds(us);
    int32_t east = offset_at(zone, seconds);
    struct civil when = civil_from_seconds(seconds + east);
    buf_addf(to, "%04d-%02d-%02d %02d:%02d %c%02d:%02d", when.year, when.month, when.day, when.hour,
             when.minute, east < 0 ? '-' : '+', abs(east) / 3600, abs(east) / 60 % 60);
}
