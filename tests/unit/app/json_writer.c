/* SPDX-License-Identifier: Apache-2.0
 *
 * What the JSON writer prints, byte for byte, and that jansson reads back what went in.
 */
#include "app/json_writer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "mail/stamp.h"

static void write_all(struct json_writer *json)
{
    json_writer_object(json, NULL);
    json_writer_count(json, "zero", 0);
    json_writer_count(json, "most", UINT64_MAX);
    json_writer_array(json, "list");
    json_writer_count(json, NULL, 12);
    json_writer_array(json, NULL);
    json_writer_end(json);
    json_writer_object(json, NULL);
    json_writer_bool(json, "yes", true);
    json_writer_bool(json, "no", false);
    json_writer_end(json);
    json_writer_end(json);
    json_writer_object_named(json, SLICE("a\"\xff"));
    json_writer_end(json);
    json_writer_text(json, "absent", SLICE(""));
    json_writer_string(json, "empty", SLICE(""));
    json_writer_null(json, "null");
    json_writer_end(json);
}

static void shapes(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct json_writer json = {.to = &text};
    write_all(&json);
    write_all(&json); /* the next document */
#define LINE \
    "{\"zero\":0,\"most\":9223372036854775807,\"list\":[12,[],{\"yes\":true,\"no\":false}]," \
    "\"a\\\"\\uFFFD\":{},\"empty\":\"\",\"null\":null}\n"
    assert_string_equal(buf_str(&text), LINE LINE);
    assert_int_equal(text.len, strlen(buf_str(&text)));
    buf_clear(&text);
    json = (struct json_writer){.to = &text, .indent = true};
    write_all(&json);
    assert_string_equal(buf_str(&text), "{\n"
                                        "  \"zero\": 0,\n"
                                        "  \"most\": 9223372036854775807,\n"
                                        "  \"list\": [\n"
                                        "    12,\n"
                                        "    [],\n"
                                        "    {\n"
                                        "      \"yes\": true,\n"
                                        "      \"no\": false\n"
                                        "    }\n"
                                        "  ],\n"
                                        "  \"a\\\"\\uFFFD\": {},\n"
                                        "  \"empty\": \"\",\n"
                                        "  \"null\": null\n"
                                        "}\n");
}

static void deep(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct json_writer json = {.to = &text};
    for (unsigned i = 0; i < JSON_WRITER_DEPTH; i++)
        json_writer_array(&json, NULL);
    for (unsigned i = 0; i < JSON_WRITER_DEPTH; i++)
        json_writer_end(&json);
    assert_int_equal(text.len, 2 * JSON_WRITER_DEPTH + 1);
}

static void reals(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } examples[] = {
        {0, "0.0"},
        {1, "1.0"},
        {60, "60.0"},
        {0.5, "0.5"},
        {0.05, "0.05"},
        {12.345, "12.345"},
        {999999.999, "999999.999"},
        {1e6, "1000000.0"},
        {123456789, "123456789.0"},
        {0.1 + 0.2, "0.3"},
        {1.0 / 3, "0.333333333"},
        {2.0 / 3, "0.666666667"},
        {0.0005, "0.0005"},
        {0.9999, "0.9999"},
        {-1.5, "-1.5"},
        {-2, "-2.0"},
        {1e-5, "1e-05"},
        {1e300, "1e+300"},
        {(double)NAN, "null"},
        {(double)INFINITY, "null"},
        {-(double)INFINITY, "null"},
    };
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct json_writer json = {.to = &text};
        json_writer_real(&json, NULL, examples[i].value);
        assert_string_equal(buf_str(&text), examples[i].text);
    }
}

/* The short way for thousandths prints what the long one would. */
static void thousandths(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3000000; i = i * 21 / 20 + 1) {
        double value = (double)i / 1000;
        char expected[40];
        int len = snprintf(expected, sizeof(expected), "%.9g", value);
        if (strchr(expected, '.') == NULL)
            snprintf(expected + len, sizeof(expected) - (size_t)len, ".0");
        CLEANUP_BUF struct buf text = {0};
        struct json_writer json = {.to = &text};
        json_writer_real(&json, NULL, value);
        assert_string_equal(buf_str(&text), expected);
    }
}

/* So does the one for ratios, also close to where it is taken and to the middle of two numbers. */
static void nine_digits(void **state)
{
    (void)state;
    static const double odd[] = {0.1,          0.09999999999, 0.1000000001,  0.99989999999,
                                 0.9999000001, 0.25000000005, 0.12345678950, 0.100000000499999};
    for (uint64_t i = 0; i < 60000; i++) {
        size_t count = sizeof(odd) / sizeof(odd[0]);
        double value = i < count ? odd[i] : (double)(i * 7919 % 99991) / (double)(i % 997 + 99991);
        char expected[40];
        int len = snprintf(expected, sizeof(expected), "%.9g", value);
        if (strpbrk(expected, ".e") == NULL)
            snprintf(expected + len, sizeof(expected) - (size_t)len, ".0");
        CLEANUP_BUF struct buf text = {0};
        struct json_writer json = {.to = &text};
        json_writer_real(&json, NULL, value);
        assert_string_equal(buf_str(&text), expected);
    }
}

static void ratios_and_times(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct json_writer json = {.to = &text};
    json_writer_array(&json, NULL);
    json_writer_ratio(&json, NULL, 1, 4);
    json_writer_ratio(&json, NULL, 0, 0);
    json_writer_time(&json, NULL, INT64_C(1772402462000000));
    json_writer_time(&json, NULL, STAMP_NONE);
    json_writer_time(&json, NULL, INT64_MAX);
    json_writer_end(&json);
    assert_string_equal(buf_str(&text), "[0.25,null,\"2026-03-01T22:01:02Z\",null,null]\n");
}

/* All bytes and all characters come back from a reader of JSON. */
static void every_character(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0}, sent = {0};
    for (unsigned c = 1; c < 0x80; c++)
        buf_add_char(&sent, (char)c);
    buf_add(&sent, SLICE("é届\xf0\x9f\x93\xa8\xe2\x80\xae\xef\xbf\xbf\xf4\x8f\xbf\xbf"));
    struct json_writer json = {.to = &text};
    json_writer_array(&json, NULL);
    json_writer_string(&json, NULL, buf_slice(&sent));
    json_writer_end(&json);
    for (size_t i = 0; i + 1 < text.len; i++)
        assert_in_range(text.ptr[i], 0x20, 0x7e);
    json_t *back = json_loadb(text.ptr, text.len, 0, NULL);
    assert_non_null(back);
    assert_string_equal(json_string_value(json_array_get(back, 0)), buf_str(&sent));
    json_decref(back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),          cmocka_unit_test(deep),
        cmocka_unit_test(reals),           cmocka_unit_test(nine_digits),
        cmocka_unit_test(thousandths),     cmocka_unit_test(ratios_and_times),
        cmocka_unit_test(every_character),
    };
    return cmocka_run_group_tests_name("app/json_writer", tests, NULL, NULL);
}
