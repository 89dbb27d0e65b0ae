/* SPDX-License-Identifier: Apache-2.0
 *
 * The hop from one queue id to the next: content filter, alias, own next relay, postsuper -r. Says
 * which open message another one goes on as, and remembers the ids that replies named before their
 * first line was read. Part of the correlator (correlator.h), one thread.
 *
 * Memory: 16384 ids that are waited for, 24 bytes each; of two in one place the newer stays, since
 * what comes late comes within seconds.
 */
#ifndef TD_WATCH_MESSAGE_HOPS_H
#define TD_WATCH_MESSAGE_HOPS_H

#include "watch/open_table.h"

struct message_hops;

/* Is told that an attempt on this path, taken for a delivery, was a hop. */
typedef void (*message_hop_fn)(void *data, uint32_t path);

/* table: borrowed, outlives it. */
struct message_hops *message_hops_new(struct open_table *table, message_hop_fn moved, void *data);
void message_hops_free(struct message_hops *hops);

/* Any open or lingering message with this id, on any host, that is not `self`; or NULL. */
struct message *message_hops_origin(const struct message_hops *hops, uint64_t id_hash,
                                    const struct message *self);

/* The message under which `from` goes on as this id, or NULL when the id is none of ours. */
struct message *message_hops_next(const struct message_hops *hops, uint64_t id_hash,
                                  const struct message *from);

/* `from` went on as `to`, which inherits whose it is and how long it took so far. */
void message_hops_pass_on(const struct message *from, struct message *to, double delay_s);

/* The next relay of a recipient named this id (0: none), which is not known to be ours yet. */
void message_hops_await(struct message_hops *hops, const struct message *message, uint64_t next_id);

/* A message begins: recipients of the message that named its id before have moved here. */
void message_hops_begin(struct message_hops *hops, struct message *next);

/* A last look before the outcome: a recipient whose next_id is one of ours after all has moved. */
void message_hops_settle(const struct message_hops *hops, const struct message *message,
                         struct recipient *recipient);

#endif
