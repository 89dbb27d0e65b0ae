/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_wish.h.
 */
#include "app/account_wish.h"

#include "app/wish_actor.h"
#include "app/wish_end.h"
#include "base/buf.h"
#include "base/spelling.h"

static bool refuse_flag(struct slice word, struct err *err)
{
    CLEANUP_BUF struct buf near = {0};
    struct spelling search = {.word = word};
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++)
        spelling_offer(&search, slice_from_str(account_flag_word((enum account_flag_kind)i)));
    spelling_suggest(&search, &near);
    return err_set(err, ERR_USAGE, "there is no flag \"%.*s\"%s", SLICE_ARG(slice_first(word, 60)),
                   buf_str(&near));
}

static bool read_flags(const json_t *object, const char *key, unsigned *out, struct err *err)
{
    const json_t *list;
    if (!json_field_array(object, key, ACCOUNT_FLAG_KINDS, &list))
        return err_set(err, ERR_USAGE, "\"%s\" is a list of flags", key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct slice word = slice_of(json_string_value(one), json_string_length(one));
        enum account_flag_kind kind;
        if (!json_is_string(one) || !account_flag_from_word(word, &kind))
            return refuse_flag(word, err);
        *out |= ACCOUNT_FLAG_BIT(kind);
    }
    return true;
}

static bool read_texts(const json_t *object, struct account_wish *out, struct err *err)
{
    if (!json_is_object(object))
        return err_set(err, ERR_USAGE, "a wish is a JSON object");
    if (!json_field_text(object, "login", ACCOUNT_LOGIN_MAX, &out->login) || out->login.len == 0)
        return err_set(err, ERR_USAGE, "\"login\" is a text of 1 to %d bytes", ACCOUNT_LOGIN_MAX);
    if (!account_login_is_valid(out->login))
        return err_set(err, ERR_USAGE, "a login is UTF-8");
    if (!json_field_text(object, "by", ACCOUNT_ACTOR_MAX, &out->actor) ||
        !json_field_text(object, "reason", ACCOUNT_REASON_MAX, &out->reason))
        return err_set(err, ERR_USAGE, "\"by\" and \"reason\" are texts of at most %d and %d bytes",
                       ACCOUNT_ACTOR_MAX, ACCOUNT_REASON_MAX);
    out->actor = wish_actor(out->actor);
    return true;
}

bool account_wish_read(const json_t *object, int64_t now_us, struct account_wish *out,
                       struct err *err)
{
    struct account_wish wish = {0};
    if (!read_texts(object, &wish, err) || !read_flags(object, "set", &wish.set, err) ||
        !read_flags(object, "clear", &wish.clear, err) ||
        !wish_end_read(object, now_us, &wish.until_us, err))
        return false;
    if ((wish.set | wish.clear) == 0)
        return err_set(err, ERR_USAGE, "say which flags to \"set\" or \"clear\"");
    if ((wish.set & wish.clear) != 0)
        return err_set(err, ERR_USAGE, "a flag cannot be set and cleared at once");
    *out = wish;
    return true;
}
