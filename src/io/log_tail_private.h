/* SPDX-License-Identifier: Apache-2.0
 *
 * The two halves of log_tail: log_tail.c reads what is held, log_tail_find.c finds what to hold.
 */
#ifndef TD_IO_LOG_TAIL_PRIVATE_H
#define TD_IO_LOG_TAIL_PRIVATE_H

#include "base/buf.h"
#include "io/log_tail.h"
#include "io/tail_file.h"

#define LOG_TAIL_NEVER INT64_C(-1)

struct held {
    struct tail_file *file;
    bool unproven;           /* was held without a line: its name may have a past of its own */
    int64_t still_since_us;  /* at its end since; LOG_TAIL_NEVER: not */
    int64_t hole_since_us;   /* NUL bytes are next since; LOG_TAIL_NEVER: not */
    int64_t shrunk_since_us; /* shorter than what was read, since; LOG_TAIL_NEVER: not */
};

struct log_tail {
    struct log_source source;
    struct log_sink sink;
    struct buf path;
    int64_t since_us, linger_us;
    struct held held[LOG_POSITION_FILES];
    size_t count;
    struct log_position position;
    int64_t missing_since_us; /* the log's name; LOG_TAIL_NEVER: is there */
    int64_t unopened_bytes;   /* of newer files, at the last scan */
    uint64_t cut_lines;       /* of files no longer held */
    bool waited;              /* the log was not there at first: all of it is new */
    bool troubled, waiting_told;
    bool rewatch; /* what is held has changed */
};

/* --- log_tail.c --- */

void log_tail_tell(const struct log_tail *tail, enum log_event event, const struct err *text);
void log_tail_tell_trouble(struct log_tail *tail, const struct err *err);
void log_tail_tell_waiting(struct log_tail *tail);

void log_tail_pause(const struct log_tail *tail);

/* Holds one more file, the newest; the oldest goes when there are too many. */
void log_tail_hold(struct log_tail *tail, struct tail_file *file);
void log_tail_drop_newest(struct log_tail *tail);
void log_tail_drop_all(struct log_tail *tail);

/* Gives what stands behind the last newline of a held file. */
void log_tail_give_unfinished(struct log_tail *tail, size_t index);

/* --- log_tail_find.c --- */

/* Finds what is to be read from the position on, or, without one, where to begin, and holds it
 * instead of what is held. cut: a file that became shorter is to be believed. False: not now; what
 * is held stays. */
bool log_tail_begin(struct log_tail *tail, bool cut);

/* The newest held file is not the one with the log's name: holds the next one too. */
bool log_tail_go_on(struct log_tail *tail, int64_t now_us);

/* Of at least two held files: does the newest come right behind the one before it? Not when it was
 * filled, copied and truncated since it was held. */
bool log_tail_is_successor(const struct log_tail *tail);

#endif
