/* SPDX-License-Identifier: Apache-2.0
 *
 * Where something listens or is found, as people write it: `127.0.0.1:8481`, `[::1]:8481`,
 * `unix:/run/todoku/policy`. Names of hosts are none: a daemon that needs DNS to listen does not
 * start when DNS is down.
 */
#ifndef TD_BASE_ENDPOINT_H
#define TD_BASE_ENDPOINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/ip_address.h"
#include "base/slice.h"

#define ENDPOINT_PATH_MAX 107 /* of sockaddr_un on Linux, with its NUL 108 */

enum endpoint_kind { ENDPOINT_TCP, ENDPOINT_UDP, ENDPOINT_UNIX };

struct endpoint {
    enum endpoint_kind kind;
    struct ip_address ip;             /* unless UNIX */
    uint16_t port;                    /* 0: whichever is free; UNIX: 0 */
    char path[ENDPOINT_PATH_MAX + 1]; /* UNIX: from the root; else empty */
};

/* ADDRESS:PORT gives TCP, unix:PATH gives UNIX. False: another form (no port, a relative or too
 * long path, control bytes); *out untouched. */
bool endpoint_parse(struct slice text, struct endpoint *out);

/* The same with the transport said: `udp:127.0.0.1:5514`, `tcp:[::1]:5514`, `unix:PATH`. */
bool endpoint_parse_transport(struct slice text, struct endpoint *out);

/* Appends the text without (TCP) or with the transport; the parser of that form reads it back. */
void endpoint_format(const struct endpoint *endpoint, struct buf *to);
void endpoint_format_transport(const struct endpoint *endpoint, struct buf *to);

bool endpoint_eq(const struct endpoint *a, const struct endpoint *b);

/* Whether only this host can reach it: UNIX, or a loopback address. */
bool endpoint_is_local(const struct endpoint *endpoint);

#endif
