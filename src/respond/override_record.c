/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of an override as rows of a table, so that copying and JSON cannot forget one of them.
 */
#include "respond/override_record.h"

#include <stdio.h>

#include "model/json_value.h"
#include "respond/kept_text.h"

#define PLACE(member, max) \
    { \
#member, offsetof(struct override, member), max \
    }

static const struct text_place places[] = {
    PLACE(relay, OVERRIDE_NAME_MAX),          PLACE(provider, OVERRIDE_NAME_MAX),
    PLACE(source, OVERRIDE_NAME_MAX),         PLACE(target, OVERRIDE_NAME_MAX),
    PLACE(recipient, OVERRIDE_RECIPIENT_MAX), PLACE(actor, OVERRIDE_NAME_MAX),
    PLACE(reason, OVERRIDE_REASON_MAX),       PLACE(incident, OVERRIDE_NAME_MAX),
};

#define PLACES (sizeof(places) / sizeof(places[0]))

void override_record_set(struct override_record *record, const struct override *override)
{
    struct override copy = *override;
    kept_texts_set(&copy, places, PLACES, &record->bytes);
    record->override = copy;
}

void override_record_done(struct override_record *record)
{
    buf_done(&record->bytes);
    *record = (struct override_record){0};
}

json_t *override_work_json(const struct override_work *work)
{
    json_t *object = json_value_object();
    json_value_put_count(object, "held_before", work->held_before);
    json_value_put_count(object, "delivered", work->delivered);
    json_value_put_count(object, "deferred", work->deferred);
    json_value_put_count(object, "bounced", work->bounced);
    return object;
}

bool override_work_read(const json_t *object, struct override_work *out)
{
    return json_is_object(object) && json_field_count(object, "held_before", &out->held_before) &&
           json_field_count(object, "delivered", &out->delivered) &&
           json_field_count(object, "deferred", &out->deferred) &&
           json_field_count(object, "bounced", &out->bounced);
}

static json_t *json_of(const struct override *override)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "id", slice_from_str(override->id));
    json_value_put_text(object, "kind", slice_from_str(override_kind_word(override->kind)));
    json_value_put_text(object, "state", slice_from_str(override_state_word(override->state)));
    kept_texts_json(override, places, PLACES, object);
    json_value_put_count(object, "share", override->share_percent);
    if (override->per_hour > 0)
        json_value_put_count(object, "per_hour", override->per_hour);
    json_value_put(object, "work", override_work_json(&override->work));
    return object;
}

json_t *override_json(const struct override *override)
{
    json_t *object = json_of(override);
    json_value_put_time(object, "since", override->since_us);
    json_value_put_time(object, "expires", override->expires_us);
    return object;
}

json_t *override_record_json(const struct override_record *record)
{
    if (!override_record_is_set(record))
        return NULL;
    json_t *object = json_of(&record->override);
    json_value_put(object, "since_us", json_integer(record->override.since_us));
    json_value_put(object, "expires_us", json_integer(record->override.expires_us));
    return object;
}

static bool read_words(const json_t *object, struct override *out)
{
    struct slice id, kind, state;
    if (!json_field_text(object, "id", OVERRIDE_ID_MAX, &id) || id.len == 0 ||
        !json_field_text(object, "kind", OVERRIDE_NAME_MAX, &kind) ||
        !json_field_text(object, "state", OVERRIDE_NAME_MAX, &state) ||
        !override_kind_from_word(kind, &out->kind) || !override_state_from_word(state, &out->state))
        return false;
    snprintf(out->id, sizeof(out->id), "%.*s", SLICE_ARG(id));
    return kept_texts_read(out, places, PLACES, object) && out->relay.len > 0 &&
           out->provider.len > 0;
}

static bool read_numbers(const json_t *object, struct override *out)
{
    const struct json_range time = {0, INT64_MAX - 1, 0}, share = {1, 100, 100},
                            pace = {0, UINT32_MAX, 0};
    int64_t percent, per_hour;
    if (!json_field_int(object, "share", share, &percent) ||
        !json_field_int(object, "per_hour", pace, &per_hour) ||
        !json_field_int(object, "since_us", time, &out->since_us) ||
        !json_field_int(object, "expires_us", time, &out->expires_us))
        return false;
    out->share_percent = (unsigned)percent;
    out->per_hour = (uint32_t)per_hour;
    return override_work_read(json_object_get(object, "work"), &out->work);
}

bool override_record_read(struct override_record *record, const json_t *object)
{
    struct override one = {0};
    override_record_done(record);
    if (object == NULL || json_is_null(object))
        return true;
    if (!json_is_object(object) || !read_words(object, &one) || !read_numbers(object, &one))
        return false;
    override_record_set(record, &one);
    return true;
}
