/* SPDX-License-Identifier: Apache-2.0
 *
 * What is a surge of a login and what is its normal, and the table that keeps them.
 */
#include "watch/surge_detector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"
#include "watch/login_table.h"

#define MINUTE (60 * US_PER_SECOND)
#define HOUR (60 * MINUTE)
#define BEGIN INT64_C(1772402400000000)

static const struct surge_rule rule = SURGE_RULE;

struct bench {
    struct surge_login login;
    struct surge_counts ended;
    unsigned opened, closed;
};

static struct surge_fleet fleet;

static void bench_done(struct bench *bench)
{
    surge_login_done(&bench->login);
}

/* `an_hour` recipients an hour in messages of `size`, from one time to another. */
static void send(struct bench *bench, int64_t from_us, int64_t to_us, uint32_t an_hour,
                 uint32_t size)
{
    int64_t step_us = HOUR * size / an_hour;
    for (int64_t now_us = from_us; now_us < to_us; now_us += step_us) {
        struct surge_message message = {.time_us = now_us, .recipients = size};
        enum surge_event event =
            surge_login_take(&bench->login, &fleet, &rule, &message, &bench->ended);
        bench->opened += event == SURGE_OPENED;
        bench->closed += event == SURGE_CLOSED;
    }
}

static int begin(void **state)
{
    (void)state;
    fleet = (struct surge_fleet){.active = 0};
    return 0;
}

static void test_own_normal(void **state)
{
    (void)state;
    __attribute__((cleanup(bench_done))) struct bench bench = {.opened = 0};
    send(&bench, BEGIN, BEGIN + 48 * HOUR, 200, 5);
    assert_int_equal(bench.opened, 0);
    send(&bench, BEGIN + 48 * HOUR, BEGIN + 50 * HOUR, 300, 5); /* half more: a busy day */
    assert_int_equal(bench.opened, 0);
    send(&bench, BEGIN + 50 * HOUR, BEGIN + 52 * HOUR, 6000, 5);
    assert_int_equal(bench.opened, 1);
    assert_true(surge_is_open(&bench.login, BEGIN + 52 * HOUR));
    assert_false(surge_is_open(&bench.login, BEGIN + 54 * HOUR));
    assert_in_range((uint64_t)bench.login.volume->above.normal, 150, 450);
    send(&bench, BEGIN + 52 * HOUR, BEGIN + 60 * HOUR, 200, 5);
    assert_int_equal(bench.closed, 1);
    assert_int_equal(bench.opened, 1);
    assert_in_range(bench.ended.recipients, 11000, 13500);
    assert_in_range(bench.ended.messages, 2200, 2700);
    assert_in_range(bench.login.peak, 5800, 6100);
}

static void test_few_are_no_surge(void **state)
{
    (void)state;
    __attribute__((cleanup(bench_done))) struct bench bench = {.opened = 0};
    send(&bench, BEGIN, BEGIN + 48 * HOUR, 2, 1);
    send(&bench, BEGIN + 48 * HOUR, BEGIN + 49 * HOUR, 90, 1); /* 45 times its normal */
    assert_int_equal(bench.opened, 0);
}

/* Nights and weekends do not lower a normal. */
static void test_office_hours(void **state)
{
    (void)state;
    __attribute__((cleanup(bench_done))) struct bench bench = {.opened = 0};
    for (int day = 0; day < 14; day++) {
        int64_t morning = BEGIN + day * 24 * HOUR;
        send(&bench, morning, morning + 8 * HOUR, 400, 4);
    }
    assert_int_equal(bench.opened, 0);
}

static void test_alone_without_past(void **state)
{
    (void)state;
    __attribute__((cleanup(bench_done))) struct bench bench = {.opened = 0};
    send(&bench, BEGIN, BEGIN + 20 * MINUTE, 100000, 50);
    assert_int_equal(bench.opened, 0); /* nothing to compare with */
}

static void test_newcomer_in_a_fleet(void **state)
{
    (void)state;
    static struct bench others[30];
    for (size_t i = 0; i < 30; i++) {
        others[i] = (struct bench){.opened = 0};
        send(&others[i], BEGIN, BEGIN + 3 * HOUR, 60 + 10 * (uint32_t)i, 5);
        assert_int_equal(others[i].opened, 0);
    }
    assert_int_equal(fleet.active, 30);
    struct bench usual = {.opened = 0}, hijacked = {.opened = 0};
    send(&usual, BEGIN + 3 * HOUR, BEGIN + 4 * HOUR, 300, 5);
    assert_int_equal(usual.opened, 0);
    send(&hijacked, BEGIN + 3 * HOUR, BEGIN + 4 * HOUR, 20000, 50);
    assert_int_equal(hijacked.opened, 1);
    for (size_t i = 0; i < 30; i++)
        bench_done(&others[i]);
    bench_done(&usual);
    bench_done(&hijacked);
}

/* A shop: ten orders an hour at work, by one client; each week a campaign of an hour. */
struct shop {
    struct bench bench;
    struct surge_message known; /* what is known of it so far */
};

static void shop_send(struct shop *shop, int64_t from_us, int64_t to_us, uint32_t an_hour,
                      uint64_t client)
{
    for (int64_t now_us = from_us; now_us < to_us; now_us += HOUR / an_hour) {
        struct surge_message *known = &shop->known;
        known->time_us = now_us;
        known->recipients = 1;
        known->client = client;
        enum surge_event event =
            surge_login_take(&shop->bench.login, &fleet, &rule, known, &shop->bench.ended);
        shop->bench.opened += event == SURGE_OPENED;
        known->clients |= client;
        known->ended++;
    }
}

static void shop_week(struct shop *shop, int week, int day, uint32_t campaign, uint64_t client)
{
    int64_t monday = BEGIN + week * 7 * 24 * HOUR;
    for (int i = 0; i < 5; i++) {
        int64_t morning = monday + i * 24 * HOUR;
        shop_send(shop, morning, morning + 4 * HOUR, 10, 1);
        if (i == day)
            shop_send(shop, morning + 4 * HOUR, morning + 5 * HOUR, campaign, client);
        shop_send(shop, morning + 5 * HOUR, morning + 9 * HOUR, 10, 1);
    }
}

static void test_weekly_campaigns(void **state)
{
    (void)state;
    static struct shop shops[5];
    for (size_t i = 0; i < 5; i++)
        shops[i] = (struct shop){.known = {.recipients = 0}};
    for (int week = 0; week < 4; week++)
        for (int day = 0; day < 5; day++)
            shop_week(&shops[day], week, day, 400 + 100 * (uint32_t)day, 1);
    unsigned opened = 0;
    for (size_t i = 1; i < 5; i++)
        opened += shops[i].bench.opened;
    assert_int_equal(opened, 0);
    assert_in_range(shops[0].bench.opened, 0, 1); /* nobody had ever sent so much */
    shop_week(&shops[1], 4, 1, 500, 2);           /* its own volume, by somebody else */
    assert_int_equal(shops[1].bench.opened, 1);
    for (size_t i = 0; i < 5; i++)
        bench_done(&shops[i].bench);
}

/* Less than others send in an hour, but it bounces, or logging in failed before. */
static void test_signs(void **state)
{
    (void)state;
    static struct shop shops[5];
    for (size_t i = 0; i < 5; i++)
        shops[i] = (struct shop){.known = {.recipients = 0}};
    for (int week = 0; week < 2; week++)
        for (int day = 0; day < 4; day++)
            shop_week(&shops[day], week, day, 1000, 1);
    struct shop *small = &shops[4];
    shop_send(small, BEGIN, BEGIN + 4 * HOUR, 20, 1);
    int64_t later = BEGIN + 14 * 24 * HOUR;
    struct shop bounces = {.known = {.recipients = 0}}, refused = {.known = {.recipients = 0}};
    shop_send(&bounces, BEGIN, BEGIN + 4 * HOUR, 20, 1);
    shop_send(&refused, BEGIN, BEGIN + 4 * HOUR, 20, 1);
    shop_send(small, later, later + HOUR, 500, 1);
    assert_int_equal(small->bench.opened, 0);
    for (int i = 0; i < 12; i++) {
        shop_send(&bounces, later + i * 5 * MINUTE, later + (i + 1) * 5 * MINUTE, 500, 1);
        bounces.known.bounced += 10;
        shop_send(&refused, later + i * 5 * MINUTE, later + (i + 1) * 5 * MINUTE, 500, 1);
        refused.known.refused += 5;
    }
    assert_int_equal(bounces.bench.opened, 1);
    assert_int_equal(refused.bench.opened, 1);
    bench_done(&bounces.bench);
    bench_done(&refused.bench);
    for (size_t i = 0; i < 5; i++)
        bench_done(&shops[i].bench);
}

static void test_odd_times(void **state)
{
    (void)state;
    __attribute__((cleanup(bench_done))) struct bench bench = {.opened = 0};
    static const int64_t times[] = {INT64_MIN,        -1, 0,        1, BEGIN, BEGIN - HOUR,
                                    BEGIN + 9 * HOUR, 5,  INT64_MAX};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct surge_message message = {.time_us = times[i], .recipients = UINT32_MAX};
        surge_login_take(&bench.login, &fleet, &rule, &message, &bench.ended);
    }
}

static void test_table(void **state)
{
    (void)state;
    struct login_table *table = login_table_new(&rule);
    struct message message = {.login = 3, .expected = 2, .client = 77};
    for (int i = 0; i < 10; i++)
        login_table_accept(table, &message, BEGIN + i);
    message.login = 0;
    login_table_accept(table, &message, BEGIN);
    assert_int_equal(login_table_count(table), 4);
    const struct login *login = login_table_get(table, 3);
    assert_int_equal(login->messages, 10);
    assert_int_equal(login_clients(login->client_bits), 1);
    assert_int_equal(login_table_get(table, 2)->messages, 0);
    login_table_block(table, 5000);
    assert_int_equal(login_table_count(table), 5001);
    assert_int_equal(login_table_get(table, 5000)->messages, 0);
    assert_int_equal(login_table_get(table, 5000)->blocked, 1);
    assert_ptr_equal(login_table_get(table, 3), login); /* rows do not move */
    assert_int_equal(login->messages, 10);
    login_table_free(table);
    login_table_free(NULL);
}

static void test_counters_stop(void **state)
{
    (void)state;
    struct login_table *table = login_table_new(&rule);
    static const enum outcome outcomes[] = {OUTCOME_SENT, OUTCOME_BOUNCED,   OUTCOME_EXPIRED,
                                            OUTCOME_OPEN, OUTCOME_DISCARDED, OUTCOME_LOST};
    for (uint32_t i = 0; i < 6; i++)
        login_table_end(table, 1, outcomes[i], i + 1);
    login_table_end(table, 0, OUTCOME_SENT, 1); /* mail without a login */
    login_table_block(table, 0);
    login_table_refuse(table, 0, 1);
    const struct login *login = login_table_get(table, 1);
    const struct login_outcomes expected = {1, 2, 3, 4, 5, 6};
    assert_memory_equal(&login->outcomes, &expected, sizeof(expected));
    assert_int_equal(login->recipients, 21);
    login_table_end(table, 1, OUTCOME_SENT, UINT32_MAX - 2);
    assert_int_equal(login->outcomes.sent, UINT32_MAX - 1);
    assert_int_equal(login->recipients, UINT32_MAX);
    login_table_end(table, 1, OUTCOME_SENT, UINT64_MAX);
    login_table_end(table, 1, OUTCOME_SENT, 1);
    assert_int_equal(login->outcomes.sent, UINT32_MAX);
    assert_int_equal(login->recipients, UINT32_MAX);
    login_table_refuse(table, 1, UINT64_MAX);
    login_table_refuse(table, 1, UINT64_MAX);
    assert_int_equal(login->auth_failures, UINT32_MAX);
    login_table_free(table);
}

/* Most logins never have volume: they must not pay for it. */
static void test_room_for_volume_is_made_late(void **state)
{
    (void)state;
    assert_true(sizeof(struct login) <= 80 && sizeof(struct surge_volume) <= 256);
    __attribute__((cleanup(bench_done))) struct bench bench = {.opened = 0};
    send(&bench, BEGIN, BEGIN + 200 * HOUR, SURGE_SMALL - 2, 1);
    assert_null(bench.login.volume);
    assert_int_equal(bench.login.history_count, 200 * 6 - 1);
    send(&bench, BEGIN + 200 * HOUR, BEGIN + 203 * HOUR, SURGE_SMALL + 14, 1);
    assert_non_null(bench.login.volume);
    assert_in_range(bench.login.peak, SURGE_SMALL, SURGE_SMALL + 15);
    assert_int_equal(bench.opened, 0);
    send(&bench, BEGIN + 203 * HOUR, BEGIN + 205 * HOUR, 600, 1); /* what it sent before counts */
    assert_int_equal(bench.opened, 1);
}

static void test_clients(void **state)
{
    (void)state;
    assert_int_equal(login_clients(0), 0);
    assert_in_range(login_clients(UINT64_MAX), 64, 300);
    uint64_t bits = 0, last = 0;
    for (unsigned i = 0; i < 64; i++) {
        bits |= UINT64_C(1) << (i * 5 % 64);
        uint64_t clients = login_clients(bits);
        assert_true(clients >= last && clients >= i + 1);
        last = clients;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_own_normal, begin),
        cmocka_unit_test_setup(test_few_are_no_surge, begin),
        cmocka_unit_test_setup(test_office_hours, begin),
        cmocka_unit_test_setup(test_alone_without_past, begin),
        cmocka_unit_test_setup(test_newcomer_in_a_fleet, begin),
        cmocka_unit_test_setup(test_odd_times, begin),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_counters_stop),
        cmocka_unit_test_setup(test_weekly_campaigns, begin),
        cmocka_unit_test_setup(test_signs, begin),
        cmocka_unit_test_setup(test_room_for_volume_is_made_late, begin),
        cmocka_unit_test(test_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
