/* SPDX-License-Identifier: Apache-2.0
 *
 * see ip_address.h. libc reads and writes the text.
 */
#include "base/ip_address.h"

#include <arpa/inet.h>

bool ip_address_parse(struct slice text, struct ip_address *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char copy[INET6_ADDRSTRLEN];
    struct ip_address ip = {0};
    if (text.len == 0 || text.len >= sizeof(copy) || slice_find_char(text, '\0') != NULL)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, ip.bytes) == 1) {
        ip.len = 4;
    } else if (inet_pton(AF_INET6, copy, ip.bytes) == 1) {
        ip.len = 16;
    } else {
        return false;
    }
    if (ip.len == 16 && memcmp(ip.bytes, mapped, sizeof(mapped)) == 0) {
        memcpy(ip.bytes, ip.bytes + 12, 4);
        memset(ip.bytes + 4, 0, 12);
        ip.len = 4;
    }
    *out = ip;
    return true;
}

void ip_address_format(const struct ip_address *ip, struct buf *to)
{
    char text[INET6_ADDRSTRLEN];
    if (ip->len == 0)
        return;
    if (inet_ntop(ip->len == 4 ? AF_INET : AF_INET6, ip->bytes, text, sizeof(text)) != NULL)
        buf_add_str(to, text);
}

bool ip_address_eq(const struct ip_address *a, const struct ip_address *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool ip_address_is_loopback(const struct ip_address *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    return ip->len == 4 ? ip->bytes[0] == 127
                        : ip->len == 16 && memcmp(ip->bytes, one, sizeof(one)) == 0;
}

/* Bit i, counted from the first. */
static bool ip_bit(const struct ip_address *ip, unsigned i)
{
    return (ip->bytes[i / 8] >> (7 - i % 8)) & 1;
}

bool ip_network_parse(struct slice text, struct ip_network *out)
{
    struct slice length = text;
    struct slice address = slice_cut(&length, '/');
    struct ip_network prefix;
    if (!ip_address_parse(address, &prefix.ip))
        return false;
    unsigned all = prefix.ip.len * 8u;
    uint64_t bits = all;
    if (length.ptr != NULL && !slice_to_u64(length, all, &bits))
        return false;
    if (length.ptr != NULL && slice_find_char(address, ':') != NULL && prefix.ip.len == 4)
        return false; /* ::ffff:192.0.2.0/120: the length would count other bits */
    for (unsigned i = (unsigned)bits; i < all; i++)
        if (ip_bit(&prefix.ip, i))
            return false;
    prefix.bits = (uint8_t)bits;
    *out = prefix;
    return true;
}

void ip_network_format(const struct ip_network *prefix, struct buf *to)
{
    ip_address_format(&prefix->ip, to);
    if (prefix->bits < prefix->ip.len * 8)
        buf_addf(to, "/%u", prefix->bits);
}
