/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail for mailboxes that are full, as lines tell of it: enhanced status X.2.2 (RFC 3463) of our
 * own refusals and of deliveries. By mailbox: how often, how, and since when without anything that
 * was delivered in between.
 *
 * Bounded: 65,536 mailboxes; the one that was heard of least lately makes room, its counts stay in
 * the sums. Memory: 100 bytes a mailbox and its address.
 */
#ifndef TD_WATCH_FULL_MAILBOXES_H
#define TD_WATCH_FULL_MAILBOXES_H

#include "mail/log_record.h"
#include "model/summary.h"

struct full_mailboxes;

struct full_mailboxes *full_mailboxes_new(void);
void full_mailboxes_free(struct full_mailboxes *mailboxes);

/* One refusal or delivery; records of any other kind, and what has nothing to do with full
 * mailboxes, change nothing. counts: it enters the counts (else it only says since when). */
void full_mailboxes_take(struct full_mailboxes *mailboxes, const struct log_record *record,
                         int64_t time_us, bool counts);

/* Since when the mailbox of a record that was taken at time_us had been full; STAMP_NONE: the
 * record is the first to say so, does not, names nobody, or something was delivered later. */
int64_t full_mailboxes_since(const struct full_mailboxes *mailboxes,
                             const struct log_record *record, int64_t time_us);

/* Sums, and the mailboxes with most mail, at most `most`, into the arena. */
void full_mailboxes_write(const struct full_mailboxes *mailboxes, size_t most, struct arena *arena,
                          struct summary_full *out);

#endif
