/* SPDX-License-Identifier: Apache-2.0
 *
 * The planner's memory as JSON, for a restart at any stage. What was written by another version or
 * by hand is checked field by field; one fault refuses the whole, since half a memory moves mail.
 */
#include "base/memory.h"
#include "model/json_value.h"
#include "respond/kept_text.h"
#include "respond/route_plan_private.h"

#define ROUTE_US_MAX (INT64_MAX / 4) /* sums of two times do not overflow */

static void put_time(json_t *object, const char *key, int64_t time_us)
{
    if (time_us != INT64_MAX)
        json_value_put(object, key, json_integer(time_us));
}

static bool read_time(const json_t *object, const char *key, int64_t absent, int64_t *out)
{
    return json_field_int(object, key, (struct json_range){-ROUTE_US_MAX, ROUTE_US_MAX, absent},
                          out);
}

static bool read_real(const json_t *object, const char *key, double *out)
{
    const json_t *value = json_object_get(object, key);
    *out = 0;
    if (value == NULL)
        return true;
    if (!json_is_number(value))
        return false;
    *out = json_number_value(value);
    return *out >= 0 && *out < 1e15;
}

/* ---- causes ---- */

static json_t *cause_json(const struct plan_cause *cause)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "id", slice_from_str(cause->id));
    json_value_put(object, "open", json_boolean(cause->open));
    json_value_put(object, "left", json_boolean(cause->left));
    json_value_put_text(object, "class", slice_from_str(reply_class_word(cause->class)));
    put_time(object, "last_hit_us", cause->last_hit_us);
    json_value_put_count(object, "attempts", cause->attempts);
    json_value_put_count(object, "hits", cause->hits);
    return object;
}

static bool read_cause(const json_t *object, struct plan_cause *out)
{
    struct slice id, class;
    if (object == NULL)
        return true;
    if (!json_is_object(object) || !json_field_text(object, "id", PLAN_INCIDENT_ID_MAX, &id) ||
        !json_field_bool(object, "open", &out->open) ||
        !json_field_bool(object, "left", &out->left) ||
        !json_field_text(object, "class", OVERRIDE_NAME_MAX, &class) ||
        !reply_class_from_word(class, &out->class) ||
        !read_time(object, "last_hit_us", 0, &out->last_hit_us) ||
        !json_field_count(object, "attempts", &out->attempts) ||
        !json_field_count(object, "hits", &out->hits))
        return false;
    memcpy(out->id, id.ptr ? id.ptr : "", id.len);
    out->id[id.len] = '\0';
    return true;
}

static json_t *causes_json(const struct plan_path *path)
{
    json_t *object = json_value_object();
    for (size_t i = 0; i < INCIDENT_KIND_COUNT; i++)
        if (path->causes[i].id[0] != '\0' || path->causes[i].open)
            json_value_put(object, incident_kind_word((enum incident_kind)i),
                           cause_json(&path->causes[i]));
    return object;
}

static bool read_causes(const json_t *object, struct plan_path *path)
{
    for (size_t i = 0; i < INCIDENT_KIND_COUNT; i++)
        if (!read_cause(json_object_get(object, incident_kind_word((enum incident_kind)i)),
                        &path->causes[i]))
            return false;
    return true;
}

/* ---- paths: members of one kind are rows ---- */

struct member {
    const char *key;
    size_t offset;
    int64_t absent; /* of times */
};

static const struct member times[] = {
    {"stage_us", offsetof(struct plan_path, stage_us), 0},
    {"away_us", offsetof(struct plan_path, away_us), 0},
    {"settled_us", offsetof(struct plan_path, settled_us), 0},
    {"due_us", offsetof(struct plan_path, due_us), INT64_MAX},
    {"wait_us", offsetof(struct plan_path, wait_us), 0},
    {"returned_us", offsetof(struct plan_path, returned_us), 0},
    {"slowest_us", offsetof(struct plan_path, slowest_us), 0},
};
static const struct member counts[] = {
    {"attempts", offsetof(struct plan_path, counts.attempts), 0},
    {"delivered", offsetof(struct plan_path, counts.delivered), 0},
    {"refused", offsetof(struct plan_path, counts.refused), 0},
    {"slowed", offsetof(struct plan_path, counts.slowed), 0},
};
static const struct member reals[] = {
    {"pace", offsetof(struct plan_path, pace), 0},
    {"usual_pace", offsetof(struct plan_path, usual_pace), 0},
    {"usual_day", offsetof(struct plan_path, volume.usual_day), 0},
    {"last_day", offsetof(struct plan_path, volume.last_day), 0},
    {"last_hour", offsetof(struct plan_path, volume.last_hour), 0},
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void *at(struct plan_path *path, const struct member *member)
{
    return (char *)path + member->offset;
}

static const void *in(const struct plan_path *path, const struct member *member)
{
    return (const char *)path + member->offset;
}

static json_t *flaps_json(const struct plan_path *path)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < path->flap_count; i++)
        json_value_append(array, json_integer(path->flaps[i]));
    return array;
}

static json_t *path_json(const struct plan_path *path)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "source", slice_from_str(path->source));
    json_value_put_text(object, "note", slice_from_str(path->note));
    json_value_put_text(object, "stage", slice_from_str(route_stage_word(path->stage)));
    for (size_t i = 0; i < ROWS(times); i++)
        put_time(object, times[i].key, *(const int64_t *)in(path, &times[i]));
    for (size_t i = 0; i < ROWS(counts); i++)
        json_value_put_count(object, counts[i].key, *(const uint64_t *)in(path, &counts[i]));
    for (size_t i = 0; i < ROWS(reals); i++)
        json_value_put_real(object, reals[i].key, *(const double *)in(path, &reals[i]));
    json_value_put_count(object, "successes", path->successes);
    json_value_put_count(object, "step", path->step);
    json_value_put(object, "reopened", json_boolean(path->reopened));
    json_value_put(object, "flaps", flaps_json(path));
    json_value_put(object, "causes", causes_json(path));
    if (override_record_is_set(&path->probe))
        json_value_put(object, "probe", override_record_json(&path->probe));
    return object;
}

static bool read_rows(const json_t *object, struct plan_path *path)
{
    for (size_t i = 0; i < ROWS(times); i++)
        if (!read_time(object, times[i].key, times[i].absent, at(path, &times[i])))
            return false;
    for (size_t i = 0; i < ROWS(counts); i++)
        if (!json_field_count(object, counts[i].key, at(path, &counts[i])))
            return false;
    for (size_t i = 0; i < ROWS(reals); i++)
        if (!read_real(object, reals[i].key, at(path, &reals[i])))
            return false;
    return json_field_bool(object, "reopened", &path->reopened);
}

static bool read_flaps(const json_t *object, struct plan_path *path)
{
    const json_t *flaps;
    if (!json_field_array(object, "flaps", PLAN_FLAPS_MAX, &flaps))
        return false;
    for (size_t i = 0; i < json_array_size(flaps); i++) {
        const json_t *time = json_array_get(flaps, i);
        if (!json_is_integer(time) || json_integer_value(time) > ROUTE_US_MAX ||
            json_integer_value(time) < -ROUTE_US_MAX)
            return false;
        path->flaps[path->flap_count++] = json_integer_value(time);
    }
    return true;
}

static bool read_path(const json_t *object, struct plan_route *route)
{
    const struct json_range small = {0, 1000, 0};
    struct slice source, note, stage;
    int64_t successes, step;
    if (!json_is_object(object) || !json_field_text(object, "source", OVERRIDE_NAME_MAX, &source) ||
        source.len == 0 || plan_path_find(route, source) != NULL ||
        !json_field_text(object, "note", OVERRIDE_REASON_MAX, &note) ||
        !json_field_text(object, "stage", OVERRIDE_NAME_MAX, &stage) ||
        !json_field_int(object, "successes", small, &successes) ||
        !json_field_int(object, "step", (struct json_range){0, ROUTE_RAMP_STEPS_MAX, 0}, &step))
        return false;
    struct plan_path *path = plan_path_get(route, source);
    path->note = kept_text_new(note, OVERRIDE_REASON_MAX);
    path->successes = (unsigned)successes;
    path->step = (size_t)step;
    return route_stage_from_word(stage, &path->stage) && read_rows(object, path) &&
           read_flaps(object, path) && read_causes(json_object_get(object, "causes"), path) &&
           override_record_read(&path->probe, json_object_get(object, "probe"));
}

/* ---- routes ---- */

static const struct {
    const char *key;
    size_t offset;
} records[] =
    {
        {"current", offsetof(struct plan_route, current)},
        {"proposal", offsetof(struct plan_route, proposal)},
        {"manual", offsetof(struct plan_route, manual)},
        {"watched", offsetof(struct plan_route, watched)},
},
  flags[] = {
      {"denied", offsetof(struct plan_route, denied)},
      {"released", offsetof(struct plan_route, released)},
      {"resort", offsetof(struct plan_route, resort)},
      {"old_told", offsetof(struct plan_route, old_told)},
      {"deadline_told", offsetof(struct plan_route, deadline_told)},
      {"choose_anew", offsetof(struct plan_route, choose_anew)},
};

static json_t *route_json(const struct plan_route *route)
{
    json_t *object = json_value_object(), *paths = json_value_array();
    json_value_put_text(object, "provider", slice_from_str(route->provider));
    for (size_t i = 0; i < ROWS(records); i++) {
        const void *record = (const char *)route + records[i].offset;
        if (override_record_is_set(record))
            json_value_put(object, records[i].key, override_record_json(record));
    }
    for (size_t i = 0; i < ROWS(flags); i++)
        json_value_put(object, flags[i].key,
                       json_boolean(*((const bool *)route + flags[i].offset)));
    if (route->approved != NULL) {
        json_value_put(object, "approved", json_value_text(slice_from_str(route->approved)));
        json_value_put_text(object, "approved_by", slice_from_str(route->approved_by));
    }
    json_value_put(object, "outage", cause_json(&route->outage));
    json_value_put_count(object, "waiting", route->waiting.count);
    put_time(object, "oldest_us", route->waiting.oldest_us);
    put_time(object, "held_us", route->held_us);
    put_time(object, "chosen_us", route->chosen_us);
    for (size_t i = 0; i < route->path_count; i++)
        json_value_append(paths, path_json(route->paths[i]));
    json_value_put(object, "paths", paths);
    return object;
}

static bool read_approval(const json_t *object, struct plan_route *route)
{
    struct slice approved, by;
    if (json_object_get(object, "approved") == NULL)
        return true;
    if (!json_field_text(object, "approved", OVERRIDE_NAME_MAX, &approved) ||
        !json_field_text(object, "approved_by", OVERRIDE_NAME_MAX, &by))
        return false;
    route->approved = kept_text_new(approved, OVERRIDE_NAME_MAX);
    route->approved_by = kept_text_new(by, OVERRIDE_NAME_MAX);
    return true;
}

static bool read_route_members(const json_t *object, struct plan_route *route)
{
    for (size_t i = 0; i < ROWS(records); i++)
        if (!override_record_read((void *)((char *)route + records[i].offset),
                                  json_object_get(object, records[i].key)))
            return false;
    for (size_t i = 0; i < ROWS(flags); i++)
        if (!json_field_bool(object, flags[i].key, (bool *)route + flags[i].offset))
            return false;
    return read_approval(object, route) &&
           read_cause(json_object_get(object, "outage"), &route->outage) &&
           json_field_count(object, "waiting", &route->waiting.count) &&
           read_time(object, "oldest_us", INT64_MAX, &route->waiting.oldest_us) &&
           read_time(object, "held_us", 0, &route->held_us) &&
           read_time(object, "chosen_us", 0, &route->chosen_us);
}

static bool read_route(const json_t *object, struct route_plan *plan)
{
    struct slice provider;
    const json_t *paths;
    if (!json_is_object(object) ||
        !json_field_text(object, "provider", OVERRIDE_NAME_MAX, &provider) || provider.len == 0 ||
        plan_route_find(plan, provider) != NULL ||
        !json_field_array(object, "paths", PLAN_PATHS_MAX, &paths))
        return false;
    struct plan_route *route = plan_route_get(plan, provider);
    for (size_t i = 0; i < json_array_size(paths); i++)
        if (!read_path(json_array_get(paths, i), route))
            return false;
    return read_route_members(object, route);
}

json_t *route_plan_json(const struct route_plan *plan)
{
    json_t *object = json_value_object(), *routes = json_value_array();
    put_time(object, "now_us", plan->now_us);
    json_value_put_count(object, "last", plan->last_number);
    json_value_put_real(object, "total_day", plan->total_day);
    for (size_t i = 0; i < plan->route_count; i++)
        json_value_append(routes, route_json(plan->routes[i]));
    json_value_put(object, "routes", routes);
    return object;
}

static bool read_all(struct route_plan *plan, const json_t *object)
{
    const json_t *routes;
    if (!json_is_object(object) || !read_time(object, "now_us", 0, &plan->now_us) ||
        !json_field_count(object, "last", &plan->last_number) ||
        !read_real(object, "total_day", &plan->total_day) ||
        !json_field_array(object, "routes", PLAN_ROUTES_MAX, &routes))
        return false;
    for (size_t i = 0; i < json_array_size(routes); i++)
        if (!read_route(json_array_get(routes, i), plan))
            return false;
    return true;
}

bool route_plan_read(struct route_plan *plan, const json_t *object)
{
    ASSERT(plan->route_count == 0);
    if (object == NULL || read_all(plan, object))
        return true;
    for (size_t i = 0; i < plan->route_count; i++)
        plan_route_free(plan->routes[i]);
    plan->route_count = 0;
    plan->last_number = 0;
    plan->now_us = 0;
    return false;
}
