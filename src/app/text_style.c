/* SPDX-License-Identifier: Apache-2.0
 *
 * Tones (ECMA-48 SGR), glyphs, wrapping.
 */
#include "app/text_style.h"

#include "base/escape.h"
#include "base/memory.h"

static const char *const tone_codes[] = {
    [TONE_PLAIN] = "",         [TONE_STRONG] = "\x1b[1m", [TONE_DIM] = "\x1b[2m",
    [TONE_BAD] = "\x1b[1;31m", [TONE_WARN] = "\x1b[33m",  [TONE_GOOD] = "\x1b[32m",
};

static const char *const glyphs[][2] = {
    [GLYPH_ARROW] = {"->", "→"},    [GLYPH_DASH] = {"-", "–"}, [GLYPH_DOT] = {"-", "·"},
    [GLYPH_ELLIPSIS] = {"..", "…"}, [GLYPH_OPEN] = {"!", "●"}, [GLYPH_CLOSED] = {"o", "○"},
    [GLYPH_GOOD] = {"*", "✓"},      [GLYPH_RULE] = {"-", "─"}, [GLYPH_NONE] = {"-", "·"},
};

const char *text_glyph(const struct text_style *style, enum text_glyph glyph)
{
    return glyphs[glyph][style->utf8];
}

void text_begin(const struct text_style *style, enum text_tone tone, struct buf *to)
{
    if (style->colour)
        buf_add_str(to, tone_codes[tone]);
}

void text_end(const struct text_style *style, enum text_tone tone, struct buf *to)
{
    if (style->colour && tone != TONE_PLAIN)
        buf_add_str(to, "\x1b[0m");
}

void text_toned(const struct text_style *style, enum text_tone tone, const char *literal,
                struct buf *to)
{
    text_begin(style, tone, to);
    buf_add_str(to, literal);
    text_end(style, tone, to);
}

void text_add(const struct text_style *style, struct slice raw, struct buf *to)
{
    if (style->utf8)
        escape_terminal(raw, to);
    else
        escape_ascii(raw, to);
}

void text_add_cut(const struct text_style *style, struct slice escaped, size_t columns,
                  struct buf *to)
{
    struct slice cut = escape_cut(escaped, columns);
    const char *ellipsis = text_glyph(style, GLYPH_ELLIPSIS);
    size_t mark = escape_width(slice_from_str(ellipsis));
    if (cut.len == escaped.len || columns < mark) {
        buf_add(to, cut);
        return;
    }
    buf_add(to, escape_cut(escaped, columns - mark));
    buf_add_str(to, ellipsis);
}

/* Takes one line of at most `columns` columns off the front of *rest, without the blanks at which
 * it was broken. */
static struct slice take_line(struct slice *rest, size_t columns)
{
    struct slice fit = escape_cut(*rest, columns);
    if (fit.len < rest->len && rest->ptr[fit.len] != ' ') {
        const char *blank = slice_find_last_char(fit, ' ');
        while (blank && blank[1] == '%') /* stays with its number */
            blank = slice_find_last_char(slice_between(fit.ptr, blank), ' ');
        if (blank && blank > fit.ptr)
            fit = slice_between(fit.ptr, blank);
    }
    if (fit.len == 0)
        fit = slice_first(*rest, 1);
    *rest = slice_trim(slice_skip(*rest, fit.len));
    return slice_trim(fit);
}

void text_wrap(const struct text_style *style, struct slice raw, size_t indent, size_t lines,
               struct buf *to)
{
    struct buf CLEANUP_BUF text = {0};
    text_add(style, slice_trim(raw), &text);
    struct slice rest = buf_slice(&text);
    size_t columns = style->width > indent + 20 ? style->width - indent : 20;
    for (size_t line = 1; rest.len > 0 && line < lines; line++) {
        buf_addf(to, "%*s", line > 1 ? (int)indent : 0, "");
        buf_add(to, take_line(&rest, columns));
        buf_add_char(to, '\n');
    }
    if (rest.len > 0) {
        buf_addf(to, "%*s", lines > 1 ? (int)indent : 0, "");
        text_add_cut(style, rest, columns, to);
    }
    if (to->len == 0 || to->ptr[to->len - 1] != '\n')
        buf_add_char(to, '\n');
}

void text_heading(const struct text_style *style, const char *title, struct buf *to)
{
    buf_add_char(to, '\n');
    text_toned(style, TONE_STRONG, title, to);
    buf_add_char(to, ' ');
    text_begin(style, TONE_DIM, to);
    for (size_t column = strlen(title) + 1; column < style->width; column++)
        buf_add_str(to, text_glyph(style, GLYPH_RULE));
    text_end(style, TONE_DIM, to);
    buf_add_char(to, '\n');
}

static const char *spark_level(const struct text_style *style, uint64_t value, uint64_t peak)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {".", ":", "-", "=", "+", "*", "#", "@"};
    if (value == 0)
        return " ";
    double share = (double)value / (double)peak;
    size_t level = share >= 1 ? 7 : (size_t)(share * 8);
    return style->utf8 ? blocks[level] : ascii[level];
}

size_t text_spark_values(size_t count, size_t columns)
{
    return columns > 0 && count > columns ? (count + columns - 1) / columns : 1;
}

size_t text_spark(const struct text_style *style, const uint64_t *values, size_t count,
                  size_t columns, uint64_t *peak, struct buf *to)
{
    *peak = 0;
    if (count == 0 || columns == 0)
        return 0;
    size_t together = text_spark_values(count, columns), used = (count + together - 1) / together;
    uint64_t *sums = MEM_NEW_ARRAY(uint64_t, used);
    for (size_t i = 0; i < count; i++)
        sums[i / together] += values[i];
    for (size_t i = 0; i < used; i++)
        *peak = sums[i] > *peak ? sums[i] : *peak;
    for (size_t i = 0; i < used; i++)
        buf_add_str(to, spark_level(style, sums[i], *peak));
    mem_free(sums);
    return used;
}
