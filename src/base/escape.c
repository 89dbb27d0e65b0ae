/* SPDX-License-Identifier: Apache-2.0
 *
 * Escaping for terminals, HTML and JSON, and the width of text. Peer documents: Unicode 15.0
 * (EastAsianWidth.txt, DerivedGeneralCategory.txt; ranges below are joined over unassigned gaps),
 * RFC 3629, Unicode 15.0 chapter 3.9 (maximal subpart), ECMA-48 (C0 and C1).
 */
#include "base/escape.h"

struct range {
    uint32_t first, last;
};

/* Sorted. Shown as escapes. */
static const struct range hidden[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160},   {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0x2800, 0x2800}, {0x3164, 0x3164}, {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff},
};

/* Sorted. Two columns. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x23f0, 0x23f0},   {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x267f, 0x267f},   {0x2693, 0x2693},   {0x26a1, 0x26a1},
    {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x26ce, 0x26ce},
    {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
    {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},
    {0x2728, 0x2728},   {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27b0},   {0x27bf, 0x27bf},
    {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},
    {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18aff}, {0x1aff0, 0x1b2ff},
    {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a},
    {0x1f200, 0x1f320}, {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393},
    {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4},
    {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d},
    {0x1f54b, 0x1f567}, {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4},
    {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6d2},
    {0x1f6d5, 0x1f6df}, {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7f0},
    {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945}, {0x1f947, 0x1f9ff}, {0x1fa70, 0x1faff},
    {0x20000, 0x3fffd},
};

/* Sorted. No column: nonspacing and enclosing marks of the scripts that mail is likely to carry. */
static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05bf}, {0x05c1, 0x05c2},
    {0x05c4, 0x05c5}, {0x05c7, 0x05c7}, {0x0610, 0x061a}, {0x064b, 0x065f}, {0x0670, 0x0670},
    {0x06d6, 0x06dc}, {0x06df, 0x06e4}, {0x06e7, 0x06e8}, {0x06ea, 0x06ed}, {0x0900, 0x0902},
    {0x093a, 0x093a}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0951, 0x0957},
    {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff}, {0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && c >= ranges[low].first;
}

#define IN_RANGES(c, table) in_ranges((c), (table), sizeof(table) / sizeof((table)[0]))

/* What the first byte of a character says: how many bytes follow, its own bits, and which second
 * bytes are allowed (they rule out overlong forms, surrogates and what is above U+10FFFF). */
struct lead {
    uint8_t more, bits, low, high;
};

static struct lead lead_of(uint8_t byte)
{
    if (byte >= 0xc2 && byte <= 0xdf)
        return (struct lead){1, byte & 0x1f, 0x80, 0xbf};
    if (byte >= 0xe0 && byte <= 0xef)
        return (struct lead){2, byte & 0x0f, byte == 0xe0 ? 0xa0 : 0x80,
                             byte == 0xed ? 0x9f : 0xbf};
    if (byte >= 0xf0 && byte <= 0xf4)
        return (struct lead){3, byte & 0x07, byte == 0xf0 ? 0x90 : 0x80,
                             byte == 0xf4 ? 0x8f : 0xbf};
    return (struct lead){0};
}

uint32_t utf8_take(struct slice *text)
{
    uint8_t first = (uint8_t)text->ptr[0];
    *text = slice_skip(*text, 1);
    if (first < 0x80)
        return first;
    struct lead lead = lead_of(first);
    if (lead.more == 0)
        return UTF8_INVALID;
    uint32_t c = lead.bits;
    for (; lead.more > 0; lead.more--) {
        uint8_t next = text->len ? (uint8_t)text->ptr[0] : 0;
        if (next < lead.low || next > lead.high)
            return UTF8_INVALID;
        c = c << 6 | (next & 0x3f);
        lead.low = 0x80;
        lead.high = 0xbf;
        *text = slice_skip(*text, 1);
    }
    return c;
}

struct slice utf8_first(struct slice text, size_t max)
{
    struct slice rest = text;
    while (rest.len > 0) {
        const char *begin = rest.ptr;
        utf8_take(&rest);
        if (text.len - rest.len > max)
            return slice_between(text.ptr, begin);
    }
    return text;
}

void utf8_sanitize(struct slice text, struct buf *to)
{
    while (text.len > 0) {
        const char *begin = text.ptr;
        uint32_t c = utf8_take(&text);
        if (c == UTF8_INVALID || c == 0)
            buf_add(to, SLICE("\xef\xbf\xbd"));
        else
            buf_add(to, slice_between(begin, text.ptr));
    }
}

/* Letter of the short escape, or 0. */
static char short_escape(uint32_t c)
{
    return (char)(c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : 0);
}

static void add_visible(uint32_t c, struct slice bytes, struct buf *to)
{
    char letter = short_escape(c);
    if (letter)
        buf_addf(to, "\\%c", letter);
    else if (c == UTF8_INVALID)
        for (size_t i = 0; i < bytes.len; i++)
            buf_addf(to, "\\x%02x", (unsigned)(uint8_t)bytes.ptr[i]);
    else
        buf_addf(to, c < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)c);
}

static bool is_hidden(uint32_t c)
{
    if (c >= 0x20 && c < 0x7f)
        return false;
    return c == UTF8_INVALID || (c & 0xfffe) == 0xfffe || IN_RANGES(c, hidden);
}

static const char *entity_of(uint32_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void escape(struct slice text, uint32_t highest, bool entities, struct buf *to)
{
    while (text.len > 0) {
        const char *begin = text.ptr;
        uint32_t c = utf8_take(&text);
        const char *entity = entities ? entity_of(c) : NULL;
        if (entity)
            buf_add_str(to, entity);
        else if (c > highest || is_hidden(c))
            add_visible(c, slice_between(begin, text.ptr), to);
        else
            buf_add(to, slice_between(begin, text.ptr));
    }
}

void escape_terminal(struct slice text, struct buf *to)
{
    escape(text, 0x10ffff, false, to);
}

void escape_ascii(struct slice text, struct buf *to)
{
    escape(text, 0x7e, false, to);
}

void escape_html(struct slice text, struct buf *to)
{
    escape(text, 0x10ffff, true, to);
}

static bool is_plain_json(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Letter of the two-character escapes that every reader of JSON knows, or 0. */
static char json_letter(uint32_t c)
{
    if (c == '"' || c == '\\')
        return (char)c;
    return (char)(c == '\b' ? 'b' : c == '\f' ? 'f' : short_escape(c));
}

static void add_json(uint32_t c, struct buf *to)
{
    char letter = json_letter(c);
    if (letter)
        buf_addf(to, "\\%c", letter);
    else if (c > 0xffff)
        buf_addf(to, "\\u%04X\\u%04X", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
    else
        buf_addf(to, "\\u%04X", c);
}

void escape_json(struct slice text, struct buf *to)
{
    while (text.len > 0) {
        size_t plain = 0;
        while (plain < text.len && is_plain_json(text.ptr[plain]))
            plain++;
        buf_add(to, slice_first(text, plain));
        text = slice_skip(text, plain);
        if (text.len == 0)
            return;
        uint32_t c = utf8_take(&text);
        add_json(c == UTF8_INVALID || c == 0 ? 0xfffd : c, to);
    }
}

static size_t width_of(uint32_t c)
{
    if (c < 0x300)
        return 1;
    if (IN_RANGES(c, combining))
        return 0;
    return IN_RANGES(c, wide) ? 2 : 1;
}

size_t escape_width(struct slice text)
{
    size_t width = 0;
    while (text.len > 0)
        width += width_of(utf8_take(&text));
    return width;
}

struct slice escape_cut(struct slice text, size_t columns)
{
    struct slice rest = text;
    size_t width = 0;
    while (rest.len > 0) {
        const char *begin = rest.ptr;
        width += width_of(utf8_take(&rest));
        if (width > columns)
            return slice_between(text.ptr, begin);
    }
    return text;
}
