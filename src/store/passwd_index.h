/* SPDX-License-Identifier: Apache-2.0
 *
 * Where in a passwd-file (mail/passwd_line.h) the line of a login is: an open file and, for each
 * line, the hash of its login and its place, 8 to 32 bytes a line. Secrets stay in the file; of
 * what is read nothing stays in memory.
 */
#ifndef TD_STORE_PASSWD_INDEX_H
#define TD_STORE_PASSWD_INDEX_H

#include "base/buf.h"
#include "base/err.h"
#include "mail/passwd_line.h"
#include "store/file_stamp.h"

enum { PASSWD_FILE_MAX = 1 << 30, PASSWD_LINE_MAX = 65536 };

struct passwd_index;

/* The whole file into *text, to be wiped by secret_buf_done, and its state. False and err: it
 * cannot be read, is no file, is longer than PASSWD_FILE_MAX, or was changed while it was read. */
bool passwd_file_read(const char *path, struct buf *text, struct file_stamp *stamp,
                      struct err *err);

/* Reads the file. NULL and err: as above. */
struct passwd_index *passwd_index_new(const char *path, struct err *err);
void passwd_index_free(struct passwd_index *index); /* NULL is fine */

/* What was read may not be what stands there any more; of a file that was as young as that when it
 * was read, always. */
bool passwd_index_is_old(const struct passwd_index *index, const char *path);

enum passwd_found { PASSWD_FOUND, PASSWD_MISSING, PASSWD_CHANGED /* meanwhile: make another */ };

/* The first line of that login, in whichever letters. *line, cleared first, holds it, and *out is
 * of it. */
enum passwd_found passwd_index_find(const struct passwd_index *index, struct slice login,
                                    struct buf *line, struct passwd_line *out);

#endif
