/* SPDX-License-Identifier: Apache-2.0
 *
 * Who sends in a month's log: applications (transactional, by out-a), shops (orders by out-a,
 * campaigns by out-c) and people (by out-b, each from a network of their own).
 */
#ifndef TD_BENCH_SENDER_H
#define TD_BENCH_SENDER_H

#include "simulation.h"

enum { POOL_TRANSACTIONAL, POOL_SHARED, POOL_MARKETING }; /* the sources */

/* Replaces kind, login, source and client of a new message. */
void sender_choose(struct simulation *sim, struct message *message);

/* Of a shop's campaign. */
void sender_set_shop(struct message *message, uint32_t shop);

/* Of somebody who has stolen the password of a login. */
void sender_set_thief(struct simulation *sim, struct message *message, uint32_t login);

#endif
