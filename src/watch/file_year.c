/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding a year. See file_year.h. A line is written at most some weeks after its message arrived
 * (Postfix' queue lifetime), and a file's last line not after its modification time.
 */
#include "watch/file_year.h"

#include "base/civil.h"
#include "mail/queue_id.h"
#include "mail/stamp.h"

#define QUEUE_LIFE_US (30 * SECONDS_PER_DAY * US_PER_SECOND)

struct month_day {
    int month, day;
};

/* Month and day of a year-less stamp at the front of a line. */
static bool line_month_day(struct slice line, struct month_day *out)
{
    if (line.len > 4 && line.ptr[0] == '<') {
        const char *close = slice_find_char(slice_first(line, 5), '>');
        if (close != NULL)
            line = slice_between(close + 1, slice_end(line));
    }
    struct stamp_context context;
    stamp_context_init(&context, 1972, NULL, NULL);
    if (line.len < 15 || ascii_is_digit(line.ptr[0]))
        return false;
    int64_t us = stamp_take(&context, &line);
    if (us == STAMP_NONE)
        return false;
    struct civil civil = civil_from_seconds(us / US_PER_SECOND);
    *out = (struct month_day){civil.month, civil.day};
    return true;
}

/* Arrival time in the first long queue id of a line's text: `tag[pid]: ID: `. */
static bool line_id_time(struct slice line, int64_t *out)
{
    struct slice rest = line;
    for (const char *at; (at = memmem(rest.ptr, rest.len, "]: ", 3)) != NULL;) {
        rest = slice_between(at + 3, slice_end(line));
        size_t len = queue_id_length(rest, ':');
        if (len > 0)
            return queue_id_time(slice_first(rest, len), out);
    }
    return false;
}

bool file_year_of_line(struct slice line, int *year, int *month)
{
    struct month_day at;
    int64_t arrived_us;
    if (!line_month_day(line, &at) || !line_id_time(line, &arrived_us))
        return false;
    *year = stamp_year_near(at.month, at.day, arrived_us + QUEUE_LIFE_US);
    *month = at.month;
    return true;
}

static bool year_by_id(struct slice head, struct file_year *out)
{
    struct month_day first = {0};
    while (head.ptr != NULL) {
        struct slice line = slice_cut(&head, '\n');
        struct month_day now;
        if (!line_month_day(line, &now))
            continue;
        if (first.month == 0)
            first = now;
        int year;
        if (!file_year_of_line(line, &year, &now.month))
            continue;
        bool crossed = first.month > now.month;
        *out = (struct file_year){.year = crossed ? year - 1 : year, .certain = true};
        return true;
    }
    return false;
}

static bool first_month_day(struct slice head, struct month_day *out)
{
    while (head.ptr != NULL)
        if (line_month_day(slice_cut(&head, '\n'), out))
            return true;
    return false;
}

static bool last_month_day(struct slice tail, struct month_day *out)
{
    bool found = false;
    while (tail.ptr != NULL)
        found |= line_month_day(slice_cut(&tail, '\n'), out);
    return found;
}

struct file_year file_year_of(struct slice head, struct slice tail, int64_t modified_us)
{
    struct file_year found = {0};
    struct month_day first, last;
    if (year_by_id(head, &found))
        return found;
    bool has_first = first_month_day(head, &first), has_last = last_month_day(tail, &last);
    if (!has_first && !has_last)
        return found;
    if (!has_first) /* a head that cannot be read, such as a trace of a program */
        first = last;
    if (!has_last)
        last = first;
    found.year = stamp_year_near(last.month, last.day, modified_us);
    if (first.month > last.month || (first.month == last.month && first.day > last.day))
        found.year--;
    return found;
}
