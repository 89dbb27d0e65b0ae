/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes of a file, pipe, terminal or standard input, with read(2): a mapped file that is truncated
 * by somebody else would kill the process, a read one just ends.
 */
#ifndef TD_IO_FILE_SOURCE_H
#define TD_IO_FILE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "io/byte_source.h"
#include "base/slice.h"

struct file_source;

/* Opens path, or takes descriptor 0 for "-". A FIFO waits for its writer, as cat does. NULL and
 * err: missing, not allowed, a directory, standard input closed ... */
struct file_source *file_source_open(const char *path, struct err *err);
void file_source_free(struct file_source *file);

/* The same object; do not call its free as well. */
struct byte_source *file_source_bytes(struct file_source *file);

/* Makes the interrupt of the source work. Costs a system call a read for what is not a regular
 * file. False: no descriptor left. */
bool file_source_allow_interrupt(struct file_source *file, struct err *err);

bool file_source_is_regular(const struct file_source *file);
int64_t file_source_modified_us(const struct file_source *file); /* not regular: when opened */
int64_t file_source_size(const struct file_source *file);        /* not regular: -1 */

/* Bytes read so far; any thread may ask. */
int64_t file_source_position(const struct file_source *file);

/* The last bytes of a regular file, at most `room`, into `to`, without moving the position; 0 when
 * there are none. */
size_t file_source_tail(const struct file_source *file, char *to, size_t room);

#endif
