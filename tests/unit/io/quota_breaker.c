/* SPDX-License-Identifier: Apache-2.0
 *
 * When a server is asked, by failures, answers and time.
 */
#include "io/quota_breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

static void three_in_a_row(void **state)
{
    (void)state;
    struct quota_breaker breaker = {0};
    assert_false(quota_breaker_bad(&breaker, 0));
    assert_false(quota_breaker_bad(&breaker, 0));
    assert_false(quota_breaker_good(&breaker));
    assert_false(quota_breaker_bad(&breaker, 0));
    assert_false(quota_breaker_bad(&breaker, 0));
    assert_true(quota_breaker_admits(&breaker, 0));
    assert_true(quota_breaker_bad(&breaker, 0));
    assert_false(quota_breaker_admits(&breaker, 0));
    assert_false(quota_breaker_bad(&breaker, 4 * SECOND)); /* of what was asked before */
    assert_false(quota_breaker_admits(&breaker, 5 * SECOND - 1));
    assert_true(quota_breaker_admits(&breaker, 5 * SECOND));
}

static void one_question_alone(void **state)
{
    (void)state;
    struct quota_breaker breaker = {0};
    for (int i = 0; i < 3; i++)
        (void)quota_breaker_bad(&breaker, 0);
    assert_true(quota_breaker_admits(&breaker, 6 * SECOND));
    assert_false(quota_breaker_admits(&breaker, 600 * SECOND));
    assert_true(quota_breaker_good(&breaker));
    assert_true(quota_breaker_admits(&breaker, 6 * SECOND));
    assert_false(quota_breaker_bad(&breaker, 6 * SECOND));
}

static void longer_and_longer(void **state)
{
    (void)state;
    static const int64_t seconds[] = {5, 10, 20, 40, 60, 60};
    struct quota_breaker breaker = {0};
    int64_t now_us = 100 * SECOND;
    (void)quota_breaker_bad(&breaker, now_us);
    (void)quota_breaker_bad(&breaker, now_us);
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        assert_true(quota_breaker_bad(&breaker, now_us));
        now_us += seconds[i] * SECOND;
        assert_false(quota_breaker_admits(&breaker, now_us - 1));
        assert_true(quota_breaker_admits(&breaker, now_us));
    }
    assert_true(quota_breaker_good(&breaker));
    for (int i = 0; i < 3; i++)
        (void)quota_breaker_bad(&breaker, now_us);
    assert_true(quota_breaker_admits(&breaker, now_us + 5 * SECOND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_in_a_row),
        cmocka_unit_test(one_question_alone),
        cmocka_unit_test(longer_and_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
