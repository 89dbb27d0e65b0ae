/* SPDX-License-Identifier: Apache-2.0
 *
 * The recipients of messages that are on their way in: remembered at RCPT, asked for again at
 * END-OF-MESSAGE, when the size is known and Postfix names no recipients any more. By the relay
 * that asks and its `instance`, which is the same for RCPT, DATA and END-OF-MESSAGE of one message
 * (Postfix 3.7.11, measured), and new with each MAIL.
 *
 *      RCPT ─▶ note ─▶ ... ─▶ END-OF-MESSAGE ─▶ take
 *                │
 *                └ the client leaves, DATA is refused: forgotten after 10 minutes, or sooner when
 *                  there is no room
 *
 * An instance that comes with another sender or another queue id is another message. Whether all
 * recipients are known is said with what is taken, since a message is refused only for all of them:
 * not when some had no room here, or when the first note was not of the first recipient (Postfix
 * gives a queue id with the first one that it accepts).
 *
 * Bounded: messages, mailboxes of a message, bytes of all; the message that was noted least lately
 * goes. 240 bytes a message, 40 a mailbox, and their texts. One thread, pure.
 */
#ifndef TD_GATE_QUOTA_MEMORY_H
#define TD_GATE_QUOTA_MEMORY_H

#include "base/keyed_hash.h"
#include "mail/quota_answer.h"

enum {
    QUOTA_MESSAGES_MAX = 50000, /* where nothing else is said, as the next two */
    QUOTA_MAILBOXES_MAX = 1000, /* of a message */
    QUOTA_MEMORY_BYTES = 64 << 20,
    QUOTA_MESSAGE_KEY_MAX = 500,   /* bytes of relay and instance */
    QUOTA_MAILBOX_TEXT_MAX = 1000, /* bytes of a mailbox, and of a server's name */
};

struct quota_memory_options {
    size_t messages_max, mailboxes_max, bytes_max; /* 0: as above */
    int64_t keep_us;                               /* after the last note; 0: 10 min */
    struct hash_key key;
};

/* Of which message a recipient is; as Postfix sent them. */
struct quota_message_id {
    struct slice relay; /* who asks: an address, or empty */
    struct slice instance, sender, queue_id;
};

/* What a recipient leads to. */
struct quota_mailbox {
    struct slice mailbox; /* canonical */
    struct slice server;
    enum quota_kind kind; /* what was known of it at RCPT */
    uint32_t recipient;   /* number in the message, from 0; set by the memory */
};

struct quota_message;
struct quota_memory;

struct quota_memory *quota_memory_new(const struct quota_memory_options *options);
void quota_memory_free(struct quota_memory *memory); /* NULL is fine */

/* All but the key; what has no room any more goes. */
void quota_memory_set(struct quota_memory *memory, const struct quota_memory_options *options);

/* A recipient was let in, with the mailboxes that it leads to; none: it leads elsewhere, where
 * nobody is asked. alone: nobody else is to be let in with it. False: not all of it is remembered
 * (no instance, a text too long, too many mailboxes). */
bool quota_memory_note(struct quota_memory *memory, const struct quota_message_id *id,
                       const struct quota_mailbox *mailboxes, size_t count, bool alone,
                       int64_t now_us);

/* Split mode: whether a recipient is to come again in another transaction, where it or one that is
 * there already is near full and has to be alone. */
bool quota_memory_is_apart(struct quota_memory *memory, const struct quota_message_id *id,
                           bool near_full, int64_t now_us);

/* The message at its end, which is forgotten with that; the caller frees it. NULL: nothing is known
 * of it. */
struct quota_message *quota_memory_take(struct quota_memory *memory,
                                        const struct quota_message_id *id, int64_t now_us);
void quota_message_free(struct quota_message *message); /* NULL is fine */

/* Of a message that was taken. All: nothing is missing of these recipients, of whom Postfix says
 * that there are so many (recipient_count at END-OF-MESSAGE). */
bool quota_message_has_all(const struct quota_message *message, uint32_t recipient_count);
size_t quota_message_recipients(const struct quota_message *message);
size_t quota_message_count(const struct quota_message *message); /* mailboxes */
struct quota_mailbox quota_message_mailbox(const struct quota_message *message, size_t i);

/* Forgets what is over; about once a second. */
void quota_memory_tidy(struct quota_memory *memory, int64_t now_us);

struct quota_memory_counts {
    size_t messages, bytes; /* now */
    uint64_t taken;
    uint64_t expired;    /* no END-OF-MESSAGE came in time */
    uint64_t begun_anew; /* another message had its instance */
    uint64_t gone;       /* made room */
    uint64_t cut;        /* recipients that were not remembered as a whole */
};

struct quota_memory_counts quota_memory_counts(const struct quota_memory *memory);

#endif
