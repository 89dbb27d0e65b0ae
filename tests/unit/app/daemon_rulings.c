/* SPDX-License-Identifier: Apache-2.0
 *
 * What other relays have decided of accounts: of two rulings about the same the newer one holds, in
 * whatever order they come, over a restart and beside what ends by itself.
 */
#include "app/daemon_rulings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "app/accounts_fixture.h"
#include "app/daemon_accounts_private.h"

#define FOREVER INT64_MAX
#define SECOND_US INT64_C(1000000)

/* What relay `relay` has decided about the flag, as of T0; until_us 0: cleared. */
static void hear(struct accounts_fixture *fixture, const char *relay, int64_t stamp,
                 enum account_flag_kind kind, int64_t until_us)
{
    CLEANUP_BUF struct buf text = {0};
    const struct account_flag flag = {.kind = kind,
                                      .since_us = T0,
                                      .until_us = until_us,
                                      .login = SLICE("taro@jp.test"),
                                      .actor = SLICE("hana"),
                                      .stamp = stamp,
                                      .relay = slice_from_str(relay)};
    const struct ruling ruling = ruling_of_flag(&flag);
    ruling_format(&ruling, &text);
    const struct slice texts[] = {buf_slice(&text)};
    daemon_rulings_take(fixture->accounts, texts, 1, T0 + SECOND_US);
}

static const struct account_flag *flag_of(struct accounts_fixture *fixture,
                                          enum account_flag_kind kind)
{
    return account_flags_find(daemon_accounts_flags(fixture->accounts), SLICE("taro@jp.test"),
                              kind);
}

static bool holds(struct accounts_fixture *fixture)
{
    return flag_of(fixture, ACCOUNT_HOLD) != NULL;
}

/* A set at 5, a clear at 7, a set at 9, in each order: the newest holds. */
static void the_newest_holds_in_any_order(void **state)
{
    static const int64_t orders[][3] = {{5, 7, 9}, {5, 9, 7}, {7, 5, 9},
                                        {7, 9, 5}, {9, 5, 7}, {9, 7, 5}};
    struct accounts_fixture *fixture = *state;
    for (size_t i = 0; i < 6; i++) {
        int64_t base = (int64_t)(i + 1) * 1000;
        for (size_t k = 0; k < 3; k++)
            hear(fixture, "b", base + orders[i][k], ACCOUNT_HOLD, orders[i][k] == 7 ? 0 : FOREVER);
        assert_true(holds(fixture));
        assert_int_equal(flag_of(fixture, ACCOUNT_HOLD)->stamp, base + 9);
        hear(fixture, "b", base + 100, ACCOUNT_HOLD, 0);
        assert_false(holds(fixture));
    }
}

static void names_break_a_tie(void **state)
{
    struct accounts_fixture *fixture = *state;
    hear(fixture, "b", 5, ACCOUNT_HOLD, FOREVER);
    hear(fixture, "a", 5, ACCOUNT_HOLD, 0);
    assert_true(holds(fixture));
    hear(fixture, "c", 5, ACCOUNT_HOLD, 0);
    assert_false(holds(fixture));
    hear(fixture, "b", 5, ACCOUNT_HOLD, FOREVER);
    assert_false(holds(fixture));
}

static void kept_over_a_restart(void **state)
{
    struct accounts_fixture *fixture = *state;
    hear(fixture, "b", 5, ACCOUNT_HOLD, 0); /* of what was never set here */
    hear(fixture, "b", 6, ACCOUNT_SLOW, FOREVER);
    accounts_again(fixture);
    hear(fixture, "c", 4, ACCOUNT_HOLD, FOREVER);
    assert_false(holds(fixture));
    const struct account_flag *slow = flag_of(fixture, ACCOUNT_SLOW);
    assert_true(slow != NULL && slow->stamp == 6 && slice_eq(slow->relay, SLICE("b")));
    hear(fixture, "c", 8, ACCOUNT_HOLD, FOREVER);
    accounts_again(fixture);
    assert_true(holds(fixture));
}

/* Whatever our clock says, what is decided here comes after what was heard. */
static void later_than_all_that_was_heard(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct err err = {0};
    hear(fixture, "b", T0 + HOUR_US, ACCOUNT_HOLD, FOREVER);
    assert_true(accounts_flag(fixture, "taro", ACCOUNT_HOLD, "kato", 0, T0 + SECOND_US, &err));
    assert_false(holds(fixture));
    hear(fixture, "b", T0 + HOUR_US, ACCOUNT_HOLD, FOREVER);
    assert_false(holds(fixture));
    accounts_again(fixture);
    assert_true(
        accounts_flag(fixture, "taro", ACCOUNT_HOLD, "kato", FOREVER, T0 + SECOND_US, &err));
    assert_true(flag_of(fixture, ACCOUNT_HOLD)->stamp > T0 + HOUR_US);
}

static void over_before_it_is_heard_of(void **state)
{
    struct accounts_fixture *fixture = *state;
    hear(fixture, "b", 5, ACCOUNT_HOLD, T0 + 1);
    assert_false(holds(fixture));
    hear(fixture, "b", 4, ACCOUNT_HOLD, FOREVER); /* which it took the place of */
    assert_false(holds(fixture));
}

static void what_ended_is_not_brought_back(void **state)
{
    struct accounts_fixture *fixture = *state;
    hear(fixture, "b", 5, ACCOUNT_HOLD, T0 + HOUR_US);
    assert_true(holds(fixture));
    daemon_accounts_turn(fixture->accounts, T0 + HOUR_US);
    assert_false(holds(fixture));
    hear(fixture, "b", 4, ACCOUNT_HOLD, FOREVER);
    assert_false(holds(fixture));
    hear(fixture, "b", 6, ACCOUNT_HOLD, FOREVER);
    assert_true(holds(fixture));
}

static void take_text(struct accounts_fixture *fixture, const char *text)
{
    const struct slice texts[] = {slice_from_str(text)};
    daemon_rulings_take(fixture->accounts, texts, 1, T0 + SECOND_US);
}

static const struct limit_override *number_of(struct accounts_fixture *fixture, bool temporary)
{
    return limit_overrides_find(fixture->accounts->overrides, SLICE("taro@jp.test"),
                                SLICE("user-hour"), temporary);
}

static void numbers(void **state)
{
    struct accounts_fixture *fixture = *state;
    take_text(fixture, "5 b limit taro@jp.test user-hour 10 100 9223372036854775807 kato x");
    take_text(fixture, "6 b raise taro@jp.test user-hour 99 100 1972409600000000 kato x");
    assert_int_equal(number_of(fixture, false)->count, 10);
    assert_int_equal(number_of(fixture, true)->count, 99);
    take_text(fixture, "4 c limit taro@jp.test user-hour 11 100 9223372036854775807 kato x");
    take_text(fixture, "7 c raise taro@jp.test user-hour 0 100 0 kato x");
    accounts_again(fixture);
    assert_int_equal(number_of(fixture, false)->count, 10);
    assert_null(number_of(fixture, true));
    take_text(fixture, "6 b raise taro@jp.test user-hour 99 100 1972409600000000 kato x");
    assert_null(number_of(fixture, true));
    take_text(fixture, "no ruling at all");
    assert_int_equal(fixture->accounts->rulings.left_out, 1);
}

static void note_cleared(void *context, const struct account_flag *before, struct slice by,
                         int64_t now_us)
{
    (void)now_us;
    buf_addf(context, "%.*s by %.*s;", SLICE_ARG(before->actor), SLICE_ARG(by));
}

static void who_clears_is_told(void **state)
{
    struct accounts_fixture *fixture = *state;
    CLEANUP_BUF struct buf told = {0};
    struct err err = {0};
    daemon_accounts_on_cleared(fixture->accounts, note_cleared, &told);
    assert_true(accounts_flag(fixture, "taro", ACCOUNT_HOLD, "todoku", FOREVER, T0, &err));
    hear(fixture, "b", T0 + HOUR_US, ACCOUNT_HOLD, 0);
    hear(fixture, "b", T0 + HOUR_US + 1, ACCOUNT_HOLD, 0); /* nothing was set */
    assert_string_equal(buf_str(&told), "todoku by hana;");
    daemon_accounts_on_cleared(fixture->accounts, NULL, NULL);
}

/* What stands on another name moves to the account, on each relay the same way. */
static void moved_the_same_way(void **state)
{
    struct accounts_fixture *fixture = *state;
    take_text(fixture, "5 b flag info@jp.test hold 0 100 9223372036854775807 hana x");
    accounts_alias(fixture, "info@jp.test");
    daemon_accounts_turn(fixture->accounts, T0 + SECOND_US);
    const struct account_flag *moved = flag_of(fixture, ACCOUNT_HOLD);
    assert_true(moved != NULL && moved->stamp == 6 && slice_eq(moved->relay, SLICE("b")));
    take_text(fixture, "5 b flag info@jp.test hold 0 100 9223372036854775807 hana x");
    assert_int_equal(account_flags_count(daemon_accounts_flags(fixture->accounts)), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, accounts_begin, accounts_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_holds_in_any_order),
        TEST(names_break_a_tie),
        TEST(kept_over_a_restart),
        TEST(later_than_all_that_was_heard),
        TEST(over_before_it_is_heard_of),
        TEST(what_ended_is_not_brought_back),
        TEST(numbers),
        TEST(who_clears_is_told),
        TEST(moved_the_same_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
