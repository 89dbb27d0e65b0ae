/* SPDX-License-Identifier: Apache-2.0
 *
 * One daemon a folder: a lock that the system drops when the process ends, however it ends. The
 * file holds the process id of who has it.
 */
#ifndef TD_STORE_HISTORY_LOCK_H
#define TD_STORE_HISTORY_LOCK_H

#include "base/err.h"

enum history_lock {
    HISTORY_LOCK_OURS,
    HISTORY_LOCK_TAKEN,  /* another process has it: err names it */
    HISTORY_LOCK_FAILED, /* the file cannot be made or opened */
};

/* *fd: to be closed to give the lock back; -1 unless ours. FAILED: *code is the errno. */
enum history_lock history_lock_take(const char *folder, int *fd, int *code, struct err *err);

#endif
