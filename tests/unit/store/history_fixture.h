/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows for the tests of the history: each is made from its number and knows it (`attempt`), so that
 * what is read back can be told and counted.
 */
#ifndef TD_TESTS_UNIT_STORE_HISTORY_FIXTURE_H
#define TD_TESTS_UNIT_STORE_HISTORY_FIXTURE_H

#include "store/history.h"
#include "store/history_reader.h"

#define FIXTURE_BEGIN_US INT64_C(1772409600000000) /* 2026-03-02 00:00 UTC */
#define FIXTURE_STEP_US 1000

struct fixture_row {
    struct history_row row;
    char text[HISTORY_TEXT_COUNT][80];
};

/* Delivery number `number`, 0 ..: 1 ms after the one before; two recipients a message; every tenth
 * is deferred. */
void fixture_make(struct fixture_row *made, uint32_t number);

/* Adds `count` rows from `first` to a batch. */
void fixture_add(struct history_batch *batch, uint32_t first, uint32_t count);

/* Fails the test unless the row is number `number`. */
void fixture_check(const struct history_row *row, uint32_t number);

/* Short waits; small file checks. */
struct history_settings fixture_settings(void);

/* Opens "h" in the working folder or fails the test. */
struct history *fixture_open(const struct history_settings *settings);

/* Commits rows with the position "log" -> the number behind them, and waits until they are in the
 * file. */
void fixture_commit(struct history *history, uint32_t first, uint32_t count);

/* What is in "h": fails the test unless it holds rows 0 .. count-1, each once, in order of time,
 * undamaged. */
void fixture_check_rows(uint32_t count);

/* Position "log" of "h"; 0 when there is none. */
uint32_t fixture_position(void);

/* Counter "lines" of "h". */
int64_t fixture_counter(void);

#endif
