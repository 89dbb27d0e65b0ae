/* SPDX-License-Identifier: Apache-2.0
 *
 * What the detectors are built from: sliding windows, tables with a bound, lists of alarms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "told.h"
#include "watch/alarm_list.h"
#include "watch/delay_count.h"
#include "watch/lru_table.h"
#include "watch/suspect_book.h"
#include "watch/window_count.h"

static void test_window(void **state)
{
    (void)state;
    static const struct {
        int64_t at_us;
        uint32_t more;
        uint64_t sum;
    } rows[] = {
        {MONDAY, 5, 5},
        {MONDAY + 30 * MINUTE, 7, 12},
        {MONDAY + 54 * MINUTE, 0, 12},
        {MONDAY + 55 * MINUTE, 0, 12},
        {MONDAY + 60 * MINUTE, 0, 7}, /* the first step has left */
        {MONDAY + 58 * MINUTE, 1, 8}, /* a late line counts in its own step */
        {MONDAY + 90 * MINUTE, 0, 1},
        {MONDAY + 5 * HOUR, 3, 3},
        {MONDAY + 5 * HOUR, UINT32_MAX, UINT32_MAX}, /* does not wrap */
        {MONDAY + 4 * HOUR + 30 * MINUTE, 0, UINT32_MAX},
        {MONDAY - DAY, 2, 2}, /* a clock that was set back */
        {MONDAY + WEEK, 0, 0},
    };
    struct window_count window = {.step = 0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        window_count_add(&window, HOUR, rows[i].at_us, rows[i].more);
        if (window_count_sum(&window, HOUR, rows[i].at_us) != rows[i].sum)
            fail_msg("row %zu: %llu", i,
                     (unsigned long long)window_count_sum(&window, HOUR, rows[i].at_us));
    }
}

static void test_delay(void **state)
{
    (void)state;
    static const struct {
        int64_t at_us;
        uint32_t more, due;
    } rows[] = {
        {MONDAY, 5, 0},
        {MONDAY + 4 * SECOND, 2, 0},
        {MONDAY + 30 * SECOND, 7, 0},
        {MONDAY + 59 * SECOND, 0, 0},
        {MONDAY + 66 * SECOND, 0, 7}, /* the first two, once */
        {MONDAY + 67 * SECOND, 0, 0},
        {MONDAY + 60 * SECOND, 1, 0},   /* a line that comes late waits as its own step */
        {MONDAY - 2 * SECOND, 4, 4},    /* before all that is held */
        {MONDAY + HOUR, UINT32_MAX, 8}, /* a jump: what was held, not what comes */
        {MONDAY + HOUR, 9, 0},          /* does not wrap */
        {MONDAY + HOUR - 4 * MINUTE, 1, UINT32_MAX}, /* a clock that was set back */
        {MONDAY + HOUR + DAY, 0, 1},
    };
    struct delay_count delay = {.step = 0};
    assert_int_equal(delay_count_take(&delay, MINUTE, MONDAY), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].more > 0)
            delay_count_add(&delay, MINUTE, rows[i].at_us, rows[i].more);
        uint32_t due = delay_count_take(&delay, MINUTE, rows[i].at_us);
        if (due != rows[i].due)
            fail_msg("row %zu: %u", i, due);
    }
    assert_false(delay.holds);
}

/* Never before its delay, never more than a twelfth after it, and everything once. */
static void test_delay_bounds(void **state)
{
    (void)state;
    static const int64_t delays[] = {0, 1, 12, SECOND, MINUTE, HOUR};
    for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
        for (int64_t offset = 0; offset < 100; offset++) {
            struct delay_count delay = {.step = 0};
            int64_t at_us = MONDAY + offset * (delays[i] / 97 + 1);
            delay_count_add(&delay, delays[i], at_us, 3);
            if (delays[i] > 0)
                assert_int_equal(delay_count_take(&delay, delays[i], at_us + delays[i] - 1), 0);
            int64_t latest_us = at_us + delays[i] + delays[i] / 12 + DELAY_STEPS;
            assert_int_equal(delay_count_take(&delay, delays[i], latest_us), 3);
            assert_int_equal(delay_count_take(&delay, delays[i], latest_us + DAY), 0);
        }
    }
}

/* Against a plain list, with keys of few buckets. */
static void test_lru(void **state)
{
    (void)state;
    enum { MAX = 8, KEYS = 12 };
    struct lru_table *table = lru_table_new(MAX);
    uint64_t used[KEYS] = {0}, held[MAX + 1] = {0}, seed = 5;
    for (uint64_t turn = 1; turn < 5000; turn++) {
        uint64_t key = told_random(&seed) % KEYS;
        size_t newer = 0;
        for (size_t k = 0; k < KEYS; k++)
            newer += used[k] > used[key];
        bool here = used[key] != 0 && newer < MAX, fresh;
        assert_int_equal(lru_table_find(table, key * 16 + 1) != 0, here);
        uint32_t row = lru_table_use(table, key * 16 + 1, &fresh);
        assert_in_range(row, 1, MAX);
        assert_int_equal(fresh, !here);
        assert_true(fresh || held[row] == key);
        held[row] = key;
        used[key] = turn;
    }
    assert_int_equal(lru_table_count(table), MAX);
    lru_table_free(table);
}

static void test_alarms(void **state)
{
    (void)state;
    static struct told told;
    struct alarm_list *list = alarm_list_new(2);
    char name[] = "docomo", line[3000];
    memset(line, 'x', sizeof(line));
    const struct incident block = {.kind = INCIDENT_GROWTH,
                                   .provider = slice_from_str(name),
                                   .suspects = {{.login = SLICE("login"), .refused = 7}},
                                   .opened_us = MONDAY};
    struct alarm *first = alarm_open(list, &block);
    memset(name, '-', sizeof(name) - 1); /* the list has its own */
    struct alarm *second =
        alarm_open(list, &(struct incident){.kind = INCIDENT_BACKLOG, .opened_us = MONDAY});
    assert_null(alarm_open(list, &block));
    alarm_list_tell(list, told_take, &told);
    assert_int_equal(told.calls, 2);
    assert_true(slice_eq(told_of(&told, INCIDENT_GROWTH)->provider, SLICE("docomo")));
    assert_true(slice_eq(alarm_incident(first)->suspects[0].login, SLICE("login")));
    assert_int_equal(alarm_incident(first)->suspects[0].refused, 7);
    alarm_list_tell(list, told_take, &told);
    assert_int_equal(told.calls, 2); /* no news */
    alarm_see(first, SLICE("one"));
    alarm_see(first, SLICE("two"));
    alarm_see(first, slice_of(line, sizeof(line)));
    alarm_see(first, SLICE(""));
    alarm_change(first)->hits = 7;
    alarm_close(second, MONDAY - HOUR); /* ended before it began: a clock */
    alarm_list_tell(list, told_take, &told);
    assert_int_equal(told.calls, 4); /* once each */
    const struct incident *seen = told_of(&told, INCIDENT_GROWTH);
    assert_true(slice_eq(seen->evidence[0], SLICE("one")));
    assert_int_equal(seen->evidence[1].len, ALARM_LINE_MAX);
    assert_int_equal(told_of(&told, INCIDENT_BACKLOG)->closed_us, MONDAY);
    assert_int_equal(alarm_list_open(list), 1);
    assert_non_null(alarm_open(list, &block)); /* there is room again */
    alarm_list_free(list);
}

static void accept(struct suspect_book *book, const char *login, uint32_t recipients,
                   int64_t now_us)
{
    struct suspect_message message = {
        .login = slice_from_str(login), .domain = SLICE("x.example"), .recipients = recipients};
    suspect_book_client(book, message.login, SLICE("2001:db8::1"), now_us);
    suspect_book_accept(book, &message, now_us);
}

static void test_suspects(void **state)
{
    (void)state;
    struct suspect_book *book = suspect_book_new();
    struct incident incident = {.kind = INCIDENT_SURGE};
    for (int hour = 0; hour < 48; hour++) {
        accept(book, "steady", 1000, MONDAY + hour * HOUR);
        accept(book, "grown", 10, MONDAY + hour * HOUR);
    }
    accept(book, "steady", 1000, MONDAY + 48 * HOUR);
    accept(book, "grown", 500, MONDAY + 48 * HOUR);
    suspect_book_refuse(book, SLICE("grown"), 30, MONDAY + 48 * HOUR);
    suspect_book_refuse(book, SLICE("never seen"), 30, MONDAY + 48 * HOUR);
    accept(book, "", 500, MONDAY + 48 * HOUR);
    for (uint32_t i = 0; i < 5; i++) {
        char login[8] = {'n', 'e', 'w', (char)('0' + i), '\0'};
        accept(book, login, 10 + 20 * i, MONDAY + 48 * HOUR);
    }
    suspect_book_name(book, SLICE(""), MONDAY + 48 * HOUR, &incident);
    assert_true(slice_eq(incident.suspects[0].login, SLICE("grown")));
    assert_int_equal(incident.suspects[0].recipients, 510);
    assert_int_equal(incident.suspects[0].usual, 10);
    assert_int_equal(incident.suspects[0].refused, 30);
    assert_true(slice_eq(incident.suspects[1].login, SLICE("new4")));
    assert_int_equal(incident.suspects[1].recipients, 90);
    assert_int_equal(incident.suspects[1].hours, 0);
    assert_true(slice_eq(incident.suspects[2].login, SLICE("new3")));
    struct incident other = {.kind = INCIDENT_SURGE};
    suspect_book_name(book, SLICE("y.example"), MONDAY + 48 * HOUR, &other);
    assert_int_equal(other.suspects[0].login.len, 0);
    suspect_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window),       cmocka_unit_test(test_delay),
        cmocka_unit_test(test_delay_bounds), cmocka_unit_test(test_lru),
        cmocka_unit_test(test_alarms),       cmocka_unit_test(test_suspects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
