/* SPDX-License-Identifier: Apache-2.0
 *
 * What passes between the threads about hijacked accounts:
 *
 *      policy thread ──facts──▶ feed's thread (watch/hijack.h) ──orders──▶ main thread
 *                                        ▲──────pardons, accounts───────────┘
 *
 * A fact is small: a message or a recipient that Postfix asked about, known seconds before the log
 * tells of it. Facts travel in blocks; a block goes when it is full, when a fact comes and the
 * block is older than FACTS_AGE_US, or with the tick of the policy thread. Bounded: of more than
 * FACTS_BLOCKS_MAX blocks that wait, further facts are dropped and counted; orders and pardons are
 * as many as verdicts may be open (HIJACK_OPEN) times a few, and dropped beyond HIJACK_ORDERS_MAX.
 *
 * Lives from one reload to the next.
 */
#ifndef TD_APP_HIJACK_CHANNEL_H
#define TD_APP_HIJACK_CHANNEL_H

#include "base/err.h"
#include "base/memory.h"
#include "gate/account_book.h"
#include "model/hijack_verdict.h"

enum {
    FACTS_BLOCK_BYTES = 16384,
    FACTS_BLOCKS_MAX = 256, /* that wait */
    FACTS_TEXT_MAX = 512,   /* bytes of each text of a fact */
    HIJACK_ORDERS_MAX = 16384,
};

#define FACTS_AGE_US INT64_C(50000)

struct policy_fact {
    int64_t at_us;
    uint64_t size;       /* of a message; 0: not known */
    uint32_t recipients; /* of a message; 0: the fact is one recipient */
    bool vain;           /* a recipient that was refused by a flag of the account */
    uint32_t message;    /* hash of the queue id; 0: none */
    struct slice login;  /* in its one form */
    struct slice client; /* address */
    struct slice sender; /* of the message; of a recipient in vain, too */
    struct slice recipient;
};

/* A step of a verdict. One block of memory: mem_free. */
struct hijack_order {
    struct hijack_verdict verdict; /* its login is theirs */
    char login[];
};

/* It was the owner. One block of memory: mem_free. */
struct hijack_pardon {
    int64_t until_us;
    struct slice login;
    char text[];
};

struct hijack_channel;

/* NULL and err: no event descriptors to be had. */
struct hijack_channel *hijack_channel_new(struct err *err);
void hijack_channel_free(struct hijack_channel *channel); /* NULL is fine */

/* ---- the policy thread ---- */

/* Copies the fact; now_us: as its time. */
void hijack_channel_tell_fact(struct hijack_channel *channel, const struct policy_fact *fact);

/* Nothing waits in a block that is not full. */
void hijack_channel_flush(struct hijack_channel *channel);

/* ---- the feed's thread ---- */

/* Calls `take` for each fact that has arrived, oldest first. */
typedef void (*hijack_channel_take)(void *data, const struct policy_fact *fact);
void hijack_channel_facts(struct hijack_channel *channel, hijack_channel_take take, void *data);

void hijack_channel_order(struct hijack_channel *channel, const struct hijack_verdict *verdict);
struct hijack_pardon *hijack_channel_take_pardon(struct hijack_channel *channel); /* or NULL */

/* The newest that were put, until the next call; NULL: none yet. */
const struct account_book *hijack_channel_accounts(struct hijack_channel *channel);

/* ---- the main thread ---- */

struct hijack_order *hijack_channel_take_order(struct hijack_channel *channel); /* or NULL */
void hijack_channel_pardon(struct hijack_channel *channel, struct slice login, int64_t until_us);

/* Which accounts there are, from now on; takes the reference over. */
void hijack_channel_put_accounts(struct hijack_channel *channel, struct account_book *accounts);

/* Readable while an order waits. */
int hijack_channel_fd(const struct hijack_channel *channel);

/* ---- any thread ---- */

/* Without it facts are not taken. */
void hijack_channel_want(struct hijack_channel *channel, bool wanted);

/* Facts, orders and pardons that had no room. */
uint64_t hijack_channel_dropped(const struct hijack_channel *channel);

#endif
