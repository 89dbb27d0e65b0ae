/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines out of one log: a plain file, a .gz .zst .bz2 .xz file (told by its first bytes, not its
 * name), a pipe or standard input. A compressed file is unpacked by a thread of its own, so that
 * several are unpacked at once and reading overlaps with what the caller does.
 *
 * Limits: a line is at most LOG_INPUT_LINE_MAX bytes; of a longer one the first bytes are given and
 * the rest is skipped and counted. Memory: at most about 1 MiB an open input.
 */
#ifndef TD_IO_LOG_INPUT_H
#define TD_IO_LOG_INPUT_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define LOG_INPUT_LINE_MAX 65536

struct log_input;

enum log_input_status {
    LOG_INPUT_LINE,
    LOG_INPUT_END,
    LOG_INPUT_FAILED, /* err says why; what came before was good (a broken .gz, a vanished file) */
};

struct log_input_facts {
    const char *name;    /* as given; "standard input" for "-" */
    int64_t modified_us; /* file's mtime, UTC; for a pipe the time it was opened */
    int64_t size_bytes;  /* as stored (compressed size); -1: not known */
    bool compressed;
    bool regular; /* a regular file: can be read again */
};

/* Opens `path`, or standard input for "-". NULL and err when it cannot be read, is a directory, ...
 */
struct log_input *log_input_open(const char *path, struct err *err);
void log_input_close(struct log_input *input);

/* Next line without its newline (and without a CR before it); valid until the next call. A last
 * line without newline is given too. */
enum log_input_status log_input_next(struct log_input *input, struct slice *line, struct err *err);

const struct log_input_facts *log_input_facts(const struct log_input *input);

/* Bytes of the file as stored that were read so far, for progress. */
int64_t log_input_position(const struct log_input *input);

/* Lines that were longer than LOG_INPUT_LINE_MAX so far. */
uint64_t log_input_cut_lines(const struct log_input *input);

/* The first bytes of the log, unpacked, up to 64 KiB, without consuming them; valid until the first
 * log_input_next. For a plain regular file also its last bytes: *tail, else empty. */
struct slice log_input_peek(struct log_input *input, struct slice *tail);

#endif
