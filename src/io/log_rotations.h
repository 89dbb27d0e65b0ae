/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of one log as they lie in its directory now, oldest first: its rotations (see
 * log_name.h), packed or not, and at the end the file that has the log's own name.
 */
#ifndef TD_IO_LOG_ROTATIONS_H
#define TD_IO_LOG_ROTATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/log_position.h"
#include "io/tail_file.h"

struct log_rotation {
    const char *path;
    uint64_t device, inode;
    int64_t size, modified_ns;
};

struct log_rotations;

/* Looks until two looks saw the same, since files may be renamed meanwhile. Of a rotation that is
 * there packed and not, only the plain file; of hard links one. NULL and err: the directory cannot
 * be read, or is not at rest: try again soon. */
struct log_rotations *log_rotations_scan(const char *path, struct err *err);
void log_rotations_free(struct log_rotations *list);

/* Do the files still have these names? */
bool log_rotations_is_current(const struct log_rotations *list);

size_t log_rotations_count(const struct log_rotations *list);
const struct log_rotation *log_rotations_get(const struct log_rotations *list, size_t index);

/* Opens the file that `place` is in, at its begin, and tells its number: the same inode with that
 * head, else (a copy, a packed file) that head. NULL: none has it, or the place has no head
 * and no line. */
struct tail_file *log_rotations_find(const struct log_rotations *list,
                                     const struct log_place *place, size_t *index);

/* Number of the first file that was changed after `modified_ns`; count when there is none. */
size_t log_rotations_newer(const struct log_rotations *list, int64_t modified_ns);

#endif
