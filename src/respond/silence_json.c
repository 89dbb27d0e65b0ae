/* SPDX-License-Identifier: Apache-2.0
 *
 * Silences for others. See silence_json.h.
 */
#include "respond/silence_json.h"

#include <inttypes.h>
#include <string.h>

#include "base/duration.h"
#include "model/json_value.h"
#include "respond/silence_private.h"

static const char *const others[] = {"kinds", "from", "until", "for", "all"};

json_t *silence_json(const struct silence *silence, int64_t now_us)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "id", slice_from_str(silence->id));
    json_value_put(object, "kinds", silence_kinds_json(silence->kinds));
    for (size_t i = 0; i < SILENCE_FIELDS; i++)
        json_value_put_text(object, silence_field_keys[i], silence_field(silence, i));
    json_value_put_time(object, "from", silence->from_us);
    json_value_put_time(object, "until", silence->until_us);
    json_value_put(object, "active", json_boolean(silence_is_active(silence, now_us)));
    return object;
}

static bool is_known(const char *key)
{
    for (size_t i = 0; i < SILENCE_FIELDS; i++)
        if (strcmp(key, silence_field_keys[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(key, others[i]) == 0)
            return true;
    return false;
}

static bool read_members(const json_t *object, struct silence *out, struct err *err)
{
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at))
        if (!is_known(json_object_iter_key(at)))
            return err_set(err, ERR_USAGE, "a silence has no \"%.60s\"", json_object_iter_key(at));
    for (size_t i = 0; i < SILENCE_FIELDS; i++)
        if (!json_field_text(object, silence_field_keys[i], SILENCE_TEXT_MAX,
                             silence_field_at(out, i)))
            return err_set(err, ERR_USAGE, "\"%s\" is a text of at most %d bytes",
                           silence_field_keys[i], SILENCE_TEXT_MAX);
    return true;
}

static bool read_kinds(const json_t *object, struct silence *out, struct err *err)
{
    const json_t *kinds;
    return (json_field_array(object, "kinds", INCIDENT_KIND_COUNT, &kinds) &&
            silence_kinds_read(kinds, &out->kinds)) ||
           err_set(err, ERR_USAGE,
                   "\"kinds\" is a list of kinds of incidents, such as [\"block\"]");
}

/* From when (0: now) until when. */
static bool read_span(const json_t *object, int64_t now_us, struct silence *out, struct err *err)
{
    struct slice span;
    int64_t long_us;
    if (!json_field_time(object, "from", 0, &out->from_us) ||
        !json_field_time(object, "until", 0, &out->until_us))
        return err_set(err, ERR_USAGE,
                       "\"from\" and \"until\" are times such as 2026-03-02T18:00:00+09:00");
    if (!json_field_text(object, "for", 64, &span))
        return err_set(err, ERR_USAGE, "\"for\" is a duration such as \"2h\"");
    if ((span.len > 0) == (out->until_us != 0))
        return err_set(err, ERR_USAGE, "a silence has an end: either \"until\" or \"for\"");
    if (span.len == 0)
        return true;
    if (!duration_parse(span, &long_us))
        return err_set(err, ERR_USAGE, "\"for\" is a duration such as \"2h\"");
    out->until_us = (out->from_us ? out->from_us : now_us) + long_us; /* at most year 10009 */
    return true;
}

bool silence_wish_read(const json_t *object, int64_t now_us, struct silence *out, struct err *err)
{
    bool all;
    *out = (struct silence){0};
    if (!json_is_object(object))
        return err_set(err, ERR_USAGE, "a silence is a JSON object");
    if (!read_members(object, out, err) || !read_kinds(object, out, err) ||
        !read_span(object, now_us, out, err))
        return false;
    if (!json_field_bool(object, "all", &all))
        return err_set(err, ERR_USAGE, "\"all\" is true or false");
    if (all == silence_is_narrow(out))
        return err_set(err, ERR_USAGE,
                       all ? "\"all\" stands alone, without kinds and names"
                           : "say what it hides: kinds, a name, or \"all\": true");
    return true;
}
