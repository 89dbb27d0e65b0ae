/* SPDX-License-Identifier: Apache-2.0
 *
 * What Postfix is told to do with mail for mailboxes that have no room for it, and what its client
 * reads. Pure. Peer: access(5); RFC 3463 (4.2.2, 5.2.2: full; 5.2.3: larger than it may be).
 */
#ifndef TD_GATE_QUOTA_WORDS_H
#define TD_GATE_QUOTA_WORDS_H

#include "base/buf.h"
#include "mail/quota_answer.h"
#include "model/language.h"

#define QUOTA_WORDS_GAPS "{mailbox} {size} {since} {answer}"

enum quota_over { QUOTA_OVER_REJECT, QUOTA_OVER_DEFER, QUOTA_OVER_ACCEPT };

/* What is said of the mailboxes of a domain. */
struct quota_rule {
    struct slice domain; /* a pattern (base/wildcard.h), small letters */
    enum quota_over over;
    bool rejects_unknown; /* who is not there is refused; else that is left to Postfix */
    struct slice text;    /* with QUOTA_WORDS_GAPS; empty: the built-in sentence */
};

/* Why mail is not taken. */
struct quota_refusal {
    enum quota_kind kind;        /* OVER or TOO_LARGE */
    struct slice mailbox, words; /* words: of its server */
    uint64_t size;
    int64_t since_us; /* full since; 0: for this size only, or nobody knows */
};

/* The first gap in a rule's text that is none of these, with its braces; empty: all are known. */
struct slice quota_words_stray(struct slice text);

/* Appends an action: `552 5.2.2 ...`, `452 4.2.2 ...`; what is larger than the mailbox may ever be
 * comes again in vain, so it is `552 5.2.3 ...` also where the rule defers. */
void quota_words_refuse(const struct quota_rule *rule, const struct quota_refusal *refusal,
                        enum language language, struct buf *to);

void quota_words_unknown(enum language language, struct buf *to); /* 550 5.1.1 */
void quota_words_apart(enum language language, struct buf *to);   /* 452 4.5.3 */
void quota_words_failed(enum language language, struct buf *to);  /* 451 4.3.0 */

#endif
