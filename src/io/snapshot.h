/* SPDX-License-Identifier: Apache-2.0
 *
 * State that one thread publishes and many read: an immutable text behind a reference count, and
 * the place where the newest one hangs. The publisher never waits for a reader and a reader never
 * for the making of a text: the lock guards the exchange of one pointer.
 *
 *      domain thread                        web thread, workers
 *      make text -> snapshot_place_put  ->  snapshot_place_get -> read, send -> snapshot_unref
 */
#ifndef TD_IO_SNAPSHOT_H
#define TD_IO_SNAPSHOT_H

#include "base/buf.h"
#include "base/slice.h"

struct snapshot;

/* Takes over the bytes of `text` (which is empty afterwards). One reference, the caller's. */
struct snapshot *snapshot_new(struct buf *text) __attribute__((returns_nonnull));

struct snapshot *snapshot_ref(struct snapshot *snapshot) __attribute__((returns_nonnull));

/* Any thread; the last one frees. NULL is fine. */
void snapshot_unref(struct snapshot *snapshot);

/* Valid while a reference is held. */
struct slice snapshot_text(const struct snapshot *snapshot);

struct snapshot_place;

/* Empty at first. */
struct snapshot_place *snapshot_place_new(void) __attribute__((returns_nonnull));

/* When no thread uses it any more. References that readers hold stay good. NULL is fine. */
void snapshot_place_free(struct snapshot_place *place);

/* Hangs up `snapshot` (the place takes over the caller's reference; NULL empties it) and lets go of
 * the one before. Any thread. */
void snapshot_place_put(struct snapshot_place *place, struct snapshot *snapshot);

/* The newest, with a reference for the caller; NULL before the first. Any thread. */
struct snapshot *snapshot_place_get(struct snapshot_place *place);

#endif
