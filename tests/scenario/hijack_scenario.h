/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario of accounts: who sends what from where to whom, and what is then thought of whom. Its
 * words are in docs/guide/scenarios.md.
 */
#ifndef TD_SCENARIO_HIJACK_SCENARIO_H
#define TD_SCENARIO_HIJACK_SCENARIO_H

#include "base/buf.h"

struct hijack_scenario;

/* Reads and runs it. The text must live as long. What is wrong goes to `problems`, with `name` and
 * the line's number in front. */
struct hijack_scenario *hijack_scenario_run(const char *name, struct slice text,
                                            struct buf *problems);
void hijack_scenario_free(struct hijack_scenario *scenario);

struct slice hijack_scenario_title(const struct hijack_scenario *scenario);

/* As scenario_fails. */
struct slice hijack_scenario_fails(const struct hijack_scenario *scenario);

#endif
