/* SPDX-License-Identifier: Apache-2.0
 *
 * Up to 1,024 rows as one run of bytes: what a batch, the spool and the blocks of the history are
 * made of.
 *
 *     version, rows, length of numbers | numbers | texts
 *
 * A row is its flags, a mask of the texts that differ from the row before, for each of those a
 * reference, then times and counts as differences. A reference is 0: the next text of `texts`,
 * whose length follows; 1: no text; else the number of a text of this field seen before in this
 * chunk, from 2. So a host, login or reply that comes again costs a byte, and what is left packs
 * well since texts and numbers lie apart. Nothing points out of a chunk: dropping one is dropping
 * its texts.
 */
#ifndef TD_STORE_HISTORY_CHUNK_H
#define TD_STORE_HISTORY_CHUNK_H

#include "base/buf.h"
#include "store/history_row.h"

#define HISTORY_CHUNK_ROWS 1024

/* Bytes of a chunk at most; far above what the bounds of texts allow in practice. */
#define HISTORY_CHUNK_BYTES_MAX ((size_t)8 << 20)

struct history_encoder;

struct history_encoder *history_encoder_new(void);
void history_encoder_free(struct history_encoder *encoder);

/* Appends a row, its texts clipped; there must be room (history_encoder_rows). Returns the mask of
 * texts that are the same as in the row before (1 << enum history_text). */
uint32_t history_encoder_add(struct history_encoder *encoder, const struct history_row *row);

uint32_t history_encoder_rows(const struct history_encoder *encoder);

/* Appends the chunk to `to` and begins a new one. */
void history_encoder_finish(struct history_encoder *encoder, struct buf *to);

/* Reads chunks; keeps its memory from one to the next. */
struct history_decoder;

struct history_decoder *history_decoder_new(void);
void history_decoder_free(struct history_decoder *decoder);

/* All rows of a chunk; they point into `bytes` and live until the next call. NULL: the bytes are no
 * chunk. *count is 0 then. */
const struct history_row *history_decoder_read(struct history_decoder *decoder, struct slice bytes,
                                               size_t *count);

#endif
