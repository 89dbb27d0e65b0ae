/* SPDX-License-Identifier: Apache-2.0
 *
 * How full mailboxes are by what Dovecot's quota_clone keeps of them in a Redis: a second source
 * beside the mailbox servers themselves, which does not need them. It has what is used, not what
 * may be; what was delivered a moment ago may not be in it yet.
 *
 * On a loop that must not wait, by redis_client.h, whose states, bounds and Sentinels are those of
 * this one. Keys: PREFIX user `/quota/storage` (bytes) and `/quota/messages`. Peer: Dovecot 2.3,
 * src/plugins/quota-clone with `redis:host=...:prefix=...`.
 */
#ifndef TD_GATE_QUOTA_CLONE_H
#define TD_GATE_QUOTA_CLONE_H

#include "io/redis_client.h"
#include "mail/quota_limit.h"

enum { QUOTA_CLONE_USER_MAX = 512 }; /* bytes, with the prefix */

struct quota_clone_options {
    const struct redis_address *address; /* copied */
    struct slice prefix;                 /* copied */
    int64_t deadline_us;
};

/* A question; the caller's, all zero but `answered`, until it is answered: exactly once, never from
 * within quota_clone_ask. usage NULL: Redis has nothing of the user, or did not answer in time. */
struct quota_clone_ask {
    struct redis_question question; /* the clone's; first */
    struct quota_clone *clone;      /* the same */
    void (*answered)(struct quota_clone_ask *ask, const struct quota_usage *usage);
};

struct quota_clone;

struct quota_clone *quota_clone_new(const struct quota_clone_options *options);

/* After quota_clone_end, or never begun. NULL is fine. */
void quota_clone_free(struct quota_clone *clone);

void quota_clone_begin(struct quota_clone *clone, struct uv_loop_s *loop);

/* All that is under way is answered as unknown; as redis_client_end. */
void quota_clone_end(struct quota_clone *clone);

/* False: Redis is not up, too much waits, or the user is too long; nothing will be answered. */
bool quota_clone_ask(struct quota_clone *clone, struct slice user, struct quota_clone_ask *ask);

struct quota_clone_counts {
    bool up;
    uint64_t asked, known, unknown; /* unknown: Redis has nothing of the user */
    uint64_t late, refused;         /* refused: by Redis, or what it has is no number */
};

struct quota_clone_counts quota_clone_counts(const struct quota_clone *clone);

/* The last error; code ERR_NONE: none. */
const struct err *quota_clone_fault(const struct quota_clone *clone);

#endif
