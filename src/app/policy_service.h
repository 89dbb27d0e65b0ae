/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers the policy requests of Postfix on a thread of its own (io/answer_server.h), from the
 * policy desk, which that thread owns. The owner's thread gives it terms, feeds it, and takes what
 * it has to say:
 *
 *      put ──newest plan──▶ [desk, counts]  ──events──▶ mailbox
 *      flag, order ─mailboxes─▶ │
 *                               ▲
 *                Postfix ── request, answer
 *
 * Messages that were refused after they were counted are given back (policy_refunds.h): before the
 * next request is answered, or at the next tick.
 *
 * A place where it listens may be left for another; what was counted stays. Events are bounded: of
 * more than POLICY_EVENTS_MAX that wait, further ones are dropped and counted.
 */
#ifndef TD_APP_POLICY_SERVICE_H
#define TD_APP_POLICY_SERVICE_H

#include "app/hijack_channel.h"
#include "app/policy_order.h"
#include "app/policy_refunds.h"
#include "app/policy_shared.h"
#include "base/memory.h"
#include "gate/policy_desk.h"
#include "io/answer_server.h"

enum {
    POLICY_EVENTS_MAX = 1000,
    POLICY_STAGES = 5,  /* of enum policy_stage */
    POLICY_RESULTS = 9, /* of enum policy_result */
};

/* Terms and the arena that all of them are in. */
struct policy_plan {
    struct arena *arena;
    struct policy_terms terms;
};
void policy_plan_free(struct policy_plan *plan); /* NULL is fine */

/* What became of a request. The first are those of enum limit_action. */
enum policy_result {
    POLICY_WARNED = LIMIT_WARN,
    POLICY_SLOWED = LIMIT_SLOW,
    POLICY_HELD = LIMIT_HOLD,
    POLICY_DEFERRED = LIMIT_DEFER,
    POLICY_REJECTED = LIMIT_REJECT,
    POLICY_DISCARDED = LIMIT_DISCARD,
    POLICY_PASSED,
    POLICY_EXEMPT,
    POLICY_AGAIN, /* a request that came before; answered as then */
};

const char *policy_result_word(enum policy_result result);

/* A message that is over a limit, or of an account with a flag; or (report not NULL, and nothing
 * else set) what was ordered. */
struct policy_event {
    struct policy_report *report; /* owned */
    enum policy_stage stage;
    enum limit_action action;
    bool shadow;  /* nothing was done */
    bool by_flag; /* rule: the word of the flag; no numbers */
    uint64_t used;
    uint32_t most, wanted;
    int64_t at_us;
    struct slice rule, login, sender, client, queue_id, instance;
    char text[]; /* theirs; each cut to POLICY_EVENT_TEXT bytes, the login to ACCOUNT_LOGIN_MAX */
};
enum { POLICY_EVENT_TEXT = 320 };
void policy_event_free(struct policy_event *event); /* NULL is fine */

struct policy_service;
struct policy_journal;

/* plan: taken over. refunds: what is to be given back; borrowed, NULL: nothing ever is. NULL and
 * err: no mailbox to be had. */
struct policy_service *policy_service_new(struct policy_plan *plan, struct policy_refunds *refunds,
                                          struct err *err);

/* Keeps what is counted in this journal from now on, and takes it over; NULL: nowhere. While it
 * listens nowhere; the desk is the caller's meanwhile. */
void policy_service_keep(struct policy_service *service, struct policy_journal *journal);
struct policy_desk *policy_service_desk(struct policy_service *service);

/* Where messages and recipients that pass are told; borrowed, before it listens. */
void policy_service_hand(struct policy_service *service, struct hijack_channel *channel);

/* Leaves where it listens. NULL is fine. */
void policy_service_free(struct policy_service *service);

/* Counts with other relays from the next policy_service_listen on; while it listens nowhere. Takes
 * it over; NULL: alone. */
void policy_service_share(struct policy_service *service, struct policy_shared *shared);

/* NULL: alone. */
struct policy_shared *policy_service_shared(const struct policy_service *service);

/* Begins to listen, having left the place before. Of the options take, tick, context and
 * question_max are the service's. False and err: it listens nowhere. */
bool policy_service_listen(struct policy_service *service,
                           const struct answer_server_options *options, struct err *err);
void policy_service_leave(struct policy_service *service);

/* Terms for all requests from now on; takes the plan over. */
void policy_service_put(struct policy_service *service, struct policy_plan *plan);

/* A flag of an account, for all requests from now on; takes it over. */
void policy_service_flag(struct policy_service *service, struct account_flag *flag);

/* All flags there are, in place of those before; takes the table over. */
void policy_service_put_flags(struct policy_service *service, struct account_flags *flags);

/* Which accounts there are, for all requests from now on; takes the reference over. */
void policy_service_put_accounts(struct policy_service *service, struct account_book *accounts);
/* Carried out before the next request, or within 200 ms; at once while it listens nowhere. Takes it
 * over. */
void policy_service_order(struct policy_service *service, struct policy_order *order);

/* About once a second; false: nobody is answered, or not everywhere. */
bool policy_service_feed(struct policy_service *service);

/* What was over a limit, the oldest first; the caller's from now on. NULL: nothing. */
struct policy_event *policy_service_take(struct policy_service *service);

/* Readable while there is some. */
int policy_service_fd(const struct policy_service *service);

/* NULL: there is none. */
const struct policy_journal *policy_service_journal(const struct policy_service *service);

struct policy_service_counts {
    uint64_t stages[POLICY_STAGES], results[POLICY_RESULTS];
    uint64_t without_login;      /* asked at DATA or END-OF-MESSAGE, not exempt */
    uint64_t bad;                /* requests that were none */
    uint64_t untold;             /* events dropped */
    uint64_t given_back;         /* messages that were refused after they were counted */
    uint64_t refunds_dropped;    /* see policy_refunds.h */
    uint64_t keys, crowded_out;  /* see limit_gate_counts */
    uint64_t forgotten;          /* recipients, see policy_desk_forgotten */
    struct answer_counts server; /* of the present place */
};
void policy_service_counts(struct policy_service *service, struct policy_service_counts *out);

#endif
