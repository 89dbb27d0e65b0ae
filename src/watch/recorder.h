/* SPDX-License-Identifier: Apache-2.0
 *
 * From what the tally counts to rows of the history. An observer of one tally: remembers what the
 * log says of a message before its deliveries (sender, client, Message-ID, size), and writes
 *
 *     a row for each delivery record, when it comes
 *     a row for each recipient that ends without one (expired, discarded, lost), and
 *     a row for the message, when it leaves the correlator
 *
 * into the batch at hand. Lines that are read again after a crash bring what is remembered back,
 * and no row a second time.
 *
 * Memory: some 300 bytes an open message, and the address of each waiting recipient. One thread.
 */
#ifndef TD_WATCH_RECORDER_H
#define TD_WATCH_RECORDER_H

#include "store/history_batch.h"
#include "watch/tally.h"

struct recorder;

/* tally: borrowed, outlives the recorder, which observes it. */
struct recorder *recorder_new(struct tally *tally);
void recorder_free(struct recorder *recorder);

/* Where rows go from now on; NULL: nowhere, they are left out. Borrowed. again: the next lines are
 * read again, so rows of their deliveries are there already; ends have rows unless message->told.
 */
void recorder_write_to(struct recorder *recorder, struct history_batch *batch, bool again);

#endif
