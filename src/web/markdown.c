/* SPDX-License-Identifier: Apache-2.0
 *
 * Markdown line by line. What is open is known by three things: the list at the margin, whether a
 * list is open inside of its item, and whether a paragraph is. A line closes what it ends and opens
 * what it begins, so elements always nest.
 */
#include "web/markdown_private.h"

#include "base/escape.h"

#define INDENT 3

enum list { LIST_NONE, LIST_STEPS, LIST_POINTS };

struct page {
    const struct markdown_links *links;
    struct buf *to;
    enum list list; /* open at the margin, with an item */
    bool inner;     /* points are open inside of that item */
    bool paragraph; /* open at the innermost place */
    bool code;
    size_t code_indent;
    uint64_t step; /* number of the newest */
};

static void end_paragraph(struct page *page)
{
    if (page->paragraph)
        buf_add_str(page->to, "</p>\n");
    page->paragraph = false;
}

static void end_inner(struct page *page)
{
    end_paragraph(page);
    if (page->inner)
        buf_add_str(page->to, "</li></ul>\n");
    page->inner = false;
}

static void end_list(struct page *page)
{
    end_inner(page);
    if (page->list != LIST_NONE)
        buf_add_str(page->to, page->list == LIST_STEPS ? "</li></ol>\n" : "</li></ul>\n");
    page->list = LIST_NONE;
}

static bool add_text(struct page *page, struct slice text, struct err *err)
{
    if (text.len == 0)
        return err_set(err, ERR_INPUT, "a mark without text");
    buf_add_str(page->to, page->paragraph ? "\n" : "<p>");
    page->paragraph = true;
    return markdown_inline(text, page->links, page->to, err);
}

static bool add_heading(struct page *page, struct slice text, int level, struct err *err)
{
    end_list(page);
    buf_addf(page->to, "<h%d>", level);
    if (!markdown_inline(text, page->links, page->to, err))
        return false;
    buf_addf(page->to, "</h%d>\n", level);
    return true;
}

static bool begin_item(struct page *page, enum list kind, struct slice text, struct err *err)
{
    if (page->list != kind) {
        end_list(page);
        buf_add_str(page->to, kind == LIST_STEPS ? "<ol>\n<li>" : "<ul>\n<li>");
    } else {
        end_inner(page);
        buf_add_str(page->to, "</li>\n<li>");
    }
    page->list = kind;
    return add_text(page, text, err);
}

static bool begin_inner_item(struct page *page, struct slice text, struct err *err)
{
    end_paragraph(page);
    buf_add_str(page->to, page->inner ? "</li>\n<li>" : "<ul>\n<li>");
    page->inner = true;
    return add_text(page, text, err);
}

/* "12. " in front of a line, taken off. */
static bool take_number(struct slice *line, uint64_t *number)
{
    struct slice rest = *line;
    struct slice digits = slice_cut(&rest, '.');
    if (!slice_to_u64(digits, 999, number) || !slice_take_prefix(&rest, SLICE(" ")))
        return false;
    *line = rest;
    return true;
}

static bool add_step(struct page *page, uint64_t number, struct slice text, struct err *err)
{
    uint64_t due = page->list == LIST_STEPS ? page->step + 1 : 1;
    if (number != due)
        return err_set(err, ERR_INPUT, "step %d, expected %d", (int)number, (int)due);
    page->step = number;
    return begin_item(page, LIST_STEPS, text, err);
}

static bool begin_code(struct page *page, size_t indent, struct err *err)
{
    if (indent == 0)
        end_list(page);
    else
        end_inner(page);
    if (indent > 0 && page->list == LIST_NONE)
        return err_set(err, ERR_INPUT, "code that is moved in without a step or point");
    page->code = true;
    page->code_indent = indent;
    buf_add_str(page->to, "<pre><code>");
    return true;
}

static bool add_code_line(struct page *page, struct slice line, struct err *err)
{
    size_t indent = 0;
    while (indent < page->code_indent && indent < line.len && line.ptr[indent] == ' ')
        indent++;
    if (indent < page->code_indent && line.len > 0)
        return err_set(err, ERR_INPUT, "code that is not moved in as its beginning");
    line = slice_skip(line, indent);
    page->code = !slice_eq(line, SLICE("```"));
    if (!page->code) {
        buf_add_str(page->to, "</code></pre>\n");
        return true;
    }
    escape_html(line, page->to);
    buf_add_char(page->to, '\n');
    return true;
}

/* A line that is moved in: part of an item. */
static bool add_indented(struct page *page, struct slice line, struct err *err)
{
    if (page->list == LIST_NONE || line.ptr[0] == ' ')
        return err_set(err, ERR_INPUT, "moved in by other than %d blanks, or without a step",
                       INDENT);
    if (slice_eq(line, SLICE("```sh")))
        return begin_code(page, INDENT, err);
    if (slice_take_prefix(&line, SLICE("- ")))
        return begin_inner_item(page, line, err);
    if (!page->paragraph)
        end_inner(page);
    return add_text(page, line, err);
}

static bool add_block(struct page *page, struct slice line, struct err *err)
{
    uint64_t number;
    if (slice_starts_with(line, SLICE("<!--")) && slice_ends_with(line, SLICE("-->")))
        return true;
    if (slice_eq(line, SLICE("```sh")))
        return begin_code(page, 0, err);
    if (slice_take_prefix(&line, SLICE("# ")))
        return add_heading(page, line, 1, err);
    if (slice_take_prefix(&line, SLICE("## ")))
        return add_heading(page, line, 2, err);
    if (slice_take_prefix(&line, SLICE("- ")))
        return begin_item(page, LIST_POINTS, line, err);
    if (take_number(&line, &number))
        return add_step(page, number, line, err);
    if (slice_find_char(SLICE("#>-+=_`"), line.ptr[0]) != NULL &&
        !(line.ptr[0] == '`' && !slice_starts_with(line, SLICE("```"))))
        return err_set(err, ERR_INPUT, "begins as nothing that is known here");
    if (page->paragraph && page->list != LIST_NONE)
        return err_set(err, ERR_INPUT, "goes on with a step or point, and is not moved in");
    if (page->list != LIST_NONE)
        end_list(page);
    return add_text(page, line, err);
}

static bool add_line(struct page *page, struct slice line, struct err *err)
{
    if (page->code)
        return add_code_line(page, line, err);
    if (line.len == 0) {
        end_paragraph(page);
        return true;
    }
    if (slice_ends_with(line, SLICE(" ")) || slice_find_char(line, '\t') != NULL)
        return err_set(err, ERR_INPUT, "a blank at the end, or a tab");
    if (slice_take_prefix(&line, SLICE("   ")))
        return add_indented(page, line, err);
    if (line.ptr[0] == ' ')
        return err_set(err, ERR_INPUT, "moved in by other than %d blanks", INDENT);
    return add_block(page, line, err);
}

bool markdown_html(struct slice text, const struct markdown_links *links, struct buf *to,
                   struct err *err)
{
    struct page page = {.links = links, .to = to};
    struct err fault;
    int number = 0;
    while (text.len > 0) {
        number++;
        if (!add_line(&page, slice_cut(&text, '\n'), &fault))
            return err_set(err, ERR_INPUT, "line %d: %s", number, fault.text);
    }
    if (page.code)
        return err_set(err, ERR_INPUT, "line %d: code without an end", number);
    end_list(&page);
    return true;
}
