/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a follower of a log stands: after the last line it gave. Kept as a text by whoever keeps
 * what came of the lines, so that both are saved together; a follower that begins from it gives
 * exactly the lines behind it. Pure.
 *
 *      files DEVICE.INODE.HEADLEN.HEADHASH.MODIFIED.OFFSET [...]     hexadecimal, oldest file first
 *      journal CURSOR                                                as sd_journal_get_cursor
 *      (nothing)                                                     not begun
 *
 * A log that is being rotated has two files for a while: the old one, to which the daemon still
 * writes, and the new one; hence a list. A file is known again by device and inode together with
 * its first bytes, or by these alone when it was copied or packed.
 */
#ifndef TD_IO_LOG_POSITION_H
#define TD_IO_LOG_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    LOG_HEAD_BYTES = 1024, /* of a file are its head: the first stamps of a log are its name */
    LOG_POSITION_FILES = 4,
    LOG_CURSOR_MAX = 511,
    LOG_POSITION_TEXT_MAX = 1024,
};

/* A place in one file. */
struct log_place {
    uint64_t device, inode;
    uint32_t head_len;   /* bytes of the head that were known, up to LOG_HEAD_BYTES; 0: none */
    uint64_t head_hash;  /* log_head_hash of them */
    int64_t modified_ns; /* its mtime when it was last read, for when it is not found again */
    int64_t offset;      /* after the last line, in unpacked bytes */
};

struct log_position {
    size_t count; /* of places; 0 and no cursor: not begun */
    struct log_place places[LOG_POSITION_FILES];
    char cursor[LOG_CURSOR_MAX + 1]; /* of the journal; "" for files */
};

/* FNV-1a, the same on every machine and in every version. */
uint64_t log_head_hash(struct slice head);

/* Appends at most LOG_POSITION_TEXT_MAX bytes, one line without newline. */
void log_position_format(const struct log_position *position, struct buf *to);

/* The reverse. False and err (ERR_INPUT), *position untouched: not such a text. */
bool log_position_parse(struct slice text, struct log_position *position, struct err *err);

#endif
