/* SPDX-License-Identifier: Apache-2.0
 *
 * HTML bit by bit into a buf. Names of tags and classes are literals; whatever else goes in is
 * escaped on the way.
 */
#ifndef TD_APP_HTML_WRITER_H
#define TD_APP_HTML_WRITER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

struct html_column {
    const char *title;
    bool number; /* aligned to the right, sorted as a number */
};

/* Text or a quoted attribute's value, escaped. */
void html_text(struct slice raw, struct buf *to);

/* <tag class="class">raw</tag>; class may be NULL. */
void html_element(const char *tag, const char *class, struct slice raw, struct buf *to);

/* A link that opens only what it shows: http or https and printable ASCII; else the bare text. */
void html_link(struct slice url, struct buf *to);

/* Table with heading row in a box that scrolls sideways; `label` names the box. Then rows:
 * row_begin, one cell a column, row_end. */
void html_table_begin(const char *label, const struct html_column *columns, size_t count,
                      struct buf *to);
void html_table_end(struct buf *to);
void html_row_begin(struct buf *to);
void html_row_end(struct buf *to);

/* First cell of a row: names it. */
void html_cell_head(struct slice raw, struct buf *to);

/* class: further classes or "". */
void html_cell_text(const char *class, struct slice raw, struct buf *to);
void html_cell_count(const char *class, uint64_t count, struct buf *to);

/* Shown as `shown` (escaped), sorted by `value`. */
void html_cell_value(const char *class, double value, struct slice shown, struct buf *to);

/* "and 37 more: --format json has all" when something was left out. */
void html_more(size_t shown, size_t count, struct buf *to);

#endif
