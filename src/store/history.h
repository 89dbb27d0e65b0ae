/* SPDX-License-Identifier: Apache-2.0
 *
 * The history as the daemon has it: batches of rows go in, a thread of its own writes them. One
 * daemon a folder; readers open the file by themselves (history_reader.h), also while it runs.
 *
 *     history_commit --> queue in memory --> one transaction of some batches --> history.db
 *                          |                                        ^
 *                          +--> history.spool, while that fails ----+
 *
 * What the file cannot take (disk full, read-only, locked) waits in memory, then in the spool, both
 * bounded, and is written when it can be, in order. When both are full history_commit says false:
 * nothing is dropped. After kill -9 the file holds whole batches, rows and positions together, and
 * the spool continues it without a gap; what was in memory is behind the positions and is read from
 * the logs again.
 */
#ifndef TD_STORE_HISTORY_H
#define TD_STORE_HISTORY_H

#include "base/err.h"
#include "store/history_batch.h"

struct history;

/* Durations in microseconds. */
struct history_settings {
    int64_t commit_us;        /* a batch waits no longer than this for others */
    uint64_t commit_rows;     /* nor when so many rows are waiting */
    size_t queue_bytes;       /* in memory */
    int64_t spool_bytes;      /* on disk; 0: no spool */
    int64_t retry_us;         /* between tries to write after a failure */
    int64_t lock_wait_us;     /* how long a lock of another process is waited for at a try */
    int64_t check_us;         /* for the check of the file when it is opened */
    int64_t tidy_us;          /* between looks for what is too old or too much */
    int64_t rows_age_us;      /* kept: rows */
    int64_t rows_bytes;       /* kept: bytes of the file, at most about */
    int64_t sums_age_us;      /* kept: sums by hour */
    int64_t incidents_age_us; /* kept: closed incidents */
};

/* 250 ms, 50,000 rows; 64 MiB and 256 MiB; 1 s; 1 s; 5 s; 60 s; 90 days, 8 GiB, 400 days, 400 days.
 */
extern const struct history_settings history_default_settings;

/* X(NAME, word) */
#define HISTORY_TROUBLES(X) \
    X(NONE, "ok") \
    X(FULL, "disk full") \
    X(READ_ONLY, "read-only") \
    X(LOCKED, "locked by another program") \
    X(DAMAGED, "damaged") \
    X(FOREIGN, "not usable") /* another program's, a newer todoku's */ \
    X(FAILED, "failing")

enum history_trouble {
#define X(name, word) HISTORY_TROUBLE_##name,
    HISTORY_TROUBLES(X)
#undef X
};

const char *history_trouble_word(enum history_trouble trouble);

struct history_state {
    enum history_trouble trouble; /* why nothing is written at the moment */
    struct err why;
    int64_t since_us;       /* when it began (UTC), 0: all is well */
    bool ready;             /* has been opened and the spool read: positions may be asked for */
    uint64_t rows, batches; /* written since the start */
    uint64_t lost_batches;  /* the spool was damaged while they were in it */
    uint64_t queued_rows;   /* in memory */
    size_t queued_bytes, queue_bytes;
    int64_t spool_bytes, spool_max_bytes;
    int64_t file_bytes;
    uint32_t set_aside; /* damaged files since the start */
    char aside[256];    /* where the last one is now */
};

/* Makes the folder where it is missing. settings NULL: the defaults. NULL and err: another daemon
 * has the folder (err names it), it is no folder or cannot be made or written in by this user, or
 * there can be no thread. All else is a state: a history that
 * cannot be written yet takes batches into memory. */
struct history *history_open(const char *folder, const struct history_settings *settings,
                             struct err *err);

/* Writes what is waiting, at worst into the spool; frees. */
void history_close(struct history *history);

/* Gives a batch to the writer. False: no room; it stays the caller's, try again later. Any thread.
 */
bool history_commit(struct history *history, struct history_batch *batch);

/* Waits until all that was committed before is in the file, at most wait_us; whether it is. */
bool history_flush(struct history *history, int64_t wait_us);

/* Any thread. */
void history_state_get(struct history *history, struct history_state *out);

#endif
