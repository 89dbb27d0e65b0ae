/* SPDX-License-Identifier: Apache-2.0
 *
 * What tells one state of a file that others write from the next: which file it is, its size and
 * times. Times of files go by ticks (of some ms; of a second, where the file system counts those):
 * a file that was changed and read within one may be changed again and look the same. What was read
 * of so young a file is therefore old once, when the tick is over.
 */
#ifndef TD_STORE_FILE_STAMP_H
#define TD_STORE_FILE_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

/* Begins as {0}: nothing was read. */
struct file_stamp {
    bool is_known;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
    int64_t old_us; /* on the steady clock; 0: it was not so young */
};

/* Of now. False: there is no such file; *out is not known. */
bool file_stamp_look(const char *path, struct file_stamp *out);

/* Of an open file. */
bool file_stamp_look_at(int fd, struct file_stamp *out);

/* The same state of the same file; two that are not known are not the same. */
bool file_stamp_is_same(const struct file_stamp *a, const struct file_stamp *b);

/* Whether what was read at that state is old. */
bool file_stamp_is_old(const struct file_stamp *stamp, const char *path);

/* The whole file into *text, in one piece of memory, and its state. False and err: it cannot be
 * read, is no file, has more than `most` bytes, or was changed while it was read. */
bool file_stamp_read(const char *path, size_t most, struct buf *text, struct file_stamp *stamp,
                     struct err *err);

#endif
