/* SPDX-License-Identifier: Apache-2.0
 *
 * What the limits have counted as bytes, for a journal, and back. A block says how things are, not
 * what happened: the newest row of a key, and the newest word on a message, is all that counts. So
 * blocks may be read twice, a whole image may be taken piece by piece while counting goes on, and
 * what was counted and the message it was counted for are always in the same block.
 *
 *      version | terms | row | charge | row ...
 *
 *      terms    the groups of rules, by number: parts of the key, and of each meter unit, kind,
 * time row      group, key, meters: only parts in which something is charge   a message of the
 * charge book
 *
 * Rows are put back by what their meters count, as at a reload: a rule may have another name,
 * another number, other levels; one that counts another unit or time begins anew. Numbers and texts
 * are those of store/history_bytes.h; what is read is not trusted. Pure, one thread.
 */
#ifndef TD_GATE_LIMIT_IMAGE_H
#define TD_GATE_LIMIT_IMAGE_H

#include "base/buf.h"
#include "gate/charge_book.h"

struct limit_image;

/* Watches both from now on, as the only one; they live longer. */
struct limit_image *limit_image_new(struct limit_gate *gate, struct charge_book *book);
void limit_image_free(struct limit_image *image);

/* What has changed since it was last taken or dropped, as a block; empty: nothing. */
struct slice limit_image_changes(const struct limit_image *image);

/* Gives the block away: *to gets it, what was in *to is gone. */
void limit_image_take(struct limit_image *image, struct buf *to);

/* Where a whole image goes on. All zero: at the begin. */
struct limit_image_place {
    struct limit_gate_place row;
    struct charge_book_place charge;
    uint32_t generation; /* of the gate at the begin */
};

/* Adds the next part of a whole image, about `bytes`, to the changes. False: that was the last.
 * When the gate got other rules meanwhile it begins anew. */
bool limit_image_add(struct limit_image *image, struct limit_image_place *place, size_t bytes);

struct limit_image_counts {
    uint64_t rows, charges; /* read, also such as count nothing any more */
    uint64_t foreign;       /* rows no meter of which counts the same as a rule now */
};

/* Puts a block back and adds to the counts. False: it is of another version, or damaged; what stood
 * before the damage is put. */
bool limit_image_restore(struct limit_gate *gate, struct charge_book *book, struct slice block,
                         int64_t now_us, struct limit_image_counts *counts);

#endif
