/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantiles against the sorted values themselves.
 */
#include "base/latency.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { VALUES = 20000 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void fill(double *values, size_t count)
{
    uint64_t seed = 88172645463325252u;
    for (size_t i = 0; i < count; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        values[i] = pow(10, (double)(seed % 8000) / 1000.0 - 2); /* 0.01 s to 11 days */
    }
}

static void check(const struct latency *latency, double *values, size_t count)
{
    static const double shares[] = {0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1};
    qsort(values, count, sizeof(*values), compare);
    assert_int_equal(latency->count, count);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        size_t rank = (size_t)ceil(shares[i] * (double)count);
        double exact = values[rank > 0 ? rank - 1 : 0], got = latency_quantile(latency, shares[i]);
        double together[2];
        latency_quantiles(latency, (double[]){0.5, shares[i]}, 2, together);
        assert_true(together[0] == latency_quantile(latency, 0.5) && together[1] == got);
        if (fabs(got - exact) > exact * 0.02 + 0.01)
            fail_msg("%zu values, share %g: %g, not %g", count, shares[i], got, exact);
    }
    assert_true(fabs(latency->max_s - values[count - 1]) <= values[count - 1] * 1e-6);
}

static void test_quantiles(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 63, 64, 65, 100, VALUES};
    double *values = test_malloc(VALUES * sizeof(*values));
    for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
        struct latency latency = {0};
        fill(values, counts[k]);
        for (size_t i = 0; i < counts[k]; i++)
            latency_add(&latency, values[i]);
        check(&latency, values, counts[k]);
        latency_done(&latency);
    }
    test_free(values);
}

/* As if all had been added to one, wherever they are cut. */
static void test_merge(void **state)
{
    (void)state;
    static const size_t cuts[][2] = {{0, 10},  {10, 10},   {40, 80},      {0, 300},
                                     {64, 65}, {300, 310}, {300, VALUES}, {5, 5}};
    double *values = test_malloc(VALUES * sizeof(*values));
    for (size_t k = 0; k < sizeof(cuts) / sizeof(cuts[0]); k++) {
        struct latency first = {0}, second = {0};
        fill(values, cuts[k][1]);
        for (size_t i = 0; i < cuts[k][1]; i++)
            latency_add(i < cuts[k][0] ? &first : &second, values[i]);
        latency_merge(&first, &second);
        check(&first, values, cuts[k][1]);
        latency_done(&first);
        latency_done(&second);
    }
    test_free(values);
}

static void test_odd_values(void **state)
{
    (void)state;
    struct latency latency = {0};
    double two[2] = {7, 7};
    assert_float_equal(latency_quantile(&latency, 0.5), 0, 0);
    latency_quantiles(&latency, (double[]){0.5, 1}, 2, two);
    assert_true(two[0] == 0 && two[1] == 0);
    for (int i = 0; i < 100; i++) {
        latency_add(&latency, -5);
        latency_add(&latency, 0);
        latency_add(&latency, 1e30);
    }
    assert_int_equal(latency.count, 300);
    assert_float_equal(latency_quantile(&latency, 0.5), 0, 0.011);
    assert_true(latency_quantile(&latency, 1) <= 1.02e8 && latency.max_s <= 1.01e8);
    assert_true(latency_quantile(&latency, 1) >= 0.98e8);
    latency_done(&latency);
    latency_done(&latency);
}

/* What the log says comes out as the log says it. */
static void test_hundredths(void **state)
{
    (void)state;
    for (unsigned hundredths = 1; hundredths < 200000; hundredths = hundredths * 5 / 4 + 1) {
        struct latency latency = {0};
        double seconds = hundredths / 100.0;
        latency_add(&latency, seconds);
        assert_true(latency_quantile(&latency, 0.5) == seconds); /* exactly */
        latency_done(&latency);
    }
    struct latency latency = {0};
    latency_add(&latency, 0.126);
    assert_true(latency_quantile(&latency, 1) <= latency.max_s);
    latency_done(&latency);
}

/* A path whose delays lie close together keeps few octaves, and merging makes no more. */
static void test_octaves(void **state)
{
    (void)state;
    struct latency latency = {0}, sum = {0};
    for (int i = 0; i < 1000; i++)
        latency_add(&latency, 2 + i / 1000.0); /* 200 to 300 hundredths: 128 to 511 */
    latency_merge(&sum, &latency);
    assert_int_equal(sum.count, 1000);
    for (int k = 0; k < 30; k++) {
        assert_true((latency.octaves[k] != NULL) == (k == 2 || k == 3));
        assert_true((sum.octaves[k] != NULL) == (latency.octaves[k] != NULL));
    }
    assert_float_equal(latency_quantile(&sum, 0.5), 2.5, 0.04);
    latency_done(&latency);
    latency_done(&sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles),  cmocka_unit_test(test_merge),
        cmocka_unit_test(test_odd_values), cmocka_unit_test(test_hundredths),
        cmocka_unit_test(test_octaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
