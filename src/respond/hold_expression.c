/* SPDX-License-Identifier: Apache-2.0
 *
 * Expressions for Postfix. See hold_expression.h.
 */
#include "respond/hold_expression.h"

/* c: code and enhanced code at the begin of a line; g: the blanks between two words, of two lines
 * perhaps. All blanks at once: `(?&g)+` must not try each way to divide them. */
#define CODE "[245]\\d\\d[- ] *(?:#?[245]\\.\\d+\\.\\d+ +)?"
const char hold_expression_definitions[] = "(?(DEFINE)(?<c>" CODE ")(?<g>(?> +)(?&c)?))";

static const char gap[] = "(?&g)", begin[] = "(?<= said: )(?&c)?",
                  end[] = "(?= *(?:\\(in reply to |$))";

/* `[:alpha:]` at the front: how far its `]` is; 0: it is none. */
static size_t named_length(struct slice text)
{
    const char *close = slice_find(text, SLICE(":]"));
    return close != NULL ? (size_t)(close - text.ptr) + 1 : 0;
}

/* `[...]` at the front: its length, or that of all that is left. A `]` that stands first in it does
 * not end it. */
static size_t class_length(struct slice text)
{
    size_t n = 1;
    n += n < text.len && text.ptr[n] == '^';
    n += n < text.len && text.ptr[n] == ']';
    for (; n < text.len && text.ptr[n] != ']'; n++) {
        if (text.ptr[n] == '\\')
            n++;
        else if (slice_starts_with(slice_skip(text, n), SLICE("[:")))
            n += named_length(slice_skip(text, n));
    }
    return n < text.len ? n + 1 : text.len;
}

/* Bytes as they are, a slash escaped where it is not yet. */
static void put_bytes(struct slice bytes, struct buf *to)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] == '/')
            buf_add_char(to, '\\');
        else if (bytes.ptr[i] == '\\' && i + 1 < bytes.len)
            buf_add_char(to, bytes.ptr[i++]);
        buf_add_char(to, bytes.ptr[i]);
    }
}

/* As our matcher: characters instead of bytes only where there are some outside ASCII. */
bool hold_expression_is_wide(struct slice expression)
{
    for (size_t i = 0; i < expression.len; i++)
        if ((unsigned char)expression.ptr[i] >= 0x80)
            return true;
    return false;
}

/* What stands at the front; returns how much of it was taken. */
static size_t put_front(struct slice text, struct buf *to)
{
    char c = text.ptr[0];
    size_t n = 1;
    if (c == '[')
        n = class_length(text);
    else if (c == '\\' && text.len > 1)
        n = 2;
    if (c == ' ' || (n == 2 && text.ptr[1] == 's'))
        buf_add_str(to, gap);
    else if (c == '^')
        buf_add_str(to, begin);
    else if (c == '$')
        buf_add_str(to, end);
    else
        put_bytes(slice_first(text, n), to);
    return n;
}

void hold_expression_put(struct slice expression, struct buf *to)
{
    buf_add_str(to, "(?:");
    while (expression.len > 0)
        expression = slice_skip(expression, put_front(expression, to));
    buf_add_char(to, ')');
}
