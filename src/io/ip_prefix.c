/* SPDX-License-Identifier: Apache-2.0
 *
 * See ip_prefix.h. All is compared as 16 bytes, RFC 4291 section 2.5.5.2.
 */
#include "io/ip_prefix.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { V4_AT = 12, V4_BITS_BEFORE = 96 };

static const uint8_t v4_head[V4_AT] = {[10] = 0xff, [11] = 0xff};

/* inet_pton wants a NUL. */
static bool parse_address(struct slice text, uint8_t bytes[16], bool *v4)
{
    char copy[IP_TEXT_BYTES];
    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len) != NULL)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *v4 = slice_find_char(text, ':') == NULL;
    if (!*v4)
        return inet_pton(AF_INET6, copy, bytes) == 1;
    memcpy(bytes, v4_head, V4_AT);
    return inet_pton(AF_INET, copy, bytes + V4_AT) == 1;
}

/* Do two addresses agree in their first bits? */
static bool agree(const uint8_t a[16], const uint8_t b[16], unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool has_host_bits(const struct ip_prefix *prefix)
{
    for (unsigned bit = prefix->bits; bit < 128; bit++)
        if (prefix->bytes[bit / 8] & (0x80u >> bit % 8))
            return true;
    return false;
}

bool ip_prefix_parse(struct slice text, struct ip_prefix *prefix, struct err *err)
{
    struct ip_prefix parsed = {.bits = 128};
    struct slice bits_text = text;
    struct slice address = slice_cut(&bits_text, '/');
    bool v4 = false;
    uint64_t bits = 0;
    bool ok = parse_address(address, parsed.bytes, &v4);
    if (ok && bits_text.ptr != NULL) {
        ok = slice_to_u64(bits_text, v4 ? 32 : 128, &bits);
        parsed.bits = (unsigned)bits + (v4 ? V4_BITS_BEFORE : 0);
    }
    if (!ok)
        return err_set(err, ERR_INPUT,
                       "'%.*s' is no network: write 192.0.2.0/24, 192.0.2.1 or 2001:db8::/32",
                       SLICE_ARG(slice_first(text, 80)));
    if (has_host_bits(&parsed))
        return err_set(err, ERR_INPUT, "'%.*s' has bits behind its prefix length",
                       SLICE_ARG(slice_first(text, 80)));
    *prefix = parsed;
    return true;
}

/* Through memcpy: a sockaddr may lie anywhere in a buffer. */
static bool address_bytes(const struct sockaddr *address, uint8_t bytes[16])
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        memcpy(bytes, v4_head, V4_AT);
        memcpy(bytes + V4_AT, &v4.sin_addr, 4);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof(v6));
    memcpy(bytes, &v6.sin6_addr, 16);
    return true;
}

bool ip_prefix_has(const struct ip_prefix *prefix, const struct sockaddr *address)
{
    uint8_t bytes[16];
    return address_bytes(address, bytes) && agree(prefix->bytes, bytes, prefix->bits);
}

bool ip_prefix_is_same(const struct ip_prefix *a, const struct ip_prefix *b)
{
    return a->bits == b->bits && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool ip_is_loopback(const struct sockaddr *address)
{
    static const uint8_t v4[16] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    static const uint8_t v6[16] = {[15] = 1};
    uint8_t bytes[16];
    return address_bytes(address, bytes) &&
           (agree(v4, bytes, V4_BITS_BEFORE + 8) || agree(v6, bytes, 128));
}

void ip_format(const struct sockaddr *address, char text[IP_TEXT_BYTES])
{
    uint8_t bytes[16];
    memcpy(text, "?", 2);
    if (!address_bytes(address, bytes))
        return;
    bool v4 = memcmp(bytes, v4_head, V4_AT) == 0;
    (void)inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + V4_AT : bytes, text, IP_TEXT_BYTES);
}

bool ip_endpoint_parse(const char *text, struct sockaddr_storage *address, struct err *err)
{
    struct slice whole = slice_from_str(text), host = whole;
    const char *colon = slice_find_last_char(whole, ':');
    uint64_t port = 0;
    uint8_t bytes[16];
    bool v4 = false;
    bool ok =
        colon != NULL && slice_to_u64(slice_between(colon + 1, slice_end(whole)), 65535, &port);
    if (ok)
        host = slice_between(whole.ptr, colon);
    bool bracketed = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    if (bracketed)
        host = slice_of(host.ptr + 1, host.len - 2);
    if (!ok || !parse_address(host, bytes, &v4) || v4 == bracketed)
        return err_set(err, ERR_INPUT,
                       "'%s' is no address to listen at: write 127.0.0.1:5514 or [::1]:5514", text);
    *address = (struct sockaddr_storage){0};
    if (v4) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        memcpy(&in.sin_addr, bytes + V4_AT, 4);
        memcpy(address, &in, sizeof(in));
        return true;
    }
    struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    memcpy(&in.sin6_addr, bytes, 16);
    memcpy(address, &in, sizeof(in));
    return true;
}
