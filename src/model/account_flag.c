/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_flag.h.
 */
#include "model/account_flag.h"

#include <string.h>

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

bool account_login_is_plain(struct slice login)
{
    bool plain = login.len > 0;
    for (size_t i = 0; plain && i < login.len; i++)
        plain = ascii_is_alpha(login.ptr[i]) || ascii_is_digit(login.ptr[i]) ||
                memchr("@._+-", login.ptr[i], 5) != NULL;
    return plain && login.ptr[0] != '-';
}

/* Copies to *at, which goes on behind. */
static struct slice put(struct slice text, char **at)
{
    struct slice copy = {*at, text.len};
    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

struct account_flag *account_flag_new(const struct account_flag *flag)
{
    size_t bytes = flag->login.len + flag->actor.len + flag->reason.len;
    struct account_flag *copy = mem_new(1, sizeof(*copy) + bytes);
    char *at = (char *)(copy + 1);
    *copy = *flag;
    copy->login = put(flag->login, &at);
    copy->actor = put(flag->actor, &at);
    copy->reason = put(flag->reason, &at);
    return copy;
}
