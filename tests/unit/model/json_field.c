/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of JSON that something else wrote: type and bounds.
 */
#include "model/json_field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void texts_are_bounded(void **state)
{
    json_t *object = json_field_parse(SLICE("{\"a\":\"four\",\"n\":4,\"e\":\"\"}"), 100);
    struct slice text = SLICE("before");
    (void)state;
    assert_true(json_field_text(object, "a", 4, &text));
    assert_true(slice_eq(text, SLICE("four")));
    assert_false(json_field_text(object, "a", 3, &text));
    assert_false(json_field_text(object, "n", 9, &text));
    assert_true(slice_eq(text, SLICE("four"))); /* untouched */
    assert_true(json_field_text(object, "absent", 9, &text));
    assert_int_equal(text.len, 0);
    json_decref(object);
}

static void numbers_are_whole_and_in_range(void **state)
{
    json_t *object = json_field_parse(
        SLICE("{\"i\":5,\"r\":5.0,\"s\":\"5\",\"z\":null,\"m\":-1,\"b\":true,\"l\":[1,2]}"), 100);
    const struct json_range range = {1, 5, 3};
    const json_t *list;
    int64_t number = 0;
    uint64_t count;
    bool flag;
    (void)state;
    assert_true(json_field_int(object, "i", range, &number));
    assert_int_equal(number, 5);
    assert_false(json_field_int(object, "r", range, &number));
    assert_false(json_field_int(object, "s", range, &number));
    assert_false(json_field_int(object, "m", range, &number));
    assert_true(json_field_int(object, "z", range, &number));
    assert_int_equal(number, 3);
    assert_false(json_field_int(object, "i", (struct json_range){1, 4, 0}, &number));
    assert_false(json_field_count(object, "m", &count));
    assert_true(json_field_count(object, "absent", &count));
    assert_int_equal(count, 0);
    assert_true(json_field_bool(object, "b", &flag) && flag);
    assert_true(json_field_bool(object, "absent", &flag) && !flag);
    assert_false(json_field_bool(object, "i", &flag));
    assert_true(json_field_array(object, "l", 2, &list));
    assert_false(json_field_array(object, "l", 1, &list));
    assert_false(json_field_array(object, "i", 9, &list));
    assert_true(json_field_array(object, "absent", 9, &list));
    assert_int_equal(json_array_size(list), 0);
    json_decref(object);
}

static void times_have_an_offset(void **state)
{
    json_t *object = json_field_parse(
        SLICE("{\"z\":\"2026-03-02T08:00:00Z\",\"o\":\"2026-03-02T17:00:00.5+09:00\",\"n\":null,"
              "\"local\":\"2026-03-02T08:00:00\",\"day\":\"2026-03-02\",\"more\":"
              "\"2026-03-02T08:00:00Z x\",\"i\":1,\"e\":\"\"}"),
        300);
    static const char *const bad[] = {"local", "day", "more", "i", "e"};
    int64_t us = 0;
    (void)state;
    assert_true(json_field_time(object, "z", 7, &us));
    assert_int_equal(us, INT64_C(1772438400000000));
    assert_true(json_field_time(object, "o", 7, &us));
    assert_int_equal(us, INT64_C(1772438400500000));
    assert_true(json_field_time(object, "n", 7, &us));
    assert_int_equal(us, 7);
    assert_true(json_field_time(object, "absent", 8, &us));
    assert_int_equal(us, 8);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(json_field_time(object, bad[i], 9, &us));
    assert_int_equal(us, 8);
    json_decref(object);
}

static void whole_texts(void **state)
{
    static char deep[80];
    (void)state;
    assert_null(json_field_parse(SLICE(""), 10));
    assert_null(json_field_parse(SLICE("{} {}"), 10));
    assert_null(json_field_parse(SLICE("{\"a\":1,\"a\":2}"), 100));
    assert_null(json_field_parse(SLICE("{\"a\":\"\xff\"}"), 100));
    assert_null(json_field_parse(SLICE("{\"a\":1}"), 6));
    memset(deep, '[', 40);
    memset(deep + 40, ']', 40);
    assert_null(json_field_parse(slice_of(deep, 80), 100));
    json_t *fine = json_field_parse(slice_of(deep + 8, 64), 100);
    assert_non_null(fine);
    json_decref(fine);
    fine = json_field_parse(SLICE("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"]"), 100);
    assert_non_null(fine);
    json_decref(fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_bounded),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(times_have_an_offset),
        cmocka_unit_test(whole_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
