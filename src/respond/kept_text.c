/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounded copies of texts. See kept_text.h.
 */
#include "respond/kept_text.h"

#include "base/escape.h"
#include "base/memory.h"
#include "model/json_value.h"

void kept_text_add(struct slice text, size_t max, struct buf *to)
{
    CLEANUP_BUF struct buf valid = {0};
    utf8_sanitize(slice_first(text, max), &valid); /* each bad byte becomes three at most */
    buf_add(to, utf8_first(buf_slice(&valid), max));
}

char *kept_text_new(struct slice text, size_t max)
{
    CLEANUP_BUF struct buf bytes = {0};
    kept_text_add(text, max, &bytes);
    char *copy = MEM_NEW_ARRAY(char, bytes.len + 1);
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    return copy;
}

static struct slice *at(void *value, const struct text_place *place)
{
    return (struct slice *)(void *)((char *)value + place->offset);
}

static struct slice in(const void *value, const struct text_place *place)
{
    return *(const struct slice *)(const void *)((const char *)value + place->offset);
}

void kept_texts_set(void *value, const struct text_place *places, size_t count, struct buf *bytes)
{
    struct buf kept = {0};
    for (size_t i = 0; i < count; i++) {
        size_t begin = kept.len;
        if (in(value, &places[i]).len > 0)
            kept_text_add(in(value, &places[i]), places[i].max, &kept);
        at(value, &places[i])->len = kept.len - begin;
    }
    size_t begin = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice *slice = at(value, &places[i]);
        slice->ptr = slice->len > 0 ? kept.ptr + begin : NULL;
        begin += slice->len;
    }
    buf_done(bytes);
    *bytes = kept;
}

void kept_texts_json(const void *value, const struct text_place *places, size_t count,
                     json_t *object)
{
    for (size_t i = 0; i < count; i++)
        json_value_put_text(object, places[i].key, in(value, &places[i]));
}

bool kept_texts_read(void *value, const struct text_place *places, size_t count,
                     const json_t *object)
{
    for (size_t i = 0; i < count; i++)
        if (!json_field_text(object, places[i].key, places[i].max, at(value, &places[i])))
            return false;
    return true;
}
