/* SPDX-License-Identifier: Apache-2.0
 *
 * Time stamps of log lines. RFC 3164 section 4.1.2, RFC 5424 section 6.2.3, Postfix
 * src/util/msg_logger.c (zero-padded day), nginx src/core/ngx_times.c.
 *
 * Two stages: the clock fields up to the second, which repeat from line to line and are remembered
 * by their bytes, and what follows them (fraction, offset), which is read every time.
 */
#include "mail/stamp.h"

#include <endian.h>

#include "base/civil.h"

#define LENGTH_3164 15 /* Mar  2 08:01:02 */
#define LENGTH_ISO 19  /* 2026-03-02T08:01:02 */

void stamp_context_init(struct stamp_context *context, int year, stamp_zone_fn zone, void *data)
{
    *context = (struct stamp_context){
        .year = year, .zone = zone, .zone_data = data, .offset_hour = INT64_MIN};
}

static int two_digits(const char *p)
{
    unsigned tens = (unsigned)p[0] - '0', ones = (unsigned)p[1] - '0';
    return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

/* `08:01:02` at p. */
static bool read_clock(const char *p, struct civil *out)
{
    out->hour = two_digits(p);
    out->minute = two_digits(p + 3);
    out->second = two_digits(p + 6);
    return p[2] == ':' && p[5] == ':';
}

/* `2026-03-02T08:01:02`, `2026-03-02 08:01:02` or `2026/03/02 08:01:02` at p. */
static bool read_iso(const char *p, struct civil *out)
{
    char dash = p[4], between = p[10];
    if (p[7] != dash ||
        !(dash == '-' ? between == 'T' || between == ' ' : dash == '/' && between == ' '))
        return false;
    int century = two_digits(p), rest = two_digits(p + 2);
    out->year = century < 0 || rest < 0 ? -1 : century * 100 + rest;
    out->month = two_digits(p + 5);
    out->day = two_digits(p + 8);
    return read_clock(p + 11, out) && civil_is_valid(out);
}

/* `Mar  2 08:01:02` at p; year is left alone. */
static bool read_3164(const char *p, struct civil *out)
{
    out->month = civil_month_of_name(p);
    out->day = p[4] == ' ' ? two_digits((char[]){'0', p[5]}) : two_digits(p + 4);
    return out->month != 0 && p[3] == ' ' && p[6] == ' ' && read_clock(p + 7, out);
}

static int32_t zone_offset(struct stamp_context *context, int64_t local_seconds)
{
    if (context->zone == NULL)
        return 0;
    int64_t hour = local_seconds / 3600;
    if (hour != context->offset_hour) {
        context->offset_seconds = context->zone(context->zone_data, local_seconds);
        context->offset_hour = hour;
    }
    return context->offset_seconds;
}

/* The year of a year-less stamp: the months tell when a new year began. */
static int year_of_month(struct stamp_context *context, int month)
{
    int year = context->year ? context->year : 1970;
    int last = context->month;
    if (last >= 11 && month <= 2)
        context->year = ++year;
    else if (last != 0 && last <= 2 && month >= 11)
        return year - 1; /* a late line of the old year: the context stays in the new one */
    context->month = month;
    return year;
}

/* Seconds of the clock fields as if they were UTC; remembers them by their bytes. */
static bool read_seconds(struct stamp_context *context, const char *p, size_t length, int64_t *out)
{
    if (context->last_len == length && memcmp(context->last_bytes, p, length) == 0) {
        *out = context->last_seconds;
        return true;
    }
    struct civil when = {.year = 1972};
    if (length == LENGTH_ISO) {
        if (!read_iso(p, &when))
            return false;
    } else {
        if (!read_3164(p, &when) || !civil_is_valid(&when))
            return false;
        when.year = year_of_month(context, when.month);
        if (!civil_is_valid(&when)) /* the 29th of February of a common year */
            return false;
    }
    memcpy(context->last_bytes, p, length);
    context->last_len = length;
    *out = context->last_seconds = civil_seconds(&when);
    return true;
}

/* Six digits at p as a number, or -1. Eight bytes at p must be readable. */
static int64_t six_digits(const char *p)
{
    uint64_t bytes;
    memcpy(&bytes, p, sizeof(bytes));
    bytes = (le64toh(bytes) & UINT64_C(0xffffffffffff)) ^ UINT64_C(0x303030303030);
    if (((bytes | (bytes + UINT64_C(0x060606060606))) & UINT64_C(0xf0f0f0f0f0f0)) != 0)
        return -1;
    int64_t value = 0;
    for (int i = 0; i < 6; i++, bytes >>= 8)
        value = value * 10 + (int64_t)(bytes & 0xff);
    return value;
}

/* Takes `.123456` off the front; microseconds, further digits are dropped. */
static int64_t take_fraction(struct slice *rest)
{
    static const int64_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    if (rest->len < 2 || rest->ptr[0] != '.' || !ascii_is_digit(rest->ptr[1]))
        return 0;
    int64_t us = rest->len > 8 && !ascii_is_digit(rest->ptr[7]) ? six_digits(rest->ptr + 1) : -1;
    if (us >= 0) {
        *rest = slice_skip(*rest, 7);
        return us;
    }
    us = 0;
    size_t i = 1;
    for (; i < rest->len && i <= 6 && ascii_is_digit(rest->ptr[i]); i++)
        us = us * 10 + (rest->ptr[i] - '0');
    us *= units[i - 1];
    while (i < rest->len && ascii_is_digit(rest->ptr[i]))
        i++;
    *rest = slice_skip(*rest, i);
    return us;
}

/* Takes `Z`, `+09:00` or `+0900` off the front. False when there is none. */
static bool read_offset(struct slice *rest, int32_t *seconds)
{
    if (rest->len >= 1 && (rest->ptr[0] == 'Z' || rest->ptr[0] == 'z')) {
        *seconds = 0;
        *rest = slice_skip(*rest, 1);
        return true;
    }
    if (rest->len < 5 || (rest->ptr[0] != '+' && rest->ptr[0] != '-'))
        return false;
    size_t colon = rest->ptr[3] == ':';
    if (rest->len < 5 + colon)
        return false;
    int hours = two_digits(rest->ptr + 1), minutes = two_digits(rest->ptr + 3 + colon);
    if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (rest->ptr[0] == '-' ? -1 : 1);
    *rest = slice_skip(*rest, 5 + colon);
    return true;
}

/* The same; a log rarely changes its offset, so the bytes of the last one are compared first. */
static bool take_offset(struct stamp_context *context, struct slice *rest, int32_t *seconds)
{
    const size_t size = sizeof(context->last_offset);
    if (context->last_offset[0] != 0 && rest->len >= size &&
        memcmp(rest->ptr, context->last_offset, size) == 0) {
        *seconds = context->last_offset_seconds;
        *rest = slice_skip(*rest, size);
        return true;
    }
    const char *begin = rest->ptr;
    if (!read_offset(rest, seconds))
        return false;
    if (rest->ptr - begin == (ptrdiff_t)size) {
        memcpy(context->last_offset, begin, size);
        context->last_offset_seconds = *seconds;
    }
    return true;
}

static int64_t take_iso(struct stamp_context *context, struct slice *text, bool needs_offset)
{
    int64_t seconds;
    if (text->len < LENGTH_ISO || !read_seconds(context, text->ptr, LENGTH_ISO, &seconds))
        return STAMP_NONE;
    struct slice rest = slice_skip(*text, LENGTH_ISO);
    int64_t fraction = take_fraction(&rest);
    int32_t offset;
    if (!take_offset(context, &rest, &offset)) {
        if (needs_offset)
            return STAMP_NONE;
        offset = zone_offset(context, seconds);
    }
    *text = rest;
    return (seconds - offset) * US_PER_SECOND + fraction;
}

static int64_t take_3164(struct stamp_context *context, struct slice *text)
{
    int64_t seconds;
    if (text->len < LENGTH_3164 || !read_seconds(context, text->ptr, LENGTH_3164, &seconds))
        return STAMP_NONE;
    struct slice rest = slice_skip(*text, LENGTH_3164);
    int64_t fraction = take_fraction(&rest);
    *text = rest;
    return (seconds - zone_offset(context, seconds)) * US_PER_SECOND + fraction;
}

int64_t stamp_take(struct stamp_context *context, struct slice *text)
{
    if (text->len < LENGTH_3164)
        return STAMP_NONE;
    struct slice rest = *text;
    int64_t us =
        ascii_is_digit(rest.ptr[0]) ? take_iso(context, &rest, false) : take_3164(context, &rest);
    if (us == STAMP_NONE || (rest.len > 0 && rest.ptr[0] != ' '))
        return STAMP_NONE;
    *text = slice_skip(rest, 1);
    return us;
}

int64_t stamp_take_iso(struct stamp_context *context, struct slice *text)
{
    struct slice rest = *text;
    int64_t us = take_iso(context, &rest, true);
    if (us == STAMP_NONE || (rest.len > 0 && rest.ptr[0] != ' '))
        return STAMP_NONE;
    *text = slice_skip(rest, 1);
    return us;
}

int stamp_year_near(int month, int day, int64_t near_us)
{
    int64_t latest = near_us / US_PER_SECOND / SECONDS_PER_DAY + 2;
    int year = civil_from_seconds(near_us / US_PER_SECOND).year + 1; /* at the end of December */
    while (civil_days(year, month, day) > latest)
        year--;
    return year;
}
