/* SPDX-License-Identifier: Apache-2.0
 *
 * The highest of many, in whatever order they come.
 */
#include "watch/ranking.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/memory.h"

enum { MOST = 5, ROWS = 1000 };

/* Weights 0 .. ROWS - 1, each twice, by steps that visit all. */
static void rank(struct ranking *ranking, uint32_t step, size_t rows)
{
    ranking_begin(ranking, MOST);
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t number = i * step % (uint32_t)rows;
        ranking_add(ranking, (struct ranked){.weight = number / 2, .number = number});
    }
    ranking_settle(ranking);
}

static void the_highest_of_any_order(void **state)
{
    (void)state;
    static const uint32_t steps[] = {1, 999, 7, 333, 501};
    for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
        struct ranking ranking;
        rank(&ranking, steps[k], ROWS);
        static const uint32_t expected[MOST] = {998, 999, 996, 997,
                                                994}; /* the lower number first */
        assert_int_equal(ranking.count, MOST);
        for (size_t i = 0; i < MOST; i++)
            assert_int_equal(ranking.rows[i].number, expected[i]);
        mem_free(ranking.rows);
    }
}

static void fewer_than_asked_for(void **state)
{
    (void)state;
    for (size_t rows = 0; rows <= 2 * MOST + 1; rows++) {
        struct ranking ranking;
        rank(&ranking, 1, rows);
        assert_int_equal(ranking.count, rows < MOST ? rows : MOST);
        mem_free(ranking.rows);
    }
}

static void some_come_first_whatever_their_weight(void **state)
{
    (void)state;
    struct ranking ranking;
    ranking_begin(&ranking, MOST);
    for (uint32_t i = 0; i < ROWS; i++)
        ranking_add(&ranking,
                    (struct ranked){.weight = i, .number = i, .ahead = i == 3 || i == 800});
    ranking_settle(&ranking);
    static const uint32_t expected[MOST] = {800, 3, 999, 998, 997};
    for (size_t i = 0; i < MOST; i++)
        assert_int_equal(ranking.rows[i].number, expected[i]);
    mem_free(ranking.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_of_any_order),
        cmocka_unit_test(fewer_than_asked_for),
        cmocka_unit_test(some_come_first_whatever_their_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
