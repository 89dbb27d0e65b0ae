/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of a scenario. See word.h.
 */
#include "word.h"

#include "base/civil.h"
#include "mail/stamp.h"

struct slice word_take_plain(struct slice *rest)
{
    *rest = slice_trim(*rest);
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
        len++;
    struct slice word = slice_first(*rest, len);
    *rest = slice_trim(slice_skip(*rest, len));
    return word;
}

bool word_take(struct slice *rest, struct word *out, struct err *err)
{
    err->code = ERR_NONE;
    *rest = slice_trim(*rest);
    if (rest->len == 0)
        return false;
    const char *quote = slice_find(*rest, SLICE("=\""));
    struct slice look = *rest, plain = word_take_plain(&look);
    if (quote == NULL || quote >= slice_end(plain)) {
        struct slice value = plain, name = slice_cut(&value, '=');
        *out = (struct word){name, value, value.ptr != NULL};
        *rest = look;
        return true;
    }
    struct slice value = slice_between(quote + 2, slice_end(*rest));
    const char *end = slice_find_char(value, '"');
    if (end == NULL)
        return err_set(err, ERR_INPUT, "a quote is not closed: %.*s",
                       SLICE_ARG(slice_first(*rest, 60)));
    *out = (struct word){slice_between(rest->ptr, quote), slice_between(value.ptr, end), true};
    *rest = slice_between(end + 1, slice_end(value));
    return true;
}

static int64_t unit_us(struct slice *text)
{
    static const struct {
        struct slice unit;
        int64_t us;
    } units[] = {
        {{"ms", 2}, 1000},
        {{"s", 1}, US_PER_SECOND},
        {{"m", 1}, 60 * US_PER_SECOND},
        {{"h", 1}, 3600 * US_PER_SECOND},
        {{"d", 1}, SECONDS_PER_DAY * US_PER_SECOND},
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (slice_take_prefix(text, units[i].unit))
            return units[i].us;
    return 0;
}

/* Digits at the front, as a number; the digits' count is returned. */
static size_t take_digits(struct slice *text, uint64_t *out)
{
    size_t len = 0;
    while (len < text->len && ascii_is_digit(text->ptr[len]))
        len++;
    if (len == 0 || !slice_to_u64(slice_first(*text, len), UINT32_MAX, out))
        return 0;
    *text = slice_skip(*text, len);
    return len;
}

static bool take_part(struct slice *text, int64_t *total_us)
{
    uint64_t whole, fraction = 0;
    int64_t scale = 1;
    if (take_digits(text, &whole) == 0)
        return false;
    if (slice_take_prefix(text, SLICE("."))) {
        size_t digits = take_digits(text, &fraction);
        if (digits == 0 || digits > 3)
            return false;
        while (digits-- > 0)
            scale *= 10;
    }
    int64_t unit = unit_us(text);
    *total_us += (int64_t)whole * unit + (int64_t)fraction * unit / scale;
    return unit != 0;
}

bool word_duration(struct slice text, int64_t *out_us, struct err *err)
{
    struct slice rest = text;
    int64_t total = 0;
    do {
        if (!take_part(&rest, &total))
            return err_set(err, ERR_INPUT,
                           "\"%.*s\" is no duration: write 250ms, 0.5s, 90s, 15m, 1h30m or 7d",
                           SLICE_ARG(text));
    } while (rest.len > 0);
    *out_us = total;
    return true;
}

bool word_time(struct slice text, int64_t now_us, int64_t *out_us, struct err *err)
{
    char full[40];
    struct slice stamp = text;
    struct stamp_context context;
    stamp_context_init(&context, 0, NULL, NULL);
    if ((text.len == 5 || text.len == 8) && text.ptr[2] == ':' && now_us > 0) {
        civil_format_utc(now_us, full);
        memcpy(full + 11, "00:00:00Z", 10);
        memcpy(full + 11, text.ptr, text.len);
        stamp = slice_of(full, 20);
    }
    int64_t us = stamp_take_iso(&context, &stamp);
    if (us == STAMP_NONE || stamp.len > 0)
        return err_set(err, ERR_INPUT,
                       "\"%.*s\" is no time: write 2026-03-02T10:00:00Z, 10:00 or 10:00:00",
                       SLICE_ARG(text));
    *out_us = us;
    return true;
}

bool word_count(struct slice text, uint64_t *out, struct err *err)
{
    return slice_to_u64(text, UINT32_MAX, out) ||
           err_set(err, ERR_INPUT, "\"%.*s\" is no count", SLICE_ARG(text));
}

/* Cuts `a..b` into its ends; both are the text when there are no dots. */
static struct slice cut_range(struct slice text, struct slice *high)
{
    const char *dots = slice_find(text, SLICE(".."));
    *high = dots ? slice_between(dots + 2, slice_end(text)) : text;
    return dots ? slice_between(text.ptr, dots) : text;
}

bool word_range(struct slice text, uint64_t *low, uint64_t *high, struct err *err)
{
    struct slice to, from = cut_range(text, &to);
    return word_count(from, low, err) && word_count(to, high, err);
}

bool word_time_range(struct slice text, int64_t now_us, int64_t *low_us, int64_t *high_us,
                     struct err *err)
{
    struct slice to, from = cut_range(text, &to);
    return word_time(from, now_us, low_us, err) && word_time(to, now_us, high_us, err);
}

bool word_begins(struct slice text, const char *word)
{
    while (text.len > 0) {
        struct slice line = slice_trim(slice_cut(&text, '\n')), first = word_take_plain(&line);
        if (first.len > 0 && first.ptr[0] != '#')
            return slice_eq(first, slice_from_str(word));
    }
    return false;
}

bool word_move(struct slice *rest, int64_t now_us, int64_t *out_us, struct err *err)
{
    struct slice look = *rest, word = word_take_plain(&look);
    bool after = slice_take_prefix(&word, SLICE("+"));
    *out_us = now_us;
    if (!after && !slice_eq(word, SLICE("at")))
        return true;
    if (after ? !word_duration(word, out_us, err)
              : !word_time(word_take_plain(&look), now_us, out_us, err))
        return false;
    if (after)
        *out_us += now_us;
    *rest = look;
    return *out_us >= now_us || err_set(err, ERR_INPUT, "time does not go back");
}
