/* SPDX-License-Identifier: Apache-2.0
 *
 * A loop of libuv that is turned by a thread which waits in poll(2) for other things as well: what
 * it waits for is one descriptor and a time.
 *
 *      poll(fds with poll_loop_fd, ..., at most poll_loop_wait_ms);
 *      poll_loop_turn(loop);
 *
 * One thread. Peer: uv_backend_fd of https://docs.libuv.org/en/v1.x/loop.html.
 */
#ifndef TD_IO_POLL_LOOP_H
#define TD_IO_POLL_LOOP_H

#include "base/err.h"

struct poll_loop;
struct uv_loop_s;

/* NULL and err: no descriptor is left. */
struct poll_loop *poll_loop_new(struct err *err);

/* After everything on it was closed; waits until that is done. NULL is fine. */
void poll_loop_free(struct poll_loop *loop);

struct uv_loop_s *poll_loop_uv(struct poll_loop *loop);

/* Readable when there is something to do. */
int poll_loop_fd(const struct poll_loop *loop);

/* When there will be something to do in any case, in milliseconds; -1: never. */
int poll_loop_wait_ms(const struct poll_loop *loop);

/* Does what is to be done, without waiting. */
void poll_loop_turn(struct poll_loop *loop);

/* Waits until there was something to do; something has to end this wait, as a timer does. */
void poll_loop_await(struct poll_loop *loop);

#endif
