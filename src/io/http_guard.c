/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_guard.h; RFC 6750 (bearer tokens), RFC 9110 7.2 (Host).
 */
#include "io/http_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/memory.h"

/* Looks at every byte of `right` whatever `given` is. */
static bool same_secret(struct slice given, struct slice right)
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
    return same_secret(slice_trim(slice_skip(authorization, 7)), token);
}

static bool is_address(struct slice host, bool v6)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    if (host.len >= sizeof(text) || slice_find_char(host, '\0') != NULL)
        return false;
    if (host.len > 0)
        memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(v6 ? AF_INET6 : AF_INET, text, address) == 1;
}

bool http_guard_host(struct slice host, const char *const *names, size_t count)
{
    if (slice_take_prefix(&host, SLICE("["))) {
        const char *end = slice_find_char(host, ']');
        return end != NULL && is_address(slice_between(host.ptr, end), true);
    }
    struct slice name = slice_cut(&host, ':');
    if (slice_ieq(name, SLICE("localhost")) || is_address(name, false))
        return true;
    for (size_t i = 0; i < count; i++)
        if (slice_ieq(name, slice_from_str(names[i])))
            return true;
    return false;
}
