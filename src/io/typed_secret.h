/* SPDX-License-Identifier: Apache-2.0
 *
 * A secret as a person gives it to a program: typed on a terminal, where it is not shown, or as the
 * first line of a file or of standard input. Never from the command line, which others can see.
 */
#ifndef TD_IO_TYPED_SECRET_H
#define TD_IO_TYPED_SECRET_H

#include "base/buf.h"
#include "base/err.h"

enum { TYPED_SECRET_MAX = 1024 };

/* Appends it, without the end of its line. path: a file, `-` for standard input; NULL: typed, twice
 * where `again`. False and err: it is empty, longer than TYPED_SECRET_MAX bytes, was typed in two
 * ways, or nothing can be read; without a terminal ERR_USAGE. The buffer is the caller's to wipe
 * (CLEANUP_SECRET_BUF). */
bool typed_secret_read(const char *path, bool again, struct buf *to, struct err *err);

#endif
