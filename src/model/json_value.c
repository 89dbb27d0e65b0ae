/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin layer over jansson whose calls may fail for lack of memory.
 */
#include "model/json_value.h"

#include "base/civil.h"
#include "base/escape.h"
#include "base/memory.h"
#include "mail/stamp.h"

#define DIGITS 9 /* of a real number */

json_t *json_value_object(void)
{
    json_t *object = json_object();
    ASSERT(object);
    return object;
}

json_t *json_value_array(void)
{
    json_t *array = json_array();
    ASSERT(array);
    return array;
}

void json_value_put(json_t *object, const char *key, json_t *value)
{
    ASSERT(json_object_set_new(object, key, value) == 0);
}

void json_value_append(json_t *array, json_t *value)
{
    ASSERT(json_array_append_new(array, value) == 0);
}

void json_value_put_count(json_t *object, const char *key, uint64_t count)
{
    json_value_put(object, key, json_integer((json_int_t)(count < INT64_MAX ? count : INT64_MAX)));
}

void json_value_put_real(json_t *object, const char *key, double value)
{
    json_t *real = json_real(value);
    json_value_put(object, key, real ? real : json_null()); /* jansson refuses NaN and infinity */
}

json_t *json_value_text(struct slice text)
{
    struct buf CLEANUP_BUF valid = {0};
    utf8_sanitize(text, &valid);
    json_t *string = json_stringn(buf_str(&valid), valid.len);
    ASSERT(string);
    return string;
}

void json_value_put_text(json_t *object, const char *key, struct slice text)
{
    if (text.len > 0)
        json_value_put(object, key, json_value_text(text));
}

void json_value_put_word(json_t *object, const char *key, const char *word)
{
    json_value_put_text(object, key, slice_from_str(word));
}

void json_value_put_time(json_t *object, const char *key, int64_t us)
{
    if (us == STAMP_NONE || us == INT64_MAX) {
        json_value_put(object, key, json_null());
        return;
    }
    char text[24];
    civil_format_utc(us, text);
    json_value_put(object, key, json_value_text(slice_from_str(text)));
}

static int add_chunk(const char *bytes, size_t len, void *data)
{
    struct buf *to = data;
    buf_add(to, slice_of(bytes, len));
    return 0;
}

void json_value_print(json_t *value, bool indent, struct buf *to)
{
    /* ASCII: control and direction characters of foreign text must not reach a terminal raw. */
    size_t flags =
        JSON_ENSURE_ASCII | JSON_REAL_PRECISION(DIGITS) | (indent ? JSON_INDENT(2) : JSON_COMPACT);
    ASSERT(json_dump_callback(value, add_chunk, to, flags) == 0);
    buf_add_char(to, '\n');
    json_decref(value);
}
