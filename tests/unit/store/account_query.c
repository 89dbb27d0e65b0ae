/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of an operator's query, where they are some and where they only look like it.
 */
#include "store/account_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void places(void **state)
{
    static const struct {
        const char *text, *numbered, *plain;
    } rows[] = {
        {"a = :login", "a = $1", "a = ?"},
        {":login:user:domain", "$1$2$3", "???"},
        {":login OR :domain OR :login", "$1 OR $2 OR $1", "? OR ? OR ?"},
        {":logins :login_ :log", ":logins :login_ :log", ":logins :login_ :log"},
        {"':login' \":login\" `:login` :user", "':login' \":login\" `:login` $1",
         "':login' \":login\" `:login` ?"},
        {"'it''s :login' :login", "'it''s :login' $1", "'it''s :login' ?"},
        {"a -- :login\n:login", "a -- :login\n$1", "a -- :login\n?"},
        {"/* :login */:login", "/* :login */$1", "/* :login */?"},
        {"$$ :login $$ $x$ :login $ $x$ :login", "$$ :login $$ $x$ :login $ $x$ $1",
         "$$ :login $$ $x$ :login $ $x$ ?"},
        {"x::login :login::text", "x::login $1::text", "x::login ?::text"},
        {"a[1:2] $1 :login", "a[1:2] $1 $1", "a[1:2] $1 ?"},
        {"'never ends :login", "'never ends :login", "'never ends :login"},
        {"", "", ""},
        {":", ":", ":"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct account_query query;
        struct slice text = slice_from_str(rows[i].text);
        assert_true(account_query_parse(text, ACCOUNT_MARKS_NUMBERED, &query, NULL));
        assert_string_equal(buf_str(&query.text), rows[i].numbered);
        account_query_done(&query);
        assert_true(account_query_parse(text, ACCOUNT_MARKS_PLAIN, &query, NULL));
        assert_string_equal(buf_str(&query.text), rows[i].plain);
        account_query_done(&query);
    }
}

static void bounds(void **state)
{
    CLEANUP_BUF struct buf text = {0};
    struct account_query query;
    struct err err = {0};
    (void)state;
    for (int i = 0; i < ACCOUNT_PARAMS_MAX; i++)
        buf_add_str(&text, ":login ");
    assert_true(account_query_parse(buf_slice(&text), ACCOUNT_MARKS_PLAIN, &query, &err));
    assert_int_equal(query.count, ACCOUNT_PARAMS_MAX);
    account_query_done(&query);
    buf_add_str(&text, ":user");
    assert_false(account_query_parse(buf_slice(&text), ACCOUNT_MARKS_PLAIN, &query, &err));
    account_query_done(&query);
    assert_true(account_query_parse(buf_slice(&text), ACCOUNT_MARKS_NUMBERED, &query, &err));
    assert_int_equal(query.count, 2);
    account_query_done(&query);
    while (text.len <= ACCOUNT_QUERY_MAX)
        buf_add_char(&text, ' ');
    assert_false(account_query_parse(buf_slice(&text), ACCOUNT_MARKS_NUMBERED, &query, &err));
    account_query_done(&query);
    assert_false(account_query_parse(SLICE("a\0b"), ACCOUNT_MARKS_NUMBERED, &query, &err));
    account_query_done(&query);
}

static void values(void **state)
{
    static const struct {
        const char *login, *user, *domain;
    } rows[] = {{"taro@example.jp", "taro", "example.jp"},
                {"taro", "taro", ""},
                {"a@b@c", "a@b", "c"},
                {"@c", "", "c"},
                {"a@", "a", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice login = slice_from_str(rows[i].login);
        assert_true(slice_eq(account_query_param(ACCOUNT_PARAM_LOGIN, login), login));
        assert_true(
            slice_eq(account_query_param(ACCOUNT_PARAM_USER, login), slice_from_str(rows[i].user)));
        assert_true(slice_eq(account_query_param(ACCOUNT_PARAM_DOMAIN, login),
                             slice_from_str(rows[i].domain)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds),
        cmocka_unit_test(places),
        cmocka_unit_test(values),
    };
    return cmocka_run_group_tests_name("store/account_query", tests, NULL, NULL);
}
