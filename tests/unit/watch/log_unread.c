/* SPDX-License-Identifier: Apache-2.0
 *
 * When lines that are not understood are worth a word, and when that is over.
 */
#include "watch/log_unread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "told.h"

enum { NAMES = 4 };

struct bench {
    struct intern *names;
    struct alarm_list *alarms;
    struct log_unread *unread;
    struct told told;
    uint32_t name;
};

static void begin(struct bench *bench, bool of_logs)
{
    const struct log_unread_rule rule = {
        .share = 0.1, .least = 10, .within_us = HOUR, .of_logs = of_logs};
    *bench = (struct bench){.names = intern_new(NAMES), .alarms = alarm_list_new(NAMES)};
    bench->unread = log_unread_new(&rule, bench->names, NAMES, bench->alarms);
    bench->name = intern_id(bench->names, SLICE("smtpd"));
}

static void end(struct bench *bench)
{
    log_unread_free(bench->unread);
    alarm_list_free(bench->alarms);
    intern_free(bench->names);
}

static void tell(struct bench *bench, int64_t now_us)
{
    log_unread_judge(bench->unread, now_us);
    alarm_list_tell(bench->alarms, told_take, &bench->told);
}

static void test_how_many(void **state)
{
    (void)state;
    static const struct {
        uint32_t read, unread;
        bool told;
    } rows[] = {
        {0, 9, false},   /* fewer than the least */
        {0, 10, true},   /* all of them */
        {90, 10, false}, /* just the share */
        {89, 10, true},  {1000, 100, false}, {1000, 200, true}, {1000000, 0, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;
        begin(&bench, false);
        log_unread_take_read(bench.unread, bench.name, rows[i].read, MONDAY);
        if (rows[i].unread > 0)
            log_unread_take(bench.unread, bench.name, rows[i].unread, SLICE("smtpd: what"), MONDAY);
        tell(&bench, MONDAY);
        if (bench.told.count != (rows[i].told ? 1 : 0))
            fail_msg("row %zu: %zu", i, bench.told.count);
        const struct incident *told = told_of(&bench.told, INCIDENT_LOG_UNREAD);
        if (told != NULL) {
            assert_int_equal(told->hits, rows[i].unread);
            assert_int_equal(told->attempts, rows[i].read + rows[i].unread);
            assert_true(slice_eq(told->name, SLICE("smtpd")));
            assert_true(slice_eq(told->evidence[0], SLICE("smtpd: what")));
        }
        end(&bench);
    }
}

/* A program that fell silent is done with; a log is not, until lines of it are read. */
static void test_how_it_ends(void **state)
{
    (void)state;
    for (int of_logs = 0; of_logs < 2; of_logs++) {
        struct bench bench;
        begin(&bench, of_logs == 1);
        log_unread_take(bench.unread, bench.name, 50, SLICE("{}"), MONDAY);
        tell(&bench, MONDAY);
        log_unread_take_read(bench.unread, bench.name, 500, MONDAY + 10 * MINUTE);
        tell(&bench, MONDAY + 10 * MINUTE);
        assert_int_equal(told_open(&bench.told), 1); /* half of the share is not left yet */
        tell(&bench, MONDAY + 3 * HOUR);
        assert_int_equal(told_open(&bench.told), of_logs);
        log_unread_take_read(bench.unread, bench.name, 1, MONDAY + 4 * HOUR);
        tell(&bench, MONDAY + 4 * HOUR);
        assert_int_equal(told_open(&bench.told), 0);
        end(&bench);
    }
}

/* What is older than the window counts for nothing. */
static void test_window(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, false);
    for (int64_t at = MONDAY; at < MONDAY + DAY; at += 2 * HOUR) {
        log_unread_take(bench.unread, bench.name, 9, SLICE("x"), at);
        tell(&bench, at);
    }
    assert_int_equal(bench.told.count, 0);
    log_unread_take(bench.unread, bench.name, 9, SLICE("x"), MONDAY + DAY - 90 * MINUTE);
    tell(&bench, MONDAY + DAY - 90 * MINUTE);
    assert_int_equal(bench.told.count, 1);
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_how_it_ends),
        cmocka_unit_test(test_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
