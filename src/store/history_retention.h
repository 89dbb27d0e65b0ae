/* SPDX-License-Identifier: Apache-2.0
 *
 * What is too old or too much goes: whole segments, the oldest first, in small steps, and the file
 * shrinks when an eighth of it is free.
 */
#ifndef TD_STORE_HISTORY_RETENTION_H
#define TD_STORE_HISTORY_RETENTION_H

#include "store/sql.h"

struct history_retention {
    int64_t rows_age_us;      /* rows older than this go; a segment goes with its newest row */
    int64_t rows_bytes;       /* bytes in use in the file, at most about */
    int64_t sums_age_us;      /* sums by hour */
    int64_t incidents_age_us; /* closed incidents */
};

/* Sender domains are kept by the hour for as long as something is learned from them; an hour with
 * few is forgotten once it is over. */
#define HISTORY_SENDER_HOURS (4 * 168)
#define HISTORY_SENDER_LEAST 16

/* One step in transactions of its own, some 100 ms at most. *more: there is another one. */
bool history_retention_step(struct sql *sql, const struct history_retention *limits, int64_t now_us,
                            bool *more);

#endif
