/* SPDX-License-Identifier: Apache-2.0
 *
 * How many recipients of each provider wait in the queue of a relay, as its log tells it: one waits
 * from its first deferral to its end. What was deferred before the log that was read begins is not
 * known. Bounded: QUEUE_COUNT_PROVIDERS; those beyond have none. One thread.
 */
#ifndef TD_APP_ROUTE_QUEUE_COUNT_H
#define TD_APP_ROUTE_QUEUE_COUNT_H

#include "watch/tally.h"

#define QUEUE_COUNT_PROVIDERS 16384

struct route_queue_count;

/* tally: borrowed; it tells what the functions below are given. */
struct route_queue_count *route_queue_count_new(const struct tally *tally);
void route_queue_count_free(struct route_queue_count *count); /* NULL is fine */

void route_queue_count_attempt(struct route_queue_count *count, const struct tally_attempt *told);
void route_queue_count_outcome(struct route_queue_count *count, const struct outcome_event *event);

uint64_t route_queue_count_get(const struct route_queue_count *count, struct slice provider);

#endif
