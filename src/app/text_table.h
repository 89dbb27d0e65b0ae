/* SPDX-License-Identifier: Apache-2.0
 *
 * A table on a terminal: columns as wide as their cells; where the screen is too narrow, text is
 * cut to a stated width, then columns of lesser use are left out, then text is cut further. Columns
 * without any content are left out.
 */
#ifndef TD_APP_TEXT_TABLE_H
#define TD_APP_TEXT_TABLE_H

#include "app/text_style.h"

struct text_column {
    const char *title;
    bool right;     /* numbers: aligned to the right, never cut */
    unsigned spare; /* on a narrow screen the highest goes first; 0 stays */
    unsigned least; /* text: cut down to this before any column goes; 0: not cut before */
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
