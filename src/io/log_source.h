/* SPDX-License-Identifier: Apache-2.0
 *
 * A source of live log lines: a followed file, the followed journal, what a syslog listener heard.
 * They put this struct first in theirs. One thread.
 */
#ifndef TD_IO_LOG_SOURCE_H
#define TD_IO_LOG_SOURCE_H

#include "io/block.h"
#include "io/log_sink.h"
#include "io/log_watch.h"

enum log_turn {
    LOG_TURN_MORE, /* there is or may be more: come again soon */
    LOG_TURN_IDLE, /* nothing new: come again when woken, and once a second */
};

struct log_source;

struct log_source_class {
    /* Gives the lines of at most one block, and tells what there is to tell. now_us: a clock that
     * never jumps. The block (LOG_SOURCE_BLOCK_BYTES) is the caller's memory for reading, to be
     * left alone until the sink's pause, which a turn with lines ends with. */
    enum log_turn (*turn)(struct log_source *source, int64_t now_us, struct block *block);
    /* Watches what should wake it; true when that changed since the last call: it is then to have
     * another turn, for what came in between. */
    bool (*watch)(struct log_source *source, struct log_watch *watch, size_t owner);
    /* A descriptor that is readable when it should wake, or -1. It stays open until the turn after
     * the one that made this say something else. NULL: never any. */
    int (*descriptor)(const struct log_source *source);
    int64_t (*behind)(const struct log_source *source); /* bytes not yet given; -1: not known */
    uint64_t (*cut_lines)(const struct log_source *source);
    void (*free)(struct log_source *source);
};

enum { LOG_SOURCE_BLOCK_BYTES = 256 * 1024 };

/* Whether there is something to read from. */
enum log_source_state {
    LOG_SOURCE_READS,
    LOG_SOURCE_MISSING,  /* the log is not there (yet) */
    LOG_SOURCE_TROUBLED, /* it cannot be read, or not be listened to */
};

struct log_source {
    const struct log_source_class *class;
    size_t number;               /* before the sink; the owner may change it between turns */
    uint64_t lines;              /* given */
    enum log_source_state state; /* kept by the class */
    struct err why;              /* of another state than LOG_SOURCE_READS */
};

/* why: NULL when it reads. */
static inline void log_source_note(struct log_source *source, enum log_source_state state,
                                   const struct err *why)
{
    source->state = state;
    if (why != NULL)
        source->why = *why;
}

#endif
