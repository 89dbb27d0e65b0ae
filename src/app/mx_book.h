/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose mail a domain's is by its MX records: what is to be asked, what was answered, and how long
 * that holds. Only for domains that somebody wants to know of; a domain that nobody has wanted for
 * MX_WANTED_US is not asked about again.
 *
 * All hosts of a domain must be one provider's, by the rules that hold for hosts that the log
 * names (mail/provider.h); else, and where a domain takes no mail, its provider is not known. A
 * domain without MX records is its own host (RFC 5321, 5.1). No answer changes nothing: what was
 * answered before goes on to hold. Answers hold for what their zone says, within bounds: at least
 * as long as the book was told, or the shorter MX_NOTHING_US where there is no host, and at most
 * MX_HOLD_MOST_US.
 *
 * Bounded: MX_DOMAINS_MAX domains of some 300 bytes, MX_LEARNED_MAX of them learned from the log;
 * who was wanted least lately makes room. Pure; one thread.
 */
#ifndef TD_APP_MX_BOOK_H
#define TD_APP_MX_BOOK_H

#include "io/dns_answer.h"
#include "mail/provider.h"

#define MX_DOMAINS_MAX 16384
#define MX_LEARNED_MAX 8192
#define MX_WANTED_US INT64_C(180000000)
#define MX_HOLD_MOST_US INT64_C(86400000000)
#define MX_NOTHING_US INT64_C(300000000)
/* After no answer: first, then twice as long each time, up to the most. Shorter where no server
 * answered: then it is our side, and the resolver slows down by itself. */
#define MX_FAILED_FIRST_US INT64_C(60000000)
#define MX_FAILED_MOST_US INT64_C(3600000000)
#define MX_UNANSWERED_FIRST_US INT64_C(5000000)
#define MX_UNANSWERED_MOST_US INT64_C(300000000)

enum mx_cause {
    MX_WAITS,   /* its mail waits, and nobody knows whose it is: asked first */
    MX_LISTED,  /* the table of providers says that it is one's */
    MX_LEARNED, /* its mail was seen to go to one's hosts: has it moved? */
};

struct mx_book;

/* table: borrowed. keep_us: answers hold so long at least, above 0. */
struct mx_book *mx_book_new(const struct provider_table *table, int64_t keep_us);
void mx_book_free(struct mx_book *book); /* NULL is fine */

/* domain: a valid host name (base/host_name.h) in lower case; it is copied. */
void mx_book_want(struct mx_book *book, struct slice domain, enum mx_cause cause, int64_t now_us);

/* Domains to be asked about now, `max` at most, which then count as asked: those that wait first.
 * They live until the next mx_book_want. */
size_t mx_book_take_due(struct mx_book *book, int64_t now_us, struct slice *out, size_t max);

/* What became of the question about a domain; of one that is not in the book any more nothing. */
void mx_book_answer(struct mx_book *book, struct slice domain, const struct dns_answer *answer,
                    int64_t now_us);

/* The question could not be put: it is due again. */
void mx_book_put_back(struct mx_book *book, struct slice domain);

/* By the last answer; empty: not known, or of several. Lives as long as the book. */
struct slice mx_book_provider(const struct mx_book *book, struct slice domain);

/* Did its MX records name this provider before, and name another one now? One that the log alone
 * has ever named has not moved: mail may go by a transport of its own. */
bool mx_book_has_moved(const struct mx_book *book, struct slice domain, struct slice provider);

/* Does it wait, so that somebody looks for it? */
bool mx_book_waits(const struct mx_book *book, struct slice domain);

#endif
