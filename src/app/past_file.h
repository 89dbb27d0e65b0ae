/* SPDX-License-Identifier: Apache-2.0
 *
 * What was learned, over a restart: bytes packed with a checksum in a file of the state folder,
 * replaced whole. A file that cannot be read, is damaged or of another version is told in the log,
 * and what is normal is learned anew. Any thread.
 */
#ifndef TD_APP_PAST_FILE_H
#define TD_APP_PAST_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "io/own_log.h"

struct past_file {
    const char *name; /* in the folder */
    const char *of;   /* in the log: what it is the past of */
    size_t bytes_max; /* that are read, packed or not */
};

/* Appends the bytes. A first start has no file: true, and nothing. */
bool past_file_read(const struct past_file *file, const char *folder, struct buf *to,
                    struct err *err);

/* What was read is of no use. */
void past_file_tell_not_read(const struct past_file *file, struct own_log *log,
                             const struct err *err);

/* No bytes: the file stays. When the disk refuses, the file before stays, and the log says so. */
void past_file_write(const struct past_file *file, const char *folder, struct slice bytes,
                     struct own_log *log);

#endif
