/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys keep their own meters, whatever their length and however many there are; the oldest makes
 * room; what is idle goes.
 */
#include "gate/limit_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define NOW_US (INT64_C(1790000000) * 1000000)

static const struct meter_plan plans[] = {
    {METER_WINDOW, 500, 0, HOUR_US},
    {METER_BUCKET, 100, 100, HOUR_US / 60},
};

static uint64_t used(struct limit_table *table, const char *key)
{
    union meter *meters = limit_table_find(table, slice_from_str(key));
    return meters == NULL ? 0 : meter_used(&meters[0], &plans[0], NOW_US);
}

static void count(struct limit_table *table, const char *key, uint32_t units)
{
    meter_add(&limit_table_use(table, slice_from_str(key))[0], &plans[0], units, NOW_US);
}

/* Lengths about the one at which a key gets memory of its own, and bytes of all kinds. */
static void keys_are_apart(void **state)
{
    (void)state;
    struct limit_table *table = limit_table_new(2, 100000);
    char key[LIMIT_KEY_MAX + 1];
    memset(key, 'x', sizeof(key));
    for (size_t length = 0; length <= LIMIT_KEY_MAX; length++)
        meter_add(&limit_table_use(table, slice_of(key, length))[0], &plans[0],
                  (uint32_t)length + 1, NOW_US);
    assert_int_equal(limit_table_count(table), LIMIT_KEY_MAX + 1);
    for (size_t length = 0; length <= LIMIT_KEY_MAX; length++)
        assert_int_equal(
            meter_used(&limit_table_find(table, slice_of(key, length))[0], &plans[0], NOW_US),
            length + 1);
    assert_null(limit_table_find(table, SLICE("xxxX")));
    assert_null(limit_table_find(table, SLICE("x\0x")));
    limit_table_free(table);
}

static void many_keys(void **state)
{
    (void)state;
    struct limit_table *table = limit_table_new(2, 5000);
    char key[32];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "u%u@example.jp", i);
        count(table, key, i + 1);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "u%u@example.jp", i);
        assert_int_equal(used(table, key), i + 1);
    }
    assert_int_equal(limit_table_crowded_out(table), 0);
    limit_table_free(table);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    struct limit_table *table = limit_table_new(2, 3);
    count(table, "a", 1);
    count(table, "a key that has memory of its own", 2);
    count(table, "c", 3);
    count(table, "a", 1);
    count(table, "d", 4);
    assert_null(limit_table_find(table, SLICE("a key that has memory of its own")));
    assert_int_equal(used(table, "a"), 2);
    count(table, "another key with memory of its own", 5);
    assert_null(limit_table_find(table, SLICE("c")));
    count(table, "c", 1); /* begins anew */
    assert_int_equal(used(table, "c"), 1);
    assert_null(limit_table_find(table, SLICE("a")));
    assert_int_equal(limit_table_count(table), 3);
    assert_int_equal(limit_table_crowded_out(table), 3);
    limit_table_free(table);
}

static void what_is_idle_goes(void **state)
{
    (void)state;
    struct limit_table *table = limit_table_new(2, 100);
    union meter *meters = limit_table_use(table, SLICE("idle"));
    (void)meters;
    count(table, "old", 1);
    meters = limit_table_use(table, SLICE("new"));
    meter_add(&meters[1], &plans[1], 100, NOW_US + 2 * HOUR_US);
    count(table, "nothing", 0);
    assert_int_equal(limit_table_sweep(table, plans, NOW_US, 100), 1);
    assert_int_equal(limit_table_sweep(table, plans, NOW_US + 2 * HOUR_US, 0), 0);
    assert_int_equal(limit_table_sweep(table, plans, NOW_US + 2 * HOUR_US, 100), 1);
    assert_null(limit_table_find(table, SLICE("old")));
    assert_non_null(limit_table_find(table, SLICE("nothing"))); /* behind one in use */
    assert_int_equal(limit_table_sweep(table, plans, NOW_US + 3 * HOUR_US, 100), 2);
    assert_int_equal(limit_table_count(table), 0);
    assert_int_equal(limit_table_sweep(table, plans, NOW_US + 3 * HOUR_US, 100), 0);
    count(table, "old", 7);
    assert_int_equal(used(table, "old"), 7);
    limit_table_free(table);
}

static void see(void *context, struct slice key, const union meter *meters)
{
    char *text = context;
    size_t length = strlen(text);
    snprintf(text + length, 100 - length, "%.*s=%u ", SLICE_ARG(key),
             (unsigned)meter_used(&meters[0], &plans[0], NOW_US));
}

static void each_by_use(void **state)
{
    (void)state;
    char text[100] = "";
    struct limit_table *table = limit_table_new(2, 100);
    limit_table_each(table, LIMIT_NEWEST_FIRST, see, text);
    assert_string_equal(text, "");
    count(table, "a", 1);
    count(table, "b", 2);
    count(table, "c", 3);
    count(table, "a", 4);
    limit_table_each(table, LIMIT_NEWEST_FIRST, see, text);
    assert_string_equal(text, "a=5 c=3 b=2 ");
    text[0] = '\0';
    limit_table_each(table, LIMIT_OLDEST_FIRST, see, text);
    assert_string_equal(text, "b=2 c=3 a=5 ");
    limit_table_free(table);
}

/* Against a plain array: keys come, go and come back. */
static void as_an_array(void **state)
{
    (void)state;
    enum { KEYS = 3000, ROWS = 2000 };
    static uint64_t wanted[KEYS], last[KEYS];
    struct limit_table *table = limit_table_new(1, ROWS);
    uint32_t seed = 1;
    for (uint64_t turn = 1; turn <= 60000; turn++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t i = (seed >> 8) % KEYS;
        char key[64];
        snprintf(key, sizeof(key), "%u@%s.example", i, i % 3 ? "x" : "a-rather-long-domain-name");
        uint64_t younger = 0;
        for (uint32_t k = 0; turn % 100 == 0 && k < KEYS; k++)
            younger += last[k] > last[i];
        if (turn % 100 == 0 && last[i] > 0) {
            bool there = limit_table_find(table, slice_from_str(key)) != NULL;
            assert_int_equal(there, younger < ROWS);
        }
        union meter *meters = limit_table_use(table, slice_from_str(key));
        if (meter_used(&meters[0], &plans[0], NOW_US) == 0)
            wanted[i] = 0;
        meter_add(&meters[0], &plans[0], 1, NOW_US);
        wanted[i]++;
        last[i] = turn;
        assert_int_equal(meter_used(&meters[0], &plans[0], NOW_US), wanted[i]);
    }
    assert_int_equal(limit_table_count(table), ROWS);
    limit_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_apart),        cmocka_unit_test(many_keys),
        cmocka_unit_test(the_oldest_makes_room), cmocka_unit_test(what_is_idle_goes),
        cmocka_unit_test(each_by_use),           cmocka_unit_test(as_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
