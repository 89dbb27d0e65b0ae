/* SPDX-License-Identifier: Apache-2.0
 *
 * A copy of what can be read only once (standard input, a pipe), for those who must read it again.
 * It lies in a file without a name under $TMPDIR, else /var/tmp, else /tmp: nobody else can open
 * it, and it is gone when the process ends, however it ends.
 */
#ifndef TD_IO_SPOOL_H
#define TD_IO_SPOOL_H

#include <stdbool.h>

#include "base/err.h"

struct spool;

/* Whether the log `path` ("-": standard input) can be read only once. One that cannot be looked at
 * is none: opening it will say why. */
bool spool_is_needed(const char *path);

/* Reads it to its end. A regular file on standard input is not copied. NULL and err: it cannot be
 * read, the disk is full, or it is larger than 64 GiB. */
struct spool *spool_new(const char *path, struct err *err);
void spool_free(struct spool *spool);

/* A path that can be opened as often as wanted; valid as long as the spool. */
const char *spool_path(const struct spool *spool);

/* What to call it before people: "standard input" or the path it was. */
const char *spool_name(const struct spool *spool);

#endif
