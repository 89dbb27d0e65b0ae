/* SPDX-License-Identifier: Apache-2.0
 *
 * How much logins have sent at their busiest.
 */
#include "app/login_volume.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"

#define T0 INT64_C(1772409600000000)
#define MINUTE_US (60 * US_PER_SECOND)
#define HOUR_US (60 * MINUTE_US)

static void the_busiest_of_each_span_stays(void **state)
{
    static const struct {
        int64_t at_us;
        uint32_t recipients;
    } sent[] = {
        {0, 10},           {20 * MINUTE_US, 5}, {50 * MINUTE_US, 7}, /* 22 in an hour */
        {5 * HOUR_US, 20}, {30 * HOUR_US, 1}, /* the first day is gone by then */
    };
    (void)state;
    struct login_volume *volume = login_volume_new(10);
    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
        login_volume_take(volume, SLICE("a@x.jp"), sent[i].recipients, T0 + sent[i].at_us);
    assert_int_equal(login_volume_count(volume), 1);
    struct login_volume_row row = login_volume_at(volume, 0);
    assert_true(slice_eq(row.login, SLICE("a@x.jp")));
    assert_true(slice_eq(row.domain, SLICE("x.jp")));
    assert_int_equal(row.messages, 5);
    assert_int_equal(row.recipients, 43);
    assert_int_equal(row.most[VOLUME_MESSAGE], 20);
    assert_int_equal(row.most[VOLUME_HOUR], 22);
    assert_int_equal(row.most[VOLUME_DAY], 42);
    login_volume_free(volume);
}

static void an_hour_slides(void **state)
{
    (void)state;
    struct login_volume *volume = login_volume_new(10);
    login_volume_take(volume, SLICE("a"), 30, T0 + 55 * MINUTE_US);
    login_volume_take(volume, SLICE("a"), 30, T0 + 65 * MINUTE_US); /* of another clock hour */
    struct login_volume_row row = login_volume_at(volume, 0);
    assert_int_equal(row.most[VOLUME_HOUR], 60);
    assert_int_equal(row.domain.len, 0);
    login_volume_free(volume);
}

static void logins_are_kept_apart_and_bounded(void **state)
{
    char name[32];
    (void)state;
    struct login_volume *volume = login_volume_new(600);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 700; i++) {
            int len = snprintf(name, sizeof(name), "u%d@x.jp", i);
            login_volume_take(volume, slice_of(name, (size_t)len), (uint32_t)i + 1, T0);
        }
    assert_int_equal(login_volume_count(volume), 600);
    assert_int_equal(login_volume_left_out(volume), 200);
    for (size_t i = 0; i < 600; i++) {
        struct login_volume_row row = login_volume_at(volume, i);
        assert_int_equal(row.most[VOLUME_MESSAGE], i + 1);
        assert_int_equal(row.most[VOLUME_HOUR], 2 * (i + 1));
    }
    login_volume_free(volume);
}

static void numbers_beyond_all_measure_stay_numbers(void **state)
{
    (void)state;
    struct login_volume *volume = login_volume_new(10);
    for (int i = 0; i < 5; i++)
        login_volume_take(volume, SLICE("a"), UINT32_MAX, T0 + i * 10 * MINUTE_US);
    struct login_volume_row row = login_volume_at(volume, 0);
    assert_int_equal(row.recipients, 5 * (uint64_t)UINT32_MAX);
    assert_int_equal(row.most[VOLUME_MESSAGE], UINT32_MAX);
    assert_int_equal(row.most[VOLUME_DAY], UINT32_MAX);
    login_volume_free(volume);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_busiest_of_each_span_stays),
        cmocka_unit_test(an_hour_slides),
        cmocka_unit_test(logins_are_kept_apart_and_bounded),
        cmocka_unit_test(numbers_beyond_all_measure_stay_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
