/* SPDX-License-Identifier: Apache-2.0
 *
 * Does a mail server greet? Connects, hears the greeting (greeting.h), takes its leave politely,
 * on a loop of libuv that others use as well.
 *
 * With the PROXY protocol (version 1, haproxy's proxy-protocol.txt) its header goes first, with the
 * two addresses of the connection itself.
 *
 * The answer is told as soon as the greeting is complete; the connection stays until the server has
 * closed it, for GREETING_LEAVE_MS at most. Bounded: as many at once as was said when it was made,
 * GREETING_BYTES_MAX bytes of each. All on the loop's thread.
 */
#ifndef TD_IO_GREETING_PROBE_H
#define TD_IO_GREETING_PROBE_H

#include "base/endpoint.h"
#include "io/greeting.h"

struct uv_loop_s;

enum {
    GREETING_BYTES_MAX = 4096,
    GREETING_LEAVE_MS = 1000,
    GREETING_REASON_MAX = 200, /* bytes, with the NUL */
};

struct greeting_result {
    bool ok;
    int64_t latency_us; /* until the greeting, or until it was given up */
    /* Why not, a sentence without its end, safe to print; of a greeting its beginning, escaped. */
    char reason[GREETING_REASON_MAX];
};

/* Once for each probe that was begun, unless all were given up. May begin others. */
typedef void (*greeting_hear)(void *context, uint64_t token, const struct greeting_result *result);

struct greeting_question {
    struct endpoint at; /* TCP or UNIX */
    enum greeting_kind kind;
    bool proxy_protocol;  /* UNIX: `PROXY UNKNOWN` */
    uint32_t deadline_ms; /* of all until the greeting; above 0 */
    uint64_t token;       /* the caller's */
};

struct greeting_probe;

/* most: connections at once, those that are being left among them. hear and context: whom to tell.
 */
struct greeting_probe *greeting_probe_new(struct uv_loop_s *loop, uint32_t most, greeting_hear hear,
                                          void *context);

/* False: as many as there may be are under way; nothing is told. What fails at once is told before
 * it returns. */
bool greeting_probe_begin(struct greeting_probe *probe, const struct greeting_question *question);

/* Under way, or being left. */
uint32_t greeting_probe_busy(const struct greeting_probe *probe);

/* Gives all of them up; nobody is told. The loop has to turn until its handles are closed before it
 * ends; the probe itself is freed with the last of them. NULL is fine. */
void greeting_probe_free(struct greeting_probe *probe);

#endif
