/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports of the reader (route_report.h) that come before the incident they are for: they wait here
 * until it is known, so that the first decision about a provider knows its volumes. Reports and
 * incidents have a mailbox each, and whoever reads both may do so between the two.
 *
 * Bounded: EARLY_REPORTS_MAX reports, EARLY_REPORTS_US each; then they are of no interest. One
 * thread.
 */
#ifndef TD_APP_EARLY_REPORTS_H
#define TD_APP_EARLY_REPORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/route_report.h"

#define EARLY_REPORTS_MAX 32
#define EARLY_REPORTS_US INT64_C(10000000)

struct early_reports;

struct early_reports *early_reports_new(void);
void early_reports_free(struct early_reports *early); /* NULL is fine */

/* Owns the report from now on; the oldest one gives way to it when there are too many. */
void early_reports_keep(struct early_reports *early, struct route_report *report, int64_t now_us);

typedef bool (*early_reports_wanted)(const void *data, struct slice provider);

/* The oldest report of a provider that is wanted, the caller's from now on; NULL: there is none.
 * Those that have waited too long are gone. */
struct route_report *early_reports_take(struct early_reports *early, early_reports_wanted wanted,
                                        const void *data, int64_t now_us);

#endif
