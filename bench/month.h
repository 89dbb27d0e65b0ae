/* SPDX-License-Identifier: Apache-2.0
 *
 * The trouble of a month: one episode of each row, at times, hosts, sources and providers that the
 * seed decides.
 */
#ifndef TD_BENCH_MONTH_H
#define TD_BENCH_MONTH_H

#include "episode.h"

/* Appends the episodes. */
void month_plan(struct episode_list *list, const struct options *options);

#endif
