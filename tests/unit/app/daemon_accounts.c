/* SPDX-License-Identifier: Apache-2.0
 *
 * Flags and numbers of accounts in the daemon: bounds, other names, a file that cannot be written.
 */
#include "app/daemon_accounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "app/accounts_fixture.h"
#include "app/daemon_limits.h"
#include "store/account_state.h"
#include "store/sql.h"

#define SECOND_US INT64_C(1000000)

static void a_full_table_refuses_new_accounts_only(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct err err = {0};
    accounts_fill(fixture);
    assert_false(
        accounts_flag(fixture, "new@jp.test", ACCOUNT_HOLD, "kato", INT64_MAX, T0 + 1, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_true(
        accounts_flag(fixture, "u7@jp.test", ACCOUNT_SUSPENDED, "kato", INT64_MAX, T0 + 1, &err));
    assert_true(accounts_flag(fixture, "u8@jp.test", ACCOUNT_HOLD, "kato", 0, T0 + 1, &err));
    assert_int_equal(accounts_actor(fixture, "u8@jp.test", ACCOUNT_HOLD).len, 0);
    const struct account_flag both[] = {
        {.kind = ACCOUNT_HOLD, .until_us = INT64_MAX, .login = SLICE("new@jp.test")},
        {.kind = ACCOUNT_NOTE, .until_us = INT64_MAX, .login = SLICE("new@jp.test")}};
    assert_true(daemon_accounts_set(fixture->accounts, both, 2, T0 + 2, &err));
    assert_int_equal(account_flags_count(daemon_accounts_flags(fixture->accounts)),
                     ACCOUNT_FLAGS_MAX);
}

/* Each try may wait for as long as somebody else has the file. */
static void a_file_that_cannot_be_written_is_left_alone_for_a_while(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct sql other = {0};
    struct err err = {0};
    assert_true(sql_open(&other, ACCOUNT_STATE_FILE, SQLITE_OPEN_READWRITE, 5000));
    assert_true(sql_exec(&other, "BEGIN IMMEDIATE"));
    assert_false(accounts_flag(fixture, "taro", ACCOUNT_HOLD, "kato", INT64_MAX, T0, &err));
    assert_int_equal(err.code, ERR_IO);
    sql_close(&other);
    assert_false(
        accounts_flag(fixture, "jiro", ACCOUNT_HOLD, "kato", INT64_MAX, T0 + SECOND_US, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_true(
        accounts_flag(fixture, "hana", ACCOUNT_HOLD, "kato", INT64_MAX, T0 + 11 * SECOND_US, &err));
    accounts_again(fixture);
    assert_true(slice_eq(accounts_actor(fixture, "taro@jp.test", ACCOUNT_HOLD), SLICE("kato")));
    assert_true(slice_eq(accounts_actor(fixture, "jiro@jp.test", ACCOUNT_HOLD), SLICE("kato")));
}

/* ---- other names ---- */

static void set_limit(struct accounts_fixture *fixture, const char *login, uint32_t count)
{
    struct daemon_request *request = daemon_request_new(DAEMON_REQUEST_SET_LIMIT);
    request->limit = (struct limit_wish){.login = slice_from_str(login),
                                         .limit = SLICE("user-hour"),
                                         .actor = SLICE("kato"),
                                         .count = count,
                                         .until_us = INT64_MAX};
    assert_false(daemon_limits_answer(fixture->accounts, request, T0));
    assert_true(request->good);
    daemon_request_unref(request);
    daemon_request_unref(request);
}

/* Numbers that are set, as people read them. */
static void read_limits(struct accounts_fixture *fixture, struct buf *to)
{
    struct daemon_request *request = daemon_request_new(DAEMON_REQUEST_SHOW_LIMITS);
    assert_false(daemon_limits_answer(fixture->accounts, request, T0));
    json_t *all = json_loadb(buf_str(&request->answer), request->answer.len, 0, NULL), *one;
    size_t i;
    assert_non_null(all);
    json_array_foreach(json_object_get(all, "overrides"), i, one)
        buf_addf(to, "%s %lld\n", json_string_value(json_object_get(one, "login")),
                 (long long)json_integer_value(json_object_get(one, "count")));
    json_decref(all);
    daemon_request_unref(request);
    daemon_request_unref(request);
}

static void what_is_set_follows_a_name_to_its_account(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct err err = {0};
    CLEANUP_BUF struct buf limits = {0}, again = {0};
    set_limit(fixture, "info", 9);
    assert_true(accounts_flag(fixture, "info", ACCOUNT_HOLD, "kato", INT64_MAX, T0, &err));
    accounts_alias(fixture, "info@jp.test");
    daemon_accounts_turn(fixture->accounts, T0 + SECOND_US);
    assert_true(slice_eq(accounts_actor(fixture, "taro@jp.test", ACCOUNT_HOLD), SLICE("kato")));
    assert_int_equal(accounts_actor(fixture, "info@jp.test", ACCOUNT_HOLD).len, 0);
    read_limits(fixture, &limits);
    assert_string_equal(buf_str(&limits), "taro@jp.test 9\n");
    accounts_again(fixture);
    read_limits(fixture, &again);
    assert_string_equal(buf_str(&again), "taro@jp.test 9\n");
}

static void a_number_of_the_account_stays(void **state)
{
    struct accounts_fixture *fixture = *state;
    CLEANUP_BUF struct buf limits = {0};
    set_limit(fixture, "info", 9);
    set_limit(fixture, "taro", 7);
    accounts_alias(fixture, "info@jp.test");
    daemon_accounts_turn(fixture->accounts, T0 + SECOND_US);
    read_limits(fixture, &limits);
    assert_string_equal(buf_str(&limits), "taro@jp.test 7\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, accounts_begin, accounts_end)
    const struct CMUnitTest tests[] = {
        TEST(a_full_table_refuses_new_accounts_only),
        TEST(a_file_that_cannot_be_written_is_left_alone_for_a_while),
        TEST(what_is_set_follows_a_name_to_its_account),
        TEST(a_number_of_the_account_stays),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
