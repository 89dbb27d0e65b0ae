/* SPDX-License-Identifier: Apache-2.0
 *
 * How the sources of this relay stand with whom they send to, as far as name servers say: has the
 * address a name that leads back to it (RFC 1912, 2.1), does the HELO name lead to it, does a
 * blocklist have it (RFC 5782)? What is to be asked and when, and what came of it.
 *
 *     take ──> question ──> answer ──> next question of the look ... ──> the look is over
 *
 * What a look finds counts once a second one in a row finds it as well: not before its answer has
 * run out, between STANDING_AGAIN_US and `look_us`. No answer is no fault, and leaves for
 * STANDING_FORGET_US what was found before. A list is believed when just before it listed
 * 127.0.0.2 and not 127.0.0.1, as it must (RFC 5782, 5); answers by which lists tell errors
 * (127.255.255.x, 127.0.0.1, what is not of 127.0.0.0/8) are none.
 *
 * A fault of name or HELO that all sources share does not tell one from another, and is more likely
 * our view of the names (an inner DNS) than theirs: it is told and does not count.
 *
 * Nothing is asked of sources of other relays, without an address or with a private one (others see
 * another address than ours). Bounded: a check a source and thing to ask, each with one question at
 * a time, STANDING_NAMES_MAX names of an address. Pure; one thread.
 */
#ifndef TD_APP_STANDING_BOOK_H
#define TD_APP_STANDING_BOOK_H

#include "io/dns_answer.h"
#include "model/fleet.h"

#define STANDING_AGAIN_US INT64_C(60000000)
#define STANDING_FORGET_US INT64_C(86400000000)
#define STANDING_NAMES_MAX 4
#define STANDING_ZONE_BYTES_MAX (HOST_NAME_BYTES_MAX - IP_ADDRESS_LABELS_MAX - 1)

struct standing_options {
    const struct fleet *fleet; /* borrowed */
    const char *const *zones;  /* of blocklists, borrowed: valid, STANDING_ZONE_BYTES_MAX at most */
    size_t zone_count;
    int64_t look_us; /* from one look to the next */
    bool reserved;   /* ask also for what nobody on the Internet has (host_name.h, ip_address.h) */
};

struct standing_book;

struct standing_book *standing_book_new(const struct standing_options *options);
void standing_book_free(struct standing_book *book); /* NULL is fine */

struct standing_question {
    size_t check; /* whose it is */
    char name[HOST_NAME_BYTES_MAX];
    size_t len;
    enum dns_type type;
};

/* A question that is due, which then counts as asked. False: none is. */
bool standing_book_take(struct standing_book *book, int64_t now_us, struct standing_question *out);

/* What became of it. */
void standing_book_answer(struct standing_book *book, size_t check, const struct dns_answer *answer,
                          int64_t now_us);

/* The question could not be put: its look begins anew, in STANDING_AGAIN_US at the latest. */
void standing_book_put_back(struct standing_book *book, size_t check, int64_t now_us);

/* When there may be a question to take, as of the last call; INT64_MAX: not without an answer. */
int64_t standing_book_next_due(const struct standing_book *book);

/* Another one: what counts may have changed. */
uint64_t standing_book_revision(const struct standing_book *book);

/* Appends what is wrong with a source and counts, to go behind its name: "has no PTR record, is
 * listed by bl.example (127.0.0.2)". Nothing: all is well, or not known. */
void standing_book_fault(const struct standing_book *book, struct slice source, struct buf *to);

/* The host's name that leads back to its address, as the last look found it that was answered;
 * empty: there is none, or it is not known. Lives until the next answer. */
struct slice standing_book_name(const struct standing_book *book, struct slice source);

struct standing_view {
    struct slice source; /* empty: of a list, that is not believed */
    struct slice zone;   /* of a list */
    struct slice fault;  /* behind the name of the source or list; lives until the next call */
    int64_t since_us;
    bool shared; /* by all sources: does not count */
};

/* The i-th fault; false: there are fewer. */
bool standing_book_view(const struct standing_book *book, size_t i, struct standing_view *out);

#endif
