/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a message's life that other steps start.
 */
#ifndef TD_BENCH_MESSAGE_H
#define TD_BENCH_MESSAGE_H

#include "simulation.h"

/* Envelope sender, without <>. */
void message_put_sender(struct line *line, const struct message *message,
                        const struct simulation *sim);

/* qmgr's line of a message that becomes active. */
void message_write_queued(struct simulation *sim, const struct message *message);

/* Starts a try of every recipient that still waits for one. */
void delivery_begin(struct simulation *sim, uint32_t number);

/* Into the deferred queue, with the time of the next try. */
void message_defer(struct simulation *sim, uint32_t number);

/* What follows once bounce notifications are written: wait or end. */
void delivery_settle(struct simulation *sim, uint32_t number);

/* qmgr's status=expired (or force-expired) line, the truth of it, and the notification. */
void notice_expire(struct simulation *sim, uint32_t number, bool forced);

#endif
