/* SPDX-License-Identifier: Apache-2.0
 *
 * see ip_address.h. libc reads and writes the text.
 */
#include "base/ip_address.h"

#include <arpa/inet.h>

struct ip_address ip_address_of(const uint8_t *bytes, uint8_t len)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool is_mapped = len == 16 && memcmp(bytes, mapped, sizeof(mapped)) == 0;
    struct ip_address ip = {.len = is_mapped ? 4 : len};
    memcpy(ip.bytes, is_mapped ? bytes + sizeof(mapped) : bytes, ip.len);
    return ip;
}

bool ip_address_parse(struct slice text, struct ip_address *out)
{
    char copy[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    if (text.len == 0 || text.len >= sizeof(copy) || slice_find_char(text, '\0') != NULL)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    bool v4 = inet_pton(AF_INET, copy, bytes) == 1;
    if (!v4 && inet_pton(AF_INET6, copy, bytes) != 1)
        return false;
    *out = ip_address_of(bytes, v4 ? 4 : 16);
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

struct ip_address ip_address_of_listener(const struct ip_address *ip)
{
    static const uint8_t any[16];
    struct ip_address found = *ip;
    if (ip->len == 0 || memcmp(ip->bytes, any, sizeof(any)) != 0)
        return found;
    if (ip->len == 4)
        found.bytes[0] = 127;
    found.bytes[ip->len - 1] = 1;
    return found;
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

bool ip_network_has(const struct ip_network *prefix, const struct ip_address *ip)
{
    unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
    if (prefix->ip.len != ip->len || ip->len == 0 ||
        memcmp(prefix->ip.bytes, ip->bytes, whole) != 0)
        return false;
    return rest == 0 || (prefix->ip.bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}

bool ip_network_eq(const struct ip_network *a, const struct ip_network *b)
{
    return a->bits == b->bits && ip_address_eq(&a->ip, &b->ip);
}

/* ---- kinds ---- */

static bool is_in(const struct ip_network *networks, size_t count, const struct ip_address *ip)
{
    for (size_t i = 0; i < count; i++)
        if (ip_network_has(&networks[i], ip))
            return true;
    return false;
}

bool ip_address_is_private(const struct ip_address *ip)
{
    static const struct ip_network all[] = {
        {{{10}, 4}, 8},        {{{100, 64}, 4}, 10}, {{{169, 254}, 4}, 16},    {{{172, 16}, 4}, 12},
        {{{192, 168}, 4}, 16}, {{{0xfc}, 16}, 7},    {{{0xfe, 0x80}, 16}, 10},
    };
    return is_in(all, sizeof(all) / sizeof(all[0]), ip);
}

bool ip_address_is_reserved(const struct ip_address *ip)
{
    static const struct ip_network all[] = {
        {{{0}, 4}, 8},
        {{{127}, 4}, 8},
        {{{192, 0, 2}, 4}, 24},
        {{{198, 18}, 4}, 15},
        {{{198, 51, 100}, 4}, 24},
        {{{203, 0, 113}, 4}, 24},
        {{{224}, 4}, 3}, /* groups, and what was never given out */
        {{{0}, 16}, 8},  /* ::, ::1 */
        {{{0x20, 0x01, 0x0d, 0xb8}, 16}, 32},
        {{{0x3f, 0xff}, 16}, 20},
        {{{0xff}, 16}, 8},
    };
    return is_in(all, sizeof(all) / sizeof(all[0]), ip);
}

void ip_address_format_labels(const struct ip_address *ip, struct buf *to)
{
    for (size_t i = ip->len; i-- > 0;) {
        unsigned byte = ip->bytes[i];
        if (ip->len == 4)
            buf_addf(to, "%u", byte);
        else
            buf_addf(to, "%x.%x", byte & 15, byte >> 4);
        if (i > 0)
            buf_add_char(to, '.');
    }
}

void ip_network_format(const struct ip_network *prefix, struct buf *to)
{
    ip_address_format(&prefix->ip, to);
    if (prefix->bits < prefix->ip.len * 8)
        buf_addf(to, "/%u", prefix->bits);
}
