/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_override.h.
 */
#include "model/limit_override.h"

#include <string.h>

#include "base/memory.h"

/* Copies to *at, which goes on behind. */
static struct slice put(struct slice text, char **at)
{
    struct slice copy = {*at, text.len};
    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

struct limit_override *limit_override_new(const struct limit_override *one)
{
    size_t bytes = one->login.len + one->rule.len + one->actor.len + one->reason.len;
    struct limit_override *copy = mem_new(1, sizeof(*copy) + bytes);
    char *at = (char *)(copy + 1);
    *copy = *one;
    copy->login = put(one->login, &at);
    copy->rule = put(one->rule, &at);
    copy->actor = put(one->actor, &at);
    copy->reason = put(one->reason, &at);
    return copy;
}
