/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring of entries with texts of their own. See audit_trail.h.
 */
#include "respond/audit_trail.h"

#include "base/memory.h"
#include "model/json_value.h"
#include "respond/kept_text.h"
#include "respond/override_record.h"

struct kept {
    struct audit_entry entry;
    struct buf bytes;
};

struct audit_trail {
    struct kept ring[AUDIT_ENTRIES_MAX];
    size_t first, count;
    uint64_t last_number;
};

static const char *const action_words[] = {
#define X(name, word) [AUDIT_##name] = word,
    AUDIT_ACTIONS(X)
#undef X
};

#define PLACE(key, member, max) \
    { \
        key, offsetof(struct audit_entry, member), max \
    }

static const struct text_place places[] = {
    PLACE("relay", relay, OVERRIDE_NAME_MAX),
    PLACE("provider", provider, OVERRIDE_NAME_MAX),
    PLACE("source", source, OVERRIDE_NAME_MAX),
    PLACE("override", override_id, OVERRIDE_ID_MAX),
    PLACE("before", before, AUDIT_ROUTE_MAX),
    PLACE("after", after, AUDIT_ROUTE_MAX),
    PLACE("actor", actor, OVERRIDE_NAME_MAX),
    PLACE("reason", reason, OVERRIDE_REASON_MAX),
    PLACE("incident1", incidents[0], OVERRIDE_NAME_MAX), /* in JSON: a list */
    PLACE("incident2", incidents[1], OVERRIDE_NAME_MAX),
    PLACE("incident3", incidents[2], OVERRIDE_NAME_MAX),
    PLACE("incident4", incidents[3], OVERRIDE_NAME_MAX),
};

enum { PLACES = sizeof(places) / sizeof(places[0]), MEMBERS = PLACES - AUDIT_INCIDENTS_MAX };

const char *audit_action_word(enum audit_action action)
{
    return action_words[action];
}

bool audit_action_from_word(struct slice word, enum audit_action *out)
{
    for (size_t i = 0; i < AUDIT_ACTION_COUNT; i++) {
        if (slice_eq(word, slice_from_str(action_words[i]))) {
            *out = (enum audit_action)i;
            return true;
        }
    }
    return false;
}

struct audit_trail *audit_trail_new(void)
{
    return MEM_NEW(struct audit_trail);
}

static void clear(struct audit_trail *trail)
{
    for (size_t i = 0; i < AUDIT_ENTRIES_MAX; i++)
        buf_done(&trail->ring[i].bytes);
    *trail = (struct audit_trail){0};
}

void audit_trail_free(struct audit_trail *trail)
{
    if (trail != NULL)
        clear(trail);
    mem_free(trail);
}

static const struct audit_entry *keep(struct audit_trail *trail, const struct audit_entry *entry)
{
    struct kept *kept = &trail->ring[(trail->first + trail->count) % AUDIT_ENTRIES_MAX];
    if (trail->count == AUDIT_ENTRIES_MAX)
        trail->first = (trail->first + 1) % AUDIT_ENTRIES_MAX;
    else
        trail->count++;
    struct audit_entry copy = *entry;
    kept_texts_set(&copy, places, PLACES, &kept->bytes);
    kept->entry = copy;
    return &kept->entry;
}

const struct audit_entry *audit_trail_add(struct audit_trail *trail,
                                          const struct audit_entry *entry)
{
    struct audit_entry copy = *entry;
    copy.number = ++trail->last_number;
    return keep(trail, &copy);
}

size_t audit_trail_count(const struct audit_trail *trail)
{
    return trail->count;
}

const struct audit_entry *audit_trail_at(const struct audit_trail *trail, size_t index)
{
    ASSERT(index < trail->count);
    return &trail->ring[(trail->first + index) % AUDIT_ENTRIES_MAX].entry;
}

json_t *audit_entry_json(const struct audit_entry *entry)
{
    json_t *object = json_value_object(), *incidents = json_value_array();
    json_value_put_count(object, "number", entry->number);
    json_value_put_time(object, "time", entry->time_us);
    json_value_put_count(object, "time_us", (uint64_t)entry->time_us);
    json_value_put_text(object, "action", slice_from_str(action_words[entry->action]));
    json_value_put(object, "urgent", json_boolean(entry->urgent));
    kept_texts_json(entry, places, MEMBERS, object);
    for (size_t i = 0; i < AUDIT_INCIDENTS_MAX; i++)
        if (entry->incidents[i].len > 0)
            json_value_append(incidents, json_value_text(entry->incidents[i]));
    json_value_put(object, "incidents", incidents);
    if (entry->measured)
        json_value_put(object, "work", override_work_json(&entry->work));
    return object;
}

static bool read_incidents(const json_t *object, struct audit_entry *out)
{
    const json_t *list;
    if (!json_field_array(object, "incidents", AUDIT_INCIDENTS_MAX, &list))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *id = json_array_get(list, i);
        if (!json_is_string(id) || json_string_length(id) > OVERRIDE_NAME_MAX)
            return false;
        out->incidents[i] = slice_of(json_string_value(id), json_string_length(id));
    }
    return true;
}

bool audit_entry_read(const json_t *object, struct audit_entry *out)
{
    const struct json_range time = {0, INT64_MAX - 1, 0};
    struct slice action;
    *out = (struct audit_entry){0};
    if (!json_is_object(object) || !json_field_count(object, "number", &out->number) ||
        !json_field_int(object, "time_us", time, &out->time_us) ||
        !json_field_text(object, "action", OVERRIDE_NAME_MAX, &action) ||
        !audit_action_from_word(action, &out->action) ||
        !json_field_bool(object, "urgent", &out->urgent) ||
        !kept_texts_read(out, places, MEMBERS, object) || !read_incidents(object, out))
        return false;
    const json_t *work = json_object_get(object, "work");
    out->measured = work != NULL;
    return work == NULL || override_work_read(work, &out->work);
}

json_t *audit_trail_json(const struct audit_trail *trail)
{
    json_t *object = json_value_object(), *list = json_value_array();
    json_value_put_count(object, "last", trail->last_number);
    for (size_t i = 0; i < trail->count; i++)
        json_value_append(list, audit_entry_json(audit_trail_at(trail, i)));
    json_value_put(object, "list", list);
    return object;
}

bool audit_trail_read(struct audit_trail *trail, const json_t *object)
{
    const json_t *list;
    uint64_t last, before = 0;
    ASSERT(trail->count == 0);
    if (object == NULL)
        return true;
    if (!json_is_object(object) || !json_field_count(object, "last", &last) ||
        !json_field_array(object, "list", AUDIT_ENTRIES_MAX, &list))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct audit_entry one;
        if (!audit_entry_read(json_array_get(list, i), &one) || one.number <= before ||
            one.number > last) {
            clear(trail);
            return false;
        }
        before = one.number;
        keep(trail, &one);
    }
    trail->last_number = last;
    return true;
}
