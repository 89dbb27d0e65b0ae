/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs an external command to its end: sendmail, postqueue, an operator's own program. No shell; a
 * text for its standard input, its output bounded, a deadline for all of it. Blocks its thread:
 * a worker's business.
 */
#ifndef TD_IO_CHILD_PROCESS_H
#define TD_IO_CHILD_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct child_command {
    const char *const *argv; /* ends with NULL; argv[0] is a path, or a name to find in PATH */
    const char *const *environment; /* "NAME=value" more, ends with NULL; NULL: none. A child begins
                                       with PATH and LC_ALL=C.UTF-8 (and our TZ), nothing else */
    const char *folder;             /* to run in; NULL: / */
    struct slice input;             /* its standard input */
    int64_t deadline_ms;      /* 0: 30,000; then SIGTERM, 2 s later SIGKILL, to its process group */
    size_t output_bytes_max;  /* standard output and standard error, each; 0: 64 KiB. More is read
                                 and thrown away */
    const atomic_bool *abort; /* ends it as the deadline does when it becomes true; NULL: never */
};

struct child_outcome {
    struct buf output, errors;
    bool cut;        /* of one of them only the beginning is here */
    bool input_left; /* it did not take all of its input */
    bool timed_out;  /* deadline or abort: it was ended by us */
    int status;      /* exit status 0 to 255; -1: a signal ended it */
    int signal;      /* that signal; 0: none */
};

/* True when the command ran and ended, however. False and err: it could not be started (no such
 * program, no right, no descriptors). Nothing that it started is alive afterwards, unless it made a
 * session of its own. */
bool child_process_run(const struct child_command *command, struct child_outcome *outcome,
                       struct err *err);

void child_outcome_done(struct child_outcome *outcome);

#endif
