/* SPDX-License-Identifier: Apache-2.0
 *
 * Estimates of how many different things were seen.
 */
#include "base/distinct.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_estimates(void **state)
{
    (void)state;
    static const struct {
        uint64_t count, low, high;
    } rows[] = {
        {0, 0, 0},      {1, 1, 1},         {2, 2, 2},          {10, 9, 11},
        {100, 92, 108}, {1000, 920, 1080}, {3000, 2700, 3300}, {100000, 5000, 7098},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct distinct numbers = {0}, hashes = {0};
        for (int twice = 0; twice < 2; twice++) {
            for (uint64_t k = 0; k < rows[i].count; k++) {
                distinct_add(&numbers, k + 7);
                distinct_add(&hashes, (k + 1) * UINT64_C(0x9e3779b97f4a7c15));
            }
        }
        assert_in_range(distinct_count(&numbers, UINT64_MAX), rows[i].low, rows[i].high);
        assert_in_range(distinct_count(&hashes, UINT64_MAX), rows[i].low, rows[i].high);
    }
}

static void test_bounded(void **state)
{
    (void)state;
    struct distinct distinct = {0};
    for (uint64_t k = 0; k < 100; k++)
        distinct_add(&distinct, k);
    assert_int_equal(distinct_count(&distinct, 50), 50);
}

static void test_merged(void **state)
{
    (void)state;
    struct distinct a = {0}, b = {0}, all = {0};
    for (uint64_t k = 0; k < 300; k++) {
        distinct_add(k < 200 ? &a : &b, k);
        distinct_add(k < 100 ? &b : &a, k); /* the first hundred in both */
        distinct_add(&all, k);
    }
    distinct_merge(&a, &b);
    assert_int_equal(distinct_count(&a, UINT64_MAX), distinct_count(&all, UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_estimates),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_merged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
