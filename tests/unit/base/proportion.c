/* SPDX-License-Identifier: Apache-2.0
 *
 * Wilson's interval against known values.
 */
#include "base/proportion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void known_values(void **state)
{
    (void)state;
    assert_float_equal(proportion_lower(5, 5), 0.56552, 1e-4);
    assert_float_equal(proportion_upper(5, 5), 1.0, 1e-9);
    assert_float_equal(proportion_lower(81, 263), 0.25529, 1e-4);
    assert_float_equal(proportion_upper(81, 263), 0.36621, 1e-4);
}

static void edges(void **state)
{
    (void)state;
    assert_float_equal(proportion_lower(0, 0), 0.0, 0.0);
    assert_float_equal(proportion_upper(0, 0), 1.0, 0.0);
    assert_float_equal(proportion_lower(0, 100), 0.0, 0.0);
    assert_float_equal(proportion_lower(9, 5), proportion_lower(5, 5), 1e-12);
    assert_true(proportion_lower(5000, 5000) > 0.999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
