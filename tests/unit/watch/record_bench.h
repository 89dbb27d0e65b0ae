/* SPDX-License-Identifier: Apache-2.0
 *
 * A tally bench whose tally is recorded, in a folder of its own: lines in, rows of a history out,
 * as others see them.
 */
#ifndef TD_TESTS_WATCH_RECORD_BENCH_H
#define TD_TESTS_WATCH_RECORD_BENCH_H

#include "store/history_batch.h"
#include "watch/tally_bench.h"

/* As set-up and tear-down of a cmocka test. Lines are recorded from the beginning. */
int record_bench_set_up(void **state);
int record_bench_tear_down(void **state);

#define RECORD_TEST(function) \
    cmocka_unit_test_setup_teardown(function, record_bench_set_up, record_bench_tear_down)

/* Whether the lines that come are recorded; else they are muted. */
void record_bench_write(bool recorded);

/* Puts what was recorded into the history "h" and takes all its rows, in order of time. */
void record_bench_rows(void (*take)(void *data, const struct history_row *row), void *data);

#endif
