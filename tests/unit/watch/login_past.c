/* SPDX-License-Identifier: Apache-2.0
 *
 * What logins did, written and read: nothing is forgotten, nothing is counted twice, and bytes that
 * are not whole change nothing.
 */
#include "watch/login_past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"

#define HOUR (3600 * US_PER_SECOND)
#define DAY (24 * HOUR)
#define BEGIN (INT64_C(20500) * DAY) /* a midnight */
#define LOGINS 30
#define MARK_BYTES 14

static const struct surge_rule rule = SURGE_RULE;

struct fleet {
    struct login_table *table;
    struct correlator *names;
    struct buf events;
    size_t opened;
};

static void fleet_begin(struct fleet *fleet)
{
    static const struct correlator_limits limits = CORRELATOR_LIMITS;
    static const struct correlator_sink sink = {0};
    *fleet =
        (struct fleet){.table = login_table_new(&rule), .names = correlator_new(&limits, &sink)};
}

static void fleet_done(struct fleet *fleet)
{
    login_table_free(fleet->table);
    correlator_free(fleet->names);
    buf_done(&fleet->events);
}

static uint32_t number_of(struct fleet *fleet, unsigned login)
{
    char name[16];
    snprintf(name, sizeof(name), "shop%u", login);
    return correlator_add_login(fleet->names, slice_from_str(name));
}

static void send(struct fleet *fleet, unsigned login, uint32_t recipients, uint32_t client,
                 int64_t now_us)
{
    struct message message = {
        .login = number_of(fleet, login), .expected = recipients, .client = client};
    login_table_accept(fleet->table, &message, now_us);
    login_table_end(fleet->table, message.login, OUTCOME_SENT, recipients);
}

static void note(void *data, uint32_t login, struct incident *incident)
{
    struct fleet *fleet = data;
    struct slice name = correlator_login(fleet->names, login);
    fleet->opened += incident_is_open(incident);
    buf_addf(&fleet->events, "%.*s %lld %lld %llu %.3f\n", SLICE_ARG(name),
             (long long)incident->opened_us, (long long)incident->closed_us,
             (unsigned long long)incident->attempts, incident->normal);
}

/* Ten minutes: every shop has its hours, its volume, and a campaign a week. In the third week one
 * is stolen, and one has a new owner without a past. */
static void live_step(struct fleet *fleet, int64_t now_us)
{
    int64_t hour = (now_us - BEGIN) / HOUR, of_day = hour % 24, of_week = hour % 168;
    for (unsigned login = 0; login < LOGINS; login++) {
        if (of_day >= 7 && of_day < 19)
            send(fleet, login, 1 + login, login, now_us + login);
        if (of_week == 24 * (login % 5) + 13 - login / 5)
            send(fleet, login, 100 + 60 * login, login, now_us + US_PER_SECOND + login);
    }
    if (hour >= 15 * 24 + 3 && hour < 15 * 24 + 6)
        for (uint32_t i = 0; i < 20; i++)
            send(fleet, 7, 20, 40 + i, now_us + 2 * US_PER_SECOND + i);
    if (hour >= 17 * 24 + 9 && hour < 17 * 24 + 10)
        send(fleet, 99, 20000, 5, now_us + 3 * US_PER_SECOND);
    login_table_tell_surges(fleet->table, now_us + 5 * US_PER_SECOND, note, fleet);
}

static void live(struct fleet *fleet, int64_t from_us, int64_t to_us)
{
    for (int64_t now_us = from_us; now_us < to_us; now_us += HOUR / 6)
        live_step(fleet, now_us);
}

static void copy(const struct fleet *from, struct fleet *to, int64_t now_us)
{
    CLEANUP_BUF struct buf bytes = {0};
    struct err err = {0};
    login_past_write(from->table, from->names, &bytes);
    fleet_begin(to);
    assert_true(login_past_read(buf_slice(&bytes), now_us, to->table, to->names, &err));
}

static const char *since(const struct fleet *fleet, size_t at)
{
    return buf_str(&fleet->events) + at;
}

/* Stopped at any of these times, also amid the theft and the campaigns: as one that never was. The
 * last hours come again, and are not counted again. */
static void test_as_if_never_stopped(void **state)
{
    (void)state;
    static const int64_t stops[] = {14 * DAY, 14 * DAY + 10 * HOUR + HOUR / 2, 15 * DAY + 4 * HOUR,
                                    15 * DAY + 6 * HOUR, 17 * DAY + 9 * HOUR + HOUR / 6};
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        struct fleet whole, restarted;
        int64_t stop_us = BEGIN + stops[i];
        fleet_begin(&whole);
        live(&whole, BEGIN, stop_us);
        size_t told = whole.events.len;
        copy(&whole, &restarted, stop_us);
        if (i % 2 == 0)
            live(&restarted, stop_us - 2 * HOUR, stop_us);
        login_table_tell_surges(restarted.table, stop_us - HOUR / 6, note, &restarted);
        buf_clear(&restarted.events); /* one that goes on is told once more */
        login_table_caught_up(restarted.table);
        whole.opened = restarted.opened = 0;
        live(&whole, stop_us, BEGIN + 21 * DAY);
        live(&restarted, stop_us, BEGIN + 21 * DAY);
        assert_true(whole.opened > 0);
        assert_string_equal(since(&whole, told), since(&restarted, 0));
        CLEANUP_BUF struct buf one = {0}, CLEANUP_BUF other = {0};
        login_past_write(whole.table, whole.names, &one);
        login_past_write(restarted.table, restarted.names, &other);
        assert_int_equal(one.len, other.len);
        fleet_done(&whole);
        fleet_done(&restarted);
    }
}

/* What the same restart without a past makes of it. */
static void test_without_a_past_campaigns_are_surges(void **state)
{
    (void)state;
    struct fleet learned, anew, restarted;
    fleet_begin(&learned);
    live(&learned, BEGIN, BEGIN + 14 * DAY);
    copy(&learned, &restarted, BEGIN + 14 * DAY);
    fleet_begin(&anew);
    restarted.opened = 0;
    live(&anew, BEGIN + 14 * DAY, BEGIN + 15 * DAY);
    live(&restarted, BEGIN + 14 * DAY, BEGIN + 15 * DAY);
    assert_true(anew.opened > 0);
    assert_int_equal(restarted.opened, 0);
    fleet_done(&learned);
    fleet_done(&anew);
    fleet_done(&restarted);
}

/* Up to the newest message all is known; later lines count, though others come again. */
static void test_only_what_is_known_is_left_out(void **state)
{
    (void)state;
    struct fleet before, after;
    fleet_begin(&before);
    send(&before, 1, 50, 1, BEGIN);
    copy(&before, &after, BEGIN);
    uint32_t login = number_of(&after, 1);
    const struct login *row = login_table_get(after.table, login);
    login_table_refuse(after.table, login, 5);
    send(&after, 1, 50, 1, BEGIN);
    assert_int_equal(row->surge.peak, 50);
    assert_int_equal(row->messages + row->recipients + row->auth_failures, 0);
    send(&after, 1, 7, 1, BEGIN + 1); /* it was killed after this had been read */
    assert_int_equal(row->surge.peak, 57);
    assert_int_equal(row->recipients, 7);
    login_table_caught_up(after.table);
    send(&after, 1, 3, 1, BEGIN); /* a line that comes late */
    login_table_refuse(after.table, login, 5);
    assert_int_equal(row->surge.peak, 60);
    assert_int_equal(row->auth_failures, 5);
    assert_int_equal(login_table_newest(after.table), BEGIN + 1);
    fleet_done(&before);
    fleet_done(&after);
}

static void make_bytes(struct buf *to)
{
    struct fleet fleet;
    fleet_begin(&fleet);
    live(&fleet, BEGIN, BEGIN + 9 * DAY);
    login_past_write(fleet.table, fleet.names, to);
    fleet_done(&fleet);
}

static bool is_read(struct slice bytes, int64_t now_us, struct err *err)
{
    struct fleet fleet;
    fleet_begin(&fleet);
    *err = (struct err){0};
    bool good = login_past_read(bytes, now_us, fleet.table, fleet.names, err);
    if (!good) {
        assert_int_equal(login_table_count(fleet.table), 1);
        assert_int_equal(correlator_find_login(fleet.names, SLICE("shop1")), 0);
        assert_int_equal(login_table_newest(fleet.table), 0);
        assert_int_equal(login_table_fleet(fleet.table)->active, 0);
        assert_true(err->text[0] != '\0');
    }
    fleet_done(&fleet);
    return good;
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct err err;
    make_bytes(&bytes);
    assert_true(is_read(buf_slice(&bytes), BEGIN + 9 * DAY, &err));
    for (size_t len = 0; len < bytes.len; len++)
        assert_false(is_read(slice_first(buf_slice(&bytes), len), BEGIN + 9 * DAY, &err));
    buf_add_char(&bytes, '\0');
    assert_false(is_read(buf_slice(&bytes), BEGIN + 9 * DAY, &err));
}

static void test_of_another_version_or_time(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct err err;
    make_bytes(&bytes);
    assert_true(is_read(buf_slice(&bytes), BEGIN + 8 * DAY, &err));
    assert_false(is_read(buf_slice(&bytes), BEGIN + 7 * DAY, &err));
    assert_string_equal(err.text, "it is from the future");
    bytes.ptr[MARK_BYTES] = 7;
    assert_false(is_read(buf_slice(&bytes), BEGIN + 9 * DAY, &err));
    assert_string_equal(err.text, "it is of version 7, not 1");
    assert_false(is_read(SLICE("{\"schema\": 1}"), BEGIN, &err));
}

/* Counts that lie, and bytes that were turned: refused or taken, never more than they are. */
static void test_hostile_bytes(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct err err;
    make_bytes(&bytes);
    for (size_t at = 0; at < bytes.len; at++) {
        char kept = bytes.ptr[at];
        bytes.ptr[at] = (char)0xff;
        (void)is_read(buf_slice(&bytes), BEGIN + 9 * DAY, &err);
        bytes.ptr[at] = 0;
        (void)is_read(buf_slice(&bytes), BEGIN + 9 * DAY, &err);
        bytes.ptr[at] = kept;
    }
}

/* The busiest are kept; a name that is too long is not. */
static void test_bounded(void **state)
{
    (void)state;
    struct fleet fleet, kept;
    fleet_begin(&fleet);
    for (unsigned login = 0; login < LOGIN_PAST_LOGINS + 1000; login++)
        send(&fleet, login, login < 1000 ? 1 : 20, 1, BEGIN);
    char name[LOGIN_PAST_NAME + 1];
    memset(name, 'n', sizeof(name));
    struct message message = {.login = correlator_add_login(fleet.names, slice_of(name, 256)),
                              .expected = 5000};
    login_table_accept(fleet.table, &message, BEGIN);
    copy(&fleet, &kept, BEGIN);
    assert_int_equal(login_table_count(kept.table), LOGIN_PAST_LOGINS + 1);
    assert_int_equal(correlator_find_login(kept.names, SLICE("shop999")), 0);
    assert_int_not_equal(correlator_find_login(kept.names, SLICE("shop1000")), 0);
    assert_int_equal(login_table_fleet(kept.table)->active, LOGIN_PAST_LOGINS);
    fleet_done(&fleet);
    fleet_done(&kept);
}

static void test_nothing_to_keep(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct fleet fleet;
    fleet_begin(&fleet);
    login_past_write(fleet.table, fleet.names, &bytes);
    assert_int_equal(bytes.len, 0);
    fleet_done(&fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_if_never_stopped),
        cmocka_unit_test(test_without_a_past_campaigns_are_surges),
        cmocka_unit_test(test_only_what_is_known_is_left_out),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_of_another_version_or_time),
        cmocka_unit_test(test_hostile_bytes),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_nothing_to_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
