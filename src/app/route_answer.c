/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads routes. See route_answer.h.
 */
#include "app/route_answer.h"

#include "base/memory.h"
#include "respond/override_record.h"

#define TEXT_MAX (OVERRIDE_REASON_MAX * 3)
#define LIST_MAX 100000

struct text_member {
    const char *key;
    struct slice *to;
};

static bool read_texts(const json_t *object, const struct text_member *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!json_field_text(object, texts[i].key, TEXT_MAX, texts[i].to))
            return false;
    return true;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool read_work(const json_t *object, struct override_work *out)
{
    const json_t *work = json_object_get(object, "work");
    return work == NULL || override_work_read(work, out);
}

static bool read_override(const json_t *object, struct route_answer_override *out)
{
    const struct text_member texts[] = {
        {"id", &out->id},
        {"kind", &out->kind},
        {"state", &out->state},
        {"provider", &out->provider},
        {"source", &out->source},
        {"target", &out->target},
        {"recipient", &out->recipient},
        {"actor", &out->actor},
        {"reason", &out->reason},
        {"incident", &out->incident},
    };
    out->domains = UINT64_MAX;
    return json_is_object(object) && read_texts(object, texts, COUNT(texts)) &&
           json_field_count(object, "share", &out->share) &&
           json_field_count(object, "per_hour", &out->per_hour) &&
           (json_object_get(object, "domains") == NULL ||
            json_field_count(object, "domains", &out->domains)) &&
           json_field_time(object, "since", 0, &out->since_us) &&
           json_field_time(object, "expires", 0, &out->expires_us) && read_work(object, &out->work);
}

static bool read_path(const json_t *object, struct route_answer_path *out)
{
    const struct text_member texts[] = {
        {"provider", &out->provider}, {"source", &out->source},     {"stage", &out->stage},
        {"mode", &out->mode},         {"incident", &out->incident}, {"left", &out->left},
    };
    return json_is_object(object) && read_texts(object, texts, COUNT(texts)) &&
           json_field_time(object, "since", 0, &out->since_us) &&
           json_field_time(object, "due", 0, &out->due_us) &&
           json_field_count(object, "successes", &out->successes) &&
           json_field_count(object, "share", &out->share) &&
           json_field_count(object, "per_hour", &out->per_hour) &&
           json_field_count(object, "flaps", &out->flaps);
}

static bool read_lists(const json_t *object, struct route_answer *out)
{
    const json_t *overrides, *paths;
    if (!json_field_array(object, "overrides", LIST_MAX, &overrides) ||
        !json_field_array(object, "paths", LIST_MAX, &paths))
        return false;
    out->override_count = json_array_size(overrides);
    out->path_count = json_array_size(paths);
    out->overrides = MEM_NEW_ARRAY(struct route_answer_override, out->override_count + 1);
    out->paths = MEM_NEW_ARRAY(struct route_answer_path, out->path_count + 1);
    bool good = true;
    for (size_t i = 0; good && i < out->override_count; i++)
        good = read_override(json_array_get(overrides, i), &out->overrides[i]);
    for (size_t i = 0; good && i < out->path_count; i++)
        good = read_path(json_array_get(paths, i), &out->paths[i]);
    return good;
}

static bool read_standing_row(const json_t *object, struct route_answer_standing *out)
{
    const struct text_member texts[] = {
        {"source", &out->source}, {"zone", &out->zone}, {"fault", &out->fault}};
    return json_is_object(object) && read_texts(object, texts, COUNT(texts)) &&
           json_field_bool(object, "shared", &out->shared) &&
           json_field_bool(object, "spf", &out->spf);
}

/* Sources, then blocklists. */
static bool read_standing(const json_t *object, struct route_answer *out)
{
    static const char *const keys[] = {"sources", "blocklists"};
    const json_t *standing = json_object_get(object, "standing"), *lists[COUNT(keys)];
    bool good = true;
    size_t count = 0;
    if (standing == NULL)
        return true;
    if (!json_is_object(standing))
        return false;
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (!json_field_array(standing, keys[i], LIST_MAX, &lists[i]))
            return false;
        count += json_array_size(lists[i]);
    }
    out->standing = MEM_NEW_ARRAY(struct route_answer_standing, count + 1);
    for (size_t i = 0; i < COUNT(keys); i++)
        for (size_t k = 0; good && k < json_array_size(lists[i]); k++)
            good = read_standing_row(json_array_get(lists[i], k),
                                     &out->standing[out->standing_count++]);
    return good;
}

/* What has reached Postfix, and what has not. */
static bool read_postfix(const json_t *object, struct route_answer *out)
{
    static const char *const keys[] = {"filter_fault", "exact_fault",  "tables_fault",
                                       "queue_fault",  "reload_fault", "state_fault"};
    const json_t *postfix = json_object_get(object, "postfix");
    const json_t *silent = json_object_get(json_object_get(object, "dns"), "fault");
    size_t count = 0;
    if (silent != NULL && !json_field_text(silent, "reason", TEXT_MAX, &out->faults[count++]))
        return false;
    if (postfix == NULL)
        return true;
    if (!json_is_object(postfix) || !json_field_count(postfix, "to_release", &out->to_release))
        return false;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const json_t *fault = json_object_get(postfix, keys[i]);
        if (fault != NULL && !json_field_text(fault, "reason", TEXT_MAX, &out->faults[count++]))
            return false;
    }
    return true;
}

static bool read_exact(const json_t *object, struct route_answer_exact *out)
{
    const json_t *exact = json_object_get(object, "exact");
    out->on = json_is_object(exact);
    return !out->on || (json_field_bool(exact, "answers", &out->answers) &&
                        json_field_count(exact, "overrides", &out->overrides) &&
                        json_field_count(exact, "routed", &out->routed) &&
                        json_field_count(exact, "unrouted", &out->unrouted) &&
                        json_field_count(exact, "unfed", &out->unfed));
}

bool route_answer_read(const json_t *object, struct route_answer *out)
{
    *out = (struct route_answer){0};
    return json_is_object(object) &&
           json_field_text(object, "mode", OVERRIDE_NAME_MAX, &out->mode) &&
           json_field_text(object, "relay", TEXT_MAX, &out->relay) && read_lists(object, out) &&
           read_standing(object, out) && read_postfix(object, out) &&
           read_exact(object, &out->exact);
}

void route_answer_done(struct route_answer *answer)
{
    mem_free(answer->overrides);
    mem_free(answer->paths);
    mem_free(answer->standing);
}

size_t route_answer_count(const struct route_answer *answer, enum override_state state)
{
    struct slice word = slice_from_str(override_state_word(state));
    size_t count = 0;
    for (size_t i = 0; i < answer->override_count; i++)
        count += slice_eq(answer->overrides[i].state, word);
    return count;
}

bool route_answer_entry_read(const json_t *object, struct route_answer_entry *out)
{
    *out = (struct route_answer_entry){0};
    const struct text_member texts[] = {
        {"action", &out->action},        {"provider", &out->provider}, {"source", &out->source},
        {"override", &out->override_id}, {"before", &out->before},     {"after", &out->after},
        {"actor", &out->actor},          {"reason", &out->reason},
    };
    out->measured = json_object_get(object, "work") != NULL;
    return json_is_object(object) && read_texts(object, texts, COUNT(texts)) &&
           json_field_time(object, "time", 0, &out->time_us) &&
           json_field_bool(object, "urgent", &out->urgent) && read_work(object, &out->work);
}
