/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_override.h.
 */
#include "model/limit_override.h"

#include "base/memory.h"

struct limit_override *limit_override_new(const struct limit_override *one)
{
    size_t bytes =
        one->login.len + one->rule.len + one->actor.len + one->reason.len + one->relay.len;
    struct limit_override *copy = mem_new(1, sizeof(*copy) + bytes);
    char *at = (char *)(copy + 1);
    *copy = *one;
    copy->login = slice_put(one->login, &at);
    copy->rule = slice_put(one->rule, &at);
    copy->actor = slice_put(one->actor, &at);
    copy->reason = slice_put(one->reason, &at);
    copy->relay = slice_put(one->relay, &at);
    return copy;
}
