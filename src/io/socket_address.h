/* SPDX-License-Identifier: Apache-2.0
 *
 * Between what people write (base/endpoint) and what sockets take: struct sockaddr_storage. An IPv4
 * address that came in an IPv6 socket (::ffff:192.0.2.1) is the IPv4 address.
 */
#ifndef TD_IO_SOCKET_ADDRESS_H
#define TD_IO_SOCKET_ADDRESS_H

#include <sys/socket.h>

#include "base/endpoint.h"

enum { SOCKET_ADDRESS_TEXT = 64 };

/* As for bind and connect; the length that goes with it is returned. */
socklen_t socket_address_of(const struct endpoint *endpoint, struct sockaddr_storage *to);

/* The IP address, without the port; none (len 0) of another family. The bytes may lie anywhere,
 * also not aligned. */
struct ip_address socket_address_ip(const struct sockaddr *address);

/* The port; 0 of another family. */
uint16_t socket_address_port(const struct sockaddr *address);

/* The IP address as text, NUL-terminated; "?" for what has none. */
void socket_address_text(const struct sockaddr *address, char text[SOCKET_ADDRESS_TEXT]);

#endif
