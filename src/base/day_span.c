/* SPDX-License-Identifier: Apache-2.0
 *
 * See day_span.h.
 */
#include "base/day_span.h"

#define DAY_MINUTES 1440
#define WEEK_DAYS 7

static const char names[] = "MonTueWedThuFriSatSun";

/* WEEK_DAYS: no day. */
static unsigned day_of(struct slice name)
{
    for (unsigned i = 0; i < WEEK_DAYS; i++)
        if (slice_eq(name, slice_of(names + 3 * i, 3)))
            return i;
    return WEEK_DAYS;
}

/* `Mon` or `Mon-Fri` as bits; 0: neither. */
static uint8_t parse_days(struct slice text)
{
    struct slice last = text;
    unsigned day = day_of(slice_cut(&last, '-'));
    unsigned end = last.ptr != NULL ? day_of(last) : day;
    uint8_t days = 0;
    if (day == WEEK_DAYS || end == WEEK_DAYS)
        return 0;
    for (; day != end; day = (day + 1) % WEEK_DAYS)
        days |= (uint8_t)(1u << day);
    return (uint8_t)(days | 1u << end);
}

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
    struct day_span span = {.days = DAY_SPAN_EVERY_DAY};
    struct slice end = text;
    if (slice_find_char(text, ' ') != NULL)
        span.days = parse_days(slice_cut(&end, ' '));
    struct slice begin = slice_cut(&end, '-');
    if (!parse_time(begin, &span.from) || !parse_time(end, &span.to) || span.days == 0 ||
        span.from == span.to || span.from == DAY_MINUTES)
        return false;
    span.to %= DAY_MINUTES;
    *out = span;
    return true;
}

/* The first of neighbouring days: its bit is set and that of the day before is not. */
static unsigned first_day(uint8_t days)
{
    unsigned day = 0;
    while ((days & 1u << day) == 0 || (days & 1u << (day + WEEK_DAYS - 1) % WEEK_DAYS) != 0)
        day++;
    return day;
}

static void format_days(uint8_t days, struct buf *to)
{
    unsigned first = first_day(days), last = first;
    while ((days & 1u << (last + 1) % WEEK_DAYS) != 0)
        last = (last + 1) % WEEK_DAYS;
    buf_addf(to, "%.3s", names + 3 * first);
    if (last != first)
        buf_addf(to, "-%.3s", names + 3 * last);
    buf_add_char(to, ' ');
}

void day_span_format(const struct day_span *span, struct buf *to)
{
    unsigned end = span->to == 0 ? DAY_MINUTES : span->to;
    if (span->days != DAY_SPAN_EVERY_DAY)
        format_days(span->days, to);
    buf_addf(to, "%02u:%02u-%02u:%02u", span->from / 60u, span->from % 60u, end / 60, end % 60);
}
