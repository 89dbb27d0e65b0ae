/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices: words, copies and JSON.
 */
#include "respond/notice.h"

#include <inttypes.h>

#include "model/json_value.h"

#define TEXT_MAX 1024 /* of who and why */

static const char *const transitions[] = {
#define X(name, word) [NOTICE_##name] = word,
    NOTICE_TRANSITIONS(X)
#undef X
};

static const char *const states[] = {
#define X(name, word) [INCIDENT_STATE_##name] = word,
    INCIDENT_STATES(X)
#undef X
};

static const char *const axes[] = {
#define X(name, word) [NOTICE_AXIS_##name] = word,
    NOTICE_AXES(X)
#undef X
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *notice_transition_word(enum notice_transition transition)
{
    return transitions[transition];
}

const char *incident_state_word(enum incident_state state)
{
    return states[state];
}

const char *notice_axis_word(enum notice_axis axis)
{
    return axes[axis];
}

/* Index of a word, or `count`. */
static size_t find_word(const char *const *words, size_t count, struct slice word)
{
    size_t i = 0;
    while (i < count && !slice_eq(word, slice_from_str(words[i])))
        i++;
    return i;
}

static bool state_from_word(struct slice word, enum incident_state *out)
{
    size_t i = find_word(states, COUNT(states), word);
    if (i < COUNT(states))
        *out = (enum incident_state)i;
    return i < COUNT(states);
}

bool notice_axis_from_word(struct slice word, enum notice_axis *out)
{
    size_t i = find_word(axes, COUNT(axes), word);
    if (i < COUNT(axes))
        *out = (enum notice_axis)i;
    return i < COUNT(axes);
}

static bool transition_from_word(struct slice word, enum notice_transition *out)
{
    size_t i = find_word(transitions, COUNT(transitions), word);
    if (i < COUNT(transitions))
        *out = (enum notice_transition)i;
    return i < COUNT(transitions);
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return text.len ? slice_of(arena_copy(arena, text.ptr, text.len), text.len)
                    : (struct slice){NULL, 0};
}

bool notice_may_approve(const struct notice *notice)
{
    const struct audit_entry *route = notice->route;
    return route != NULL && route->override_id.len > 0 &&
           (route->action == AUDIT_PROPOSE || route->action == AUDIT_QUARANTINE);
}

bool notice_may_deny(const struct notice *notice)
{
    return notice_may_approve(notice) && notice->route->action == AUDIT_PROPOSE;
}

static const struct audit_entry *keep_entry(struct arena *arena, const struct audit_entry *entry)
{
    struct audit_entry *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *entry;
    struct slice *const texts[] = {&copy->relay, &copy->provider,    &copy->source, &copy->before,
                                   &copy->after, &copy->override_id, &copy->actor,  &copy->reason};
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = keep(arena, *texts[i]);
    for (size_t i = 0; i < AUDIT_INCIDENTS_MAX; i++)
        copy->incidents[i] = keep(arena, copy->incidents[i]);
    return copy;
}

struct notice *notice_copy(const struct notice *notice)
{
    struct arena *arena = arena_new(4096);
    struct notice *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *notice;
    copy->arena = arena;
    copy->page = keep(arena, notice->page);
    copy->by = keep(arena, notice->by);
    copy->note = keep(arena, notice->note);
    if (notice->route != NULL)
        copy->route = keep_entry(arena, notice->route);
    copy->items = arena_alloc(arena, notice->count * sizeof(*copy->items));
    for (size_t i = 0; i < notice->count; i++) {
        copy->items[i] = notice->items[i];
        copy->items[i].id = keep(arena, copy->items[i].id);
        copy->items[i].page = keep(arena, copy->items[i].page);
        incident_keep(&copy->items[i].incident, arena);
    }
    return copy;
}

void notice_free(struct notice *notice)
{
    if (notice)
        arena_free(notice->arena); /* the notice lives there too */
}

struct notice *notice_of_digest(const struct notice *digest, size_t index)
{
    struct notice_item *item = &digest->items[index];
    struct notice one = {.transition = item->transition,
                         .state = item->state,
                         .severity = incident_severity(&item->incident),
                         .at_us = digest->at_us,
                         .page = item->page,
                         .serial = item->serial,
                         .total = 1,
                         .count = 1,
                         .items = item};
    return notice_copy(&one);
}

void notice_key(const struct notice *notice, struct buf *to)
{
    buf_add(to, notice->page);
    buf_addf(to, "-%" PRIu64, notice->serial);
}

static json_t *item_json(const struct notice_item *item)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "id", item->id);
    json_value_put_text(object, "page", item->page);
    json_value_put_text(object, "state", slice_from_str(states[item->state]));
    json_value_put_text(object, "transition", slice_from_str(transitions[item->transition]));
    json_value_put_count(object, "serial", item->serial);
    if (item->fresh)
        json_value_put(object, "fresh", json_true());
    json_value_put(object, "incident", incident_record_json(&item->incident));
    return object;
}

json_t *notice_json(const struct notice *notice)
{
    json_t *object = json_value_object(), *items = json_value_array();
    json_value_put_text(object, "transition", slice_from_str(transitions[notice->transition]));
    json_value_put_text(object, "state", slice_from_str(states[notice->state]));
    json_value_put_text(object, "severity",
                        slice_from_str(incident_severity_word(notice->severity)));
    json_value_put_text(object, "axis", slice_from_str(axes[notice->axis]));
    json_value_put(object, "at_us", json_integer(notice->at_us));
    json_value_put_text(object, "page", notice->page);
    json_value_put_count(object, "serial", notice->serial);
    json_value_put_count(object, "flaps", notice->flaps);
    json_value_put_count(object, "escalation", notice->escalation);
    json_value_put_text(object, "by", notice->by);
    json_value_put_text(object, "note", notice->note);
    json_value_put_count(object, "total", notice->total);
    if (notice->route != NULL)
        json_value_put(object, "route", audit_entry_json(notice->route));
    for (size_t i = 0; i < notice->count; i++)
        json_value_append(items, item_json(&notice->items[i]));
    json_value_put(object, "items", items);
    return object;
}

static bool read_item(const json_t *object, struct notice_item *out)
{
    struct slice state, transition;
    return json_field_text(object, "id", INCIDENT_ID_LEN, &out->id) &&
           out->id.len == INCIDENT_ID_LEN &&
           json_field_text(object, "page", INCIDENT_ID_LEN, &out->page) && out->page.len > 0 &&
           json_field_text(object, "state", 32, &state) && state_from_word(state, &out->state) &&
           json_field_text(object, "transition", 32, &transition) &&
           transition_from_word(transition, &out->transition) &&
           json_field_count(object, "serial", &out->serial) &&
           json_field_bool(object, "fresh", &out->fresh) &&
           incident_record_read(json_object_get(object, "incident"), &out->incident);
}

static bool read_words(const json_t *object, struct notice *out)
{
    struct slice transition, state, severity, axis;
    return json_field_text(object, "transition", 32, &transition) &&
           transition_from_word(transition, &out->transition) &&
           json_field_text(object, "state", 32, &state) && state_from_word(state, &out->state) &&
           json_field_text(object, "severity", 32, &severity) &&
           incident_severity_from_word(severity, &out->severity) &&
           out->severity != INCIDENT_USUAL && json_field_text(object, "axis", 32, &axis) &&
           notice_axis_from_word(axis, &out->axis) &&
           json_field_text(object, "page", INCIDENT_ID_LEN, &out->page) && out->page.len > 0 &&
           json_field_text(object, "by", TEXT_MAX, &out->by) &&
           json_field_text(object, "note", TEXT_MAX, &out->note);
}

static bool read_numbers(const json_t *object, struct notice *out)
{
    const struct json_range time = {0, INT64_MAX - 1, 0}, small = {0, 1000000, 0};
    int64_t flaps, escalation, total;
    if (!json_field_int(object, "at_us", time, &out->at_us) ||
        !json_field_count(object, "serial", &out->serial) ||
        !json_field_int(object, "flaps", small, &flaps) ||
        !json_field_int(object, "escalation", small, &escalation) ||
        !json_field_int(object, "total", small, &total))
        return false;
    out->flaps = (unsigned)flaps;
    out->escalation = (unsigned)escalation;
    out->total = (size_t)total;
    return true;
}

/* There exactly when the notice is about one. */
static bool read_route(const json_t *object, struct notice *out, struct audit_entry *entry)
{
    const json_t *route = json_object_get(object, "route");
    if ((route != NULL) != (out->transition == NOTICE_ROUTE))
        return false;
    if (route == NULL)
        return true;
    out->route = entry;
    return audit_entry_read(route, entry);
}

struct notice *notice_read(const json_t *object)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    struct audit_entry route;
    struct notice notice = {.items = items};
    const json_t *list;
    if (!json_is_object(object) || !read_words(object, &notice) || !read_numbers(object, &notice) ||
        !read_route(object, &notice, &route) ||
        !json_field_array(object, "items", NOTICE_ITEMS_MAX, &list))
        return NULL;
    notice.count = json_array_size(list);
    if (notice.count == 0 || notice.count > notice.total)
        return NULL;
    for (size_t i = 0; i < notice.count; i++)
        if (!read_item(json_array_get(list, i), &items[i]))
            return NULL;
    return notice_copy(&notice);
}
