/* SPDX-License-Identifier: Apache-2.0
 *
 * Hears what a daemon would be told of incidents after each line of a scenario, and holds it
 * against the report of the same lines: what is open there must be open here, under one identity,
 * told in order. Keeps a book of incidents as the daemon does, which must come to the same.
 */
#ifndef TD_SCENARIO_LISTENER_H
#define TD_SCENARIO_LISTENER_H

#include "base/buf.h"
#include "model/summary.h"

struct listener;

/* problems: to which is added what is told against the rules, a line each, after `where`. */
struct listener *listener_new(const char *where, struct buf *problems);
void listener_free(struct listener *listener);

/* The time of what is told next. */
void listener_set_now(struct listener *listener, int64_t now_us);

/* An incident_tell; data: the listener. */
void listener_take(void *data, const struct incident *incident);

/* The lines have ended: nothing is open on one side only. */
void listener_compare(struct listener *listener, const struct summary *summary);

#endif
