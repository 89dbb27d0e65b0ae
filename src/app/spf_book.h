/* SPDX-License-Identifier: Apache-2.0
 *
 * Which sources of this relay may send the mail of which domains, by SPF (mail/spf.h): what is to
 * be asked of name servers and when, and what came of it. Of the sender domains that carry most of
 * the relay's mail, as the log has them:
 *
 *     want ──> take ──> question ──> answer ──> ... ──> the look is over, of all sources at once
 *
 * A source is at fault for a domain when two looks in a row say fail or softfail of it, and pass of
 * another source: what is refused for all, or allowed for all, does not tell one from another. The
 * second look comes when the answers of the first have run out, between SPF_AGAIN_US and `look_us`.
 * A wrong record and what is unknown are no fault; no answer is none, and leaves what was found
 * before.
 *
 * Bounded: SENDERS_KEPT domains, one question of each at a time, SPF_ANSWERS_MAX answers of a
 * look. Nothing is asked of sources of other relays, without an address or with a private one.
 * Pure; one thread.
 */
#ifndef TD_APP_SPF_BOOK_H
#define TD_APP_SPF_BOOK_H

#include "app/route_senders.h"
#include "io/dns_answer.h"
#include "mail/spf.h"
#include "model/fleet.h"

#define SPF_ANSWERS_MAX 64
#define SPF_AGAIN_US INT64_C(60000000)
#define SPF_SHARE 0.1 /* of the mail that is looked at: so much must be concerned */

struct spf_book;

/* fleet: borrowed. reserved: ask also for what nobody on the Internet has. */
struct spf_book *spf_book_new(const struct fleet *fleet, int64_t look_us, bool reserved);
void spf_book_free(struct spf_book *book); /* NULL is fine */

/* The domains that matter, in the place of those before; those that stay keep what is known. */
void spf_book_want(struct spf_book *book, const struct route_sender_list *senders, int64_t now_us);

struct spf_book_question {
    uint64_t domain; /* whose it is */
    char name[HOST_NAME_BYTES_MAX];
    size_t len;
    enum dns_type type;
};

/* A question that is due, which then counts as asked. False: none is. */
bool spf_book_take(struct spf_book *book, int64_t now_us, struct spf_book_question *out);

/* What became of it; of a domain that is not wanted any more nothing. */
void spf_book_answer(struct spf_book *book, uint64_t domain, const struct dns_answer *answer,
                     int64_t now_us);

/* The question could not be put: it is due again, in SPF_AGAIN_US at the latest. */
void spf_book_put_back(struct spf_book *book, uint64_t domain, int64_t now_us);

/* When there may be a question to take; INT64_MAX: not without an answer. */
int64_t spf_book_next_due(const struct spf_book *book);

/* Appends what stands against the source where mail comes from these senders: "is not allowed by
 * SPF of shop.example (fail)". Nothing: all is well, or not known. */
void spf_book_fault(const struct spf_book *book, struct slice source,
                    const struct route_sender_list *senders, struct buf *to);

#endif
