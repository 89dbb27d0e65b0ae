/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns of text, fitted to a screen.
 */
#include "app/text_table.h"

#include "base/escape.h"
#include "base/memory.h"

#define INDENT 2
#define GAP 2
#define NARROWEST 10 /* a text column is not cut below this */

struct text_cell {
    struct buf text;
    enum text_tone tone;
};

struct text_table {
    const struct text_column *columns;
    size_t column_count;
    struct text_cell *cells;
    size_t cell_count, cell_cap;
};

struct text_table *text_table_new(const struct text_column *columns, size_t count)
{
    struct text_table *table = MEM_NEW(struct text_table);
    *table = (struct text_table){.columns = columns, .column_count = count};
    return table;
}

void text_table_free(struct text_table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        buf_done(&table->cells[i].text);
    mem_free(table->cells);
    mem_free(table);
}

struct buf *text_table_cell(struct text_table *table, enum text_tone tone)
{
    if (table->cell_count == table->cell_cap) {
        table->cell_cap = table->cell_cap ? table->cell_cap * 2 : 64;
        table->cells = mem_resize(table->cells, table->cell_cap, sizeof(*table->cells));
    }
    struct text_cell *cell = &table->cells[table->cell_count++];
    *cell = (struct text_cell){.tone = tone};
    return &cell->text;
}

static size_t *natural_widths(const struct text_table *table)
{
    size_t *widths = MEM_NEW_ARRAY(size_t, table->column_count);
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t column = i % table->column_count;
        size_t width = escape_width(buf_slice(&table->cells[i].text));
        widths[column] = width > widths[column] ? width : widths[column];
    }
    for (size_t column = 0; column < table->column_count; column++) {
        size_t title = strlen(table->columns[column].title);
        if (widths[column] > 0 && widths[column] < title)
            widths[column] = title;
    }
    return widths;
}

/* Width of a row; a column of width 0 is not shown. */
static size_t row_width(const struct text_table *table, const size_t *widths)
{
    size_t sum = INDENT;
    for (size_t column = 0; column < table->column_count; column++)
        sum += widths[column] ? widths[column] + GAP : 0;
    return sum - GAP;
}

/* The shown column that is best left out; column_count when all must stay. */
static size_t find_spare(const struct text_table *table, const size_t *widths)
{
    size_t found = table->column_count;
    unsigned spare = 0;
    for (size_t column = 0; column < table->column_count; column++) {
        if (widths[column] > 0 && table->columns[column].spare > spare) {
            spare = table->columns[column].spare;
            found = column;
        }
    }
    return found;
}

/* How far a column may be cut: gently, before others are left out, or as far as it goes. */
static size_t least_width(const struct text_column *column, bool gently)
{
    if (column->right || (gently && column->least == 0))
        return SIZE_MAX;
    return gently ? column->least : NARROWEST;
}

/* The widest column that may still be cut; column_count when there is none. */
static size_t find_widest(const struct text_table *table, const size_t *widths, bool gently)
{
    size_t found = table->column_count, widest = 0;
    for (size_t column = 0; column < table->column_count; column++) {
        if (widths[column] > least_width(&table->columns[column], gently) &&
            widths[column] > widest) {
            widest = widths[column];
            found = column;
        }
    }
    return found;
}

static void shrink(const struct text_table *table, size_t width, bool gently, size_t *widths)
{
    size_t column;
    while (row_width(table, widths) > width &&
           (column = find_widest(table, widths, gently)) < table->column_count)
        widths[column]--;
}

static void fit(const struct text_table *table, size_t width, size_t *widths)
{
    size_t column;
    shrink(table, width, true, widths);
    while (row_width(table, widths) > width &&
           (column = find_spare(table, widths)) < table->column_count)
        widths[column] = 0;
    shrink(table, width, false, widths);
}

/* Blanks are added before a right-aligned text and after another, unless it ends the line. */
static void print_cell(const struct text_style *style, struct slice text, enum text_tone tone,
                       const struct text_column *column, size_t width, struct buf *to)
{
    size_t used = escape_width(text);
    int pad = used < width ? (int)(width - used) : 0;
    buf_addf(to, "%*s", column->right ? pad : 0, "");
    if (text.len > 0) {
        text_begin(style, tone, to);
        text_add_cut(style, text, width, to);
        text_end(style, tone, to);
    }
    buf_addf(to, "%*s", column->right ? 0 : pad, "");
}

static void end_row(struct buf *to)
{
    while (to->len > 0 && to->ptr[to->len - 1] == ' ')
        to->len--;
    buf_add_char(to, '\n');
}

static void print_titles(const struct text_table *table, const struct text_style *style,
                         const size_t *widths, struct buf *to)
{
    for (size_t column = 0; column < table->column_count; column++) {
        if (widths[column] == 0)
            continue;
        buf_add_str(to, "  ");
        print_cell(style, slice_from_str(table->columns[column].title), TONE_DIM,
                   &table->columns[column], widths[column], to);
    }
    end_row(to);
}

void text_table_print(const struct text_table *table, const struct text_style *style,
                      struct buf *to)
{
    ASSERT(table->cell_count % table->column_count == 0);
    size_t *widths = natural_widths(table);
    fit(table, style->width, widths);
    print_titles(table, style, widths, to);
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t column = i % table->column_count;
        if (widths[column] > 0) {
            buf_add_str(to, "  ");
            print_cell(style, buf_slice(&table->cells[i].text), table->cells[i].tone,
                       &table->columns[column], widths[column], to);
        }
        if (column + 1 == table->column_count)
            end_row(to);
    }
    mem_free(widths);
}
