/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums by the hour of a history, added up for a report: per provider, per source and per path. For
 * the time whose rows are gone (model/summary.h: summary_older).
 *
 * Bounded: HOUR_SUMS_NAMES names in each list; what is past it is added to one row without a name.
 * One thread.
 */
#ifndef TD_WATCH_HOUR_SUMS_H
#define TD_WATCH_HOUR_SUMS_H

#include "model/summary.h"
#include "store/history_reader.h"

#define HOUR_SUMS_NAMES 20000

struct hour_sums;

struct hour_sums *hour_sums_new(void);
void hour_sums_free(struct hour_sums *sums);

/* The sums of one hour, path and class; in any order. */
void hour_sums_take(struct hour_sums *sums, const struct history_hour *hour);

/* Sets summary->older. All is copied into the arena of the summary. */
void hour_sums_fill(const struct hour_sums *sums, struct summary *summary);

#endif
