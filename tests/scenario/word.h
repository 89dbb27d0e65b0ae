/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of a scenario: `name`, `name=value`, `name="a value with blanks"`; times, durations,
 * numbers and ranges of them. Slices point into the scenario's text.
 */
#ifndef TD_SCENARIO_WORD_H
#define TD_SCENARIO_WORD_H

#include "base/err.h"
#include "base/slice.h"

struct word {
    struct slice name, value;
    bool has_value;
};

/* Drops blanks and one blank-separated word from the front of *rest; empty at the end. */
struct slice word_take_plain(struct slice *rest);

/* Is it the first word that is no comment? */
bool word_begins(struct slice text, const char *word);

/* `at TIME` or `+DURATION` at the front of *rest is taken off; *out_us: the time that it names, or
 * now_us. Time does not go back. */
bool word_move(struct slice *rest, int64_t now_us, int64_t *out_us, struct err *err);

/* The next `name` or `name=value`; false at the end of *rest, or with err set (code not ERR_NONE)
 * when a quote is not closed. A value in quotes holds no quote. */
bool word_take(struct slice *rest, struct word *out, struct err *err);

/* `90s`, `0.5s`, `250ms`, `1h30m`, `7d`. */
bool word_duration(struct slice text, int64_t *out_us, struct err *err);

/* `2026-03-02T10:00:00Z`, or `10:00` and `10:00:00` on the day of now_us (UTC). */
bool word_time(struct slice text, int64_t now_us, int64_t *out_us, struct err *err);

bool word_count(struct slice text, uint64_t *out, struct err *err);

/* `12` or `10..20`, both ends included. */
bool word_range(struct slice text, uint64_t *low, uint64_t *high, struct err *err);

/* The same of times. */
bool word_time_range(struct slice text, int64_t now_us, int64_t *low_us, int64_t *high_us,
                     struct err *err);

#endif
