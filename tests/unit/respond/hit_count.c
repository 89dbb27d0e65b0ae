/* SPDX-License-Identifier: Apache-2.0
 *
 * What incidents of one kind come to: different mail adds up, the same mail does not.
 */
#include "respond/hit_count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void adds_up_what_is_different(void **state)
{
    const struct {
        struct incident incidents[3];
        struct hit_total total;
    } cases[] = {
        {{{.hits = 0}}, {0, 0}},
        {{{.source = SLICE("a"), .hits = 3, .attempts = 10},
          {.source = SLICE("b"), .hits = 4, .attempts = 20},
          {.source = SLICE("c"), .hits = 5, .attempts = 5}},
         {12, 35}},
        /* a fleet, a provider and a source see the same: the largest */
        {{{.hits = 90, .attempts = 900},
          {.provider = SLICE("p"), .hits = 80, .attempts = 100},
          {.source = SLICE("a"), .hits = 95, .attempts = 300}},
         {90, 900}},
        {{{.provider = SLICE("p"), .hits = 80, .attempts = 100},
          {.hits = 90, .attempts = 900},
          {.hits = 1, .attempts = 1}},
         {90, 900}},
        /* one other is enough, whichever comes first */
        {{{.login = SLICE("u"), .hits = 5, .attempts = 6},
          {.login = SLICE("v"), .hits = 5, .attempts = 6},
          {.domain = SLICE("d"), .hits = 7, .attempts = 12}},
         {7, 12}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hit_count count = {0};
        for (size_t k = 0; k < 3; k++)
            hit_count_add(&count, &cases[i].incidents[k]);
        struct hit_total total = hit_count_total(&count);
        assert_int_equal(total.hits, cases[i].total.hits);
        assert_int_equal(total.attempts, cases[i].total.attempts);
    }
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    struct hit_count none = {0};
    assert_int_equal(hit_count_total(&none).hits, 0);
    assert_int_equal(hit_count_total(&none).attempts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up_what_is_different),
        cmocka_unit_test(nothing_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
