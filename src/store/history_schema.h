/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of the history: how it is opened for writing, brought to the newest form, checked, and
 * set aside when it is damaged.
 *
 * `history.db` in the folder of the state, SQLite in WAL mode with synchronous=NORMAL. What has
 * been committed survives the end of the process, however it ends; when the power fails, the last
 * commits (those since the log of SQLite was last synced, some seconds) may be missing, rows and
 * positions together, so that those lines are read again.
 */
#ifndef TD_STORE_HISTORY_SCHEMA_H
#define TD_STORE_HISTORY_SCHEMA_H

#include "base/buf.h"
#include "store/sql.h"

#define HISTORY_SCHEMA_VERSION 5

#define HISTORY_FILE "history.db"

struct history_opening {
    const char *folder;
    int64_t now_us;
    int busy_ms;      /* how long to wait for locks of others */
    bool distrust;    /* it failed as damaged again after it had been checked: set it aside */
    int64_t check_us; /* how long the check of the whole file may take; 0: only what is small */
};

enum history_opened {
    HISTORY_OPENED,
    HISTORY_RENEWED, /* damaged: set aside, a new one begun; *aside has its new name */
    HISTORY_NOT_OPENED,
};

/* Opens the file, makes it where it is missing, applies the steps that it lacks. A damaged one is
 * renamed to history.db.damaged-<time> and replaced; positions, counters and incidents are taken
 * over from it where they can be read. A file of a newer todoku is left alone: NOT_OPENED. `aside`
 * is replaced. */
enum history_opened history_schema_open(const struct history_opening *opening, struct sql *sql,
                                        struct buf *aside, struct err *err);

/* For readers; never makes or changes anything but SQLite's own -shm file. */
bool history_schema_open_reader(const char *folder, struct sql *sql, struct err *err);

#endif
