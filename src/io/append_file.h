/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of our state that only grows, a line at a time, and outlives a crash: each line is on the
 * disk before the call returns. Several processes may append; each line stays whole.
 * A line that was torn is ended before the next; an empty line means nothing.
 */
#ifndef TD_IO_APPEND_FILE_H
#define TD_IO_APPEND_FILE_H

#include "base/err.h"
#include "base/slice.h"

/* Appends the line and a newline to the file of that name in the folder. A new file belongs to
 * whoever the folder belongs to (if we may give it away), so that a daemon reads what root wrote;
 * one that is there keeps its owner. It is not followed when it is a link, and not written to when
 * it has a second name. False and err: it may not be there, or in part. */
bool append_file_line(const char *folder, const char *name, struct slice line, struct err *err);

#endif
