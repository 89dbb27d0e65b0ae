/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers of single accounts: which one holds, what ends, what is taken off, many of them, a table
 * that is full; and the order of the levels.
 */
#include "gate/limit_overrides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "gate/limit_holding.h"

#define TEXT(text) ((struct slice){text, sizeof(text) - 1})

static bool put(struct limit_overrides *table, const char *login, const char *rule, uint32_t count,
                int64_t until_us)
{
    const struct limit_override one = {.temporary = until_us != INT64_MAX,
                                       .count = count,
                                       .since_us = 100,
                                       .until_us = until_us,
                                       .login = slice_from_str(login),
                                       .rule = slice_from_str(rule),
                                       .actor = TEXT("kato"),
                                       .reason = TEXT("a\0b")};
    return limit_overrides_put(table, limit_override_new(&one));
}

static bool take_off(struct limit_overrides *table, const char *login, const char *rule,
                     bool temporary)
{
    const struct limit_override one = {.temporary = temporary,
                                       .since_us = 100,
                                       .login = slice_from_str(login),
                                       .rule = slice_from_str(rule)};
    return limit_overrides_put(table, limit_override_new(&one));
}

/* -1: none holds. */
static int64_t holds(const struct limit_overrides *table, const char *login, const char *rule,
                     int64_t now_us)
{
    const struct limit_own own = limit_overrides_of(table, slice_from_str(login), now_us);
    const struct limit_override *one = limit_own_find(&own, slice_from_str(rule));
    return one != NULL ? (int64_t)one->count : -1;
}

static void the_raise_wins_while_it_holds(void **state)
{
    (void)state;
    struct limit_overrides *table = limit_overrides_new(10);
    assert_int_equal(holds(table, "taro", "hour", 200), -1);
    put(table, "taro", "hour", 50, INT64_MAX);
    put(table, "taro", "hour", 2000, 300);
    put(table, "taro", "day", 9, 250);
    put(table, "jiro", "hour", 7, INT64_MAX);
    assert_int_equal(holds(table, "taro", "hour", 299), 2000);
    assert_int_equal(holds(table, "taro", "hour", 300), 50);
    assert_int_equal(holds(table, "taro", "day", 249), 9);
    assert_int_equal(holds(table, "taro", "day", 250), -1);
    assert_int_equal(holds(table, "jiro", "hour", 299), 7);
    assert_int_equal(holds(table, "tar", "hour", 200), -1);
    assert_int_equal(holds(table, "", "hour", 200), -1);
    put(table, "taro", "hour", 3000, 400); /* in its place */
    assert_int_equal(limit_overrides_count(table), 4);
    assert_int_equal(holds(table, "taro", "hour", 300), 3000);
    limit_overrides_free(table);
}

static void taken_off(void **state)
{
    (void)state;
    struct limit_overrides *table = limit_overrides_new(10);
    put(table, "taro", "hour", 50, INT64_MAX);
    put(table, "taro", "hour", 2000, 300);
    assert_true(take_off(table, "taro", "hour", true));
    assert_int_equal(holds(table, "taro", "hour", 200), 50);
    assert_true(take_off(table, "taro", "hour", true)); /* was not there */
    assert_true(take_off(table, "jiro", "hour", false));
    assert_int_equal(limit_overrides_count(table), 1);
    assert_true(take_off(table, "taro", "hour", false));
    assert_int_equal(limit_overrides_count(table), 0);
    limit_overrides_free(table);
}

static void a_full_table_refuses(void **state)
{
    (void)state;
    struct limit_overrides *table = limit_overrides_new(2);
    assert_true(put(table, "a", "hour", 1, INT64_MAX));
    assert_true(put(table, "b", "hour", 2, INT64_MAX));
    assert_false(put(table, "c", "hour", 3, INT64_MAX));
    assert_true(put(table, "b", "hour", 4, INT64_MAX)); /* in its place */
    assert_true(take_off(table, "c", "hour", false));
    assert_int_equal(holds(table, "a", "hour", 200), 1);
    assert_int_equal(holds(table, "b", "hour", 200), 4);
    assert_int_equal(holds(table, "c", "hour", 200), -1);
    limit_overrides_free(table);
}

static void sum_up(void *context, const struct limit_override *one)
{
    *(uint64_t *)context += one->count;
    assert_true(slice_eq(one->actor, TEXT("kato")) && slice_eq(one->reason, TEXT("a\0b")));
}

static void many_and_a_copy(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    char name[16];
    struct limit_overrides *table = limit_overrides_new(MANY);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "u%u", i * 7919 % MANY);
        assert_true(put(table, name, "hour", i * 7919 % MANY, INT64_MAX));
    }
    struct limit_overrides *copy = limit_overrides_copy(table);
    limit_overrides_free(table);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "u%u", i);
        assert_int_equal(holds(copy, name, "hour", 200), i);
    }
    uint64_t sum = 0;
    limit_overrides_each(copy, sum_up, &sum);
    assert_int_equal(sum, (uint64_t)MANY * (MANY - 1) / 2);
    limit_overrides_free(copy);
}

static void account_over_class_over_domain_over_default(void **state)
{
    (void)state;
    const struct limit_level levels[] = {{LIMIT_OF_DOMAIN, TEXT("jp.test"), 20},
                                         {LIMIT_OF_CLASS, TEXT("business"), 30}};
    const struct limit_rule rule = {
        .name = TEXT("hour"), .count = 10, .levels = levels, .level_count = 2};
    struct limit_overrides *table = limit_overrides_new(10);
    put(table, "taro", "hour", 40, INT64_MAX);
    const struct limit_own none = {0}, own = limit_overrides_of(table, SLICE("taro"), 200);
    const struct {
        struct limit_subject who;
        uint32_t most;
        const char *level;
    } rows[] = {
        {{.login = TEXT("taro")}, 10, "default"},
        {{.login_domain = TEXT("jp.test")}, 20, "domain"},
        {{.login_domain = TEXT("jp.test"), .account_class = TEXT("business")}, 30, "class"},
        {{.login_domain = TEXT("jp.test"), .account_class = TEXT("home")}, 20, "domain"},
        {{.account_class = TEXT("business"), .own = &own}, 40, "account"},
        {{.account_class = TEXT("business"), .own = &none}, 30, "class"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct limit_holding holding = limit_holding_of(&rule, &rows[i].who);
        assert_int_equal(holding.most, rows[i].most);
        assert_string_equal(limit_holder_word(holding.holder), rows[i].level);
    }
    limit_overrides_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_raise_wins_while_it_holds),
        cmocka_unit_test(taken_off),
        cmocka_unit_test(a_full_table_refuses),
        cmocka_unit_test(many_and_a_copy),
        cmocka_unit_test(account_over_class_over_domain_over_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
