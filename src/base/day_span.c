/* SPDX-License-Identifier: Apache-2.0
 *
 * See day_span.h.
 */
#include "base/day_span.h"

#define DAY_MINUTES 1440

/* `HH:MM` as minutes, up to 24:00. */
static bool parse_time(struct slice text, uint16_t *out)
{
    uint64_t hour, minute;
    if (text.len != 5 || text.ptr[2] != ':')
        return false;
    if (!slice_to_u64(slice_first(text, 2), 24, &hour) ||
        !slice_to_u64(slice_skip(text, 3), 59, &minute))
        return false;
    *out = (uint16_t)(hour * 60 + minute);
    return *out <= DAY_MINUTES;
}

bool day_span_parse(struct slice text, struct day_span *out)
{
    uint16_t from, to;
    struct slice end = text;
    struct slice begin = slice_cut(&end, '-');
    if (!parse_time(begin, &from) || !parse_time(end, &to) || from == DAY_MINUTES)
        return false;
    to %= DAY_MINUTES;
    if (from == to)
        return false;
    *out = (struct day_span){from, to};
    return true;
}

void day_span_format(const struct day_span *span, struct buf *to)
{
    if (span->from != span->to)
        buf_addf(to, "%02u:%02u-%02u:%02u", span->from / 60u, span->from % 60u, span->to / 60u,
                 span->to % 60u);
}

bool day_span_contains(const struct day_span *span, unsigned minute)
{
    if (span->from <= span->to)
        return minute >= span->from && minute < span->to;
    return minute >= span->from || minute < span->to;
}
