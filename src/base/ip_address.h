/* SPDX-License-Identifier: Apache-2.0
 *
 * IP addresses and networks: `192.0.2.1`, `2001:db8::1`, `192.0.2.0/24`. Value types. IPv4 that is
 * mapped into IPv6 (::ffff:192.0.2.1) is IPv4 here, so that one address has one form whatever
 * socket it came through.
 */
#ifndef TD_BASE_IP_ADDRESS_H
#define TD_BASE_IP_ADDRESS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

struct ip_address {
    uint8_t bytes[16]; /* network order; IPv4 uses the first 4, the others are 0 */
    uint8_t len;       /* 4, 16, or 0: none */
};

struct ip_network {
    struct ip_address ip; /* bits behind the prefix are 0 */
    uint8_t bits;         /* 0 to 32 or 128 */
};

/* From bytes in network order, len 4 or 16. */
struct ip_address ip_address_of(const uint8_t *bytes, uint8_t len);

/* Dotted decimal of four parts without leading zeros, or RFC 4291 text without zone and brackets.
 * False: another form; *out untouched. */
bool ip_address_parse(struct slice text, struct ip_address *out);

/* Appends the canonical text (RFC 5952 for IPv6); nothing for none. */
void ip_address_format(const struct ip_address *ip, struct buf *to);

/* Of the same family and bytes; an IPv4 address is not its mapped IPv6 form. */
bool ip_address_eq(const struct ip_address *a, const struct ip_address *b);

/* Whether only this host can be meant: 127.0.0.0/8, ::1. */
bool ip_address_is_loopback(const struct ip_address *ip);

/* Addresses of networks of one's own (RFC 1918, 4193, 6598, link-local): elsewhere they mean
 * others, or nobody. */
bool ip_address_is_private(const struct ip_address *ip);

/* Loopback, and what is kept for documentation, tests, groups or nobody (RFC 6890): no host on the
 * Internet has it. */
bool ip_address_is_reserved(const struct ip_address *ip);

/* Appends the labels of its reverse name (RFC 1035, 3596): `1.2.0.192`, the 32 digits of IPv6.
 * Nothing for none. */
#define IP_ADDRESS_LABELS_MAX 63
void ip_address_format_labels(const struct ip_address *ip, struct buf *to);

/* Where this host finds what listens there: for 0.0.0.0 and :: the loopback address of the family.
 */
struct ip_address ip_address_of_listener(const struct ip_address *ip);

/* An address alone is a prefix of its full length. False: another form, too many bits, or bits set
 * behind the prefix (192.0.2.1/24); *out untouched. */
bool ip_network_parse(struct slice text, struct ip_network *out);

/* Whether the address is in the network. An IPv4 address is in no IPv6 network, ::/0 included. */
bool ip_network_has(const struct ip_network *prefix, const struct ip_address *ip);

/* The same prefix and the same length. */
bool ip_network_eq(const struct ip_network *a, const struct ip_network *b);

/* Appends the text; the length is left out when it is full. */
void ip_network_format(const struct ip_network *prefix, struct buf *to);

#endif
