/* SPDX-License-Identifier: Apache-2.0
 *
 * Rulings that are over: one of a thing, found again, forgotten in time, and when there are too
 * many the oldest first.
 */
#include "gate/ruling_ends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static bool put(struct ruling_ends *ends, enum ruling_kind kind, const char *login,
                const char *name, int64_t over_us)
{
    const struct ruling ruling = {.kind = kind,
                                  .stamp = over_us,
                                  .since_us = over_us,
                                  .relay = SLICE("r"),
                                  .login = slice_from_str(login),
                                  .name = slice_from_str(name)};
    return ruling_ends_put(ends, &ruling);
}

/* Its stamp; 0: it is not there. */
static int64_t stamp_of(const struct ruling_ends *ends, enum ruling_kind kind, const char *login,
                        const char *name)
{
    const struct ruling about = {
        .kind = kind, .login = slice_from_str(login), .name = slice_from_str(name)};
    const struct ruling *found = ruling_ends_find(ends, &about);
    return found != NULL ? found->stamp : 0;
}

static void one_of_a_thing(void **state)
{
    (void)state;
    struct ruling_ends *ends = ruling_ends_new(10);
    assert_false(put(ends, RULING_FLAG, "taro", "hold", 5));
    assert_false(put(ends, RULING_FLAG, "taro", "slow", 6));
    assert_false(put(ends, RULING_LIMIT, "taro", "hold", 7));
    assert_false(put(ends, RULING_RAISE, "taro", "hold", 8));
    assert_false(put(ends, RULING_FLAG, "taro", "hold", 9));
    assert_int_equal(ruling_ends_count(ends), 4);
    assert_int_equal(stamp_of(ends, RULING_FLAG, "taro", "hold"), 9);
    assert_int_equal(stamp_of(ends, RULING_LIMIT, "taro", "hold"), 7);
    assert_int_equal(stamp_of(ends, RULING_RAISE, "taro", "hold"), 8);
    assert_int_equal(stamp_of(ends, RULING_FLAG, "jiro", "hold"), 0);
    const struct ruling about = {
        .kind = RULING_FLAG, .login = SLICE("taro"), .name = SLICE("slow")};
    ruling_ends_drop(ends, &about);
    ruling_ends_drop(ends, &about);
    assert_int_equal(ruling_ends_count(ends), 3);
    assert_int_equal(stamp_of(ends, RULING_FLAG, "taro", "slow"), 0);
    ruling_ends_free(ends);
    ruling_ends_free(NULL);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    struct ruling_ends *ends = ruling_ends_new(100);
    char login[16];
    for (int i = 0; i < 100; i++) {
        snprintf(login, sizeof(login), "u%d", i * 7 % 100);
        assert_false(put(ends, RULING_FLAG, login, "hold", 1000 + i * 7 % 100));
    }
    for (int i = 0; i < 50; i++) {
        snprintf(login, sizeof(login), "v%d", i);
        assert_true(put(ends, RULING_FLAG, login, "hold", 2000 + i));
    }
    assert_int_equal(ruling_ends_count(ends), 100);
    assert_int_equal(stamp_of(ends, RULING_FLAG, "u49", "hold"), 0);
    assert_int_equal(stamp_of(ends, RULING_FLAG, "u50", "hold"), 1050);
    assert_int_equal(stamp_of(ends, RULING_FLAG, "v49", "hold"), 2049);
    ruling_ends_free(ends);
}

static void count_it(void *context, const struct ruling *ruling)
{
    int64_t *sum = context;
    *sum += ruling->stamp;
}

static void forgotten_in_time(void **state)
{
    (void)state;
    struct ruling_ends *ends = ruling_ends_new(10);
    int64_t gone = 0, left = 0;
    put(ends, RULING_FLAG, "taro", "hold", 5);
    put(ends, RULING_FLAG, "jiro", "hold", 7);
    put(ends, RULING_FLAG, "hana", "hold", 6);
    ruling_ends_expire(ends, RULING_REMEMBERED_US + 4, count_it, &gone);
    assert_int_equal(gone, 0);
    ruling_ends_expire(ends, RULING_REMEMBERED_US + 6, count_it, &gone);
    assert_int_equal(gone, 11);
    ruling_ends_each(ends, count_it, &left);
    assert_int_equal(left, 7);
    assert_int_equal(stamp_of(ends, RULING_FLAG, "jiro", "hold"), 7);
    ruling_ends_free(ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_a_thing),
        cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(forgotten_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
