/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands inside a line of Markdown: text, code, links.
 */
#include "web/markdown_private.h"

#include "base/escape.h"

/* Marks that mean something in Markdown elsewhere, and nothing here. */
static bool is_foreign_mark(char c)
{
    return c == '*' || c == '<' || c == '\\' || c == '[' || c == ']' || c == '!' || c == '|' ||
           c == '~';
}

/* Where the text ends that needs no look; a '!' is only a mark before a bracket. */
static size_t plain_length(struct slice line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '!' && (i + 1 == line.len || line.ptr[i + 1] != '['))
            continue;
        if (line.ptr[i] == '`' || is_foreign_mark(line.ptr[i]))
            return i;
    }
    return line.len;
}

static bool add_code(struct slice *line, struct buf *to, struct err *err)
{
    struct slice rest = slice_skip(*line, 1);
    const char *end = slice_find_char(rest, '`');
    if (end == NULL || end == rest.ptr)
        return err_set(err, ERR_INPUT, "code without an end or without a text");
    buf_add_str(to, "<code>");
    escape_html(slice_between(rest.ptr, end), to);
    buf_add_str(to, "</code>");
    *line = slice_between(end + 1, slice_end(rest));
    return true;
}

static bool is_outside(struct slice target)
{
    return slice_starts_with(target, SLICE("https://")) ||
           slice_starts_with(target, SLICE("http://")) ||
           slice_starts_with(target, SLICE("mailto:"));
}

static bool add_anchor(struct slice target, const struct markdown_links *links, struct buf *to)
{
    CLEANUP_BUF struct buf address = {0};
    if (is_outside(target))
        buf_add(&address, target);
    else if (!links->address(links->context, target, &address))
        return false;
    buf_add_str(to, is_outside(target) ? "<a rel=\"noopener noreferrer\" href=\"" : "<a href=\"");
    escape_html(buf_slice(&address), to);
    buf_add_str(to, "\">");
    return true;
}

static bool add_link(struct slice *line, const struct markdown_links *links, struct buf *to,
                     struct err *err)
{
    struct slice rest = slice_skip(*line, 1);
    const char *middle = slice_find(rest, SLICE("]("));
    if (middle == NULL)
        return err_set(err, ERR_INPUT, "a bracket that begins no link");
    struct slice text = slice_between(rest.ptr, middle);
    rest = slice_between(middle + 2, slice_end(rest));
    const char *end = slice_find_char(rest, ')');
    if (end == NULL || end == rest.ptr || text.len == 0 || plain_length(text) != text.len)
        return err_set(err, ERR_INPUT, "a link without target, end, or with marks in its text");
    struct slice target = slice_between(rest.ptr, end);
    if (!add_anchor(target, links, to))
        return err_set(err, ERR_INPUT, "a link to %.*s, which is no page", SLICE_ARG(target));
    escape_html(text, to);
    buf_add_str(to, "</a>");
    *line = slice_between(end + 1, slice_end(rest));
    return true;
}

bool markdown_inline(struct slice line, const struct markdown_links *links, struct buf *to,
                     struct err *err)
{
    while (line.len > 0) {
        size_t plain = plain_length(line);
        escape_html(slice_first(line, plain), to);
        line = slice_skip(line, plain);
        if (line.len == 0)
            return true;
        char mark = line.ptr[0];
        if (mark != '`' && mark != '[')
            return err_set(err, ERR_INPUT, "'%c' outside of code", mark);
        if (!(mark == '`' ? add_code(&line, to, err) : add_link(&line, links, to, err)))
            return false;
    }
    return true;
}
