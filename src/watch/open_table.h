/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages that are open: between the first and the last line of a queue id, and a little
 * longer for lines that come late. A pool with two ways in: by queue id, and by age. Two lists hold
 * every message exactly once: OPEN in order of listing, CLOSED in order of their end.
 *
 * Memory: sizeof(struct message) + 16 bytes a message (about 200), 40 bytes a recipient beyond the
 * first. The pool grows to what was open at once and never shrinks.
 */
#ifndef TD_WATCH_OPEN_TABLE_H
#define TD_WATCH_OPEN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_NONE UINT32_MAX

enum recipient_state {
    RECIPIENT_WAITING, /* last record was not final */
    RECIPIENT_SENT,
    RECIPIENT_BOUNCED,
    RECIPIENT_DISCARDED, /* by order */
    RECIPIENT_MOVED,     /* went on under another queue id, whose outcome counts */
};

struct recipient {
    uint64_t hash; /* of address and original address */
    uint64_t
        next_id;   /* hash of the id it was `queued as`, while that is not known to be ours; or 0 */
    float delay_s; /* of the last record */
    uint32_t path; /* of the last attempt; see correlator.h */
    uint16_t attempts; /* saturates */
    uint8_t state;     /* enum recipient_state */
    uint8_t class;     /* enum reply_class of the last failure */
    bool is_local;     /* last record's agent was local(8) */
};

/* In front stands what is asked for and changed by every line of a message, since the row is seldom
 * in the processor's nearest cache. */
struct message {
    uint64_t id_hash; /* of the queue id's bytes */
    uint32_t host;
    uint32_t instance; /* 0: no line of a program that surely carries the instance's name yet */
    bool born;         /* client= or uid= seen */
    bool queued;       /* qmgr took it */
    bool null_sender;
    bool continued;   /* goes on from another id of ours: filter, forward, requeue */
    bool closed;      /* in the CLOSED list */
    bool ordered_end; /* postsuper -d, DISCARD */
    bool expired;
    bool told;        /* its end was told by an earlier run; known when it ends */
    int64_t begin_us; /* first line seen */
    int64_t touch_us; /* last line seen, or the end when closed */
    uint64_t line;    /* of its last line, or of the one that closed it; see correlator_at */
    uint32_t login;   /* 0: none */
    uint32_t note;    /* the receiver's of the correlator's events; 0 at first */

    uint64_t mail_hash; /* of its Message-ID; 0: not seen */
    uint64_t serial;    /* counts messages from 1; never used again */
    uint32_t client;    /* hash of the client's address */
    uint32_t expected;  /* nrcpt, 0: not known */
    float prior_s;      /* delay of earlier hops */
    uint32_t recipient_count, recipient_capacity;
    uint32_t index_mask;
    struct recipient first;   /* used while recipient_count is 1 */
    struct recipient *others; /* all of them, when there are more */
    uint32_t *index;          /* recipients by hash, once there are many: number + 1, 0: free */

    int64_t listed_us;   /* when it came to the end of the OPEN list */
    uint32_t number;     /* its place in the table */
    uint32_t prev, next; /* in its list */
};

struct open_table;

struct open_table *open_table_new(void);
void open_table_free(struct open_table *table);

/* A fresh zeroed message of this id, in the OPEN list. Valid pointers of others stay valid. */
struct message *open_table_add(struct open_table *table, uint64_t id_hash);

/* Takes it out and frees its recipients. */
void open_table_remove(struct open_table *table, struct message *message);

/* Walks the messages with this id hash, newest first: *place is 0 to begin; NULL ends. Nothing may
 * be added or removed on the way. */
struct message *open_table_next(const struct open_table *table, uint64_t id_hash, uint32_t *place);

/* Moves it to the end of the OPEN list. */
void open_table_touch(struct open_table *table, struct message *message, int64_t now_us);

/* Moves it to the end of the CLOSED list and sets closed. */
void open_table_close(struct open_table *table, struct message *message);

/* Longest without activity, or longest closed; NULL when the list is empty. */
struct message *open_table_oldest_open(const struct open_table *table);
struct message *open_table_oldest_closed(const struct open_table *table);

uint32_t open_table_count_open(const struct open_table *table);
uint32_t open_table_count_closed(const struct open_table *table);

/* The recipient with this hash, or NULL. */
struct recipient *message_recipient(struct message *message, uint64_t hash);

/* Adds one; pointers to the message's other recipients become invalid. */
struct recipient *message_add_recipient(struct message *message, uint64_t hash);

/* All of them, message->recipient_count long. */
struct recipient *message_recipients(struct message *message);

#endif
