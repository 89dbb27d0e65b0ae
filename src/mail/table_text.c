/* SPDX-License-Identifier: Apache-2.0
 *
 * See table_text.h. Peers: Postfix src/util/readlline.c, src/postmap/postmap.c,
 * src/postalias/postalias.c.
 */
#include "mail/table_text.h"

#include "base/escape.h"

enum { ROW_MAX = TABLE_KEY_MAX + TABLE_VALUE_MAX };

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice skip_blanks(struct slice text)
{
    size_t i = 0;
    while (i < text.len && is_blank(text.ptr[i]))
        i++;
    return slice_skip(text, i);
}

static struct slice trim(struct slice text)
{
    text = skip_blanks(text);
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

static bool is_nothing(struct slice line)
{
    struct slice words = skip_blanks(line);
    return words.len == 0 || words.ptr[0] == '#';
}

/* ---- lines that go on ---- */

static bool goes_on(struct slice line)
{
    return line.len > 0 && is_blank(line.ptr[0]);
}

/* The next line that is something. */
static bool take_line(struct table_text *text, struct slice *line)
{
    while (text->rest.len > 0) {
        *line = slice_cut(&text->rest, '\n');
        text->line++;
        if (!is_nothing(*line))
            return true;
    }
    return false;
}

/* Most rows are one line, which is not copied. */
static struct slice join(struct table_text *text, struct slice first)
{
    bool is_joined = false;
    for (;;) {
        const struct table_text before = *text;
        struct slice more;
        if (!take_line(text, &more) || !goes_on(more)) {
            text->rest = before.rest;
            text->line = before.line;
            return is_joined ? buf_slice(&text->joined) : first;
        }
        if (!is_joined) {
            buf_clear(&text->joined);
            buf_add(&text->joined, first);
        }
        is_joined = true;
        if (text->joined.len <= ROW_MAX) /* beyond, it is a fault anyway */
            buf_add(&text->joined, more);
    }
}

/* ---- parts of a row ---- */

static bool is_utf8(struct slice text)
{
    while (text.len > 0) {
        if ((unsigned char)text.ptr[0] < 0x80)
            text = slice_skip(text, 1);
        else if (utf8_take(&text) == UTF8_INVALID)
            return false;
    }
    return true;
}

/* Where a byte of that kind first stands outside of quotes; the length: nowhere. */
static size_t find_outside(struct slice line, bool (*is_it)(char c), bool *is_open)
{
    bool quoted = false;
    size_t i = 0;
    for (; i < line.len && (quoted || !is_it(line.ptr[i])); i++) {
        if (line.ptr[i] == '\\')
            i++;
        else if (line.ptr[i] == '"')
            quoted = !quoted;
    }
    *is_open = quoted;
    return i < line.len ? i : line.len;
}

static bool is_colon(char c)
{
    return c == ':';
}

/* Without quotes and the backslashes in them. */
static struct slice plain_name(struct slice name, struct buf *to)
{
    if (slice_find_char(name, '"') == NULL && slice_find_char(name, '\\') == NULL)
        return name;
    buf_clear(to);
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            continue;
        if (name.ptr[i] == '\\' && i + 1 < name.len)
            i++;
        buf_add_char(to, name.ptr[i]);
    }
    return buf_slice(to);
}

static const char *split(struct table_text *text, struct slice line, struct table_row *row)
{
    bool is_alias = text->form == TABLE_OF_ALIASES, is_open;
    size_t at = find_outside(line, is_alias ? is_colon : is_blank, &is_open);
    if (is_open)
        return "a quote that does not end";
    row->key = trim(slice_first(line, at));
    row->value = trim(slice_skip(line, at + (is_alias && at < line.len)));
    if (is_alias && at < line.len)
        row->key = plain_name(row->key, &text->name);
    if (row->key.len == 0 || row->value.len == 0)
        return is_alias ? "expected `name: value, ...`" : "expected a key, a blank and a value";
    if (is_alias && slice_find_char(row->key, '@') != NULL)
        return "a name of aliases(5) has no @";
    if (row->key.len > TABLE_KEY_MAX)
        return "a key of more than 512 bytes";
    return row->value.len > TABLE_VALUE_MAX ? "a value of more than 65,536 bytes" : NULL;
}

static const char *fault_of(struct table_text *text, struct slice line, struct table_row *row)
{
    if (goes_on(line))
        return "begins with a blank, and there is no line that it goes on with";
    if (line.len > ROW_MAX)
        return "a row of more than 66,048 bytes";
    if (slice_find_char(line, '\0') != NULL)
        return "a NUL";
    return is_utf8(line) ? split(text, line, row) : "is not UTF-8";
}

bool table_text_next(struct table_text *text, struct table_row *row)
{
    struct slice line;
    if (!take_line(text, &line))
        return false;
    *row = (struct table_row){.line = text->line};
    row->fault = fault_of(text, join(text, line), row);
    if (row->fault != NULL)
        row->key = row->value = SLICE("");
    return true;
}

void table_text_done(struct table_text *text)
{
    buf_done(&text->joined);
    buf_done(&text->name);
}
