/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered of one message on its way in: its mailboxes, and whether they are all. The
 * inside of quota_memory.h, where the rest is said.
 */
#ifndef TD_GATE_QUOTA_MESSAGE_H
#define TD_GATE_QUOTA_MESSAGE_H

#include "base/buf.h"
#include "gate/quota_memory.h"

/* In `texts`: the mailbox from begin on, its server behind it. */
struct quota_noted {
    uint32_t begin, recipient;
    uint16_t mailbox_len, server_len;
    enum quota_kind kind;
};

struct quota_message {
    struct quota_message *next;          /* of its bucket */
    struct quota_message *newer, *older; /* by the last note */
    uint64_t hash;
    uint64_t sender, queue_id; /* hashes; queue_id 0: none yet */
    int64_t noted_us;
    struct quota_noted *noted; /* owned */
    size_t count, room;
    struct buf texts;
    uint32_t recipients;
    bool is_whole; /* all recipients so far are in it */
    bool alone;
    struct slice key; /* behind the message */
};

struct quota_message *quota_message_new(struct slice relay, struct slice instance);

/* Bytes that it takes. */
size_t quota_message_bytes(const struct quota_message *message);

/* One recipient more; at most so many mailboxes in all. False: it is not whole any more. */
bool quota_message_add(struct quota_message *message, const struct quota_mailbox *mailboxes,
                       size_t count, size_t mailboxes_max);

#endif
