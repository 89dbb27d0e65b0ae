/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks of bytes on the disk, so that what they say outlives the process: of the limits' counts,
 * but what is in them is the caller's. One thread gives blocks, another of the journal's own writes
 * them; who gives never waits for the disk.
 *
 *      give ──block──▶ [one that waits] ──▶ thread: pack, write, fdatasync
 *
 *      charges.0000000000000007.journal    begun by a block that begins a whole image
 *      charges.0000000000000008.journal    the one that is written
 *
 * A file is a head and records (mark, length, the block packed with a checksum). Blocks say how
 * things are: with the last block of a whole image, all files before the one with its first are
 * removed. So the disk holds about four times the image and 16 MiB more; when a file has grown so
 * large, the next image is asked for. A file is never continued by another process: what a crash
 * has cut off stays where it is, and ends its file.
 *
 * When the disk refuses (full, read-only, failing), the block is kept and tried again every 2 s in
 * a file of its own, and a whole image is asked for, since a disk that failed once may have lost
 * what it had. One process a folder: the daemon's lock (history_lock.h) sees to that.
 */
#ifndef TD_STORE_CHARGE_JOURNAL_H
#define TD_STORE_CHARGE_JOURNAL_H

#include "base/buf.h"
#include "base/err.h"

/* Unpacked bytes of a block that is read. */
#define CHARGE_BLOCK_MAX ((size_t)256 << 20)

struct charge_journal;

/* NULL and err: no thread to be had. Nothing is made on the disk yet. */
struct charge_journal *charge_journal_new(const char *folder, struct err *err);

/* Writes what was given, once, and ends the thread; frees. NULL is fine. */
void charge_journal_free(struct charge_journal *journal);

/* False: the block means nothing to the reader. */
typedef bool (*charge_journal_see)(void *context, struct slice block);

struct charge_journal_past {
    size_t files, blocks;
    size_t cut;     /* files that end within a record, or in one that is damaged */
    size_t foreign; /* files of another version, and such with blocks that mean nothing */
    int64_t bytes;
    struct err why; /* code ERR_NONE: all could be read */
};

/* Shows every block of the past, the oldest first. Before the first is given. */
void charge_journal_read(struct charge_journal *journal, charge_journal_see see, void *context,
                         struct charge_journal_past *out);

struct charge_block {
    struct buf bytes;
    bool begins; /* a whole image */
    bool whole;  /* it ends with this one */
};

/* Whether a block can be given; then also whether it must begin a whole image. Who gives, only. */
bool charge_journal_ready(struct charge_journal *journal, bool *must_begin);

/* Takes the bytes over; what is left in the block is empty. Only when it was ready. */
void charge_journal_give(struct charge_journal *journal, struct charge_block *block);

/* Waits until all that was given is on the disk, or a try failed; at most wait_us. */
void charge_journal_settle(struct charge_journal *journal, int64_t wait_us);

struct charge_journal_state {
    struct err why;    /* why nothing can be written; code ERR_NONE: it can */
    uint64_t failures; /* tries that failed */
    uint64_t blocks;   /* written */
    int64_t bytes;     /* on the disk */
};

/* Any thread. */
void charge_journal_state_get(struct charge_journal *journal, struct charge_journal_state *out);

#endif
