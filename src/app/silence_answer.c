/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads silences. See silence_answer.h.
 */
#include "app/silence_answer.h"

#include "respond/silence.h"

#define KINDS_MAX 200

static bool read_texts(const json_t *object, struct silence_answer *out)
{
    const struct {
        const char *key;
        struct slice *to;
    } texts[] = {
        {"id", &out->id},           {"relay", &out->relay},
        {"source", &out->source},   {"provider", &out->provider},
        {"login", &out->login},     {"domain", &out->domain},
        {"name", &out->name},       {"by", &out->by},
        {"comment", &out->comment},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!json_field_text(object, texts[i].key, SILENCE_TEXT_MAX * 3, texts[i].to))
            return false;
    return out->id.len > 0;
}

static bool are_texts(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!json_is_string(json_array_get(array, i)))
            return false;
    return true;
}

bool silence_answer_read(const json_t *object, struct silence_answer *out)
{
    *out = (struct silence_answer){0};
    if (!json_is_object(object) || !read_texts(object, out) ||
        !json_field_array(object, "kinds", KINDS_MAX, &out->kinds) ||
        !json_field_array(object, "warnings", KINDS_MAX, &out->warnings) ||
        !json_field_time(object, "from", 0, &out->from_us) ||
        !json_field_time(object, "until", 0, &out->until_us) ||
        !json_field_bool(object, "active", &out->active) ||
        !json_field_int(object, "hides", (struct json_range){0, INT64_MAX, -1}, &out->hides))
        return false;
    return are_texts(out->kinds) && are_texts(out->warnings);
}
