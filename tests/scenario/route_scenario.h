/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario of the planner: the fleet, what providers do at which time, what people say, and which
 * routes, stages and decisions must then be there. Its words are in docs/guide/scenarios.md.
 */
#ifndef TD_SCENARIO_ROUTE_SCENARIO_H
#define TD_SCENARIO_ROUTE_SCENARIO_H

#include "base/buf.h"

struct route_scenario;

/* Reads and runs it. The text must live as long. What is wrong goes to `problems`, with `name` and
 * the line's number in front. */
struct route_scenario *route_scenario_run(const char *name, struct slice text,
                                          struct buf *problems);
void route_scenario_free(struct route_scenario *scenario);

struct slice route_scenario_title(const struct route_scenario *scenario);

/* As scenario_fails. */
struct slice route_scenario_fails(const struct route_scenario *scenario);

#endif
