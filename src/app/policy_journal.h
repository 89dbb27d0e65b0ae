/* SPDX-License-Identifier: Apache-2.0
 *
 * The policy desk's counts on the disk: what the desk counts (gate/limit_image.h) goes in blocks to
 * the journal (store/charge_journal.h), five times a second, so that a crash costs less than a
 * second of it; and a new desk is filled from there.
 *
 * The desk's thread gives, and never waits: while the disk is slow, changes gather in memory;
 * beyond 16 MiB they are dropped, and a whole image is written as soon as there can be one. A part
 * of an image is about 128 KiB, so that nobody waits for it either; 32 MiB where daemons crash
 * again and again before their image is whole.
 */
#ifndef TD_APP_POLICY_JOURNAL_H
#define TD_APP_POLICY_JOURNAL_H

#include "gate/limit_image.h"
#include "gate/policy_desk.h"
#include "store/charge_journal.h"

struct policy_journal;

/* What a desk was filled from. */
struct policy_journal_past {
    struct charge_journal_past files;
    struct limit_image_counts counts;
    int64_t took_us;
};

/* past: filled from the folder, if the desk is to be (it is empty then); NULL: it begins with what
 * it has. The desk lives longer. NULL and err: no thread to be had. */
struct policy_journal *policy_journal_open(const char *folder, struct policy_desk *desk,
                                           struct policy_journal_past *past, struct err *err);

/* Writes what is still to be written, once. NULL is fine, below too. */
void policy_journal_free(struct policy_journal *journal);

/* On the desk's thread, some times a second. */
void policy_journal_turn(struct policy_journal *journal, int64_t steady_us);

/* All that was counted is on the disk now, or a try failed, or 2 s have passed. The desk stands
 * still. */
void policy_journal_settle(struct policy_journal *journal);

struct policy_journal_counts {
    struct charge_journal_state files;
    int64_t behind_us; /* age of the oldest count that a crash would cost */
    uint64_t dropped;  /* times that changes were too many to wait in memory */
};

/* Any thread. */
void policy_journal_counts(const struct policy_journal *journal, int64_t steady_us,
                           struct policy_journal_counts *out);

#endif
