/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks made small for the disk (zstd), with a checksum that is tested when they are read.
 */
#ifndef TD_STORE_HISTORY_PACK_H
#define TD_STORE_HISTORY_PACK_H

#include "base/buf.h"

struct history_packer;

struct history_packer *history_packer_new(void);
void history_packer_free(struct history_packer *packer);

/* Replaces what is in `to`. */
void history_pack(struct history_packer *packer, struct slice bytes, struct buf *to);

/* Replaces what is in `to`, at most `max` bytes. False: damaged, or larger. */
bool history_unpack(struct history_packer *packer, struct slice packed, size_t max, struct buf *to);

#endif
