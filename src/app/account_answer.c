/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads accounts. See account_answer.h.
 */
#include "app/account_answer.h"

#include "model/account_flag.h"

#define TEXT_MAX (3 * ACCOUNT_LOGIN_MAX) /* bytes that are no UTF-8 become three */
#define TRAIL_MAX 10000

static bool is_flag(const json_t *object)
{
    struct account_flag_answer flag;
    return account_flag_answer_read(object, &flag);
}

static bool is_entry(const json_t *object)
{
    struct account_trail_answer entry;
    return account_trail_answer_read(object, &entry);
}

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

static bool are(bool (*is)(const json_t *), const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!is(json_array_get(array, i)))
            return false;
    return true;
}

bool account_answer_read(const json_t *object, struct account_answer *out)
{
    *out = (struct account_answer){0};
    return json_is_object(object) && json_field_text(object, "login", TEXT_MAX, &out->login) &&
           out->login.len > 0 && json_field_text(object, "class", TEXT_MAX, &out->account_class) &&
           json_field_array(object, "flags", TRAIL_MAX, &out->flags) &&
           json_field_array(object, "trail", TRAIL_MAX, &out->trail) &&
           json_field_array(object, "warnings", TRAIL_MAX, &out->warnings) &&
           are(is_flag, out->flags) && are(is_entry, out->trail) && are(is_text, out->warnings);
}

bool account_flag_answer_read(const json_t *object, struct account_flag_answer *out)
{
    *out = (struct account_flag_answer){0};
    return json_is_object(object) && json_field_text(object, "flag", TEXT_MAX, &out->flag) &&
           out->flag.len > 0 && json_field_text(object, "by", TEXT_MAX, &out->actor) &&
           json_field_text(object, "relay", TEXT_MAX, &out->relay) &&
           json_field_text(object, "reason", TEXT_MAX, &out->reason) &&
           json_field_time(object, "since", 0, &out->since_us) &&
           json_field_time(object, "until", INT64_MAX, &out->until_us);
}

bool account_trail_answer_read(const json_t *object, struct account_trail_answer *out)
{
    *out = (struct account_trail_answer){0};
    bool says_end = json_object_get(object, "until") != NULL;
    return json_is_object(object) && json_field_text(object, "login", TEXT_MAX, &out->login) &&
           json_field_text(object, "action", TEXT_MAX, &out->action) && out->action.len > 0 &&
           json_field_text(object, "what", TEXT_MAX, &out->what) &&
           json_field_text(object, "by", TEXT_MAX, &out->actor) &&
           json_field_text(object, "relay", TEXT_MAX, &out->relay) &&
           json_field_text(object, "reason", TEXT_MAX, &out->reason) &&
           json_field_time(object, "time", 0, &out->time_us) &&
           json_field_time(object, "until", says_end ? INT64_MAX : 0, &out->until_us);
}
