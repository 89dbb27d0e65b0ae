/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers the policy requests of Postfix: whether the limits let a message pass, counted once
 * whatever the stages are at which it asks.
 *
 *      RCPT                   looks: a recipient more, would it pass? Only what refuses is said
 *                             here, so that a held message is held once.
 *      DATA, END-OF-MESSAGE   counts: the recipients that were taken so far; what a second of the
 *                             two adds (the real size) is counted then.
 *      other stages           nothing is said.
 *
 * A request that comes again (Postfix lost the answer) gets the same answer and counts nothing. A
 * message that did not come to be is given back. Without a login, bounces (no sender) and mail from
 * exempt networks, as that which comes back from a content filter, are let through.
 *
 * Pure, one thread. Memory: limit_gate.h, charge_book.h.
 */
#ifndef TD_GATE_POLICY_DESK_H
#define TD_GATE_POLICY_DESK_H

#include "gate/limit_gate.h"
#include "mail/policy_request.h"
#include "model/language.h"

/* Borrowed until the next policy_desk_configure or the end. */
struct policy_terms {
    struct limit_rules limits;
    const struct ip_network *exempt; /* mail from there without a login is let through */
    size_t exempt_count;
    struct slice default_domain; /* of logins that have none; empty: they stay as they are */
    struct slice slow_transport; /* empty: what would be slowed is warned of */
    enum language language;
};

/* What was decided, for those who tell of it. Texts live until the next request. */
struct policy_decision {
    enum policy_stage stage;
    struct slice login;     /* in its one form; empty: none */
    bool exempt;            /* no limit was asked */
    bool again;             /* the answer of before */
    bool counted;           /* this request counted something */
    struct limit_load load; /* what it asked for */
    struct limit_answer answer;
};

struct policy_desk;

/* keys: of each group of limits; messages: that may be under way at once. */
struct policy_desk *policy_desk_new(const struct policy_terms *terms, uint32_t keys,
                                    uint32_t messages);
void policy_desk_free(struct policy_desk *desk);

/* Counts stay; see limit_gate_configure. */
void policy_desk_configure(struct policy_desk *desk, const struct policy_terms *terms);

/* Appends the action for a request of the relay of that name or address. */
void policy_desk_answer(struct policy_desk *desk, struct slice relay,
                        const struct policy_request *request, int64_t now_us, struct buf *action,
                        struct policy_decision *out);

/* The log says that a message was refused after it was counted. Returns whether there was
 * something to give back. */
bool policy_desk_give_back(struct policy_desk *desk, struct slice queue_id, struct slice login,
                           int64_t now_us);

/* The one form of a login: small letters, with the default domain if it has none. */
void policy_desk_login(const struct policy_terms *terms, struct slice login, struct buf *to);

/* The meters, to show and to sweep them. */
struct limit_gate *policy_desk_limits(struct policy_desk *desk);

#endif
