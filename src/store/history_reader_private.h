/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the reader share.
 */
#ifndef TD_STORE_HISTORY_READER_PRIVATE_H
#define TD_STORE_HISTORY_READER_PRIVATE_H

#include "store/history_chunk.h"
#include "store/history_pack.h"
#include "store/history_reader.h"
#include "store/sql.h"

struct history_reader {
    struct sql sql;
    struct history_packer *packer;
    struct history_decoder *decoder;
    struct buf bytes;
};

enum history_load {
    HISTORY_LOADED,
    HISTORY_LOAD_MISSING,
    HISTORY_LOAD_DAMAGED,
};

/* The unpacked chunk of a block. */
enum history_load history_reader_load(struct history_reader *reader, int64_t block, struct buf *to);

/* Ends a call: undoes the snapshot; false and err when something failed. */
bool history_reader_end(struct history_reader *reader, struct err *err);

#endif
