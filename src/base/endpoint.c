/* SPDX-License-Identifier: Apache-2.0
 *
 * See endpoint.h.
 */
#include "base/endpoint.h"

static bool parse_path(struct slice path, struct endpoint *out)
{
    struct endpoint endpoint = {.kind = ENDPOINT_UNIX};
    if (path.len < 2 || path.len > ENDPOINT_PATH_MAX || path.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.ptr[i] < 0x20 || path.ptr[i] == 0x7f)
            return false;
    memcpy(endpoint.path, path.ptr, path.len);
    *out = endpoint;
    return true;
}

static bool parse_address(struct slice text, enum endpoint_kind kind, struct endpoint *out)
{
    struct endpoint endpoint = {.kind = kind};
    const char *colon = slice_find_last_char(text, ':');
    uint64_t port;
    if (colon == NULL)
        return false;
    struct slice address = slice_between(text.ptr, colon);
    struct slice digits = slice_between(colon + 1, slice_end(text));
    if (!slice_to_u64(digits, UINT16_MAX, &port))
        return false;
    bool brackets = slice_starts_with(address, SLICE("[")) && slice_ends_with(address, SLICE("]"));
    if (brackets)
        address = slice_of(address.ptr + 1, address.len - 2);
    if (brackets != (slice_find_char(address, ':') != NULL) ||
        !ip_address_parse(address, &endpoint.ip))
        return false;
    endpoint.port = (uint16_t)port;
    *out = endpoint;
    return true;
}

bool endpoint_parse(struct slice text, struct endpoint *out)
{
    if (slice_take_prefix(&text, SLICE("unix:")))
        return parse_path(text, out);
    return parse_address(text, ENDPOINT_TCP, out);
}

bool endpoint_parse_transport(struct slice text, struct endpoint *out)
{
    if (slice_take_prefix(&text, SLICE("unix:")))
        return parse_path(text, out);
    if (slice_take_prefix(&text, SLICE("udp:")))
        return parse_address(text, ENDPOINT_UDP, out);
    return slice_take_prefix(&text, SLICE("tcp:")) && parse_address(text, ENDPOINT_TCP, out);
}

static void format_address(const struct endpoint *endpoint, struct buf *to)
{
    bool brackets = endpoint->ip.len == 16;
    buf_add_str(to, brackets ? "[" : "");
    ip_address_format(&endpoint->ip, to);
    buf_addf(to, "%s:%u", brackets ? "]" : "", endpoint->port);
}

void endpoint_format(const struct endpoint *endpoint, struct buf *to)
{
    if (endpoint->kind == ENDPOINT_UNIX)
        buf_addf(to, "unix:%s", endpoint->path);
    else
        format_address(endpoint, to);
}

void endpoint_format_transport(const struct endpoint *endpoint, struct buf *to)
{
    if (endpoint->kind != ENDPOINT_UNIX)
        buf_add_str(to, endpoint->kind == ENDPOINT_UDP ? "udp:" : "tcp:");
    endpoint_format(endpoint, to);
}

bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
    return a->kind == b->kind && a->port == b->port && ip_address_eq(&a->ip, &b->ip) &&
           strncmp(a->path, b->path, sizeof(a->path)) == 0;
}

bool endpoint_is_local(const struct endpoint *endpoint)
{
    return endpoint->kind == ENDPOINT_UNIX || ip_address_is_loopback(&endpoint->ip);
}
