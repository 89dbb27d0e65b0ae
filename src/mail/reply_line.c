/* SPDX-License-Identifier: Apache-2.0
 *
 * Splits reply words into lines and makes the bare text. One pass; where the same code is absent
 * from the rest there is a second search for another code, once a line.
 */
#include "mail/reply_line.h"

#include "base/word.h"
#include "mail/reply.h"

#define CODE_LEN 3

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Code at the front: three digits from 200 to 599 with nothing, a hyphen or a blank behind them. */
static uint32_t code_at(struct slice s)
{
    if (s.len < CODE_LEN || s.ptr[0] < '2' || s.ptr[0] > '5')
        return 0;
    if (!ascii_is_digit(s.ptr[1]) || !ascii_is_digit(s.ptr[2]))
        return 0;
    if (s.len > CODE_LEN && s.ptr[CODE_LEN] != '-' && !is_blank(s.ptr[CODE_LEN]))
        return 0;
    return (uint32_t)((s.ptr[0] - '0') * 100 + (s.ptr[1] - '0') * 10 + (s.ptr[2] - '0'));
}

static size_t count_digits(struct slice s)
{
    size_t n = 0;
    while (n < s.len && ascii_is_digit(s.ptr[n]))
        n++;
    return n;
}

/* Length of `.` and one to three digits at the front, or 0. */
static size_t dsn_part(struct slice s)
{
    if (s.len == 0 || s.ptr[0] != '.')
        return 0;
    size_t digits = count_digits(slice_skip(s, 1));
    return digits >= 1 && digits <= 3 ? digits + 1 : 0;
}

bool reply_take_dsn(struct slice *rest, struct slice *out)
{
    struct slice s = *rest;
    slice_take_prefix(&s, SLICE("#"));
    if (s.len < 5 || (s.ptr[0] != '2' && s.ptr[0] != '4' && s.ptr[0] != '5'))
        return false;
    size_t subject = dsn_part(slice_skip(s, 1));
    size_t detail = subject ? dsn_part(slice_skip(s, 1 + subject)) : 0;
    struct slice behind = slice_skip(s, 1 + subject + detail);
    if (detail == 0 || (behind.len > 0 && (ascii_is_alpha(behind.ptr[0]) || behind.ptr[0] == '_')))
        return false;
    if (behind.len > 1 && behind.ptr[0] == '.' && ascii_is_digit(behind.ptr[1]))
        return false;
    *out = slice_between(s.ptr, behind.ptr);
    *rest = behind;
    return true;
}

static struct slice skip_blanks(struct slice s)
{
    while (s.len > 0 && is_blank(s.ptr[0]))
        s = slice_skip(s, 1);
    return s;
}

/* Another server's way to end a joined reply: ` 554-` or ` 554 5.7.1`. */
static bool other_code_at(struct slice s)
{
    uint32_t code = code_at(s);
    if (code < 400 || s.len == CODE_LEN)
        return false;
    struct slice dsn, rest = slice_skip(s, CODE_LEN + 1);
    return s.ptr[CODE_LEN] == '-' || reply_take_dsn(&rest, &dsn);
}

static const char *find_other_code(struct slice text)
{
    struct slice rest = text;
    for (;;) {
        const char *blank = slice_find_char(rest, ' ');
        if (blank == NULL)
            return NULL;
        rest = slice_between(blank + 1, slice_end(rest));
        if (other_code_at(rest))
            return blank;
    }
}

/* The blank before. Digits are rarer than blanks, and two bytes say more than a search of libc for
 * four, which begins with a table. */
static const char *find_same_code(struct slice text, uint32_t code)
{
    char first = (char)('0' + code / 100);
    struct slice rest = slice_skip(text, 1);
    for (;;) {
        const char *found = slice_find_char(rest, first);
        if (found == NULL)
            return NULL;
        rest = slice_between(found, slice_end(rest));
        if (found[-1] == ' ' && code_at(rest) == code)
            return found - 1;
        rest = slice_skip(rest, 1);
    }
}

struct reply_lines reply_lines(struct slice words)
{
    return (struct reply_lines){.rest = words};
}

/* Drops a code at the front of *rest; *more says that a hyphen announced another line. Behind the
 * first line "250 messages" is more likely prose than a change of mind. */
static uint32_t take_code(const struct reply_lines *lines, struct slice *rest, bool *more)
{
    uint32_t code = code_at(*rest);
    if (code == 0 || (lines->begun && code != lines->code && code < 400))
        return 0;
    *more = rest->len > CODE_LEN && rest->ptr[CODE_LEN] == '-';
    *rest = slice_skip(*rest, CODE_LEN + (*more ? 1 : 0));
    return code;
}

/* First newline from `rest` on; searched again only when the one before was passed. */
static const char *next_newline(struct reply_lines *lines, struct slice rest)
{
    bool passed = lines->newline != NULL && lines->newline < rest.ptr;
    if (!lines->looked || passed)
        lines->newline = slice_find_char(rest, '\n');
    lines->looked = true;
    return lines->newline;
}

bool reply_lines_next(struct reply_lines *lines, struct reply_line *out)
{
    if (lines->rest.ptr == NULL)
        return false;
    struct slice rest = skip_blanks(lines->rest);
    bool more = false;
    *out = (struct reply_line){.code = take_code(lines, &rest, &more)};
    lines->code = out->code ? out->code : lines->code;
    lines->begun = true;
    struct slice behind = skip_blanks(rest);
    if (reply_take_dsn(&behind, &out->dsn))
        rest = behind;
    const char *newline = next_newline(lines, rest);
    struct slice line = newline ? slice_between(rest.ptr, newline) : rest;
    const char *end = more ? find_same_code(line, lines->code) : NULL;
    if (end == NULL && more)
        end = find_other_code(line);
    end = end ? end : newline;
    lines->rest = end ? slice_between(end + 1, slice_end(rest)) : (struct slice){NULL, 0};
    out->text = end ? slice_between(rest.ptr, end) : rest;
    return true;
}

/* What of even_length can be told eight bytes at a time: neither two blanks nor a control byte. */
static size_t even_words(struct slice text)
{
    size_t n = 0;
    for (; n + 9 <= text.len; n += 8) {
        uint64_t here = word_load(text.ptr + n), next = word_load(text.ptr + n + 1);
        uint64_t control = word_range(here, '\0', ' ' - 1);
        uint64_t twice = word_range(here, ' ', ' ') & word_range(next, '\0', ' ');
        if ((control | twice) != 0)
            break;
    }
    return n;
}

/* Length of the text at the front in which every blank is one ' ' between two other bytes. */
static size_t even_length(struct slice text)
{
    size_t n = even_words(text);
    for (; n < text.len; n++) {
        if ((unsigned char)text.ptr[n] > ' ' || !is_blank(text.ptr[n]))
            continue;
        if (text.ptr[n] != ' ' || n + 1 == text.len || is_blank(text.ptr[n + 1]))
            break;
    }
    return n;
}

/* Appends with blanks folded and one blank before unless it is the first; true while there is room.
 */
static bool add_folded(struct slice line, size_t end, struct buf *to)
{
    for (;;) {
        line = skip_blanks(line);
        if (line.len == 0 || to->len >= end)
            return to->len < end;
        if (end - to->len < REPLY_TEXT_MAX)
            to->ptr[to->len++] = ' ';
        size_t even = even_length(line);
        size_t room = end - to->len;
        size_t taken = even < room ? even : room;
        memcpy(to->ptr + to->len, line.ptr, taken);
        to->len += taken;
        line = slice_skip(line, even);
    }
}

void reply_text(struct slice words, struct buf *to)
{
    size_t end = to->len + REPLY_TEXT_MAX;
    buf_reserve(to, words.len < REPLY_TEXT_MAX ? words.len + 1 : REPLY_TEXT_MAX);
    struct reply_lines lines = reply_lines(words);
    struct reply_line line;
    while (reply_lines_next(&lines, &line) && add_folded(line.text, end, to))
        continue;
    to->ptr[to->len] = '\0';
}
