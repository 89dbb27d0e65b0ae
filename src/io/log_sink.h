/* SPDX-License-Identifier: Apache-2.0
 *
 * What the sources of live log lines call. All calls come from the one thread that runs the source.
 */
#ifndef TD_IO_LOG_SINK_H
#define TD_IO_LOG_SINK_H

#include <stddef.h>

#include "base/slice.h"
#include "io/log_position.h"

/* Said once when it happens, not at every try. */
enum log_event {
    LOG_WAITING,   /* the file is not there yet */
    LOG_ROTATED,   /* another file goes on */
    LOG_TRUNCATED, /* the file began anew */
    LOG_GAP,       /* lines may have been lost, and why */
    LOG_TROUBLE,   /* cannot be read, bound or written: retried; says what to do */
    LOG_RECOVERED, /* the trouble is over */
    LOG_REFUSED,   /* a sender that is not allowed, or too many of them */
};

struct log_item {
    size_t source;     /* as the source was numbered by its owner */
    struct slice line; /* without newline */
    struct slice peer; /* address of the host that sent it; empty: not from the net */
    const struct log_position *after;
};

struct log_sink {
    void *user;
    /* The bytes of the line and the peer stay until pause is called; the position only during the
     * call. */
    void (*line)(void *user, const struct log_item *item);
    /* The lines since the last pause are a batch: now is the time to hand them over and to save
     * `at`. Also called without lines before it when the position changed (begin, rotation). */
    void (*pause)(void *user, size_t source, const struct log_position *at);
    /* About once a second, whether lines come or not, the first time soon; NULL: not wanted. */
    void (*tick)(void *user);
    /* text: one line, safe to print. */
    void (*tell)(void *user, size_t source, enum log_event event, const char *text);
};

#endif
