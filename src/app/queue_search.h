/* SPDX-License-Identifier: Apache-2.0
 *
 * A login's messages in Postfix' queues. `postqueue -j` of each instance says what waits; whose a
 * message is, its own queue file says (watch/queue_envelope.h), which smtpd wrote when it was
 * taken: that holds for mail from before any log that is read, and for an id that is used again.
 *
 * Blocks for as long as the queue is long (some thousand files a second); each command may take two
 * minutes. Bounded: QUEUE_SEARCH_MAX messages; how many more there are is said.
 * Who asks needs the rights of postcat: root's.
 */
#ifndef TD_APP_QUEUE_SEARCH_H
#define TD_APP_QUEUE_SEARCH_H

#include "app/settings.h"
#include "gate/account_book.h"
#include "watch/queue_listing.h"

#define QUEUE_SEARCH_MAX 100000

/* All borrowed. */
struct queue_question {
    const struct settings_postfix *postfix;
    const struct settings_policy *policy; /* what is one login under two names, */
    const struct account_book *accounts;  /* and under which others */
    struct slice login;
    const char *sender;         /* only of this envelope sender, in any case of letters; NULL: of
                                   all */
    int64_t since_us, until_us; /* only what arrived in since <= time < until */
};

struct queue_mail {
    struct slice queue_id; /* NUL-terminated behind its end */
    enum mail_queue queue;
    size_t instance;
    struct slice sender, recipient; /* the first of the recipients */
    size_t recipients;
    int64_t arrival_us;
    uint64_t size;
};

struct queue_search;

/* False and err: Postfix could not be asked, or not for all of it: what was found is not told,
 * since what is done to a part would look as if it were done to all. */
struct queue_search *queue_search_new(const struct queue_question *question, struct err *err);
void queue_search_free(struct queue_search *search); /* NULL is fine */

/* Sorted by instance, then as postqueue lists them. */
size_t queue_search_count(const struct queue_search *search);
const struct queue_mail *queue_search_get(const struct queue_search *search, size_t index);

/* Messages of the login beyond QUEUE_SEARCH_MAX. */
uint64_t queue_search_left_out(const struct queue_search *search);

/* Asks the queue files of these messages (indices, of one instance) anew: sets is_theirs[i] to
 * whether it is there and the login's. False and err: they could not be asked. */
bool queue_search_prove(const struct queue_search *search, const size_t *indices, size_t count,
                        bool *is_theirs, struct err *err);

/* Of an instance; borrowed. */
struct postfix_place;
struct postfix_place queue_search_place(const struct queue_search *search, size_t instance);

#endif
