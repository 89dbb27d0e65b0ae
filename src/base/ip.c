/* SPDX-License-Identifier: Apache-2.0
 *
 * See ip.h. libc reads and writes the text.
 */
#include "base/ip.h"

#include <arpa/inet.h>

bool ip_parse(struct slice text, struct ip *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char copy[INET6_ADDRSTRLEN];
    struct ip ip = {0};
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

void ip_format(const struct ip *ip, struct buf *to)
{
    char text[INET6_ADDRSTRLEN];
    if (ip->len == 0)
        return;
    if (inet_ntop(ip->len == 4 ? AF_INET : AF_INET6, ip->bytes, text, sizeof(text)) != NULL)
        buf_add_str(to, text);
}

bool ip_eq(const struct ip *a, const struct ip *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    return ip->len == 4 ? ip->bytes[0] == 127
                        : ip->len == 16 && memcmp(ip->bytes, one, sizeof(one)) == 0;
}

/* Bit i, counted from the first. */
static bool ip_bit(const struct ip *ip, unsigned i)
{
    return (ip->bytes[i / 8] >> (7 - i % 8)) & 1;
}

bool ip_prefix_parse(struct slice text, struct ip_prefix *out)
{
    struct slice length = text;
    struct slice address = slice_cut(&length, '/');
    struct ip_prefix prefix;
    if (!ip_parse(address, &prefix.ip))
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

void ip_prefix_format(const struct ip_prefix *prefix, struct buf *to)
{
    ip_format(&prefix->ip, to);
    if (prefix->bits < prefix->ip.len * 8)
        buf_addf(to, "/%u", prefix->bits);
}

bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip *ip)
{
    if (prefix->ip.len != ip->len || ip->len == 0)
        return false;
    size_t whole = prefix->bits / 8;
    unsigned rest = prefix->bits % 8;
    if (memcmp(prefix->ip.bytes, ip->bytes, whole) != 0)
        return false;
    return rest == 0 || ((prefix->ip.bytes[whole] ^ ip->bytes[whole]) >> (8 - rest)) == 0;
}
