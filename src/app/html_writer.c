/* SPDX-License-Identifier: Apache-2.0
 *
 * Small pieces of HTML.
 */
#include "app/html_writer.h"

#include <inttypes.h>

#include "app/report_words.h"
#include "base/escape.h"

void html_text(struct slice raw, struct buf *to)
{
    escape_html(raw, to);
}

void html_element(const char *tag, const char *class, struct slice raw, struct buf *to)
{
    buf_addf(to, "<%s", tag);
    if (class)
        buf_addf(to, " class=\"%s\"", class);
    buf_add_char(to, '>');
    html_text(raw, to);
    buf_addf(to, "</%s>", tag);
}

static bool is_plain_link(struct slice url)
{
    if (!slice_starts_with(url, SLICE("https://")) && !slice_starts_with(url, SLICE("http://")))
        return false;
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~')
            return false;
    return true;
}

void html_link(struct slice url, struct buf *to)
{
    if (!is_plain_link(url)) {
        html_text(url, to);
        return;
    }
    buf_add_str(to, "<a rel=\"noopener noreferrer\" href=\"");
    html_text(url, to);
    buf_add_str(to, "\">");
    html_text(url, to);
    buf_add_str(to, "</a>");
}

void html_table_begin(const char *label, const struct html_column *columns, size_t count,
                      struct buf *to)
{
    buf_addf(to, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n",
             label);
    buf_add_str(to, "<table class=\"sortable\"><thead><tr>");
    for (size_t i = 0; i < count; i++)
        buf_addf(to, "<th scope=\"col\"%s>%s</th>", columns[i].number ? " class=\"num\"" : "",
                 columns[i].title);
    buf_add_str(to, "</tr></thead>\n<tbody>\n");
}

void html_table_end(struct buf *to)
{
    buf_add_str(to, "</tbody></table></div>\n");
}

void html_row_begin(struct buf *to)
{
    buf_add_str(to, "<tr>");
}

void html_row_end(struct buf *to)
{
    buf_add_str(to, "</tr>\n");
}

void html_cell_head(struct slice raw, struct buf *to)
{
    buf_add_str(to, "<th scope=\"row\">");
    html_text(raw, to);
    buf_add_str(to, "</th>");
}

void html_cell_text(const char *class, struct slice raw, struct buf *to)
{
    buf_addf(to, "<td class=\"text %s\">", class);
    html_text(raw, to);
    buf_add_str(to, "</td>");
}

void html_cell_count(const char *class, uint64_t count, struct buf *to)
{
    buf_addf(to, "<td class=\"num %s\" data-v=\"%" PRIu64 "\">", class, count);
    if (count > 0)
        report_number(count, to);
    buf_add_str(to, "</td>");
}

void html_cell_value(const char *class, double value, struct slice shown, struct buf *to)
{
    buf_addf(to, "<td class=\"num %s\" data-v=\"%.9g\">", class, value);
    html_text(shown, to);
    buf_add_str(to, "</td>");
}

void html_more(size_t shown, size_t count, struct buf *to)
{
    if (count <= shown)
        return;
    buf_add_str(to, "<p class=\"more\">and ");
    report_number(count - shown, to);
    buf_add_str(to, " more: <code>--format json</code> has all</p>\n");
}
