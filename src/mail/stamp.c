/* SPDX-License-Identifier: Apache-2.0
 *
 * Time stamps of log lines. RFC 3164 section 4.1.2, RFC 5424 section 6.2.3, Postfix
 * src/util/msg_logger.c (zero-padded day), nginx src/core/ngx_times.c.
 *
 * Two stages: the clock fields up to the second, which repeat from line to line and are remembered
 * by their bytes, and what follows them (fraction, offset), which is read every time.
 */
#include "mail/stamp.h"

#include "base/civil.h"
#include "base/word.h"

#define LENGTH_3164 15  /* Mar  2 08:01:02 */
#define LENGTH_ISO 19   /* 2026-03-02T08:01:02 */
#define LENGTH_OFFSET 6 /* +09:00 */
#define LENGTH_USUAL 33 /* 2026-03-02T08:01:02.123456+09:00 and a blank */

void stamp_context_init(struct stamp_context *context, int year, stamp_zone_fn zone, void *data)
{
    *context = (struct stamp_context){.year = year,
                                      .near_us = STAMP_NONE,
                                      .zone = zone,
                                      .zone_data = data,
                                      .offset_hour = INT64_MIN};
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

/* Of the first year-less stamp of a log of which only this is known. The 29th of February is of a
 * leap year. */
static int first_year(struct stamp_context *context, const struct civil *when)
{
    struct civil at = *when;
    if (context->near_us == STAMP_NONE)
        return 1970;
    at.year = stamp_year_near(when->month, when->day, context->near_us);
    while (!civil_is_valid(&at))
        at.year--;
    return context->year = at.year;
}

/* The year of a year-less stamp: the months tell when a new year began. */
static int year_of_month(struct stamp_context *context, const struct civil *when)
{
    int year = context->year ? context->year : first_year(context, when);
    int last = context->month, month = when->month;
    if (last >= 11 && month <= 2)
        context->year = ++year;
    else if (last != 0 && last <= 2 && month >= 11)
        return year - 1; /* a late line of the old year: the context stays in the new one */
    context->month = month;
    return year;
}

/* The second, at the end of the clock fields, which are those of the line before otherwise. */
static bool take_second(struct stamp_context *context, const char *p, size_t length)
{
    char *last = context->last_bytes + length - 2;
    int second = two_digits(p + length - 2);
    if (second < 0 || second > 60)
        return false;
    context->last_seconds += second - two_digits(last);
    memcpy(last, p + length - 2, 2);
    return true;
}

/* The clock fields of the line before: all of them, or all but the second. */
static bool repeat_seconds(struct stamp_context *context, const char *p, size_t length,
                           int64_t *out)
{
    const char *last = context->last_bytes;
    if (context->last_len != length || word_load(last) != word_load(p) ||
        memcmp(last + 8, p + 8, length - 10) != 0 || !take_second(context, p, length))
        return false;
    *out = context->last_seconds;
    return true;
}

/* Seconds of the clock fields as if they were UTC; remembers them by their bytes. */
static bool read_seconds(struct stamp_context *context, const char *p, size_t length, int64_t *out)
{
    if (repeat_seconds(context, p, length, out))
        return true;
    struct civil when = {.year = 1972};
    if (length == LENGTH_ISO) {
        if (!read_iso(p, &when))
            return false;
    } else {
        if (!read_3164(p, &when) || !civil_is_valid(&when))
            return false;
        when.year = year_of_month(context, &when);
        if (!civil_is_valid(&when)) /* the 29th of February of a common year */
            return false;
    }
    memcpy(context->last_bytes, p, length);
    context->last_len = length;
    *out = context->last_seconds = civil_seconds(&when);
    return true;
}

/* Six digits at p as a number, or -1. Eight bytes at p must be readable. Pairs, fours and all of
 * the digits are put together by one multiplication each. */
static int64_t six_digits(const char *p)
{
    uint64_t bytes = (word_load(p) & UINT64_C(0xffffffffffff)) ^ UINT64_C(0x303030303030);
    if (((bytes | (bytes + UINT64_C(0x060606060606))) & UINT64_C(0xf0f0f0f0f0f0)) != 0)
        return -1;
    uint64_t digits = bytes << 16; /* two zeros in front */
    digits = (digits * (1 + (10 << 8))) >> 8 & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits * (1 + (100 << 16))) >> 16 & UINT64_C(0x0000ffff0000ffff);
    return (int64_t)((digits * (1 + (UINT64_C(10000) << 32))) >> 32);
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
    const size_t size = LENGTH_OFFSET;
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
        context->last_offset[size] = ' ';
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

/* A stamp of the usual form that differs from the one before in its second and fraction only. What
 * must be equal is put together before it is looked at: one branch, which is nearly always right.
 */
static bool take_usual(struct stamp_context *context, struct slice *text, int64_t *us)
{
    const char *p = text->ptr, *last = context->last_bytes, *offset = context->last_offset;
    if (text->len < LENGTH_USUAL || context->last_len != LENGTH_ISO || offset[0] == 0)
        return false;
    uint64_t differ = (word_load(p) ^ word_load(last)) | (word_load(p + 8) ^ word_load(last + 8));
    uint32_t more = word_load_half(p + 15) ^ word_load_half(last + 15); /* `2:02` */
    uint64_t zone = word_load(p + LENGTH_USUAL - 8) >> 8; /* all but the fraction's last digit */
    differ |= (more & 0xffff) | (zone ^ word_load(offset)) | (p[LENGTH_ISO] != '.');
    if (differ != 0 || (more != 0 && !take_second(context, p, LENGTH_ISO)))
        return false;
    int64_t fraction = six_digits(p + LENGTH_ISO + 1);
    if (fraction < 0)
        return false;
    *us = (context->last_seconds - context->last_offset_seconds) * US_PER_SECOND + fraction;
    *text = slice_skip(*text, LENGTH_USUAL);
    return true;
}

/* Apart from stamp_take, so that the way of nearly every line saves no registers for this one. */
static __attribute__((noinline)) int64_t take_any(struct stamp_context *context, struct slice *text)
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

int64_t stamp_take(struct stamp_context *context, struct slice *text)
{
    int64_t usual_us;
    return take_usual(context, text, &usual_us) ? usual_us : take_any(context, text);
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
