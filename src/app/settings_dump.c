/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_dump.h. The schema is walked once into a JSON value; YAML is another way to print
 * that one.
 */
#include "app/settings_dump.h"

#include "app/settings_schema.h"
#include "app/settings_value.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "model/json_value.h"

static json_t *section_value(const struct setting_section *section, const char *base);

static json_t *single_value(const struct setting *row, const char *value)
{
    CLEANUP_BUF struct buf text = {0};
    if (row->type == SETTING_SECTION)
        return section_value(row->section, value);
    setting_format(row, value, &text);
    if (row->type == SETTING_SWITCH)
        return json_boolean(*(const bool *)(const void *)value);
    if (row->type == SETTING_COUNT)
        return json_integer((json_int_t) * (const uint32_t *)(const void *)value);
    if (row->type == SETTING_FACTOR)
        return json_real(*(const double *)(const void *)value);
    return json_value_text(buf_slice(&text));
}

static json_t *list_value(const struct setting *row, const char *base)
{
    json_t *list = json_value_array();
    const char *values = *(const char *const *)(const void *)(base + row->at);
    size_t count = *(const size_t *)(const void *)(base + row->count_at);
    for (size_t i = 0; i < count; i++)
        json_value_append(list, single_value(row, values + i * setting_size(row)));
    return list;
}

/* Whether a key belongs to an entry of this kind (0: the section has none). */
static bool belongs(const struct setting *row, unsigned kind)
{
    if (kind == 0)
        return true;
    return row->kind != 0 ? row->kind == kind
                          : row->with == 0 || (row->with & 1u << (kind - 1)) != 0;
}

static json_t *section_value(const struct setting_section *section, const char *base)
{
    json_t *object = json_value_object();
    unsigned kind = 0;
    if (section->kinds)
        kind = 1 + *(const unsigned *)(const void *)(base + section->kind_at);
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *row = &section->rows[i];
        if (!belongs(row, kind))
            continue;
        if (row->list)
            json_value_put(object, row->key, list_value(row, base));
        else if (row->type == SETTING_SECTION || setting_is_set(row, base + row->at))
            json_value_put(object, row->key, single_value(row, base + row->at));
    }
    return object;
}

void settings_dump_json(const struct settings *settings, struct buf *to)
{
    json_value_print(section_value(&settings_schema, (const char *)settings), true, to);
}

bool settings_dump_same(const struct settings *a, const struct settings *b, const char *const *keys)
{
    json_t *left = section_value(&settings_schema, (const char *)a);
    json_t *right = section_value(&settings_schema, (const char *)b);
    bool same = true;
    for (size_t i = 0; same && keys[i] != NULL; i++) {
        const json_t *one = json_object_get(left, keys[i]),
                     *other = json_object_get(right, keys[i]);
        same = one == NULL || other == NULL ? one == other : json_equal(one, other) == 1;
    }
    json_decref(left);
    json_decref(right);
    return same;
}

/* ---- YAML ---- */

/* Whether YAML reads these bytes, unquoted and inside [ ] or { }, as this very text. */
static bool is_plain(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "/._-+@=%:";
    size_t len = strlen(text);
    if (len == 0 || strspn(text, safe) != len || strchr("-%@:=", text[0]) != NULL)
        return false;
    return text[len - 1] != ':' && strcmp(text, "null") != 0;
}

/* In double quotes; what would move or hide text on a terminal by its number. */
static void put_quoted(struct slice text, struct buf *to)
{
    buf_add_char(to, '"');
    while (text.len > 0) {
        CLEANUP_BUF struct buf shown = {0};
        struct slice rest = text;
        uint32_t character = utf8_take(&rest);
        struct slice bytes = slice_first(text, text.len - rest.len);
        escape_terminal(bytes, &shown);
        if (character == '"' || character == '\\')
            buf_addf(to, "\\%c", (char)character);
        else if (slice_eq(buf_slice(&shown), bytes))
            buf_add(to, bytes);
        else
            buf_addf(to, "\\U%08x", character);
        text = rest;
    }
    buf_add_char(to, '"');
}

static void put_scalar(const json_t *value, struct buf *to)
{
    const char *text = json_string_value(value);
    if (json_is_real(value))
        decimal_format(json_real_value(value), to);
    else if (json_is_integer(value))
        buf_addf(to, "%lld", (long long)json_integer_value(value));
    else if (text == NULL)
        buf_add_str(to, json_is_true(value) ? "true" : "false");
    else if (is_plain(text))
        buf_add_str(to, text);
    else
        put_quoted(slice_from_str(text), to);
}

static void put_indent(unsigned depth, struct buf *to)
{
    for (unsigned i = 0; i < depth; i++)
        buf_add_str(to, "  ");
}

static void put_map(const json_t *object, unsigned depth, bool first_here, struct buf *to);

/* What stands behind `key:`. */
static void put_value(const json_t *value, unsigned depth, struct buf *to)
{
    size_t i;
    const json_t *entry;
    if (json_is_object(value)) {
        buf_add_char(to, '\n');
        put_map(value, depth + 1, false, to);
        return;
    }
    if (!json_is_array(value) || json_array_size(value) == 0) {
        buf_add_char(to, ' ');
        if (json_is_array(value))
            buf_add_str(to, "[]");
        else
            put_scalar(value, to);
        buf_add_char(to, '\n');
        return;
    }
    buf_add_char(to, '\n');
    json_array_foreach(value, i, entry)
    {
        put_indent(depth + 1, to);
        buf_add_str(to, "- ");
        if (json_is_object(entry)) {
            put_map(entry, depth + 2, true, to);
        } else {
            put_scalar(entry, to);
            buf_add_char(to, '\n');
        }
    }
}

/* first_here: the first key goes where the cursor is, behind "- ". */
static void put_map(const json_t *object, unsigned depth, bool first_here, struct buf *to)
{
    void *at = json_object_iter((json_t *)(uintptr_t)object);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        if (!first_here)
            put_indent(depth, to);
        first_here = false;
        buf_addf(to, "%s:", json_object_iter_key(at));
        put_value(json_object_iter_value(at), depth, to);
    }
}

void settings_dump_yaml(const struct settings *settings, struct buf *to)
{
    json_t *value = section_value(&settings_schema, (const char *)settings);
    put_map(value, 0, false, to);
    json_decref(value);
}
