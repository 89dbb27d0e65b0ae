/* SPDX-License-Identifier: Apache-2.0
 *
 * The logs somebody named, put in the order in which they were written: rotations of one log in one
 * directory are a chain, read oldest first whatever the order of the arguments; every other log is
 * a chain of its own. Chains come in the order of their first arguments. A file that was named
 * twice is read once.
 */
#ifndef TD_IO_LOG_SET_H
#define TD_IO_LOG_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct log_set;

struct log_chain {
    const char *const *paths; /* as given, oldest first */
    size_t count;             /* at least 1 */
};

/* Looks at the files (stat), does not open them; missing ones stay in, opening them will say so.
 * Pipes, "-" and "journal:..." are chains of their own. Copies the paths. */
struct log_set *log_set_new(const char *const *paths, size_t count);
void log_set_free(struct log_set *set);

/* Chains. */
size_t log_set_count(const struct log_set *set);
struct log_chain log_set_chain(const struct log_set *set, size_t index);

/* Of all files together, as stored, when the set was made; one that is missing has none. -1: not
 * known, a pipe or journal is among them. */
int64_t log_set_bytes(const struct log_set *set);

/* What the user should know: a file named twice, two files for one rotation. One line each, safe to
 * print. */
size_t log_set_warning_count(const struct log_set *set);
const char *log_set_warning(const struct log_set *set, size_t index);

/* The mail log of this machine, for when none is named: the first of /var/log/mail.log, maillog,
 * mail/mail.log, mail.info that is a file and can be read, else "journal:" if it has lines of
 * Postfix. `root` stands before these paths, "" for the machine itself; another root's journal is
 * ROOT/var/log/journal. False and err: none; err says what there is that cannot be read. */
bool log_set_default(const char *root, struct buf *path, struct err *err);

#endif
