/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of flags: what is set, cleared, over; the sternest; many accounts; a table that is
 * full.
 */
#include "gate/account_flags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool put(struct account_flags *table, enum account_flag_kind kind, const char *login,
                int64_t until_us)
{
    const struct account_flag flag = {.kind = kind,
                                      .since_us = 100,
                                      .until_us = until_us,
                                      .login = slice_from_str(login),
                                      .actor = {"kato", 4}};
    return account_flags_put(table, account_flag_new(&flag));
}

static const char *sending(const struct account_flags *table, const char *login, int64_t now_us)
{
    const struct account_flag *flag = account_flags_sending(table, slice_from_str(login), now_us);
    return flag != NULL ? account_flag_word(flag->kind) : "";
}

static void words(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++) {
        enum account_flag_kind kind = ACCOUNT_NOTE;
        const char *word = account_flag_word((enum account_flag_kind)i);
        assert_true(account_flag_from_word(slice_from_str(word), &kind));
        assert_int_equal(kind, i);
    }
    enum account_flag_kind kind;
    assert_false(account_flag_from_word(SLICE("Suspended"), &kind));
    assert_false(account_flag_from_word(SLICE(""), &kind));
}

static void the_sternest_that_is_not_over(void **state)
{
    (void)state;
    struct account_flags *table = account_flags_new(10);
    assert_string_equal(sending(table, "taro", 200), "");
    put(table, ACCOUNT_NOTE, "taro", INT64_MAX);
    put(table, ACCOUNT_NO_LOGIN, "taro", INT64_MAX);
    assert_string_equal(sending(table, "taro", 200), "");
    put(table, ACCOUNT_SLOW, "taro", INT64_MAX);
    put(table, ACCOUNT_SUSPENDED, "taro", 300);
    put(table, ACCOUNT_HOLD, "taro", 400);
    assert_string_equal(sending(table, "taro", 299), "suspended");
    assert_string_equal(sending(table, "taro", 300), "hold");
    assert_string_equal(sending(table, "taro", 400), "slow");
    assert_string_equal(sending(table, "Taro", 200), "");
    assert_int_equal(account_flags_count(table), 1);
    account_flags_free(table);
}

static void cleared(void **state)
{
    (void)state;
    struct account_flags *table = account_flags_new(10);
    assert_true(put(table, ACCOUNT_HOLD, "taro", 0)); /* was not set */
    put(table, ACCOUNT_HOLD, "taro", 400);
    put(table, ACCOUNT_HOLD, "taro", 500); /* in its place */
    put(table, ACCOUNT_NOTE, "taro", 500);
    assert_int_equal(account_flags_find(table, SLICE("taro"), ACCOUNT_HOLD)->until_us, 500);
    put(table, ACCOUNT_HOLD, "taro", 0);
    assert_null(account_flags_find(table, SLICE("taro"), ACCOUNT_HOLD));
    assert_int_equal(account_flags_count(table), 1);
    put(table, ACCOUNT_NOTE, "taro", 100); /* an end that is not after its begin */
    assert_int_equal(account_flags_count(table), 0);
    account_flags_free(table);
}

static void sum(void *context, const struct account_flag *flag)
{
    int *count = context;
    assert_true(slice_eq(flag->actor, SLICE("kato")));
    (*count)++;
}

static void many(void **state)
{
    (void)state;
    enum { ACCOUNTS = 5000 };
    struct account_flags *table = account_flags_new(ACCOUNTS);
    char login[32];
    for (int i = 0; i < ACCOUNTS; i++) {
        snprintf(login, sizeof(login), "user%d@jp.test", i);
        assert_true(put(table, ACCOUNT_DEFER, login, 1000));
        assert_true(put(table, ACCOUNT_NOTE, login, 1000));
    }
    assert_false(put(table, ACCOUNT_DEFER, "another", 1000)); /* none makes room */
    assert_true(put(table, ACCOUNT_HOLD, "user7@jp.test", 1000));
    assert_int_equal(account_flags_count(table), ACCOUNTS);
    struct account_flags *copy = account_flags_copy(table);
    int count = 0;
    account_flags_free(table);
    account_flags_each(copy, sum, &count);
    assert_int_equal(count, 2 * ACCOUNTS + 1);
    for (int i = 0; i < ACCOUNTS; i++) {
        snprintf(login, sizeof(login), "user%d@jp.test", i);
        assert_string_equal(sending(copy, login, 200), "defer");
        put(copy, ACCOUNT_DEFER, login, 0);
        put(copy, ACCOUNT_NOTE, login, 0);
    }
    assert_int_equal(account_flags_count(copy), 1);
    account_flags_free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(the_sternest_that_is_not_over),
        cmocka_unit_test(cleared),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
