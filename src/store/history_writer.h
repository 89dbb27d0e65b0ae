/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing side of the history without its thread: lock, file and spool; what to do when one of
 * them fails. Belongs to one thread at a time.
 */
#ifndef TD_STORE_HISTORY_WRITER_H
#define TD_STORE_HISTORY_WRITER_H

#include "store/history.h"
#include "store/history_batch_private.h"

struct history_writer;

/* `folder` and `settings` are copied. */
struct history_writer *history_writer_new(const char *folder,
                                          const struct history_settings *settings);
void history_writer_free(struct history_writer *writer);

/* Takes the lock, opens the file, writes what is in the spool: as much of it as has not been done
 * yet. True: batches can be written. */
bool history_writer_prepare(struct history_writer *writer, int64_t now_us);

/* At the last history_writer_prepare another daemon had the folder, or there is none that could be
 * had: trying again mends nothing. */
bool history_writer_is_refused(const struct history_writer *writer);

/* One transaction of all batches. False: none was written; the writer may need to be prepared
 * again. */
bool history_writer_write(struct history_writer *writer, struct history_batch *const *batches,
                          size_t count, int64_t now_us);

/* Into the spool; how many of them. */
size_t history_writer_spool(struct history_writer *writer, struct history_batch *const *batches,
                            size_t count);

/* One step of what is to be done besides, when no batch waits for a try to write it; *more: there
 * is another one at once. `retention`: also drop what is too old or too much. */
bool history_writer_tidy(struct history_writer *writer, bool retention, int64_t now_us, bool *more);

/* Fills in all but the queue. */
void history_writer_state(struct history_writer *writer, struct history_state *out);

#endif
