/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of IPv4 and IPv6, networks of them, and sockets at them. An IPv4 address that came in
 * an IPv6 socket (::ffff:192.0.2.1) is the IPv4 address.
 */
#ifndef TD_IO_IP_PREFIX_H
#define TD_IO_IP_PREFIX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/slice.h"

struct ip_prefix {
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;     /* 0 to 128, of the 16 bytes */
};

/* `192.0.2.0/24`, `192.0.2.1`, `2001:db8::/32`, `::1`. False and err (ERR_INPUT): another text, or
 * bits set behind the prefix. */
bool ip_prefix_parse(struct slice text, struct ip_prefix *prefix, struct err *err);

bool ip_prefix_has(const struct ip_prefix *prefix, const struct sockaddr *address);
bool ip_prefix_is_same(const struct ip_prefix *a, const struct ip_prefix *b);

/* 127.0.0.0/8 or ::1? */
bool ip_is_loopback(const struct sockaddr *address);

enum { IP_TEXT_BYTES = 48 };

/* The address without its port, NUL-terminated; "?" for what is no IP address. */
void ip_format(const struct sockaddr *address, char text[IP_TEXT_BYTES]);

/* `127.0.0.1:514`, `[::1]:514`; port 0 is allowed. False and err (ERR_INPUT). */
bool ip_endpoint_parse(const char *text, struct sockaddr_storage *address, struct err *err);

#endif
