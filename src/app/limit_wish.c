/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_wish.h.
 */
#include "app/limit_wish.h"

#include "app/wish_actor.h"
#include "app/wish_end.h"
#include "gate/meter.h"
#include "model/account_flag.h"

static bool read_texts(const json_t *object, struct limit_wish *out, struct err *err)
{
    if (!json_is_object(object))
        return err_set(err, ERR_USAGE, "a wish is a JSON object");
    if (!json_field_text(object, "login", ACCOUNT_LOGIN_MAX, &out->login) || out->login.len == 0)
        return err_set(err, ERR_USAGE, "\"login\" is a text of 1 to %d bytes", ACCOUNT_LOGIN_MAX);
    if (!account_login_is_valid(out->login))
        return err_set(err, ERR_USAGE, "a login is UTF-8");
    if (!json_field_text(object, "limit", LIMIT_NAME_MAX, &out->limit))
        return err_set(err, ERR_USAGE, "\"limit\" is the name of a limit, of at most %d bytes",
                       LIMIT_NAME_MAX);
    if (!json_field_text(object, "by", ACCOUNT_ACTOR_MAX, &out->actor) ||
        !json_field_text(object, "reason", ACCOUNT_REASON_MAX, &out->reason))
        return err_set(err, ERR_USAGE, "\"by\" and \"reason\" are texts of at most %d and %d bytes",
                       ACCOUNT_ACTOR_MAX, ACCOUNT_REASON_MAX);
    out->actor = wish_actor(out->actor);
    return true;
}

static bool read_number(const json_t *object, struct limit_wish *out, struct err *err)
{
    const struct json_range range = {0, METER_LIMIT_MAX, -1};
    int64_t count = -1;
    if (!json_field_int(object, "count", range, &count) ||
        !json_field_bool(object, "default", &out->standard))
        return err_set(err, ERR_USAGE, "\"count\" is a number from 0 to %u", METER_LIMIT_MAX);
    if (out->standard == (count >= 0))
        return err_set(err, ERR_USAGE, "say a \"count\", or \"default\": true");
    out->count = count > 0 ? (uint32_t)count : 0;
    return true;
}

bool limit_wish_read(const json_t *object, int64_t now_us, struct limit_wish *out, struct err *err)
{
    struct limit_wish wish = {0};
    if (!read_texts(object, &wish, err) || !read_number(object, &wish, err) ||
        !wish_end_read(object, now_us, &wish.until_us, err))
        return false;
    if (wish.limit.len == 0)
        return err_set(err, ERR_USAGE, "say which \"limit\"");
    if (wish.standard && wish.until_us != INT64_MAX)
        return err_set(err, ERR_USAGE, "an end is of a \"count\", not of \"default\"");
    *out = wish;
    return true;
}

bool limit_wish_read_reset(const json_t *object, struct limit_wish *out, struct err *err)
{
    struct limit_wish wish = {0};
    if (!read_texts(object, &wish, err))
        return false;
    *out = wish;
    return true;
}
