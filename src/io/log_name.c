/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_name.h.
 */
#include "io/log_name.h"

#include <stdbool.h>

#include "base/civil.h"

enum { DATE_DIGITS_MAX = 14, NUMBER_DIGITS_MAX = 4, EPOCH_DIGITS = 10 };

static void drop_packing(struct slice *name)
{
    static const struct slice suffixes[] = {
        {".gz", 3}, {".zst", 4}, {".bz2", 4}, {".xz", 3}, {".lz4", 4}, {".Z", 2},
    };
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (name->len > suffixes[i].len && slice_ends_with(*name, suffixes[i])) {
            *name = slice_first(*name, name->len - suffixes[i].len);
            return;
        }
    }
}

/* Is there anything but digits and dots? */
static bool has_letters(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!ascii_is_digit(name.ptr[i]) && name.ptr[i] != '.')
            return true;
    return false;
}

/* `.N` at the end. */
static int take_number(struct slice *name)
{
    const char *dot = slice_find_last_char(*name, '.');
    if (dot == NULL)
        return -1;
    struct slice digits = slice_between(dot + 1, slice_end(*name));
    struct slice before = slice_between(name->ptr, dot);
    uint64_t number;
    if (digits.len > NUMBER_DIGITS_MAX || !has_letters(before) ||
        !slice_to_u64(digits, 9999, &number))
        return -1;
    *name = before;
    return (int)number;
}

static int two_digits(const char *digits)
{
    return (digits[0] - '0') * 10 + (digits[1] - '0');
}

static int64_t date_number(const struct civil *when)
{
    int64_t date = when->year * 10000 + when->month * 100 + when->day;
    return date * 1000000 + when->hour * 10000 + when->minute * 100 + when->second;
}

/* YYYYMMDD and what there is of HHMMSS; -1: not a date of a log. */
static int64_t date_of_digits(const char *digits, size_t len)
{
    char all[DATE_DIGITS_MAX] = "00000000000000";
    memcpy(all, digits, len);
    struct civil when = {
        .year = two_digits(all) * 100 + two_digits(all + 2),
        .month = two_digits(all + 4),
        .day = two_digits(all + 6),
        .hour = two_digits(all + 8),
        .minute = two_digits(all + 10),
        .second = two_digits(all + 12),
    };
    bool plausible = when.year >= 2000 && when.year < 2200 && civil_is_valid(&when);
    if (plausible)
        return date_number(&when);
    uint64_t seconds;
    if (len != EPOCH_DIGITS || digits[0] != '1' ||
        !slice_to_u64(slice_of(digits, len), INT64_MAX, &seconds))
        return -1;
    when = civil_from_seconds((int64_t)seconds);
    return date_number(&when);
}

/* Does `text` have the shape of `form` (d: a digit)? Its digits go to `digits`, their number is
 * returned; 0: no. */
static size_t match_form(struct slice text, const char *form, char *digits)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool digit = ascii_is_digit(text.ptr[i]);
        if (form[i] == 'd' ? !digit : text.ptr[i] != form[i])
            return 0;
        if (digit)
            digits[count++] = text.ptr[i];
    }
    return count;
}

/* A date at the end, and the separator before it. */
static int64_t take_date(struct slice *name)
{
    static const char *const forms[] = {
        "dddddddd-dddddd", "dddddddddddddd", "dddddddddddd", "dddd-dd-dd", "dddddddddd", "dddddddd",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t len = strlen(forms[i]);
        if (name->len < len + 2)
            continue;
        size_t at = name->len - len;
        char before = name->ptr[at - 1];
        if (before != '-' && before != '.' && before != '_')
            continue;
        char digits[DATE_DIGITS_MAX];
        size_t count = match_form(slice_skip(*name, at), forms[i], digits);
        int64_t date = count > 0 ? date_of_digits(digits, count) : -1;
        if (date < 0)
            continue;
        *name = slice_first(*name, at - 1);
        return date;
    }
    return -1;
}

static void take_rotation(struct log_name *name)
{
    name->number = take_number(&name->head);
    name->date = take_date(&name->head);
}

struct log_name log_name_parse(struct slice path)
{
    const char *slash = slice_find_last_char(path, '/');
    size_t directory_len = slash ? (size_t)(slash + 1 - path.ptr) : 0;
    struct log_name name = {
        .directory = slice_first(path, directory_len),
        .head = slice_skip(path, directory_len),
        .tail = SLICE(""),
    };
    drop_packing(&name.head);
    take_rotation(&name);
    struct slice extension = SLICE(".log");
    if (name.number >= 0 || name.date >= 0 || !slice_ends_with(name.head, extension))
        return name;
    struct log_name inner = name;
    inner.head = slice_first(name.head, name.head.len - extension.len);
    inner.tail = slice_skip(name.head, inner.head.len);
    take_rotation(&inner);
    return inner.number >= 0 || inner.date >= 0 ? inner : name;
}

int log_name_cmp_stem(const struct log_name *a, const struct log_name *b)
{
    /* Byte by byte, since the parts of one stem may be cut at different places. */
    size_t a_len = a->head.len + a->tail.len, b_len = b->head.len + b->tail.len;
    for (size_t i = 0; i < a_len && i < b_len; i++) {
        char x = i < a->head.len ? a->head.ptr[i] : a->tail.ptr[i - a->head.len];
        char y = i < b->head.len ? b->head.ptr[i] : b->tail.ptr[i - b->head.len];
        if (x != y)
            return (unsigned char)x < (unsigned char)y ? -1 : 1;
    }
    return (a_len > b_len) - (a_len < b_len);
}

/* 0: numbers, 1: dates, 2: the bare name. */
static int rotation_kind(const struct log_name *name)
{
    if (name->date >= 0)
        return 1;
    return name->number >= 0 ? 0 : 2;
}

int log_name_cmp_age(const struct log_name *a, const struct log_name *b)
{
    int kind_a = rotation_kind(a), kind_b = rotation_kind(b);
    if (kind_a != kind_b)
        return kind_a - kind_b;
    if (a->date != b->date)
        return a->date < b->date ? -1 : 1;
    return b->number - a->number;
}
