/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of mailboxes for the next seconds, so that not each recipient of each message is a
 * question to a mailbox server. By canonical address:
 *
 *      fits at s     any size up to s does too             2 s, less what was accepted meanwhile
 *      over at s     any size from s on is over too        5 s
 *      no user       at any size                          10 s
 *
 * Sizes count as quota-status counts them: 0 is 1. What was accepted and may not lie in the mailbox
 * yet is taken off a new "fits at", too, for as long as that is good: two messages at a time must
 * not both be told of the same room. One byte is left, so that who does not say his size is told
 * "not full" as the server would tell him; at the end of his message the size is known.
 *
 * One question at a time: who wants to know what the answer under way may say waits for it.
 *
 *      find ── known ─────────────────────────▶ answer
 *        ├─ somebody asks about this size or a larger one: WAIT ──▶ woken: answer, or find again
 *        └─ ASK ──▶ (the server) ──▶ land: wakes who waits
 *
 * Beyond those seconds an entry still says since when a mailbox is full, for those who ask why.
 * Bounded: the one that was used least lately makes room, unless it is asked about just now; 200
 * bytes an entry and its address, and up to QUOTA_FACT_TEXT_MAX of a refusal. One thread, pure.
 */
#ifndef TD_GATE_QUOTA_FACTS_H
#define TD_GATE_QUOTA_FACTS_H

#include "base/keyed_hash.h"
#include "mail/quota_answer.h"

enum {
    QUOTA_FACTS_MAX = 100000, /* mailboxes, where nothing else is said */
    QUOTA_FACT_TEXT_MAX = 510,
};

struct quota_facts_options {
    size_t max; /* 0: QUOTA_FACTS_MAX */
    /* How long each is good; 0: 5, 2 and 10 s; negative: not at all. */
    int64_t over_us, fits_us, no_user_us;
    struct hash_key key;
};

/* Of a mailbox and a size. */
struct quota_fact {
    enum quota_kind kind; /* never TROUBLE */
    struct slice text;    /* the server's words, of OVER, TOO_LARGE and NO_USER; cut; valid until
                           * the next call that changes something */
    int64_t at_us;        /* when the server said so */
};

/* A question, or who waits for one; the caller's. All zero but `woken`. */
struct quota_flight {
    /* The answer that it waits for came: fact says what it means for this one's size, or is NULL:
     * nothing, find again; failed: there was none. From within quota_facts_land; all may be called
     * from here, but with the flight that has landed. */
    void (*woken)(struct quota_flight *flight, const struct quota_fact *fact, bool failed);
    /* the table's */
    struct quota_entry *entry;    /* NULL: neither */
    struct quota_flight *leader;  /* that it waits for; NULL: it asks itself */
    struct quota_flight *waiting; /* for this one; in their order */
    struct quota_flight *next;
    uint64_t size;
};

enum quota_turn { QUOTA_TURN_KNOWN, QUOTA_TURN_WAIT, QUOTA_TURN_ASK };

struct quota_facts;

struct quota_facts *quota_facts_new(const struct quota_facts_options *options);

/* No flight is under way. NULL is fine. */
void quota_facts_free(struct quota_facts *facts);

/* All but the key; what is known stays. */
void quota_facts_set(struct quota_facts *facts, const struct quota_facts_options *options);

/* KNOWN: *out says it. ASK: the caller asks the server, and calls quota_facts_land whatever comes
 * of it. WAIT: the flight is woken. */
enum quota_turn quota_facts_find(struct quota_facts *facts, struct slice mailbox, uint64_t size,
                                 int64_t now_us, struct quota_flight *flight,
                                 struct quota_fact *out);

/* The end of a question that quota_facts_find had one ASK; answer NULL: there was none. One that
 * was TROUBLE is none. */
void quota_facts_land(struct quota_facts *facts, struct quota_flight *flight,
                      const struct quota_answer *answer, int64_t now_us);

/* Waits no more. */
void quota_facts_leave(struct quota_flight *flight);

/* What a server said of a mailbox without a flight, as about the size of a probe. */
void quota_facts_learn(struct quota_facts *facts, struct slice mailbox, uint64_t size,
                       const struct quota_answer *answer, int64_t now_us);

/* A message of that size was accepted for it. */
void quota_facts_accepted(struct quota_facts *facts, struct slice mailbox, uint64_t size,
                          int64_t now_us);

/* For those who ask why. */
struct quota_standing {
    bool full;             /* over at any size, when it was last asked about that */
    int64_t full_since_us; /* first heard so, with nothing else since */
    uint64_t over_at;      /* the least size that was over; 0: none was */
    uint64_t fits_at;      /* the largest that fitted; 0: none */
    int64_t asked_us;      /* the last answer */
};

/* False: nothing is known, also not of long ago. */
bool quota_facts_standing(const struct quota_facts *facts, struct slice mailbox,
                          struct quota_standing *out);

/* Over at that size and not at any: as far as is known now. */
bool quota_facts_is_near_full(const struct quota_facts *facts, struct slice mailbox, uint64_t size,
                              int64_t now_us);

struct quota_facts_counts {
    size_t mailboxes, bytes;
    uint64_t known, asked, waited; /* of quota_facts_find */
    uint64_t gone;                 /* that made room */
};

struct quota_facts_counts quota_facts_counts(const struct quota_facts *facts);

#endif
