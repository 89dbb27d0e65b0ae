/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes into the history together: rows, and with them the positions in the logs they came
 * from, counters and incidents. A batch becomes durable whole or not at all, so that after a crash
 * reading goes on at a position whose lines are counted exactly once. Made by one thread, given to
 * history_commit. Aim at 50,000 rows or 250 ms of log a batch.
 */
#ifndef TD_STORE_HISTORY_BATCH_H
#define TD_STORE_HISTORY_BATCH_H

#include "store/history_row.h"

struct history_batch;

/* An incident as it is kept: replaces one with the same id. */
struct history_incident {
    struct slice id;                                    /* 1 .. 255 bytes, stable */
    struct slice kind, key;                             /* at most 64, 2,048 bytes */
    int64_t opened_us, acked_us, closed_us, updated_us; /* 0: not yet */
    struct slice body;                                  /* JSON, at most 1 MiB */
};

#define HISTORY_ID_MAX 255
#define HISTORY_KIND_MAX 64
#define HISTORY_INCIDENT_KEY_MAX 2048
#define HISTORY_BODY_MAX ((size_t)1 << 20)
#define HISTORY_NAME_MAX 4352 /* of a position: a path and a little more */
#define HISTORY_POSITION_MAX ((size_t)1 << 16)

struct history_batch *history_batch_new(void);
void history_batch_free(struct history_batch *batch);

/* Copies the row; texts beyond their bounds are clipped. */
void history_batch_add(struct history_batch *batch, const struct history_row *row);

/* Where reading `name` goes on after these rows: opaque text, the last one counts. Within the
 * bounds above. */
void history_batch_position(struct history_batch *batch, struct slice name, struct slice value);

/* Counters that the daemon keeps: lines read, and those of them that were not understood. */
#define HISTORY_COUNTER_LINES SLICE("lines")
#define HISTORY_COUNTER_UNREAD SLICE("lines unread")

/* Adds to a named counter. Names are clipped to 255 bytes. */
void history_batch_count(struct history_batch *batch, struct slice name, int64_t more);

/* Within the bounds above. */
void history_batch_incident(struct history_batch *batch, const struct history_incident *incident);

uint64_t history_batch_rows(const struct history_batch *batch);

#endif
