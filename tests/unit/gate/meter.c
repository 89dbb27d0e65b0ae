/* SPDX-License-Identifier: Apache-2.0
 *
 * Meters against what they promise, with a list of everything that passed as the judge; and the
 * clock stepping under them.
 */
#include "gate/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define NOW_US (INT64_C(1790000000) * SECOND_US + 123456)

static const struct meter_plan hour = {METER_WINDOW, 500, 0, HOUR_US};
static const struct meter_plan second = {METER_WINDOW, 3, 0, SECOND_US};
static const struct meter_plan bucket = {METER_BUCKET, 7, 20, 60 * SECOND_US};

static bool take(union meter *meter, const struct meter_plan *plan, uint32_t count, int64_t now_us)
{
    bool room = meter_has_room(meter, plan, count, now_us);
    if (room)
        meter_add(meter, plan, count, now_us);
    return room;
}

static void all_or_nothing(void **state)
{
    (void)state;
    union meter meter = {0};
    assert_true(take(&meter, &hour, 499, NOW_US));
    assert_false(take(&meter, &hour, 2, NOW_US));
    assert_int_equal(meter_used(&meter, &hour, NOW_US), 499);
    assert_true(take(&meter, &hour, 1, NOW_US));
    assert_false(take(&meter, &hour, 1, NOW_US));
    assert_true(take(&meter, &hour, 0, NOW_US));
    assert_false(meter_has_room(&(union meter){0}, &hour, 501, NOW_US));
    assert_int_equal(meter_room_at(&(union meter){0}, &hour, 501, NOW_US), INT64_MAX);
    assert_int_equal(meter_room_at(&(union meter){0}, &bucket, 21, NOW_US), INT64_MAX);
}

/* ---- against a list of what passed ---- */

struct passed {
    int64_t at_us;
    uint32_t count;
};

struct judge {
    struct passed passed[20000];
    size_t count;
};

static uint64_t passed_since(const struct judge *judge, int64_t since_us)
{
    uint64_t sum = 0;
    for (size_t i = judge->count; i > 0 && judge->passed[i - 1].at_us > since_us; i--)
        sum += judge->passed[i - 1].count;
    return sum;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Never more than the limit in any span; and what is refused would have been too much in a span a
 * tenth (and a part's begin) longer. */
static void windows_keep_their_promise(void **state)
{
    (void)state;
    static const struct meter_plan plans[] = {
        {METER_WINDOW, 500, 0, HOUR_US},
        {METER_WINDOW, 3, 0, SECOND_US},
        {METER_WINDOW, 100, 0, 86400 * SECOND_US},
        {METER_WINDOW, 1, 0, 7 * SECOND_US},
    };
    static struct judge judge;
    for (uint32_t seed = 1; seed <= 12; seed++) {
        const struct meter_plan *plan = &plans[seed % 4];
        union meter meter = {0};
        uint32_t random = seed;
        int64_t now_us = NOW_US;
        judge.count = 0;
        for (int i = 0; i < 20000; i++) {
            uint32_t count = next_random(&random) % (plan->limit / 5 + 2);
            now_us += (int64_t)(next_random(&random) % 1000) * plan->within_us / 40000;
            if (take(&meter, plan, count, now_us)) {
                judge.passed[judge.count++] = (struct passed){now_us, count};
                assert_true(passed_since(&judge, now_us - plan->within_us) <= plan->limit);
            } else {
                int64_t longest_us = plan->within_us / 10 * 11 + 22;
                assert_true(passed_since(&judge, now_us - longest_us) + count > plan->limit);
            }
        }
        assert_true(judge.count > 1000);
    }
}

/* Exactly limit * time / within + burst from a full bucket, however often it is asked. */
static void buckets_keep_their_promise(void **state)
{
    (void)state;
    for (int64_t step_us = 1; step_us <= 100 * SECOND_US; step_us *= 9) {
        union meter meter = {0};
        uint64_t passed = 0;
        int64_t now_us = NOW_US;
        for (int i = 0; i < 3000; i++, now_us += step_us)
            while (passed < 5000 && take(&meter, &bucket, 1, now_us))
                passed++;
        int64_t time_us = now_us - step_us - NOW_US;
        uint64_t most = bucket.burst + (uint64_t)(time_us / 60 * 7 / SECOND_US);
        assert_true(passed <= most + 1);
        assert_true(passed == 5000 || passed + 1 >= (most < 3000 * 20 ? most : 3000 * 20) ||
                    step_us > 60 * SECOND_US);
    }
}

/* ---- when there is room again ---- */

static void room_comes_when_it_was_said(void **state)
{
    (void)state;
    const struct meter_plan *plans[] = {&hour, &second, &bucket};
    for (size_t p = 0; p < 3; p++) {
        uint32_t most = plans[p]->kind == METER_BUCKET ? plans[p]->burst : plans[p]->limit;
        union meter meter = {0};
        uint32_t random = (uint32_t)p;
        int64_t now_us = NOW_US;
        for (int i = 0; i < 2000; i++) {
            uint32_t count = next_random(&random) % most + 1;
            int64_t room_us = meter_room_at(&meter, plans[p], count, now_us);
            assert_true(room_us >= now_us && room_us <= now_us + 2 * plans[p]->within_us * 3);
            assert_true(meter_has_room(&meter, plans[p], count, room_us));
            if (room_us > now_us)
                assert_false(meter_has_room(&meter, plans[p], count, room_us - 1));
            assert_true(take(&meter, plans[p], count, room_us));
            now_us = room_us + (int64_t)(next_random(&random) % 1000) * plans[p]->within_us / 9000;
        }
    }
}

static void what_is_old_is_gone(void **state)
{
    (void)state;
    union meter meter = {0};
    meter_add(&meter, &hour, 500, NOW_US);
    assert_false(meter_has_room(&meter, &hour, 1, NOW_US + HOUR_US - 1));
    assert_true(meter_has_room(&meter, &hour, 500, NOW_US + HOUR_US / 10 * 11 + 11));
    assert_true(meter_is_idle(&meter, &hour, NOW_US + 2 * HOUR_US));
    assert_true(meter_is_idle(&meter, &hour, NOW_US + 9000 * HOUR_US));
    assert_false(meter_is_idle(&meter, &hour, NOW_US + HOUR_US));
    meter = (union meter){0};
    meter_add(&meter, &bucket, 20, NOW_US);
    assert_int_equal(meter_used(&meter, &bucket, NOW_US + 60 * SECOND_US), 13);
    assert_true(meter_is_idle(&meter, &bucket, NOW_US + 172 * SECOND_US));
}

/* ---- giving back ---- */

static void given_back(void **state)
{
    (void)state;
    union meter meter = {0};
    meter_add(&meter, &hour, 100, NOW_US);
    meter_add(&meter, &hour, 50, NOW_US + HOUR_US / 2);
    meter_give_back(&meter, &hour, 100, NOW_US, NOW_US + HOUR_US / 2 + 5);
    assert_int_equal(meter_used(&meter, &hour, NOW_US + HOUR_US / 2 + 5), 50);
    meter_give_back(&meter, &hour, 100, NOW_US, NOW_US + HOUR_US / 2 + 5); /* twice */
    assert_int_equal(meter_used(&meter, &hour, NOW_US + HOUR_US / 2 + 5), 50);
    meter_give_back(&meter, &hour, 9, NOW_US - 9 * HOUR_US, NOW_US + HOUR_US); /* long gone */
    meter_give_back(&meter, &hour, 9, NOW_US + 9 * HOUR_US, NOW_US + HOUR_US); /* yet to come */
    assert_int_equal(meter_used(&meter, &hour, NOW_US + HOUR_US), 50);
}

/* What time gave back already is not given twice. */
static void given_back_to_a_bucket(void **state)
{
    (void)state;
    union meter meter = {0};
    meter_add(&meter, &bucket, 14, NOW_US);
    meter_add(&meter, &bucket, 3, NOW_US + 60 * SECOND_US);
    assert_int_equal(meter_used(&meter, &bucket, NOW_US + 60 * SECOND_US), 10);
    meter_give_back(&meter, &bucket, 14, NOW_US, NOW_US + 60 * SECOND_US);
    assert_int_equal(meter_used(&meter, &bucket, NOW_US + 60 * SECOND_US), 3);
    meter_give_back(&meter, &bucket, 14, NOW_US, NOW_US + 999 * SECOND_US);
    assert_int_equal(meter_used(&meter, &bucket, NOW_US + 999 * SECOND_US), 0);
    meter = (union meter){0};
    meter_give_back(&meter, &bucket, 14, NOW_US, NOW_US); /* it was forgotten meanwhile */
    assert_int_equal(meter.bucket.full_us, 0);
}

/* ---- clocks ---- */

static void a_step_back(void **state)
{
    (void)state;
    const struct meter_plan *plans[] = {&hour, &bucket};
    for (size_t p = 0; p < 2; p++) {
        uint32_t most = plans[p]->kind == METER_BUCKET ? plans[p]->burst : plans[p]->limit;
        int64_t within_us = plans[p]->within_us;
        union meter meter = {0};
        meter_add(&meter, plans[p], most, NOW_US);
        assert_false(meter_has_room(&meter, plans[p], 1, NOW_US - within_us / 3)); /* stays */
        meter_add(&meter, plans[p], 1, NOW_US - within_us / 3);
        int64_t later_us = NOW_US - within_us / 3 + 4 * within_us; /* not for ever */
        assert_true(meter_has_room(&meter, plans[p], most, later_us));
        meter = (union meter){0};
        meter_add(&meter, plans[p], most, NOW_US);
        int64_t back_us = NOW_US - 1000 * within_us; /* the clock had been wrong before */
        if (meter_has_room(&meter, plans[p], 1, back_us))
            meter_add(&meter, plans[p], 1, back_us);
        assert_true(meter_has_room(&meter, plans[p], most - 1, back_us + 4 * within_us));
    }
}

static void a_step_ahead(void **state)
{
    (void)state;
    union meter meter = {0};
    meter_add(&meter, &hour, 300, NOW_US);
    assert_int_equal(meter_used(&meter, &hour, NOW_US + HOUR_US / 2), 300);
    assert_int_equal(meter_used(&meter, &hour, NOW_US + 24 * HOUR_US), 0);
}

/* ---- bounds ---- */

static void the_largest(void **state)
{
    (void)state;
    static const struct meter_plan plans[] = {
        {METER_WINDOW, METER_LIMIT_MAX, 0, METER_WITHIN_MAX_US},
        {METER_WINDOW, METER_LIMIT_MAX, 0, SECOND_US},
        {METER_WINDOW, 1, 0, METER_WITHIN_MAX_US},
        {METER_BUCKET, 1, METER_LIMIT_MAX, METER_WITHIN_MAX_US},
        {METER_BUCKET, METER_LIMIT_MAX, METER_LIMIT_MAX, METER_WITHIN_MAX_US},
        {METER_BUCKET, 1, 1, SECOND_US},
    };
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        union meter meter = {0};
        for (int k = 0; k < 5; k++)
            meter_add(&meter, &plans[i], UINT32_MAX, NOW_US);
        assert_false(meter_has_room(&meter, &plans[i], 1, NOW_US));
        assert_true(meter_used(&meter, &plans[i], NOW_US) >= 1);
        assert_true(meter_room_at(&meter, &plans[i], 1, NOW_US) > NOW_US);
        meter_give_back(&meter, &plans[i], UINT32_MAX, NOW_US, NOW_US);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(windows_keep_their_promise),
        cmocka_unit_test(buckets_keep_their_promise),
        cmocka_unit_test(room_comes_when_it_was_said),
        cmocka_unit_test(what_is_old_is_gone),
        cmocka_unit_test(given_back),
        cmocka_unit_test(given_back_to_a_bucket),
        cmocka_unit_test(a_step_back),
        cmocka_unit_test(a_step_ahead),
        cmocka_unit_test(the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
