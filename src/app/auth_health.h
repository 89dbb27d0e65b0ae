/* SPDX-License-Identifier: Apache-2.0
 *
 * Sees in turn whether mailbox servers greet (io/greeting_probe.h), and says so to the book of
 * backends, which judges. Of the thread that owns the book.
 */
#ifndef TD_APP_AUTH_HEALTH_H
#define TD_APP_AUTH_HEALTH_H

#include "app/auth_plan.h"

struct auth_health;
struct uv_loop_s;

/* backends: borrowed. */
struct auth_health *auth_health_new(struct backend_book *backends);
void auth_health_free(struct auth_health *health); /* NULL is fine; after auth_health_end */

/* How often, and whether at all, by these terms from now on; the book was configured by them. */
void auth_health_want(struct auth_health *health, const struct auth_plan *plan);

/* The loop in which it may ask; its handles are closing after the end. */
void auth_health_begin(struct auth_health *health, struct uv_loop_s *loop);
void auth_health_end(struct auth_health *health);

/* About five times a second: asks whoever is due. */
void auth_health_tick(struct auth_health *health, int64_t steady_us);

#endif
