/* SPDX-License-Identifier: Apache-2.0
 *
 * A tally on a test's bench: lines go in as text, by a clock that the test sets. One a program.
 */
#ifndef TD_TESTS_WATCH_TALLY_BENCH_H
#define TD_TESTS_WATCH_TALLY_BENCH_H

#include "watch/tally.h"

#define BEGIN INT64_C(1772402400000000) /* 2026-03-01T22:00:00Z */

struct tally_bench {
    struct classifier *classifier; /* of enter .. leave */
    struct log_parser *parser;     /* of begin .. end */
    struct tally *tally;
};

extern struct tally_bench bench;

/* As set-up and tear-down of a cmocka test or group: the classifier, which many tallies may use. */
int tally_bench_enter(void **state);
int tally_bench_leave(void **state);

/* A tally that has seen nothing; settings NULL: the defaults. Its end does not finish it. */
void tally_bench_begin(const struct tally_settings *settings);
void tally_bench_end(void);

/* All of these at once, by the defaults, around one test. */
int tally_bench_set_up(void **state);
int tally_bench_tear_down(void **state);

#define BENCH_TEST(function) \
    cmocka_unit_test_setup_teardown(function, tally_bench_set_up, tally_bench_tear_down)

/* `tag[1]: text` on relay1, at_s seconds after BEGIN; cut at 8 KiB. */
void line(double at_s, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
