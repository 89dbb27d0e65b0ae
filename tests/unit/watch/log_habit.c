/* SPDX-License-Identifier: Apache-2.0
 *
 * When a log is silent against its habit, and when too much of it is not understood.
 */
#include "watch/log_habit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/memory.h"
#include "told.h"

struct bench {
    struct log_habit *habit;
    struct told told;
};

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    bench->habit = log_habit_new(&log_habit_default);
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    log_habit_free(bench->habit);
    mem_free(bench);
    return 0;
}

static void tell(struct bench *bench, int64_t now_us)
{
    log_habit_tell(bench->habit, now_us, told_take, &bench->told);
}

static void hear(struct bench *bench, const char *host, int64_t now_us)
{
    struct log_habit_line line = {.source = SLICE("/var/log/mail.log"), .lines = 1};
    line.host = slice_from_str(host);
    log_habit_take_line(bench->habit, &line, now_us);
}

/* Lines as they come at a mean distance by hour; asked every ten minutes. */
static void run(struct bench *bench, int64_t from_us, int64_t to_us,
                double (*an_hour)(int64_t now_us), uint64_t seed)
{
    for (int64_t minute = from_us; minute < to_us; minute += MINUTE) {
        uint32_t lines = told_poisson(&seed, an_hour(minute) / 60);
        for (uint32_t i = 0; i < lines; i++)
            hear(bench, "relay1", minute + i * MINUTE / lines);
        tell(bench, minute + MINUTE - 1);
    }
}

static double busy(int64_t now_us)
{
    (void)now_us;
    return 6000;
}

/* An office: quiet at night, some at weekends. */
static double office(int64_t now_us)
{
    int64_t hour = now_us / HOUR % 24, day = (now_us - MONDAY) / DAY % 7;
    if (hour < 7 || hour >= 20)
        return 2;
    return day >= 5 ? 6 : 300;
}

/* The same by a clock that goes to summer time in the night to Sunday of the fourth week. */
static double office_summer(int64_t now_us)
{
    bool summer = now_us >= MONDAY + 3 * WEEK + 6 * DAY + HOUR;
    return office(now_us + (summer ? HOUR : 0));
}

static void test_busy_log_falls_silent(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 2 * DAY, busy, 1);
    assert_int_equal(bench->told.count, 0);
    tell(bench, MONDAY + 2 * DAY + 9 * MINUTE);
    assert_int_equal(bench->told.count, 0);
    tell(bench, MONDAY + 2 * DAY + 10 * MINUTE);
    assert_int_equal(bench->told.count, 1);
    const struct incident *silent = told_of(&bench->told, INCIDENT_LOG_SILENT);
    assert_true(slice_eq(silent->name, SLICE("/var/log/mail.log")));
    assert_true(slice_eq(silent->relay, SLICE("relay1")));
    assert_true(silent->opened_us < MONDAY + 2 * DAY);
    tell(bench, MONDAY + 2 * DAY + 60 * MINUTE);
    assert_int_equal(bench->told.calls, 1); /* nothing new */
    hear(bench, "relay1", MONDAY + 2 * DAY + 61 * MINUTE);
    tell(bench, MONDAY + 2 * DAY + 61 * MINUTE);
    silent = told_of(&bench->told, INCIDENT_LOG_SILENT);
    assert_true(silent->closed_us == MONDAY + 2 * DAY + 61 * MINUTE);
}

static void test_first_day(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 2 * HOUR, busy, 2);
    tell(bench, MONDAY + 2 * HOUR + 59 * MINUTE);
    assert_int_equal(bench->told.count, 0); /* its nights are not known yet */
    tell(bench, MONDAY + 3 * HOUR + MINUTE);
    assert_int_equal(bench->told.count, 1);
}

static void test_office_month(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + DAY, office, 3); /* the first night may be a surprise */
    size_t first = bench->told.count;
    assert_in_range(first, 0, 2);
    run(bench, MONDAY + DAY, MONDAY + 5 * DAY, office, 4);
    assert_int_equal(bench->told.count, first);
    run(bench, MONDAY + 5 * DAY, MONDAY + WEEK, office, 5); /* the first weekend, too */
    first = bench->told.count;
    assert_in_range(first, 0, 6);
    run(bench, MONDAY + WEEK, MONDAY + 5 * WEEK, office, 6);
    assert_int_equal(bench->told.count, first);
    /* Monday at ten, 300 lines an hour are usual. */
    run(bench, MONDAY + 5 * WEEK, MONDAY + 5 * WEEK + 10 * HOUR, office, 7);
    tell(bench, MONDAY + 5 * WEEK + 10 * HOUR + 30 * MINUTE);
    assert_int_equal(bench->told.count, first + 1);
}

static void test_summer_time(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 3 * WEEK, office_summer, 8);
    size_t before = bench->told.count;
    run(bench, MONDAY + 3 * WEEK, MONDAY + 6 * WEEK, office_summer, 8);
    assert_int_equal(bench->told.count, before);
}

static double nightly(int64_t now_us)
{
    return now_us / HOUR % 24 == 3 ? 3600 : 0; /* a job at night, else nothing */
}

static void test_habit_is_told_once_at_most(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 9 * DAY, nightly, 9);
    size_t before = bench->told.count;
    assert_in_range(before, 1, 2); /* the first day */
    run(bench, MONDAY + 9 * DAY, MONDAY + 30 * DAY, nightly, 9);
    assert_int_equal(bench->told.count, before);
}

/* A relay that hardly has mail at night: its gaps are chance, from the first night on. */
static double relay(int64_t now_us)
{
    static const uint8_t hours[24] = {8,  5,  4,  3,  4,  8,  20, 40, 62, 78, 84, 80,
                                      66, 76, 82, 80, 78, 72, 64, 58, 54, 44, 30, 16};
    return hours[now_us / HOUR % 24] * ((now_us - MONDAY) / DAY % 7 >= 5 ? 0.4 : 1.0);
}

static void test_sparse_nights(void **state)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        if (seed > 1) {
            end(state);
            begin(state);
        }
        struct bench *bench = *state;
        run(bench, MONDAY + 8 * HOUR, MONDAY + 4 * WEEK, relay, seed);
        assert_int_equal(bench->told.count, 0);
        /* and by day it is missed within the hour */
        run(bench, MONDAY + 4 * WEEK, MONDAY + 4 * WEEK + 10 * HOUR, relay, seed);
        tell(bench, MONDAY + 4 * WEEK + 11 * HOUR);
        assert_int_equal(bench->told.count, 1);
    }
}

static void test_each_host_for_itself(void **state)
{
    struct bench *bench = *state;
    log_habit_expect(bench->habit, SLICE("/var/log/mail.log"), MONDAY);
    for (int64_t now = MONDAY; now < MONDAY + 26 * HOUR; now += SECOND * 10) {
        hear(bench, "relay1", now);
        if (now < MONDAY + 25 * HOUR)
            hear(bench, "relay2", now);
    }
    tell(bench, MONDAY + 26 * HOUR);
    assert_int_equal(bench->told.count, 1);
    assert_true(slice_eq(told_of(&bench->told, INCIDENT_LOG_SILENT)->relay, SLICE("relay2")));
}

static void test_expected_but_never_heard(void **state)
{
    struct bench *bench = *state;
    log_habit_expect(bench->habit, SLICE("udp:127.0.0.1:5514"), MONDAY);
    tell(bench, MONDAY + 50 * MINUTE);
    assert_int_equal(bench->told.count, 0);
    tell(bench, MONDAY + 61 * MINUTE);
    assert_int_equal(told_open(&bench->told), 1);
    struct log_habit_line line = {.source = SLICE("udp:127.0.0.1:5514"), .host = SLICE("mb1")};
    line.lines = 1;
    log_habit_take_line(bench->habit, &line, MONDAY + 70 * MINUTE);
    tell(bench, MONDAY + 70 * MINUTE);
    assert_int_equal(told_open(&bench->told), 0);
}

/* A host that wrote once, or a forged one: nobody waits for it. */
static void test_few_lines_are_no_habit(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < 99; i++)
        hear(bench, "passer-by", MONDAY + i * SECOND);
    tell(bench, MONDAY + 2 * DAY);
    assert_int_equal(bench->told.count, 0);
}

static void test_more_sources_than_room(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < LOG_HABIT_SOURCES + 100; i++) {
        char host[24];
        (void)snprintf(host, sizeof(host), "host%u", i);
        hear(bench, host, MONDAY);
    }
    assert_int_equal(log_habit_left_out(bench->habit), 100);
}

static void test_clock_set_back(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 2 * DAY, busy, 10);
    run(bench, MONDAY + 2 * DAY - HOUR, MONDAY + 2 * DAY + HOUR, busy, 11);
    hear(bench, "relay1", MONDAY - DAY);
    tell(bench, MONDAY - DAY + MINUTE);
    assert_int_equal(bench->told.count, 0);
}

static void count(struct bench *bench, const char *program, uint32_t lines, bool unread,
                  int64_t now_us)
{
    struct log_habit_line line = {.source = SLICE("f"),
                                  .program = slice_from_str(program),
                                  .lines = lines,
                                  .unread = unread,
                                  .raw = SLICE("relay1 postfix/smtp[1]: something new")};
    log_habit_take_line(bench->habit, &line, now_us);
}

static void test_unread(void **state)
{
    struct bench *bench = *state;
    count(bench, "smtp", 100000, false, MONDAY);
    count(bench, "smtp", 900, true, MONDAY); /* below 1 % */
    count(bench, "pipe", 200, false, MONDAY);
    count(bench, "pipe", 99, true, MONDAY); /* a third, but few */
    tell(bench, MONDAY + SECOND);
    assert_int_equal(bench->told.count, 0);
    count(bench, "smtp", 200, true, MONDAY + MINUTE);
    tell(bench, MONDAY + MINUTE);
    assert_int_equal(bench->told.count, 1);
    const struct incident *unread = told_of(&bench->told, INCIDENT_LOG_UNREAD);
    assert_true(slice_eq(unread->name, SLICE("smtp")));
    assert_int_equal(unread->hits, 1100);
    assert_int_equal(unread->attempts, 101100);
    assert_int_equal(unread->evidence_count, 1);
    assert_true(slice_ends_with(unread->evidence[0], SLICE("something new")));
    for (int64_t now = MONDAY; now < MONDAY + 2 * HOUR; now += MINUTE)
        count(bench, "smtp", 100, false, now);
    tell(bench, MONDAY + 2 * HOUR);
    assert_int_equal(told_open(&bench->told), 0);
}

static void come(struct bench *bench, const char *log, const char *host, uint32_t lines,
                 int64_t now_us)
{
    bool foreign = *host == '\0';
    struct log_habit_line line = {.source = slice_from_str(log),
                                  .host = slice_from_str(host),
                                  .lines = lines,
                                  .unread = foreign,
                                  .foreign = foreign,
                                  .raw = foreign ? SLICE("{\"msg\": \"status=sent\"}")
                                                 : SLICE("Mar  2 00:00:00 relay1 x: y")};
    log_habit_take_line(bench->habit, &line, now_us);
}

/* A log in another form altogether, beside one that is read. */
static void test_foreign_form(void **state)
{
    struct bench *bench = *state;
    come(bench, "good", "relay1", 10000, MONDAY);
    come(bench, "good", "", 99, MONDAY); /* below 1 % */
    come(bench, "json", "", 19, MONDAY); /* few */
    tell(bench, MONDAY + SECOND);
    assert_int_equal(bench->told.count, 0);
    come(bench, "json", "", 1, MONDAY + MINUTE);
    tell(bench, MONDAY + MINUTE);
    assert_int_equal(bench->told.count, 1);
    const struct incident *unread = told_of(&bench->told, INCIDENT_LOG_UNREAD);
    assert_true(slice_eq(unread->name, SLICE("json")));
    assert_int_equal(unread->hits, 20);
    assert_int_equal(unread->attempts, 20);
    assert_int_equal(unread->evidence_count, 1);
    assert_true(slice_eq(unread->evidence[0], SLICE("{\"msg\": \"status=sent\"}")));
    tell(bench, MONDAY + 5 * HOUR); /* that nothing comes is no end */
    assert_int_equal(told_open(&bench->told), 1);
    come(bench, "json", "relay1", 30, MONDAY + 5 * HOUR);
    tell(bench, MONDAY + 5 * HOUR);
    assert_int_equal(told_open(&bench->told), 0);
    assert_int_equal(bench->told.count, 1);
    come(bench, "json", "", 25, MONDAY + 6 * HOUR); /* and again */
    tell(bench, MONDAY + 6 * HOUR);
    assert_int_equal(told_count(&bench->told, INCIDENT_LOG_UNREAD), 2);
    come(bench, "json", "relay1", 6000, MONDAY + 6 * HOUR); /* the share counts at its end, too */
    tell(bench, MONDAY + 6 * HOUR);
    assert_int_equal(told_open(&bench->told), 0);
}

/* A log of which nothing is understood speaks all the same; when it says more, its hosts count. */
static void test_foreign_lines_are_no_silence(void **state)
{
    struct bench *bench = *state;
    log_habit_expect(bench->habit, SLICE("json"), MONDAY);
    for (int64_t now = MONDAY; now < MONDAY + 3 * DAY; now += HOUR / 2) {
        come(bench, "json", "", 1, now);
        tell(bench, now);
    }
    assert_int_equal(told_count(&bench->told, INCIDENT_LOG_SILENT), 0);
    for (int64_t now = MONDAY + 3 * DAY; now < MONDAY + 6 * DAY; now += MINUTE) {
        come(bench, "json", "relay1", 1, now);
        tell(bench, now);
    }
    assert_int_equal(told_count(&bench->told, INCIDENT_LOG_SILENT), 0);
    come(bench, "json", "", 1, MONDAY + 6 * DAY + 2 * HOUR); /* is no word of relay1 */
    tell(bench, MONDAY + 6 * DAY + 2 * HOUR);
    const struct incident *silent = told_of(&bench->told, INCIDENT_LOG_SILENT);
    assert_non_null(silent);
    assert_true(slice_eq(silent->relay, SLICE("relay1")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_busy_log_falls_silent),
        TEST(test_first_day),
        TEST(test_office_month),
        TEST(test_summer_time),
        TEST(test_habit_is_told_once_at_most),
        TEST(test_sparse_nights),
        TEST(test_each_host_for_itself),
        TEST(test_expected_but_never_heard),
        TEST(test_few_lines_are_no_habit),
        TEST(test_more_sources_than_room),
        TEST(test_clock_set_back),
        TEST(test_unread),
        TEST(test_foreign_form),
        TEST(test_foreign_lines_are_no_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
