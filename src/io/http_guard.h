/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may change things, and under which name a browser may come. Pure.
 */
#ifndef TD_IO_HTTP_GUARD_H
#define TD_IO_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum http_write_rule {
    HTTP_WRITE_NEVER,
    HTTP_WRITE_WITH_TOKEN, /* `Authorization: Bearer TOKEN` */
    HTTP_WRITE_ALWAYS,     /* a unix socket: its file's mode and group already say who */
};

/* A token is at least this long, so that it is not guessed. */
enum { HTTP_TOKEN_BYTES_MIN = 16, HTTP_TOKEN_BYTES_MAX = 256 };

/* May a request with this Authorization header (empty: none) write? `token` is the listener's.
 * Takes as long for a wrong token as for the right one of the same length. */
bool http_guard_may_write(enum http_write_rule rule, struct slice authorization,
                          struct slice token);

/* Are these the same bytes? Takes as long for wrong ones as for the right ones of that length. */
bool http_guard_same(struct slice given, struct slice right);

/* Is a Host header one of ours? IP addresses and `localhost` always are, with any port; of names
 * those in `names` (count of them, ASCII case does not matter). A page of a stranger that has its
 * own name point at us (DNS rebinding) comes with that name. */
bool http_guard_host(struct slice host, const char *const *names, size_t count);

#endif
