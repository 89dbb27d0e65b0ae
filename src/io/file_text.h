/* SPDX-License-Identifier: Apache-2.0
 *
 * A small file as a whole: rules, tables, replies.
 */
#ifndef TD_IO_FILE_TEXT_H
#define TD_IO_FILE_TEXT_H

#include "base/buf.h"
#include "base/err.h"

#define FILE_TEXT_MAX (4u << 20)

/* Appends the whole of `path`, at most FILE_TEXT_MAX bytes. False and err (with the path) when it
 * cannot be read or is larger. */
bool file_text_read(const char *path, struct buf *to, struct err *err);

/* Of our own making: a regular file. Anything else at that name - a FIFO, a device, a folder - is
 * refused at once, and never waited for. At most `most` bytes; otherwise as file_text_read. */
bool file_text_read_state(const char *path, size_t most, struct buf *to, struct err *err);

#endif
