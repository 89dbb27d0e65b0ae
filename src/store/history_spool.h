/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches that the history could not take yet, in a file: `history.spool` in the folder of the
 * state. What is in it is older than anything in memory, so that after a crash it is a gapless
 * continuation of the history: numbers tell which of it the history has already.
 *
 *     mark, length, number of the batch | the batch, packed, with a checksum
 *
 * A record that was being written when the process ended, or that is damaged, ends the spool: it
 * and what follows is dropped. Nothing is lost by that, since the history has no positions behind
 * it: the logs are read again from there. One thread.
 */
#ifndef TD_STORE_HISTORY_SPOOL_H
#define TD_STORE_HISTORY_SPOOL_H

#include "base/err.h"
#include "store/history_batch_private.h"

struct history_spool;

/* Never NULL: where the file cannot be opened, nothing can be spooled until it can. */
struct history_spool *history_spool_new(const char *folder, int64_t max_bytes);
void history_spool_free(struct history_spool *spool);

/* Appends a batch. False and err: it would become too large (ERR_LIMIT) or the disk refuses; the
 * spool is as before. */
bool history_spool_add(struct history_spool *spool, struct history_batch *batch, struct err *err);

/* The oldest batch; the caller frees it. NULL: there is none (left). */
struct history_batch *history_spool_next(struct history_spool *spool);

/* Back to the oldest: what history_spool_next gave was not written. */
void history_spool_rewind(struct history_spool *spool);

/* All that was given is written: it is forgotten. The file is emptied when all has been given. */
void history_spool_taken(struct history_spool *spool);

/* Batches that were added by this process and could not be read again. */
uint64_t history_spool_lost(const struct history_spool *spool);

/* Waiting, in bytes. */
int64_t history_spool_bytes(const struct history_spool *spool);

#endif
