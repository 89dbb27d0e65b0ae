/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may be behind a surge: what each login did in this hour and the one before, against its own
 * past, with the reasons. Not a detector: it accuses nobody, it ranks those who grew.
 *
 * Reasons: recipients above the usual; client networks and recipient domains that were not seen
 * with this login before; hard bounces; failed logins. What was seen is kept as bits by hash, 64 of
 * networks and 256 of domains: a login that writes to everybody soon has no new domains.
 *
 * Bounded: SUSPECT_LOGINS of some 200 bytes; the one without mail for the longest time makes room.
 */
#ifndef TD_WATCH_SUSPECT_BOOK_H
#define TD_WATCH_SUSPECT_BOOK_H

#include "model/incident.h"

#define SUSPECT_LOGINS 16384

struct suspect_book;

struct suspect_book *suspect_book_new(void);
void suspect_book_free(struct suspect_book *book);

struct suspect_message {
    struct slice login, domain; /* domain: of the sender */
    uint32_t recipients;
};

/* It was accepted. */
void suspect_book_accept(struct suspect_book *book, const struct suspect_message *message,
                         int64_t now_us);

/* A login came from this address. */
void suspect_book_client(struct suspect_book *book, struct slice login, struct slice client,
                         int64_t now_us);

/* What became of logins that are in the book; of others nothing is kept. */
void suspect_book_try(struct suspect_book *book, struct slice login, struct slice recipient_domain,
                      int64_t now_us);
void suspect_book_end(struct suspect_book *book, struct slice login, bool bounced, uint32_t count,
                      int64_t now_us);
void suspect_book_refuse(struct suspect_book *book, struct slice login, uint32_t times,
                         int64_t now_us);

/* The top INCIDENT_SUSPECTS_MAX, those who grew most first, into the suspects of *incident; only
 * those who send as this domain, unless it is empty. Their logins live until the book is told more.
 * Costs a walk through the book. */
void suspect_book_name(struct suspect_book *book, struct slice domain, int64_t now_us,
                       struct incident *incident);

#endif
