/* SPDX-License-Identifier: Apache-2.0
 *
 * inotify(7) for many owners that watch a few paths each, several of them maybe the same path. What
 * the kernel does not tell (network file systems, more watches than allowed) must be found by
 * looking now and then. One thread.
 */
#ifndef TD_IO_LOG_WATCH_H
#define TD_IO_LOG_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct log_watch;

/* NULL and err: no inotify to be had. */
struct log_watch *log_watch_new(struct err *err);
void log_watch_free(struct log_watch *watch);

/* Readable when there is something to take; for poll. */
int log_watch_descriptor(const struct log_watch *watch);

enum log_watch_kind {
    LOG_WATCH_FOLDER, /* a name appears in it */
    LOG_WATCH_FILE,   /* it is written, truncated */
};

/* Watches `path` for `owner`. False: not there, or no watch left. */
bool log_watch_add(struct log_watch *watch, size_t owner, const char *path,
                   enum log_watch_kind kind);

/* Ends all watches of one owner. */
void log_watch_drop(struct log_watch *watch, size_t owner);

/* Takes what has come, without waiting, and calls woken for each owner concerned, maybe more than
 * once; for every owner when the kernel lost count. */
void log_watch_take(struct log_watch *watch, void (*woken)(void *user, size_t owner), void *user);

#endif
