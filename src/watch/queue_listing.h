/* SPDX-License-Identifier: Apache-2.0
 *
 * The listing of Postfix' queues, `postqueue -j`: one JSON object a line, a message each (Postfix
 * src/postqueue/showq_json.c, since 3.1). Senders and recipients are chosen by strangers; bytes
 * that are not UTF-8 are no JSON to jansson: such a line is read after they were replaced.
 */
#ifndef TD_WATCH_QUEUE_LISTING_H
#define TD_WATCH_QUEUE_LISTING_H

#include "base/memory.h"
#include "base/slice.h"

#define MAIL_QUEUES(X) \
    X(OTHER, "") \
    X(MAILDROP, "maildrop") \
    X(INCOMING, "incoming") \
    X(ACTIVE, "active") \
    X(DEFERRED, "deferred") \
    X(HOLD, "hold") \
    X(CORRUPT, "corrupt")

enum mail_queue {
#define X(name, word) MAIL_QUEUE_##name,
    MAIL_QUEUES(X)
#undef X
};

struct queued_recipient {
    struct slice address;
    struct slice reason; /* of its last failure; empty: none yet */
};

/* A message in a queue. */
struct queued_mail {
    enum mail_queue queue;
    struct slice queue_name, queue_id;
    struct slice sender; /* empty: the null sender */
    int64_t arrival_us;
    uint64_t size; /* bytes */
    bool forced_expire;
    struct queued_recipient *recipients;
    size_t recipient_count;
};

#define QUEUED_RECIPIENTS_MAX 50000 /* further ones of a message are left out */
#define QUEUED_LINE_MAX ((size_t)32 << 20)

/* Reads one line; texts and lists are in the arena. False: it is none, nothing of use is in *out.
 */
bool queue_listing_line(struct slice line, struct arena *arena, struct queued_mail *out);

#endif
