/* SPDX-License-Identifier: Apache-2.0
 *
 * Results that reach the disk whole, or an error that says why not.
 */
#ifndef TD_IO_OUTPUT_H
#define TD_IO_OUTPUT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

/* Writes the file in one go: either the whole new content is at `path` afterwards, also after a
 * crash, or what was there before. A new file has mode 0644 less the umask, an old one keeps its
 * mode; a symbolic link stays and its target is replaced. What is not a regular file (/dev/null, a
 * FIFO) is written to. */
bool output_file_write(const char *path, struct slice bytes, struct err *err);

/* The same for what only we write: a FIFO or a device at that name is replaced, not written to,
 * which might wait for ever. */
bool output_state_write(const char *path, struct slice bytes, struct err *err);

enum output_end {
    OUTPUT_DONE,
    OUTPUT_PIPE_CLOSED, /* the reader went away: call output_exit_by_pipe, do not complain */
    OUTPUT_FAILED,      /* err: "cannot write to standard output: No space left on device" */
};

/* Has a write to stdout failed so far? For long output: stop then, and call output_finish_stdout.
 */
bool output_stdout_failed(void);

/* Flushes and closes stdout; at the end of main, whatever was printed. */
enum output_end output_finish_stdout(struct err *err);

/* From now on a closed pipe is an error of write (EPIPE) instead of a signal. For what must clean
 * up or has sockets; a filter may well leave it. */
void output_ignore_sigpipe(void);

/* Ends the process as a closed pipe ends any filter: by SIGPIPE (status 141 in a shell). */
_Noreturn void output_exit_by_pipe(void);

#endif
