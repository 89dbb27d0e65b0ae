/* SPDX-License-Identifier: Apache-2.0
 *
 * Queue ids: which bytes are one, and the time that a long one holds.
 */
#include "mail/queue_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid, is_long;
    } rows[] = {
        {"4jX2vK2WbVz1bY4J", true, true},
        {"15A04A72111", true, false},
        {"ABCDEF", true, false},
        {"123456", true, false}, /* digits alone are hex */
        {"ABCDE", false, false},
        {"", false, false},
        {"15a04a72111", false, false}, /* lower case */
        {"15A04A7211G", false, false},
        {"NOQUEUE", false, false},
        {"4jX2vK2WbVz", false, false},      /* no inode */
        {"4jX2vK2WbVy1bY4J", false, false}, /* no separator */
        {"4jX2vK2Wz1bY4J", false, false},   /* separator too early */
        {"4jz2vK2WbVz1bY4J", true, true},   /* 'z' in the time */
        {"zzzzzzzzzzz1", true, true},
        {"4jX2vK2WbVz1bA4J", false, false}, /* a vowel */
        {"4jX2vK2WbVz1b-4J", false, false},
        {"0123456789ABCDEF0123456789ABCDEF", true, false}, /* 32: the most that is looked at */
        {"0123456789ABCDEF0123456789ABCDEF0", false, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice id = slice_from_str(rows[i].text);
        if (queue_id_is_valid(id) != rows[i].valid || queue_id_is_long(id) != rows[i].is_long)
            fail_msg("%s", rows[i].text);
    }
}

static void test_every_byte(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    for (int c = 0; c < 256; c++) {
        char short_id[] = "ABCDEF?", long_id[] = "4jX2vK2WbVz1?";
        short_id[6] = long_id[12] = (char)c;
        bool hex = c != 0 && strchr("0123456789ABCDEF", c) != NULL;
        bool is_long = c != 0 && c != 'z' && strchr(alphabet, c) != NULL;
        assert_int_equal(queue_id_is_valid(slice_of(short_id, 7)), hex);
        assert_int_equal(queue_id_is_valid(slice_of(long_id, 13)), is_long);
    }
}

static void test_length(void **state)
{
    (void)state;
    assert_int_equal(queue_id_length(SLICE("15A04A72111: removed"), ':'), 11);
    assert_int_equal(queue_id_length(SLICE("15A04A72111"), ':'), 0);
    assert_int_equal(queue_id_length(SLICE("15A04A72111"), '\0'), 11);
    assert_int_equal(queue_id_length(SLICE("15A04A72111 x"), ':'), 0);
    assert_int_equal(queue_id_length(SLICE("15A04: x"), ':'), 0);
    assert_int_equal(queue_id_length(SLICE("4jX2vK2WbVz1bY4J:"), ':'), 16);
    assert_int_equal(queue_id_length((struct slice){NULL, 0}, ':'), 0);
    assert_int_equal(queue_id_length((struct slice){NULL, 0}, '\0'), 0);
}

/* Independent of the code: base 52 by hand with Postfix' alphabet. */
static void test_time(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        int64_t us; /* -1: none */
    } rows[] = {
        {"0000000000z1", 0},
        {"0000010000z1", 1000000},
        {"0000100000z1", 52000000},
        {"0000010001z1", 1000001},
        {"000001000zz1", 1000051}, /* the last 'z' ends it */
        {"000001zzzzz1", -1},      /* 7,311,615 microseconds */
        {"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz1", -1},
        {"15A04A72111", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t us = 77;
        bool found = queue_id_time(slice_from_str(rows[i].id), &us);
        if (found != (rows[i].us >= 0) || us != (found ? rows[i].us : 77))
            fail_msg("%s: %d %lld", rows[i].id, found, (long long)us);
    }
    int64_t us;
    /* 4 37 28 2 47 17 2 27 31 26 in base 52. */
    assert_true(queue_id_time(SLICE("4jX2vK2WbVz1bY4J"), &us));
    assert_int_equal(us, INT64_C(1795290813355862));
}

static void test_queued_as(void **state)
{
    (void)state;
    static const struct {
        const char *reply, *id;
    } rows[] = {
        {"250 2.0.0 Ok: queued as 4F1A2B3C", "4F1A2B3C"},
        {"250 2.0.0 Ok: queued as 4jX2vK2WbVz1bY4J)", "4jX2vK2WbVz1bY4J"},
        {"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as B1", "B1"},
        {"queued as ", ""},
        {"250 ok", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice id = queue_id_after_queued_as(slice_from_str(rows[i].reply));
        if (!slice_eq(id, slice_from_str(rows[i].id)))
            fail_msg("%s: %.*s", rows[i].reply, SLICE_ARG(id));
    }
}

/* In a log line sixteen bytes are looked at at once: it is the same as with nothing behind the id.
 */
static void test_in_a_line(void **state)
{
    (void)state;
    static const char rest[] = ": from=<a@example.com>, size=1";
    for (size_t len = 0; len <= 20; len++) {
        char line[64] = "0123456789ABCDEF0123";
        memcpy(line + len, rest, sizeof(rest));
        struct slice text = slice_from_str(line);
        assert_int_equal(queue_id_length(text, ' '), 0);
        for (size_t i = 0; i < len * 256; i++) {
            char *byte = &line[i / 256], kept = *byte;
            *byte = (char)(i % 256);
            size_t end = *byte == ':' ? i / 256 : len;
            bool valid = queue_id_is_valid(slice_first(text, end));
            assert_int_equal(queue_id_length(text, ':'), valid ? end : 0);
            *byte = kept;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),     cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_length),    cmocka_unit_test(test_time),
        cmocka_unit_test(test_queued_as), cmocka_unit_test(test_in_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
