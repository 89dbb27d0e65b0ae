/* SPDX-License-Identifier: Apache-2.0
 *
 * One line on a terminal that says how far a long read is, five times a second at most:
 *
 *      reading mail.log.2.gz  43 %  2.1 M lines  3.4 M lines/s  0:12 left
 *
 * Nothing at all when the descriptor is not a terminal (or one without a cursor, TERM=dumb).
 */
#ifndef TD_IO_PROGRESS_H
#define TD_IO_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct progress;

/* fd: usually 2. total_bytes: of all that will be read, as stored; -1: not known. */
struct progress *progress_new(int fd, int64_t total_bytes);

/* Erases the line. */
void progress_free(struct progress *progress);

/* name: of the log at hand; done_bytes: of all logs; lines: of all logs. Draws if it is time. Cheap
 * (a clock read), but not for every line: once a batch. */
void progress_update(struct progress *progress, const char *name, int64_t done_bytes,
                     uint64_t lines);

/* Takes the line away so that something else can be printed; the next update draws it again. */
void progress_erase(struct progress *progress);

/* What a line says. Pure. */
struct progress_facts {
    const char *name;
    int64_t done_bytes, total_bytes; /* total -1: not known */
    uint64_t lines;
    int64_t elapsed_us;
};

/* Appends the text, cut to `columns` columns; the name is cut first, then the end is. Hostile names
 * are escaped; utf8: the terminal's character set is that. */
void progress_format(const struct progress_facts *facts, size_t columns, bool utf8, struct buf *to);

#endif
