/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact mode (`respond.exact`): the daemon answers the queue manager's questions about providers
 * that have a share or a pace (respond/route_answer.h) over a socketmap (mail/socketmap.h), from a
 * thread of its own (io/answer_server.h). The owner's thread, which plans, has this to do:
 *
 *      exact_routes_feed       once a second
 *      exact_routes_put        a new table when an override begins, changes or ends
 *      exact_routes_lease_us   into the facts of route_map.h, and the rows of `exact` written anew
 *                              before half of the lease is over
 *
 * Postfix asks about domains in the table `exact` alone, so nobody asks while there is nothing to
 * decide. What happens to mail about which it asks:
 *
 *      the owner stands still    after 5 s every answer is "not found": it goes as the tables say
 *      the server stands still   after 2 s it is cut off; the lease is 0, so the rows go
 *      the daemon is dead        put off with 4.3.0 until the lease is over and `todoku route
 *                                expire` has taken the rows out; then it goes as the tables say
 *
 * Never TEMP: a question that cannot be understood, or is about another table, is "not found" too.
 */
#ifndef TD_APP_EXACT_ROUTES_H
#define TD_APP_EXACT_ROUTES_H

#include "base/err.h"
#include "io/answer_server.h"
#include "respond/route_answer.h"

#define EXACT_ROUTES_TABLE "transport" /* what Postfix calls it in its questions */
#define EXACT_ROUTES_LEASE_US INT64_C(30000000)

struct exact_routes;

/* Listens at the path and answers "not found" until there is a table. group: of the socket's file;
 * NULL: the process's. NULL and err: it cannot. */
struct exact_routes *exact_routes_start(const char *path, const char *group, struct err *err);

/* The rows of `exact` must be out of the table before. NULL is fine. */
void exact_routes_stop(struct exact_routes *exact);

/* Takes over the table; it is answered from with the next question. From the owner's thread. */
void exact_routes_put(struct exact_routes *exact, struct route_answer_table *table);

/* A sign of life; returns whether the server answers. From the owner's thread. */
bool exact_routes_feed(struct exact_routes *exact);

/* Until when Postfix may ask, for the rows that are written at now; 0: it must not, since nobody
 * answers: as the last feed has found. From the owner's thread. */
int64_t exact_routes_lease_us(const struct exact_routes *exact, int64_t now_us);

struct exact_counts {
    uint64_t found, missing; /* questions answered with a route, and with none */
    uint64_t unfed;          /* of the latter: since the owner stood still */
    struct answer_counts server;
};

/* From any thread. */
void exact_routes_counts(struct exact_routes *exact, struct exact_counts *out);

#endif
