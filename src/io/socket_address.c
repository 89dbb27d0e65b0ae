/* SPDX-License-Identifier: Apache-2.0
 *
 * See socket_address.h; ip(7), ipv6(7), unix(7). Read through memcpy: a sockaddr may lie anywhere
 * in a buffer.
 */
#include "io/socket_address.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

static socklen_t of_path(const char *path, struct sockaddr_storage *to)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _Static_assert(sizeof(address.sun_path) > ENDPOINT_PATH_MAX, "a path fits with its NUL");
    memcpy(address.sun_path, path, strlen(path));
    memcpy(to, &address, sizeof(address));
    return sizeof(address);
}

socklen_t socket_address_of(const struct endpoint *endpoint, struct sockaddr_storage *to)
{
    *to = (struct sockaddr_storage){0};
    if (endpoint->kind == ENDPOINT_UNIX)
        return of_path(endpoint->path, to);
    if (endpoint->ip.len == 4) {
        struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(endpoint->port)};
        memcpy(&in4.sin_addr, endpoint->ip.bytes, 4);
        memcpy(to, &in4, sizeof(in4));
        return sizeof(in4);
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(endpoint->port)};
    memcpy(&in6.sin6_addr, endpoint->ip.bytes, 16);
    memcpy(to, &in6, sizeof(in6));
    return sizeof(in6);
}

struct ip_address socket_address_ip(const struct sockaddr *address)
{
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    if (address->sa_family == AF_INET) {
        memcpy(&in4, address, sizeof(in4));
        return ip_address_of((const uint8_t *)&in4.sin_addr, 4);
    }
    if (address->sa_family != AF_INET6)
        return (struct ip_address){0};
    memcpy(&in6, address, sizeof(in6));
    return ip_address_of((const uint8_t *)&in6.sin6_addr, 16);
}

uint16_t socket_address_port(const struct sockaddr *address)
{
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    if (address->sa_family == AF_INET) {
        memcpy(&in4, address, sizeof(in4));
        return ntohs(in4.sin_port);
    }
    if (address->sa_family != AF_INET6)
        return 0;
    memcpy(&in6, address, sizeof(in6));
    return ntohs(in6.sin6_port);
}

void socket_address_text(const struct sockaddr *address, char text[SOCKET_ADDRESS_TEXT])
{
    CLEANUP_BUF struct buf shown = {0};
    struct ip_address ip = socket_address_ip(address);
    ip_address_format(&ip, &shown);
    (void)snprintf(text, SOCKET_ADDRESS_TEXT, "%s", shown.len > 0 ? buf_str(&shown) : "?");
}
