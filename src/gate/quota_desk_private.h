/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of quota_desk.h: a case has a wish a mailbox; a wish has a probe while somebody has to
 * say something, and a probe outlives a case that nobody waits for any more.
 *
 *      quota_desk.c     begin ─▶ the recipient is followed, or the message taken from the memory
 *      quota_wishes.c           ─▶ each wish is settled or fails
 *      quota_ends.c                                     ─▶ decided
 */
#ifndef TD_GATE_QUOTA_DESK_PRIVATE_H
#define TD_GATE_QUOTA_DESK_PRIVATE_H

#include "gate/quota_desk.h"

enum quota_wish_state {
    QUOTA_WISH_OPEN,
    QUOTA_WISH_ASKED,
    QUOTA_WISH_SETTLED,
    QUOTA_WISH_FAILED,
};

/* One mailbox of a case. */
struct quota_wish {
    struct slice mailbox, server;
    uint32_t recipient;
    enum quota_wish_state state;
    enum quota_kind kind; /* SETTLED */
    bool probes;          /* it is asked about near_full first */
    bool near_full;
    struct quota_probe *probe; /* ASKED */
};

struct quota_probe {
    struct quota_flight flight; /* first */
    struct quota_desk *desk;
    struct quota_case *of; /* NULL: nobody waits any more */
    size_t wish;
    uint64_t size;
};

struct quota_case {
    struct quota_desk *desk;
    struct quota_case *older, *newer; /* undecided ones, by begun_us */
    struct quota_case *next_ready;
    int64_t begun_us;
    bool decided, begins, is_ready;
    bool has_others; /* the recipient leads elsewhere, too */
    struct slice relay;
    uint32_t recipient_count;
    struct quota_lookup *lookup;
    struct mailbox_search *found;  /* owned, as is the next: the wishes' texts */
    struct quota_message *message; /* NULL: it is about one recipient */
    struct mailbox_finder *finder;
    struct quota_wish *wishes;
    size_t count, next, pending;
    bool hopeless; /* it cannot be refused any more */
    struct quota_ruling ruling;
    struct buf action, words;
    void *mark;
    char texts[];
};

struct quota_desk {
    struct quota_desk_terms terms;
    struct quota_rule *rules;
    struct arena *arena; /* of the rules' texts */
    struct quota_desk_doors doors;
    struct quota_facts *facts;
    struct quota_memory *memory;
    struct quota_case *oldest, *newest;
    struct quota_case *ready, **ready_end;
    struct quota_desk_counts counts;
    int64_t now_us; /* of the call that is under way */
};

/* ---- quota_ends.c ---- */

/* Of a mailbox or a recipient, by his domain. */
const struct quota_rule *quota_desk_rule(const struct quota_desk *desk, struct slice address);

/* Of which message it is. */
struct quota_message_id quota_case_id(const struct quota_case *of);

/* Undecided from now on. */
void quota_case_link(struct quota_case *of);

/* Nobody is waited for any more: who asks a server goes on to its answer, who waits for another
 * one's does not. */
void quota_case_let_go(struct quota_case *of);

void quota_case_end(struct quota_case *of, enum quota_result result);
void quota_case_let_in(struct quota_case *of, enum quota_result result, int64_t now_us);

/* A failure at RCPT lets in, or puts off. */
void quota_case_fail(struct quota_case *of, int64_t now_us);

/* All wishes are settled or have failed; there may be none. */
void quota_case_decide(struct quota_case *of, int64_t now_us);

/* ---- quota_wishes.c ---- */

void quota_wish_fail(struct quota_case *of, struct quota_wish *wish);

/* Starts what may start; decides when nothing is under way. */
void quota_case_advance(struct quota_case *of, int64_t now_us);

#endif
