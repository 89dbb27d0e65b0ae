/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_text.h.
 */
#include "store/account_text.h"

#include "base/civil.h"
#include "mail/auth_request.h"

static const int64_t SECONDS_MAX = INT64_C(253402300799); /* the end of the year 9999 */

/* ---- words ---- */

static bool is_gap(char c)
{
    return c == ' ' || c == ',' || c == '\t';
}

/* The next word, and *rest behind it; empty: there is none. */
static struct slice take_word(struct slice *rest)
{
    size_t begin = 0, end;
    while (begin < rest->len && is_gap(rest->ptr[begin]))
        begin++;
    for (end = begin; end < rest->len && !is_gap(rest->ptr[end]);)
        end++;
    struct slice word = slice_first(slice_skip(*rest, begin), end - begin);
    *rest = slice_skip(*rest, end);
    return word;
}

static bool is_in_order(struct slice text)
{
    char before = ' ';
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ',' || text.ptr[i] == '\t' || (text.ptr[i] == ' ' && before == ' '))
            return false;
        before = text.ptr[i];
    }
    return before != ' ' || text.len == 0;
}

struct slice account_text_words(struct slice text, struct arena *arena)
{
    if (is_in_order(text))
        return text;
    char *words = arena_alloc(arena, text.len + 1), *at = words;
    for (struct slice word = take_word(&text); word.len > 0; word = take_word(&text)) {
        if (at > words)
            *at++ = ' ';
        (void)slice_put(word, &at);
    }
    return slice_between(words, at);
}

/* ---- protocols ---- */

bool account_text_protocols(struct slice text, unsigned *out)
{
    struct slice word = take_word(&text);
    bool good = true;
    *out = word.len == 0 ? ~0u : 0;
    for (; word.len > 0; word = take_word(&text)) {
        enum auth_protocol protocol;
        if (auth_protocol_from_word(word, &protocol))
            *out |= 1u << protocol;
        else
            good = good && slice_ieq(word, SLICE("none"));
    }
    return good;
}

void account_text_put_protocols(unsigned protocols, struct buf *to)
{
    static const unsigned all = (1u << AUTH_PROTOCOLS) - 1;
    size_t before = to->len;
    if ((protocols & all) == all)
        return;
    for (unsigned i = 0; i < AUTH_PROTOCOLS; i++)
        if ((protocols & 1u << i) != 0)
            buf_addf(to, "%s%s", to->len > before ? " " : "",
                     auth_protocol_word((enum auth_protocol)i));
    if (to->len == before)
        buf_add_str(to, "none");
}

/* ---- an end ---- */

/* `digits` digits. */
static bool take_number(struct slice *rest, size_t digits, int *out)
{
    uint64_t number;
    if (rest->len < digits || !slice_to_u64(slice_first(*rest, digits), 9999, &number))
        return false;
    *rest = slice_skip(*rest, digits);
    *out = (int)number;
    return true;
}

static bool take_char(struct slice *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = slice_skip(*rest, 1);
    return true;
}

static bool take_date(struct slice *rest, struct civil *out)
{
    return take_number(rest, 4, &out->year) && take_char(rest, '-') &&
           take_number(rest, 2, &out->month) && take_char(rest, '-') &&
           take_number(rest, 2, &out->day);
}

static bool take_clock(struct slice *rest, struct civil *out)
{
    if (!take_char(rest, ' ') && !take_char(rest, 'T'))
        return false;
    if (!take_number(rest, 2, &out->hour) || !take_char(rest, ':') ||
        !take_number(rest, 2, &out->minute))
        return false;
    if (!take_char(rest, ':'))
        return true;
    if (!take_number(rest, 2, &out->second))
        return false;
    if (!take_char(rest, '.'))
        return true;
    size_t digits = 0;
    while (digits < rest->len && ascii_is_digit(rest->ptr[digits]))
        digits++;
    *rest = slice_skip(*rest, digits);
    return digits > 0;
}

/* Z, +09, +0900, +09:00, or nothing. */
static bool take_offset(struct slice *rest, int64_t *seconds)
{
    int hours = 0, minutes = 0;
    *seconds = 0;
    if (rest->len == 0 || take_char(rest, 'Z'))
        return true;
    bool is_west = rest->ptr[0] == '-';
    if (!is_west && rest->ptr[0] != '+')
        return false;
    *rest = slice_skip(*rest, 1);
    if (!take_number(rest, 2, &hours))
        return false;
    if (rest->len > 0 && ((void)take_char(rest, ':'), !take_number(rest, 2, &minutes)))
        return false;
    *seconds = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    if (is_west)
        *seconds = -*seconds;
    return hours <= 15 && minutes <= 59;
}

static bool read_time(struct slice text, int64_t *seconds)
{
    struct civil when = {0};
    int64_t offset = 0;
    if (!take_date(&text, &when) || when.year == 0)
        return false;
    bool is_day = text.len == 0;
    if (!is_day && (!take_clock(&text, &when) || !take_offset(&text, &offset) || text.len > 0))
        return false;
    if (!civil_is_valid(&when))
        return false;
    *seconds = civil_seconds(&when) + (is_day ? SECONDS_PER_DAY : 0) - offset;
    return true;
}

bool account_text_until(struct slice text, int64_t *out)
{
    uint64_t number;
    int64_t seconds = 0;
    text = slice_trim(text);
    *out = INT64_MAX;
    if (text.len == 0 || slice_ieq(text, SLICE("infinity")))
        return true;
    *out = 0;
    if (slice_to_u64(text, (uint64_t)SECONDS_MAX, &number))
        seconds = (int64_t)number;
    else if (!read_time(text, &seconds))
        return slice_ieq(text, SLICE("-infinity"));
    *out = seconds > 0 ? seconds * US_PER_SECOND : 0;
    return true;
}

/* ---- a row ---- */

static struct slice bounded(struct slice text, struct slice column, struct slice *fault)
{
    if (text.len <= ACCOUNT_TEXT_MAX)
        return text;
    *fault = column;
    return SLICE("");
}

void account_text_read(const struct account_text *text, struct arena *arena,
                       struct account_row *out)
{
    struct slice fault = {0};
    struct account_row row = {
        .login = bounded(text->login, SLICE("login"), &fault),
        .account_class = bounded(text->account_class, SLICE("class"), &fault),
        .server = bounded(text->server, SLICE("server"), &fault),
        .secret = bounded(text->secret, SLICE("secret"), &fault),
    };
    struct slice networks = bounded(text->networks, SLICE("networks"), &fault);
    struct slice flags = bounded(text->flags, SLICE("flags"), &fault);
    struct slice protocols = bounded(text->protocols, SLICE("protocols"), &fault);
    struct slice until = bounded(text->valid_until, SLICE("valid_until"), &fault);
    row.networks = account_text_words(networks, arena);
    row.flags = account_text_words(flags, arena);
    if (!account_text_protocols(protocols, &row.protocols))
        fault = SLICE("protocols");
    if (!account_text_until(until, &row.valid_until_us))
        fault = SLICE("valid_until");
    if (fault.len > 0) /* whoever does not look at the fault sees one that has ended */
        row.valid_until_us = 0;
    row.fault = fault;
    *out = row;
}
