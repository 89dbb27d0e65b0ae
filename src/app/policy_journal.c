/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_journal.h.
 */
#include "app/policy_journal.h"

#include <stdatomic.h>

#include "base/memory.h"
#include "io/clock.h"

#define WAITING_MAX ((size_t)16 << 20)
#define PART_BYTES ((size_t)128 << 10)

/* More files than this are left by daemons that never lived to write a whole image: it comes in
 * parts that take a tenth of a second each then. They and what changes meanwhile are far from
 * CHARGE_BLOCK_MAX, beyond which a block could not be read back. */
enum { FILES_MANY = 16 };
#define PART_BYTES_HASTY ((size_t)32 << 20)

static const int64_t SETTLE_US = 2000000;

struct policy_journal {
    struct charge_journal *files;
    struct limit_gate *limits;
    struct limit_image *image;
    struct buf spare;               /* empty, for what changes next */
    struct limit_image_place place; /* of the whole image that is written, or was last */
    size_t part_bytes;
    bool writes_image, must_begin;
    bool owes_image;              /* without the whole of it a crash costs what was counted */
    int64_t given_us;             /* steady; of the last block */
    atomic_int_fast64_t saved_us; /* steady; what was counted before is on the disk */
    atomic_uint_fast64_t dropped;
};

/* ---- the past ---- */

struct filling {
    struct policy_desk *desk;
    struct limit_image_counts *counts;
    int64_t now_us;
};

static bool put_block(void *context, struct slice block)
{
    const struct filling *filling = context;
    return limit_image_restore(policy_desk_limits(filling->desk),
                               policy_desk_charges(filling->desk), block, filling->now_us,
                               filling->counts);
}

static void fill(const struct policy_journal *journal, struct policy_desk *desk,
                 struct policy_journal_past *past)
{
    struct filling filling = {desk, &past->counts, clock_now_us()};
    int64_t begin_us = clock_steady_us();
    *past = (struct policy_journal_past){0};
    charge_journal_read(journal->files, put_block, &filling, &past->files);
    past->took_us = clock_steady_us() - begin_us;
}

/* ---- life ---- */

struct policy_journal *policy_journal_open(const char *folder, struct policy_desk *desk,
                                           struct policy_journal_past *past, struct err *err)
{
    struct charge_journal *files = charge_journal_new(folder, err);
    if (files == NULL)
        return NULL;
    struct policy_journal *journal = MEM_NEW(struct policy_journal);
    journal->files = files;
    journal->limits = policy_desk_limits(desk);
    journal->part_bytes = PART_BYTES;
    journal->owes_image = past == NULL; /* nothing of it is in this folder */
    if (past != NULL)
        fill(journal, desk, past);
    if (past != NULL && past->files.files > FILES_MANY)
        journal->part_bytes = PART_BYTES_HASTY;
    journal->image = limit_image_new(journal->limits, policy_desk_charges(desk));
    journal->given_us = clock_steady_us();
    atomic_store(&journal->saved_us, journal->given_us);
    return journal;
}

void policy_journal_free(struct policy_journal *journal)
{
    if (journal == NULL)
        return;
    policy_journal_settle(journal);
    charge_journal_free(journal->files);
    limit_image_free(journal->image);
    buf_done(&journal->spare);
    mem_free(journal);
}

/* ---- turns ---- */

static void drop(struct policy_journal *journal)
{
    CLEANUP_BUF struct buf dropped = {0};
    limit_image_take(journal->image, &dropped);
    journal->must_begin = journal->owes_image = true;
    atomic_fetch_add(&journal->dropped, 1);
}

static void give(struct policy_journal *journal, bool begins)
{
    struct charge_block block = {.bytes = journal->spare, .begins = begins};
    if (begins) {
        journal->place = (struct limit_image_place){0};
        journal->writes_image = true;
        journal->must_begin = false;
    }
    if (journal->writes_image) {
        journal->writes_image =
            limit_image_add(journal->image, &journal->place, journal->part_bytes);
        block.whole = !journal->writes_image;
        if (block.whole)
            journal->part_bytes = PART_BYTES;
    }
    limit_image_take(journal->image, &block.bytes);
    charge_journal_give(journal->files, &block);
    if (block.bytes.cap > WAITING_MAX)
        buf_done(&block.bytes);
    journal->spare = block.bytes;
}

void policy_journal_turn(struct policy_journal *journal, int64_t steady_us)
{
    bool must_begin;
    if (journal == NULL)
        return;
    size_t waiting = limit_image_changes(journal->image).len;
    if (!charge_journal_ready(journal->files, &must_begin)) {
        if (waiting > WAITING_MAX)
            drop(journal);
        return;
    }
    bool begins = must_begin || journal->must_begin ||
                  journal->place.generation != limit_gate_generation(journal->limits);
    if (!begins && !journal->writes_image)
        journal->owes_image = false;
    if (!begins && !journal->writes_image && waiting == 0) {
        atomic_store(&journal->saved_us, steady_us);
        return;
    }
    if (!journal->owes_image)
        atomic_store(&journal->saved_us, journal->given_us);
    journal->given_us = steady_us;
    give(journal, begins);
}

void policy_journal_settle(struct policy_journal *journal)
{
    if (journal == NULL)
        return;
    charge_journal_settle(journal->files, SETTLE_US);
    policy_journal_turn(journal, clock_steady_us());
    charge_journal_settle(journal->files, SETTLE_US);
}

void policy_journal_counts(const struct policy_journal *journal, int64_t steady_us,
                           struct policy_journal_counts *out)
{
    *out = (struct policy_journal_counts){0};
    if (journal == NULL)
        return;
    charge_journal_state_get(journal->files, &out->files);
    int64_t behind_us = steady_us - atomic_load(&journal->saved_us);
    out->behind_us = behind_us > 0 ? behind_us : 0;
    out->dropped = atomic_load(&journal->dropped);
}
