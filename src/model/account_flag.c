/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_flag.h.
 */
#include "model/account_flag.h"

#include "base/escape.h"
#include "base/memory.h"

static const char *const words[] = {
#define X(name, word) [ACCOUNT_##name] = word,
    ACCOUNT_FLAGS(X)
#undef X
};

const char *account_flag_word(enum account_flag_kind kind)
{
    return words[kind];
}

bool account_flag_from_word(struct slice word, enum account_flag_kind *out)
{
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++) {
        if (slice_eq(word, slice_from_str(words[i]))) {
            *out = (enum account_flag_kind)i;
            return true;
        }
    }
    return false;
}

bool account_login_is_valid(struct slice login)
{
    for (struct slice rest = login; rest.len > 0;) {
        uint32_t character = utf8_take(&rest);
        if (character == UTF8_INVALID || character == 0xfffd)
            return false;
    }
    return login.len > 0 && login.len <= ACCOUNT_LOGIN_MAX;
}

bool account_login_can_be_typed(struct slice login)
{
    CLEANUP_BUF struct buf shown = {0};
    escape_terminal(login, &shown);
    return account_login_is_valid(login) && slice_eq(buf_slice(&shown), login);
}

struct account_flag *account_flag_new(const struct account_flag *flag)
{
    size_t bytes = flag->login.len + flag->actor.len + flag->reason.len + flag->relay.len;
    struct account_flag *copy = mem_new(1, sizeof(*copy) + bytes);
    char *at = (char *)(copy + 1);
    *copy = *flag;
    copy->login = slice_put(flag->login, &at);
    copy->actor = slice_put(flag->actor, &at);
    copy->reason = slice_put(flag->reason, &at);
    copy->relay = slice_put(flag->relay, &at);
    return copy;
}
