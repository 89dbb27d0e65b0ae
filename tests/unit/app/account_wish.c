/* SPDX-License-Identifier: Apache-2.0
 *
 * What people wish of accounts over the API: what is taken, and what is said of the rest.
 */
#include "app/account_wish.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define NOW_US (INT64_C(1790000000) * 1000000)

static bool read_wish(const char *text, struct account_wish *out, struct err *err)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    bool good = account_wish_read(value, NOW_US, out, err);
    json_decref(value);
    return good;
}

static void taken(void **state)
{
    (void)state;
    struct account_wish wish;
    struct err err = {0};
    assert_true(read_wish("{\"login\": \"taro\", \"set\": [\"hold\", \"note\", \"hold\"], "
                          "\"clear\": [\"suspended\"], \"for\": \"2h\"}",
                          &wish, &err));
    assert_int_equal(wish.set, ACCOUNT_FLAG_BIT(ACCOUNT_HOLD) | ACCOUNT_FLAG_BIT(ACCOUNT_NOTE));
    assert_int_equal(wish.clear, ACCOUNT_FLAG_BIT(ACCOUNT_SUSPENDED));
    assert_int_equal(wish.until_us, NOW_US + INT64_C(7200000000));
    assert_true(read_wish("{\"login\": \"taro\", \"set\": [\"hold\"], \"until\": "
                          "\"2030-01-01T00:00:00+09:00\"}",
                          &wish, &err));
    assert_int_equal(wish.until_us, INT64_C(1893423600000000));
    assert_true(read_wish("{\"login\": \"taro\", \"clear\": [\"hold\"]}", &wish, &err));
    assert_int_equal(wish.until_us, INT64_MAX);
}

/* Whoever says so is not todoku: its verdicts' flags are looked for by that name. */
static void nobody_is_todoku(void **state)
{
    (void)state;
    static const char *const names[] = {"todoku", "Todoku", " todoku\\t"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct account_wish wish;
        struct err err = {0};
        buf_addf(&text, "{\"login\": \"taro\", \"set\": [\"hold\"], \"by\": \"%s\"}", names[i]);
        assert_true(read_wish(buf_str(&text), &wish, &err));
        assert_true(slice_eq(wish.actor, SLICE("user todoku")));
    }
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"[]", "object"},
        {"{\"set\": [\"hold\"]}", "\"login\""},
        {"{\"login\": \"\", \"set\": [\"hold\"]}", "\"login\""},
        {"{\"login\": 7, \"set\": [\"hold\"]}", "\"login\""},
        {"{\"login\": \"ta\\ufffdro\", \"set\": [\"hold\"]}", "a login is UTF-8"},
        {"{\"login\": \"taro\"}", "which flags"},
        {"{\"login\": \"taro\", \"set\": []}", "which flags"},
        {"{\"login\": \"taro\", \"set\": [\"holt\"]}", "did you mean hold"},
        {"{\"login\": \"taro\", \"set\": [null]}", "no flag"},
        {"{\"login\": \"taro\", \"set\": {}}", "a list"},
        {"{\"login\": \"taro\", \"set\": [\"hold\"], \"clear\": [\"hold\"]}", "at once"},
        {"{\"login\": \"taro\", \"set\": [\"hold\"], \"for\": 7}", "\"for\""},
        {"{\"login\": \"taro\", \"set\": [\"hold\"], \"for\": \"0s\"}", "length of time"},
        {"{\"login\": \"taro\", \"set\": [\"hold\"], \"for\": \"2 h\"}", "length of time"},
        {"{\"login\": \"taro\", \"set\": [\"hold\"], \"until\": \"2001-01-01T00:00:00Z\"}",
         "to come"},
        {"{\"login\": \"taro\", \"set\": [\"hold\"], \"reason\": []}", "\"reason\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct account_wish wish;
        struct err err = {0};
        assert_false(read_wish(cases[i].text, &wish, &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken),
        cmocka_unit_test(nobody_is_todoku),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
