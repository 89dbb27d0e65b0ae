/* SPDX-License-Identifier: Apache-2.0
 *
 * A table on a terminal: columns as wide as their cells; where the screen is too narrow, columns of
 * lesser use are left out, then the widest text is cut. Columns without any content are left out.
 */
#ifndef TD_APP_TEXT_TABLE_H
#define TD_APP_TEXT_TABLE_H

#include "app/text_style.h"

struct text_column {
    const char *title;
    bool right;     /* numbers: aligned to the right, never cut */
    unsigned spare; /* on a narrow screen the highest goes first; 0 stays */
};

struct text_table;

/* `columns` outlive the table. */
struct text_table *text_table_new(const struct text_column *columns, size_t count);
void text_table_free(struct text_table *table);

/* The next cell, left to right, row by row; to be filled, escaped, before the next call. */
struct buf *text_table_cell(struct text_table *table, enum text_tone tone);

/* Appends heading and rows, each after two blanks. The last row is full. */
void text_table_print(const struct text_table *table, const struct text_style *style,
                      struct buf *to);

#endif
