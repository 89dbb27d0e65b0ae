/* SPDX-License-Identifier: Apache-2.0
 *
 * One file of a log that is being written, read on as it grows, line by line. Also a packed
 * rotation of it, from begin to end; offsets then count unpacked bytes, so that a place stays true
 * when the file is packed.
 *
 * A plain file is read with pread(2) in the caller's block, which several files may share: between
 * two fills only the begin of an unfinished line is kept (64 KiB once there was one), and the head.
 * After each read the head is compared: bytes that were read from what took the place of the old
 * content (copytruncate) are not given.
 */
#ifndef TD_IO_TAIL_FILE_H
#define TD_IO_TAIL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "io/log_position.h"

struct tail_file;

enum tail_status {
    TAIL_SOME,     /* something was read: ask for lines, then fill again */
    TAIL_END,      /* nothing new; a packed file: nothing will come */
    TAIL_REPLACED, /* other bytes stand where its head was */
    TAIL_SHRUNK,   /* it ends before what was read: truncated, or an old size told by a network
                      file system */
    TAIL_HOLE,     /* NUL bytes are next: on a network file system lines that are still to come */
    TAIL_FAILED,   /* err says why, with the path */
};

/* At its begin. NULL and err: missing, not allowed, no regular file, packed in a way that is not
 * read here (lz4 ...). Does not wait. */
struct tail_file *tail_file_open(const char *path, struct err *err);
void tail_file_free(struct tail_file *file);

/* Before the first fill: begins at `offset` of what is in it; beyond the end is fine. */
void tail_file_seek(struct tail_file *file, int64_t offset);

/* Before the first fill: begins behind the last newline that is in it now. Not for a packed one. */
void tail_file_seek_end(struct tail_file *file);

struct tail_block {
    char *bytes;  /* must stay as long as lines of it are in use */
    size_t size;  /* at least 4096 */
    bool through; /* take NUL bytes too, instead of saying TAIL_HOLE */
};

/* Reads what the block has room for; lines of the fill before must be used up. */
enum tail_status tail_file_fill(struct tail_file *file, const struct tail_block *block,
                                struct err *err);

/* The next whole line of what was filled, at most LOG_INPUT_LINE_MAX bytes of it; false: fill. */
bool tail_file_next(struct tail_file *file, struct slice *line);

/* What stands behind the last newline, given as a line; false: nothing. */
bool tail_file_finish(struct tail_file *file, struct slice *line);

/* Is the content that of `place`, as far as its head tells? False for a place without a head. */
bool tail_file_has_head(const struct tail_file *file, const struct log_place *place);

/* After the last line given; valid until the next call. */
const struct log_place *tail_file_place(const struct tail_file *file);

const char *tail_file_path(const struct tail_file *file); /* it was opened by */
int tail_file_descriptor(const struct tail_file *file);
bool tail_file_is_packed(const struct tail_file *file);
uint64_t tail_file_cut_lines(const struct tail_file *file);

/* Bytes not yet given, as stored; as of the last fill. */
int64_t tail_file_behind(const struct tail_file *file);

#endif
