/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a batch is no rows: positions, counters, incidents, sums by hour, and the number of the
 * batch.
 */
#ifndef TD_STORE_HISTORY_LEDGER_H
#define TD_STORE_HISTORY_LEDGER_H

#include "store/history_batch_private.h"
#include "store/sql.h"

/* Within a transaction. */
bool history_ledger_put(struct sql *sql, const struct history_batch *batch);

/* Number of the last batch that is in the file; 0: none. */
uint64_t history_ledger_number(struct sql *sql);

#endif
