/* SPDX-License-Identifier: Apache-2.0
 *
 * What was counted for which message, so that none is counted twice and one that does not come to
 * be can be given back. Postfix asks at several stages of a message, and asks again after a lost
 * answer: the same instance on the same relay is the same message. What the log says of it later
 * names it by its queue id and its login; the log's name of a relay and the address from which it
 * asks are two things, so that is searched on all of them.
 *
 * Bounded: the oldest message makes room for a new one. A message that is still going on by then
 * (`max` others began after it) would be counted anew. Pure, one thread; about 120 bytes a message
 * and its names.
 */
#ifndef TD_GATE_CHARGE_BOOK_H
#define TD_GATE_CHARGE_BOOK_H

#include "base/keyed_hash.h"
#include "gate/limit_gate.h"

enum { CHARGE_NAME_MAX = 512 }; /* bytes of an instance or a queue id; longer ones are not kept */

/* A message. Texts are the book's. */
struct charge {
    struct limit_subject who; /* in whose name it was counted */
    struct limit_load load;   /* what is counted now; all 0: nothing */
    int64_t at_us;
    struct slice queue_id; /* empty: not known yet */
    int stage;             /* of the answer, and the answer: for a question that comes again */
    struct slice answer;
};

struct charge_book;

/* max: messages, 1 to 2^24. */
struct charge_book *charge_book_new(uint32_t max);
void charge_book_free(struct charge_book *book);

/* The key of its hash; while nothing is in it. */
void charge_book_hash_by(struct charge_book *book, const struct hash_key *key);

/* A message as it is known now. Texts live for the call. */
typedef void (*charge_book_see)(void *context, struct slice relay, struct slice instance,
                                const struct charge *charge);

/* Of every message that is put or cleared from now on, one watches. NULL: nobody watches any more.
 */
void charge_book_watch(struct charge_book *book, charge_book_see see, void *context);

/* Where charge_book_some goes on. All zero: at the begin. */
struct charge_book_place {
    uint32_t begin, seen;
};

/* Of all messages some, the oldest first, so that who puts them back has them in this order; see
 * limit_table_some. */
bool charge_book_some(const struct charge_book *book, struct charge_book_place *place,
                      uint32_t most, charge_book_see see, void *context);

/* NULL: not known. The relay may be empty. Valid until the next call that puts. */
const struct charge *charge_book_find(const struct charge_book *book, struct slice relay,
                                      struct slice instance);
const struct charge *charge_book_find_queue_id(const struct charge_book *book,
                                               struct slice queue_id, struct slice login);

/* Copies what is known of a message now in place of what was; its names need not be kept elsewhere.
 * The charge may be one of the book's. An empty instance is not kept. */
void charge_book_put(struct charge_book *book, struct slice relay, struct slice instance,
                     const struct charge *charge);

/* Nothing is counted for it any more; it stays known. */
void charge_book_clear(struct charge_book *book, const struct charge *charge);

/* By which names it was put. */
void charge_book_names(const struct charge *charge, struct slice *relay, struct slice *instance);

uint32_t charge_book_count(const struct charge_book *book);

#endif
