/* SPDX-License-Identifier: Apache-2.0
 *
 * What people wish of limits over the API: what is taken, and what is said of the rest.
 */
#include "app/limit_wish.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW_US (INT64_C(1790000000) * 1000000)

static bool read_wish(const char *text, struct limit_wish *out, struct err *err)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    bool good = limit_wish_read(value, NOW_US, out, err);
    json_decref(value);
    return good;
}

static void taken(void **state)
{
    (void)state;
    struct limit_wish wish;
    struct err err = {0};
    assert_true(
        read_wish("{\"login\": \"taro\", \"limit\": \"hour\", \"count\": 2000, \"for\": \"2h\"}",
                  &wish, &err));
    assert_int_equal(wish.count, 2000);
    assert_int_equal(wish.until_us, NOW_US + INT64_C(7200000000));
    assert_true(read_wish("{\"login\": \"taro\", \"limit\": \"hour\", \"count\": 0}", &wish, &err));
    assert_true(wish.count == 0 && !wish.standard && wish.until_us == INT64_MAX);
    assert_true(
        read_wish("{\"login\": \"taro\", \"limit\": \"hour\", \"default\": true}", &wish, &err));
    assert_true(wish.standard);
}

static void taken_to_reset(void **state)
{
    (void)state;
    struct limit_wish wish;
    struct err err = {0};
    json_t *all = json_loads("{\"login\": \"taro\"}", 0, NULL);
    json_t *none = json_loads("{\"limit\": \"hour\"}", 0, NULL);
    assert_true(limit_wish_read_reset(all, &wish, &err));
    assert_int_equal(wish.limit.len, 0);
    assert_false(limit_wish_read_reset(none, &wish, &err));
    json_decref(all);
    json_decref(none);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"[]", "object"},
        {"{\"limit\": \"hour\", \"count\": 1}", "\"login\""},
        {"{\"login\": \"\", \"limit\": \"hour\", \"count\": 1}", "\"login\""},
        {"{\"login\": \"taro\", \"count\": 1}", "which \"limit\""},
        {"{\"login\": \"taro\", \"limit\": 7, \"count\": 1}", "\"limit\""},
        {"{\"login\": \"taro\", \"limit\": \"hour\"}", "say a \"count\""},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"default\": false}", "say a \"count\""},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"count\": -1}", "number from 0"},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"count\": 1000000001}", "number from 0"},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"count\": \"1\"}", "number from 0"},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"count\": 1.5}", "number from 0"},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"count\": 1, \"default\": true}", "say a"},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"default\": true, \"for\": \"2h\"}",
         "an end"},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"count\": 1, \"for\": \"0s\"}", "length"},
        {"{\"login\": \"taro\", \"limit\": \"hour\", \"count\": 1, \"by\": []}", "\"by\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct limit_wish wish;
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
        cmocka_unit_test(taken_to_reset),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
