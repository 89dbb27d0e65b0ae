/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines out of one log: a plain file, a .gz .zst .bz2 .xz file (told by its first bytes, not its
 * name), a pipe, standard input or the journal. A compressed file is unpacked by a thread of its
 * own from the moment it is opened, so that several are unpacked at once and reading overlaps with
 * what the caller does: open the next ones early.
 *
 * Limits: a line is at most LOG_INPUT_LINE_MAX bytes; of a longer one the first bytes are given and
 * the rest is skipped and counted. Memory: 256 KiB an open plain input, 1.3 MiB a compressed one,
 * and what the format asks for (gzip 40 KiB, bzip2 4 MiB, zstd and xz mostly 8 MiB).
 *
 * An input belongs to one thread: the one that opened it.
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
    bool compressed;     /* for a pipe: known after the first peek or next */
    bool regular;        /* a regular file: can be read again */
};

/* Opens `path`, standard input for "-", or the journal: "journal:" for this machine's,
 * "journal:PATH" for a directory or file of it (a journal file is also known by its first bytes).
 * NULL and err when it cannot be read, is a directory, ... Does not wait for the other end of a
 * pipe; a FIFO without a writer it waits for, as cat does. */
struct log_input *log_input_open(const char *path, struct err *err);

/* The same; lines before since_us (UTC) are not wanted. Only a hint, which the journal takes: older
 * lines may come all the same. INT64_MIN: all are. */
struct log_input *log_input_open_since(const char *path, int64_t since_us, struct err *err);

/* Ends the thread, if there is one, whatever it is doing. NULL is fine. */
void log_input_close(struct log_input *input);

/* Next line without its newline (and without a CR before it); valid until the next call. A last
 * line without newline is given too, but not one that an error has cut. After END or FAILED it says
 * the same again. */
enum log_input_status log_input_next(struct log_input *input, struct slice *line, struct err *err);

/* Next line, if it is in memory already: neither reads nor waits. Those before it, back to the one
 * that log_input_next gave, stay valid. False: log_input_next knows what comes. */
bool log_input_more(struct log_input *input, struct slice *line);

/* Valid as long as the input. */
const struct log_input_facts *log_input_facts(const struct log_input *input);

/* Bytes of the file as stored that were read so far, for progress. */
int64_t log_input_position(const struct log_input *input);

/* Lines that were longer than LOG_INPUT_LINE_MAX so far. */
uint64_t log_input_cut_lines(const struct log_input *input);

/* After LOG_INPUT_END: something the user should hear of although all lines came (garbage behind a
 * .gz), or NULL. Begins with the name; valid as long as the input. */
const char *log_input_warning(const struct log_input *input);

/* The first bytes of the log, unpacked, up to 64 KiB, without consuming them; valid until the first
 * log_input_next. Waits for the first bytes of a pipe and gives what has come then. For a plain
 * regular file also its last bytes, up to 64 KiB: *tail, else empty. Not after log_input_next. */
struct slice log_input_peek(struct log_input *input, struct slice *tail);

#endif
