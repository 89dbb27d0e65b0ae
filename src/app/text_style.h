/* SPDX-License-Identifier: Apache-2.0
 *
 * Text for a terminal or a pipe: tones, glyphs, wrapping and cutting by what the reader's screen
 * can show. The caller decides about width, character set and colour; nothing here asks the system.
 */
#ifndef TD_APP_TEXT_STYLE_H
#define TD_APP_TEXT_STYLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

struct text_style {
    size_t width; /* columns, at least 60 */
    bool utf8;    /* the locale's character set is UTF-8 */
    bool colour;
    bool piped; /* nobody's screen: the width is a habit */
};

enum text_tone { TONE_PLAIN, TONE_STRONG, TONE_DIM, TONE_BAD, TONE_WARN, TONE_GOOD };

enum text_glyph {
    GLYPH_ARROW,
    GLYPH_DASH, /* between two times */
    GLYPH_DOT,  /* between two facts */
    GLYPH_ELLIPSIS,
    GLYPH_OPEN,   /* mark of an open incident */
    GLYPH_CLOSED, /* of a closed one */
    GLYPH_GOOD,
    GLYPH_RULE, /* repeated: a line */
    GLYPH_NONE, /* in a table: nothing to say */
};

const char *text_glyph(const struct text_style *style, enum text_glyph glyph);

/* Everything between begin and end has the tone; they do not nest. */
void text_begin(const struct text_style *style, enum text_tone tone, struct buf *to);
void text_end(const struct text_style *style, enum text_tone tone, struct buf *to);

/* `literal` in a tone. */
void text_toned(const struct text_style *style, enum text_tone tone, const char *literal,
                struct buf *to);

/* Foreign text, escaped for this style. */
void text_add(const struct text_style *style, struct slice raw, struct buf *to);

/* Escaped text cut to `columns`, with an ellipsis where something is missing. */
void text_add_cut(const struct text_style *style, struct slice escaped, size_t columns,
                  struct buf *to);

/* Foreign text as a paragraph: at most `lines` lines, each after `indent` blanks, broken at blanks
 * or, where a word is longer than the line, inside it. The first line goes on where `to` stands, at
 * column `indent`. Ends with a newline. */
void text_wrap(const struct text_style *style, struct slice raw, size_t indent, size_t lines,
               struct buf *to);

/* Heading with a rule to the right edge. */
void text_heading(const struct text_style *style, const char *title, struct buf *to);

/* How many neighbouring values text_spark adds up for one column, so that all columns are alike. */
size_t text_spark_values(size_t count, size_t columns);

/* One character a column for `count` values pressed into at most `columns` columns: height by sum
 * of the values. Returns the columns used and, in *peak, the highest sum; 0 is a blank. */
size_t text_spark(const struct text_style *style, const uint64_t *values, size_t count,
                  size_t columns, uint64_t *peak, struct buf *to);

#endif
