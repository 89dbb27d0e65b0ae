/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_guard.h; RFC 6750 (bearer tokens), RFC 9110 7.2 (Host).
 */
#include "io/http_guard.h"

#include "base/ip_address.h"
#include "base/memory.h"

/* Looks at every byte of `right` whatever `given` is. */
bool http_guard_same(struct slice given, struct slice right)
{
    volatile unsigned char difference = given.len != right.len;
    for (size_t i = 0; i < right.len; i++) {
        unsigned char byte = (unsigned char)(i < given.len ? given.ptr[i] : 0);
        difference |= (unsigned char)(byte ^ (unsigned char)right.ptr[i]);
    }
    return difference == 0;
}

bool http_guard_may_write(enum http_write_rule rule, struct slice authorization, struct slice token)
{
    if (rule != HTTP_WRITE_WITH_TOKEN)
        return rule == HTTP_WRITE_ALWAYS;
    if (token.len < HTTP_TOKEN_BYTES_MIN || !slice_istarts_with(authorization, SLICE("Bearer ")))
        return false;
    return http_guard_same(slice_trim(slice_skip(authorization, 7)), token);
}

bool http_guard_host(struct slice host, const char *const *names, size_t count)
{
    struct ip_address ip;
    if (slice_take_prefix(&host, SLICE("["))) {
        struct slice inside = slice_cut(&host, ']');
        return host.ptr != NULL && slice_find_char(inside, ':') != NULL &&
               ip_address_parse(inside, &ip);
    }
    struct slice name = slice_cut(&host, ':');
    if (slice_ieq(name, SLICE("localhost")) || ip_address_parse(name, &ip))
        return true;
    for (size_t i = 0; i < count; i++)
        if (slice_ieq(name, slice_from_str(names[i])))
            return true;
    return false;
}
