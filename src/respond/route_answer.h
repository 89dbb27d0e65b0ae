/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact mode: overrides as answers to the questions of Postfix' queue manager, one a recipient,
 * where the tables of route_map.h know only a few shares and paces. Asked for
 *
 *      ramp, manual with a share   each per cent from 1 to 99
 *      throttle                    so many an hour, the rest waits
 *      probe without a recipient   one message now and one a minute, the rest as ever
 *
 * and only for these: of other overrides the tables say all there is to say.
 *
 * A table is immutable: made by the thread that plans, read by the one that answers. What it counts
 * stands beside it, with the latter. Pure: `now` is an argument, there is no chance in it. Bounded
 * by OVERRIDES_MAX rules and ROUTE_ANSWER_NAMES_MAX names; a question costs one look-up.
 *
 * Peers: transport(5), what an answer says; socketmap_table(5), what is asked: the full address, as
 * it was written; `*`; addresses of senders and of local domains. The domain of an address must be
 * a name of the table; names below it are others, since a local one may be among them.
 */
#ifndef TD_RESPOND_ROUTE_ANSWER_H
#define TD_RESPOND_ROUTE_ANSWER_H

#include "respond/route_map.h"

#define ROUTE_ANSWER_NAMES_MAX 200000 /* further domains go as the other tables say */

struct route_answer_table;

/* Of what is in force at this relay at now; the facts need not outlive it. */
struct route_answer_table *route_answer_table_new(const struct route_map_facts *facts,
                                                  int64_t now_us) __attribute__((returns_nonnull));

/* NULL is fine. */
void route_answer_table_free(struct route_answer_table *table);

/* How many overrides it answers for; 0: nobody need ask. */
size_t route_answer_table_count(const struct route_answer_table *table);

/* What was answered so far, by override. */
struct route_answer_counters;

struct route_answer_counters *route_answer_counters_new(void) __attribute__((returns_nonnull));
void route_answer_counters_free(struct route_answer_counters *counters);

/* To be called with each new table before it answers: what goes on as it was, with the same share
 * or pace, is counted on; the rest begins anew. */
void route_answer_counters_follow(struct route_answer_counters *counters,
                                  const struct route_answer_table *table);

/* What transport(5) wants for the key; empty: nothing, the next table is to be asked. Of each 100
 * questions about a provider exactly the share goes its way, spread evenly; of a pace, at most that
 * many go in any hour, and a sixtieth of it at once. A slice of the table. */
struct slice route_answer(const struct route_answer_table *table,
                          struct route_answer_counters *counters, struct slice key, int64_t now_us);

#endif
