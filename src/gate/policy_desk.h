/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers the policy requests of Postfix: whether the flags of the account and the limits let a
 * message pass, counted once whatever the stages are at which it asks.
 *
 *      RCPT                   looks: a recipient more, would it pass? Only what refuses is said
 *                             here, so that a held message is held once.
 *      DATA, END-OF-MESSAGE   counts: the recipients that were taken so far; what a second of the
 *                             two adds (the real size) is counted then.
 *      other stages           nothing is said.
 *
 * Recipients are known at RCPT only; which of them are new to the sender is found there
 * (new_recipients.h).
 *
 * Whose a login is says the book of accounts (account_book.h): what is sent by another name of an
 * account is the account's, and of its class. Without a book each login is its own.
 *
 * A flag of the account (account_flags.h) is looked at first: one that refuses is said at each of
 * these stages, and nothing is counted; a milder one is said when the message is counted, unless a
 * limit is sterner.
 *
 * A request that comes again (Postfix lost the answer) gets the same answer and counts nothing. A
 * message that did not come to be is given back, but for its new recipients: they are known now,
 * and not counted again. Without a login, bounces (no sender) and mail from
 * exempt networks, as that which comes back from a content filter, are let through.
 *
 * Pure, one thread. Memory: limit_gate.h, charge_book.h.
 */
#ifndef TD_GATE_POLICY_DESK_H
#define TD_GATE_POLICY_DESK_H

#include "gate/account_book.h"
#include "gate/account_flags.h"
#include "gate/charge_book.h"
#include "gate/limit_gate.h"
#include "gate/limit_holding.h"
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
    uint32_t keys;             /* of each group of limits, 1 to 2^30 */
    uint32_t known_recipients; /* room, see new_recipients_configure */
};

/* What was decided, for those who tell of it. Texts live until the next request. */
struct policy_decision {
    enum policy_stage stage;
    struct slice login;              /* the account's, in its one form; empty: none */
    bool exempt;                     /* no limit was asked */
    bool again;                      /* the answer of before */
    bool counted;                    /* this request counted something */
    const struct account_flag *flag; /* that was acted on; NULL: the limits said what was said */
    struct limit_load load;          /* what it asked for */
    struct limit_answer answer;
};

struct policy_desk;
struct charge_book;

/* messages: that may be under way at once. */
struct policy_desk *policy_desk_new(const struct policy_terms *terms, uint32_t messages);
void policy_desk_free(struct policy_desk *desk);

/* Counts stay; see limit_gate_configure. */
void policy_desk_configure(struct policy_desk *desk, const struct policy_terms *terms);

/* Appends the action for a request of the relay of that name or address. If answer.waits in *out,
 * there is none yet, and the same request is to be put again (see limit_gate_elsewhere). */
void policy_desk_answer(struct policy_desk *desk, struct slice relay,
                        const struct policy_request *request, int64_t now_us, struct buf *action,
                        struct policy_decision *out);

/* The log says that a message was refused after it was counted. Returns whether there was
 * something to give back. */
bool policy_desk_give_back(struct policy_desk *desk, struct slice queue_id, struct slice login,
                           int64_t now_us);

/* Told of each message that is given back, before it is: the relay as it was named, and what was
 * counted. NULL: nobody is. */
typedef void (*policy_desk_return)(void *context, struct slice relay, struct slice instance,
                                   const struct charge *charge);
void policy_desk_on_return(struct policy_desk *desk, policy_desk_return tell, void *context);

/* Which accounts there are, from now on; takes the reference over. At first none is known. */
void policy_desk_put_accounts(struct policy_desk *desk, struct account_book *accounts);

/* The flags of accounts, to put them; at first there are none. The table is the desk's. */
struct account_flags *policy_desk_flags(struct policy_desk *desk);

/* The numbers that were set for accounts; the same. */
struct limit_overrides *policy_desk_overrides(struct policy_desk *desk);

/* Others in their place; takes them over. */
void policy_desk_put_overrides(struct policy_desk *desk, struct limit_overrides *overrides);

/* What the limits have counted for a login, which is in its one form. The row is valid for the
 * call. */
struct policy_usage {
    bool concerns;        /* false: the key asks for more than a login has */
    struct limit_hit hit; /* used, most; when one unit more would pass */
    struct limit_holding holding;
};
typedef void (*policy_usage_see)(void *context, const struct policy_usage *usage);
void policy_desk_usage(struct policy_desk *desk, struct slice login, int64_t now_us,
                       policy_usage_see see, void *context);

/* The meters, to show and to sweep them. */
struct limit_gate *policy_desk_limits(struct policy_desk *desk);

/* See new_recipients_crowded_out. */
uint64_t policy_desk_forgotten(const struct policy_desk *desk);

/* The messages that were counted (gate/charge_book.h). */
struct charge_book *policy_desk_charges(struct policy_desk *desk);

/* The key of the hashes by which logins and messages are found; before the first request. */
void policy_desk_hash_by(struct policy_desk *desk, const struct hash_key *key);

#endif
