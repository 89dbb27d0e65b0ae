/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_answer.h.
 */
#include "app/limit_answer.h"

#include "model/account_flag.h"

#define TEXT_MAX (3 * ACCOUNT_LOGIN_MAX) /* bytes that are no UTF-8 become three */
#define WAY_MAX (8 * TEXT_MAX)
#define LIST_MAX 1000000

static bool text(const json_t *object, const char *key, struct slice *out)
{
    return json_field_text(object, key, TEXT_MAX, out);
}

static bool number(const json_t *object, const char *key, int64_t absent, int64_t *out)
{
    const struct json_range range = {0, INT64_MAX, absent};
    return json_field_int(object, key, range, out);
}

/* A time that is null has no end; one that is not said is 0. */
static bool end(const json_t *object, const char *key, int64_t *out)
{
    bool said = json_object_get(object, key) != NULL;
    return json_field_time(object, key, said ? INT64_MAX : 0, out);
}

static bool are_texts(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!json_is_string(json_array_get(array, i)) ||
            json_string_length(json_array_get(array, i)) > WAY_MAX)
            return false;
    return true;
}

static bool texts(const json_t *object, const char *key, const json_t **out)
{
    return json_field_array(object, key, LIST_MAX, out) && are_texts(*out);
}

bool limit_answer_read_row(const json_t *object, struct limit_answer_row *out)
{
    *out = (struct limit_answer_row){0};
    return json_is_object(object) && text(object, "limit", &out->limit) && out->limit.len > 0 &&
           text(object, "unit", &out->unit) && text(object, "action", &out->action) &&
           text(object, "level", &out->level) && text(object, "level_name", &out->level_name) &&
           text(object, "by", &out->actor) && text(object, "reason", &out->reason) &&
           texts(object, "key", &out->key) && number(object, "within_s", 0, &out->within_s) &&
           json_field_array(object, "levels", LIST_MAX, &out->levels) &&
           number(object, "burst", 0, &out->burst) &&
           number(object, "default", 0, &out->standard) && number(object, "most", -1, &out->most) &&
           number(object, "used", 0, &out->used) && number(object, "left", 0, &out->left) &&
           end(object, "until", &out->until_us) && end(object, "room", &out->room_us) &&
           json_field_bool(object, "shadow", &out->shadow);
}

bool limit_answer_read_level(const json_t *object, struct limit_answer_level *out)
{
    *out = (struct limit_answer_level){0};
    return json_is_object(object) && text(object, "domain", &out->domain) &&
           text(object, "class", &out->account_class) && number(object, "count", 0, &out->count) &&
           (out->domain.len > 0) != (out->account_class.len > 0);
}

bool limit_answer_read_next(const json_t *object, struct limit_answer_next *out)
{
    *out = (struct limit_answer_next){0};
    return json_is_object(object) && text(object, "action", &out->action) &&
           text(object, "flag", &out->flag) && text(object, "limit", &out->limit) &&
           text(object, "recipients_by", &out->recipients_by) &&
           number(object, "recipients", -1, &out->recipients) && end(object, "at", &out->at_us) &&
           texts(object, "ways", &out->ways) && json_field_bool(object, "passes", &out->passes);
}

bool limit_answer_read_baseline(const json_t *object, struct limit_answer_baseline *out)
{
    *out = (struct limit_answer_baseline){0};
    return json_is_object(object) && number(object, "usual_hour", 0, &out->usual_hour) &&
           number(object, "most_hour", 0, &out->most_hour) &&
           number(object, "messages", 0, &out->messages) &&
           number(object, "recipients", 0, &out->recipients) &&
           number(object, "clients", 0, &out->clients);
}

bool limit_answer_read_decision(const json_t *object, struct limit_answer_decision *out)
{
    *out = (struct limit_answer_decision){0};
    return json_is_object(object) && text(object, "limit", &out->limit) &&
           text(object, "flag", &out->flag) && text(object, "action", &out->action) &&
           text(object, "client", &out->client) && text(object, "sender", &out->sender) &&
           text(object, "queue_id", &out->queue_id) &&
           json_field_time(object, "time", 0, &out->time_us) &&
           number(object, "times", 1, &out->times) && number(object, "used", 0, &out->used) &&
           number(object, "most", 0, &out->most) && number(object, "wanted", 0, &out->wanted);
}

bool limit_answer_read_override(const json_t *object, struct limit_answer_override *out)
{
    *out = (struct limit_answer_override){0};
    return json_is_object(object) && text(object, "login", &out->login) &&
           text(object, "limit", &out->limit) && text(object, "by", &out->actor) &&
           text(object, "reason", &out->reason) && number(object, "count", 0, &out->count) &&
           json_field_time(object, "since", 0, &out->since_us) &&
           json_field_time(object, "until", INT64_MAX, &out->until_us);
}

static bool are_rows(const json_t *array)
{
    struct limit_answer_row row;
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!limit_answer_read_row(json_array_get(array, i), &row))
            return false;
    return true;
}

static bool are_decisions(const json_t *array)
{
    struct limit_answer_decision decision;
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!limit_answer_read_decision(json_array_get(array, i), &decision))
            return false;
    return true;
}

bool limit_answer_read(const json_t *object, struct limit_answer_account *out)
{
    struct limit_answer_next next;
    struct limit_answer_baseline baseline;
    *out = (struct limit_answer_account){.next = json_object_get(object, "next"),
                                         .baseline = json_object_get(object, "baseline")};
    if (json_is_null(out->baseline))
        out->baseline = NULL;
    return json_is_object(object) && text(object, "login", &out->login) && out->login.len > 0 &&
           json_field_bool(object, "counted", &out->counted) &&
           json_field_bool(object, "listens", &out->listens) &&
           texts(object, "flags", &out->flags) && texts(object, "warnings", &out->warnings) &&
           json_field_array(object, "limits", LIST_MAX, &out->limits) && are_rows(out->limits) &&
           json_field_array(object, "decisions", LIST_MAX, &out->decisions) &&
           are_decisions(out->decisions) && limit_answer_read_next(out->next, &next) &&
           (out->baseline == NULL || limit_answer_read_baseline(out->baseline, &baseline));
}
