/* SPDX-License-Identifier: Apache-2.0
 *
 * One scenario: a text file read into lines of logs with their times, and expectations. Its words
 * are in docs/guide/scenarios.md.
 */
#ifndef TD_SCENARIO_SCENARIO_H
#define TD_SCENARIO_SCENARIO_H

#include <stdio.h>

#include "event_list.h"
#include "mail/provider.h"
#include "watch/classifier.h"

struct scenario;

/* Reads the text, which must live as long as the scenario. What is wrong goes to `problems`, with
 * `name` and the line's number in front. */
struct scenario *scenario_new(const char *name, struct slice text, struct buf *problems);
void scenario_free(struct scenario *scenario);

struct slice scenario_title(const struct scenario *scenario);

/* Text that must be among the problems: this scenario is wrong on purpose. Empty: it is not. */
struct slice scenario_fails(const struct scenario *scenario);

/* All its log lines, by time. */
void scenario_print(const struct scenario *scenario, FILE *to);

/* Runs it: each group of expectations sees a report of the lines that have arrived until then. */
void scenario_run(const struct scenario *scenario, struct classifier *classifier,
                  struct buf *problems);

#endif
