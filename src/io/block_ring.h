/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that fills blocks from a byte source ahead of the one who takes them; bounded, so a slow
 * taker stops it.
 */
#ifndef TD_IO_BLOCK_RING_H
#define TD_IO_BLOCK_RING_H

#include "io/byte_source.h"
#include "base/slice.h"

struct block_ring;

/* `blocks` (at least 2) of `block_bytes` each. The source belongs to the thread until
 * block_ring_stop. Signals stay with the caller's threads. NULL: no thread to be had; the source
 * is then as it was. */
struct block_ring *block_ring_start(struct byte_source *source, size_t blocks, size_t block_bytes);

/* Interrupts the source, ends the thread, frees the ring; not the source. */
void block_ring_stop(struct block_ring *ring);

/* The next block, waiting for it; valid until the next call. After BYTES_END and BYTES_FAILED it
 * says the same again. Status and err as in byte_source.h. */
enum byte_status block_ring_take(struct block_ring *ring, struct slice *block, struct err *err);

#endif
