/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of a delivery that stand in files of their own.
 */
#ifndef TD_BENCH_DELIVERY_H
#define TD_BENCH_DELIVERY_H

#include "choice.h"

/* Hands the whole message to the content filter, from where it comes back under a new id. */
void delivery_to_filter(struct simulation *sim, uint32_t number);

/* A try of this recipient that ends now, as far as it is known before its result. */
struct episode_attempt delivery_attempt(const struct simulation *sim, const struct message *message,
                                        const struct recipient *recipient);

/* Writes the delivery record of one try that ends now, counts it, and sets the recipient's state.
 */
void record_write(struct simulation *sim, struct message *message, uint32_t part,
                  const struct choice *choice);

/* `to=<R>[, orig_to=<O>], relay=` */
void record_put_to(struct line *line, const struct message *message,
                   const struct recipient *recipient);

/* `, delay=D, delays=a/b/c/d`, the sum ending now. */
void record_put_delays(struct line *line, const struct simulation *sim,
                       const struct message *message, int64_t b_us, int64_t c_us, int64_t d_us);

#endif
