/* SPDX-License-Identifier: Apache-2.0
 *
 * A summary filled by hand: a bad day of three relays, with hostile bytes in every string that
 * comes from logs. One block and one silent block and a surge are open, an outage is over.
 */
#ifndef TD_TESTS_REPORT_FIXTURE_H
#define TD_TESTS_REPORT_FIXTURE_H

#include "model/summary.h"

#define FIXTURE_START_US (INT64_C(1772409600) * 1000000) /* 2026-03-02T00:00:00Z */
#define FIXTURE_HOUR_US (INT64_C(3600) * 1000000)

/* Everything, including its arena, is freed by report_fixture_free. */
struct summary *report_fixture_busy(void);

/* Lines were read and mail was sent, nothing went wrong. */
struct summary *report_fixture_calm(void);

/* A dozen recipients. */
struct summary *report_fixture_few(void);

/* Not one line. */
struct summary *report_fixture_empty(void);

/* The busy one, of a history whose rows of the month before are gone. */
struct summary *report_fixture_older(void);

/* Nothing but sums: all rows are gone. */
struct summary *report_fixture_sums(void);

void report_fixture_free(struct summary *summary);

#endif
