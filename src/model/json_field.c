/* SPDX-License-Identifier: Apache-2.0
 *
 * Checked reading of JSON. jansson refuses what is not UTF-8; depth is bounded here because its own
 * limit (2048) is for stacks larger than a worker's.
 */
#include "model/json_field.h"

#include "mail/stamp.h"

#define DEPTH_MAX 32
#define TIME_MAX 64 /* bytes */

/* Brackets open at once, strings left out. */
static bool is_shallow(struct slice text)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > DEPTH_MAX)
            return false;
        else if (!quoted && (c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return true;
}

json_t *json_field_parse(struct slice text, size_t max_bytes)
{
    if (text.len == 0 || text.len > max_bytes || !is_shallow(text))
        return NULL;
    return json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
}

bool json_field_text(const json_t *object, const char *key, size_t max, struct slice *out)
{
    const json_t *value = json_object_get(object, key);
    if (!value) {
        *out = (struct slice){NULL, 0};
        return true;
    }
    if (!json_is_string(value) || json_string_length(value) > max)
        return false;
    *out = slice_of(json_string_value(value), json_string_length(value));
    return true;
}

bool json_field_int(const json_t *object, const char *key, struct json_range range, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) {
        *out = range.absent;
        return true;
    }
    if (!json_is_integer(value))
        return false;
    int64_t number = json_integer_value(value);
    if (number < range.min || number > range.max)
        return false;
    *out = number;
    return true;
}

bool json_field_count(const json_t *object, const char *key, uint64_t *out)
{
    int64_t number;
    if (!json_field_int(object, key, (struct json_range){0, INT64_MAX, 0}, &number))
        return false;
    *out = (uint64_t)number;
    return true;
}

bool json_field_time(const json_t *object, const char *key, int64_t absent, int64_t *out)
{
    struct slice text;
    const json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value)) {
        *out = absent;
        return true;
    }
    if (!json_field_text(object, key, TIME_MAX, &text))
        return false;
    struct stamp_context context;
    stamp_context_init(&context, 0, NULL, NULL);
    int64_t us = stamp_take_iso(&context, &text);
    if (us == STAMP_NONE || text.len > 0)
        return false;
    *out = us;
    return true;
}

bool json_field_bool(const json_t *object, const char *key, bool *out)
{
    const json_t *value = json_object_get(object, key);
    if (value && !json_is_boolean(value))
        return false;
    *out = json_is_true(value);
    return true;
}

bool json_field_array(const json_t *object, const char *key, size_t max, const json_t **out)
{
    const json_t *value = json_object_get(object, key);
    if (value && (!json_is_array(value) || json_array_size(value) > max))
        return false;
    *out = value;
    return true;
}
