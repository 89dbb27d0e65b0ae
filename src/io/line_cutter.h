/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines out of blocks of bytes, without copying except for a line that two blocks share. Ends are
 * LF or CR LF; every other byte, NUL too, belongs to the line.
 */
#ifndef TD_IO_LINE_CUTTER_H
#define TD_IO_LINE_CUTTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct line_cutter;

/* max: longest line in bytes, at least 1; of a longer one the first max bytes are given. */
struct line_cutter *line_cutter_new(size_t max);
void line_cutter_free(struct line_cutter *cutter);

/* Gives it a block; the one before must be used up (line_cutter_next said false). The bytes must
 * stay as long as lines of it are in use. */
void line_cutter_feed(struct line_cutter *cutter, struct slice block);

/* Next whole line; valid until the next call or feed. False: it needs a block. */
bool line_cutter_next(struct line_cutter *cutter, struct slice *line);

/* Next line, if the block holds the whole of it: the lines before it, back to the one that
 * line_cutter_next gave, stay valid. False: nothing is done. */
bool line_cutter_more(struct line_cutter *cutter, struct slice *line);

/* After the last block: what stands behind the last newline. False: nothing. */
bool line_cutter_finish(struct line_cutter *cutter, struct slice *line);

/* Bytes up to the end of the last line that was given, line ends and what was cut off included. */
uint64_t line_cutter_used(const struct line_cutter *cutter);

/* Lines longer than max so far. */
uint64_t line_cutter_cut_lines(const struct line_cutter *cutter);

#endif
