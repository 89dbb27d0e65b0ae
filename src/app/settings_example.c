/* SPDX-License-Identifier: Apache-2.0
 *
 * The commented example; see settings_manual.h.
 */
#include "app/settings_manual.h"

#include "app/settings_schema.h"
#include "app/settings_value.h"

#define COLUMNS 96

static const char head[] =
    "## SPDX-License-Identifier: Apache-2.0\n"
    "## The configuration of todoku: every key, with its default, or with an example where it has\n"
    "## none. Everything may be left out. To change a value take the # off its line and off the\n"
    "## headings above it. todoku config check says what is wrong in a file, todoku config dump\n"
    "## what is in effect; todoku.yaml(5) has more. Made by todoku config example.\n";

static void put_indent(unsigned depth, struct buf *to)
{
    buf_add_char(to, '#');
    for (unsigned i = 0; i < depth; i++)
        buf_add_str(to, "  ");
}

/* The meaning as lines of comment. */
static void put_meaning(const struct setting *row, unsigned depth, struct buf *to)
{
    size_t column = COLUMNS;
    struct slice rest = slice_from_str(row->meaning);
    while (rest.ptr != NULL) {
        struct slice word = slice_cut(&rest, ' ');
        if (column + 1 + word.len > COLUMNS) {
            if (word.ptr != row->meaning)
                buf_add_char(to, '\n');
            put_indent(depth, to);
            buf_add_char(to, '#');
            column = 2 + 2 * (size_t)depth;
        }
        buf_add_char(to, ' ');
        buf_add(to, word);
        column += 1 + word.len;
    }
    buf_add_char(to, '\n');
}

/* `key: value`, a list in brackets. */
static void put_value(const struct setting *row, struct buf *to)
{
    struct slice rest = slice_from_str(row->fallback != NULL ? row->fallback : row->example);
    buf_addf(to, "%s: ", row->key);
    if (!row->list) {
        const char *quote = slice_starts_with(rest, SLICE("[")) ? "'" : ""; /* else a list */
        buf_addf(to, "%s%.*s%s", quote, SLICE_ARG(rest), quote);
    } else {
        buf_add_char(to, '[');
        for (bool first = true; rest.ptr != NULL; first = false) {
            struct slice item = slice_cut(&rest, ' ');
            bool quoted = item.len > 0 && memchr(":*{", item.ptr[0], 3) != NULL;
            const char *quote = quoted ? "\"" : ""; /* of IPv6, a pattern, a gap */
            buf_addf(to, "%s%s%.*s%s", first ? "" : ", ", quote, SLICE_ARG(item), quote);
        }
        buf_add_char(to, ']');
    }
    buf_add_char(to, '\n');
}

static void put_entries(const struct setting_section *section, unsigned depth, struct buf *to);

/* The keys of one entry of a list of maps. kind: 0 for all rows; else those that make this kind or
 * go with it alone, those that must be there, and in the first kind also those that go with all. */
static void put_entry(const struct setting_section *section, unsigned kind, unsigned depth,
                      struct buf *to)
{
    bool first = true;
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *row = &section->rows[i];
        bool common = row->kind == 0 && row->with == 0 && (kind <= 1 || row->required);
        bool own = row->kind == kind && kind != 0;
        bool with = kind != 0 && (row->with & 1u << (kind - 1)) != 0;
        if (!common && !own && !with)
            continue;
        put_meaning(row, first ? depth : depth + 1, to);
        put_indent(depth, to);
        buf_add_str(to, first ? "- " : "  ");
        first = false;
        if (row->type != SETTING_SECTION) {
            put_value(row, to);
            continue;
        }
        buf_addf(to, "%s:\n", row->key);
        put_entries(row->section, depth + 2, to);
    }
}

static void put_entries(const struct setting_section *section, unsigned depth, struct buf *to)
{
    if (!section->kinds)
        put_entry(section, 0, depth, to);
    for (size_t i = 0; i < section->count; i++)
        if (section->rows[i].kind != 0)
            put_entry(section, section->rows[i].kind, depth, to);
}

static void put_section(const struct setting_section *section, unsigned depth, struct buf *to)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *row = &section->rows[i];
        if (depth == 0)
            buf_add_char(to, '\n');
        put_meaning(row, depth, to);
        put_indent(depth, to);
        if (row->type != SETTING_SECTION) {
            put_value(row, to);
            continue;
        }
        buf_addf(to, "%s:\n", row->key);
        if (row->list)
            put_entries(row->section, depth + 1, to);
        else
            put_section(row->section, depth + 1, to);
    }
}

void settings_example(struct buf *to)
{
    buf_add_str(to, head);
    put_section(&settings_schema, 0, to);
}
