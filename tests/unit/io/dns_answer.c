/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of name servers as bytes: what is read of good ones, and that bad ones are refused, cut
 * anywhere.
 */
#include "io/dns_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"

#define OWNER "\xc0\x0c" /* the name of the question */

#define BYTES(text) \
    { \
        text, sizeof(text) - 1 \
    }

static void add16(struct buf *to, unsigned value)
{
    buf_add_char(to, (char)(value >> 8));
    buf_add_char(to, (char)value);
}

/* Header and question for `d.test`, type MX. */
static void begin(struct buf *to, unsigned flags, unsigned answers, unsigned authority)
{
    add16(to, 0x1234);
    add16(to, flags);
    add16(to, 1);
    add16(to, answers);
    add16(to, authority);
    add16(to, 0);
    buf_add(to, SLICE("\1d\4test\0\0\x0f\0\1"));
}

static void add_record(struct buf *to, unsigned type, uint32_t ttl_s, struct slice data)
{
    buf_add(to, SLICE(OWNER));
    add16(to, type);
    add16(to, 1);
    add16(to, ttl_s >> 16);
    add16(to, ttl_s & 0xffff);
    add16(to, (unsigned)data.len);
    buf_add(to, data);
}

static struct arena *arena;

static struct dns_answer read_as(const struct buf *message, enum dns_type type)
{
    struct dns_answer answer;
    dns_answer_read(buf_slice(message), type, arena, &answer);
    return answer;
}

static void test_hosts(void **state)
{
    CLEANUP_BUF struct buf message = {0};
    (void)state;
    begin(&message, 0x8180, 4, 0);
    add_record(&message, 5, 900, SLICE("\1x\4test\0")); /* an alias */
    add_record(&message, DNS_MX, 300, SLICE("\0\x0a\3MX1\xc0\x0c"));
    add_record(&message, DNS_MX, 600, SLICE("\0\x14\3mx2\7example\0"));
    add_record(&message, DNS_A, 1, SLICE("\x7f\0\0\1")); /* not what was asked for */
    struct dns_answer answer = read_as(&message, DNS_MX);
    assert_int_equal(answer.result, DNS_FOUND);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ttl_s, 300);
    assert_false(answer.cut);
    assert_int_equal(answer.records[0].preference, 10);
    assert_true(slice_eq(answer.records[0].name, SLICE("mx1.d.test")));
    assert_int_equal(answer.records[1].preference, 20);
    assert_true(slice_eq(answer.records[1].name, SLICE("mx2.example")));
}

static void test_addresses(void **state)
{
    static const char six[16] = {0x20, 1, 0xd, (char)0xb8, [15] = 5};
    CLEANUP_BUF struct buf message = {0}, four = {0}, text = {0};
    (void)state;
    begin(&message, 0x8180, 2, 0);
    add_record(&message, DNS_A, 300, SLICE("\xc0\0\2\x0b"));
    add_record(&message, DNS_AAAA, 300, slice_of(six, sizeof(six)));
    struct dns_answer answer = read_as(&message, DNS_A);
    assert_int_equal(answer.count, 1);
    ip_address_format(&answer.records[0].ip, &text);
    assert_string_equal(buf_str(&text), "192.0.2.11");
    answer = read_as(&message, DNS_AAAA);
    buf_clear(&text);
    ip_address_format(&answer.records[0].ip, &text);
    assert_string_equal(buf_str(&text), "2001:db8::5");
    begin(&four, 0x8180, 1, 0);
    add_record(&four, DNS_A, 300, SLICE("\xc0\0\2"));
    assert_int_equal(read_as(&four, DNS_A).result, DNS_FAILED);
}

/* By the header, and how long it holds. */
static void test_nothing(void **state)
{
    static const struct {
        unsigned flags;
        enum dns_result result;
        uint32_t ttl_s;
    } cases[] = {
        {0x8180, DNS_NO_DATA, 60},   {0x8183, DNS_NO_NAME, 60}, {0x8182, DNS_FAILED, 0},
        {0x8185, DNS_UNANSWERED, 0}, {0x8181, DNS_FAILED, 0},   {0x818f, DNS_FAILED, 0},
        {0x8380, DNS_FAILED, 0}, /* cut */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_BUF struct buf message = {0};
        begin(&message, cases[i].flags, 0, 1);
        add_record(&message, 6, 600, SLICE("\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\x3c"));
        struct dns_answer answer = read_as(&message, DNS_MX);
        assert_int_equal(answer.result, cases[i].result);
        assert_int_equal(answer.count, 0);
        assert_int_equal(answer.ttl_s, cases[i].ttl_s);
        assert_int_equal(answer.why != NULL, cases[i].result >= DNS_FAILED);
    }
    CLEANUP_BUF struct buf bare = {0};
    begin(&bare, 0x8180, 0, 0);
    assert_int_equal(read_as(&bare, DNS_MX).ttl_s, 0);
}

static void test_names(void **state)
{
    static const struct {
        struct slice data;
        const char *name;
    } cases[] = {
        {{"\0\0\0", 3}, "."},
        {{"\0\0\4a b\\\4test\0", 13}, ""},
        {{"\0\0\4a\0\n;\4test\0", 13}, ""},
        {{"\0\0\1.\0", 5}, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_BUF struct buf message = {0};
        begin(&message, 0x8180, 1, 0);
        add_record(&message, DNS_MX, 1, cases[i].data);
        struct dns_answer answer = read_as(&message, DNS_MX);
        assert_int_equal(answer.result, DNS_FOUND);
        assert_true(slice_eq(answer.records[0].name, slice_from_str(cases[i].name)));
    }
}

/* Strings of a record belong together; one that is longer than its record is no answer. */
static void test_texts(void **state)
{
    static const struct {
        struct slice data, text;
        enum dns_result result;
    } rows[] = {
        {BYTES("\x06v=spf1\x05 -all"), BYTES("v=spf1 -all"), DNS_FOUND},
        {BYTES("\x03 \0\xff"), BYTES(" \0\xff"), DNS_FOUND},
        {BYTES("\0"), BYTES(""), DNS_FOUND},
        {BYTES("\0\x01x\0"), BYTES("x"), DNS_FOUND},
        {BYTES("\x07v=spf1"), BYTES(""), DNS_FAILED},
        {BYTES("\x01x\x01"), BYTES(""), DNS_FAILED},
        {BYTES(""), BYTES(""), DNS_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf message = {0};
        begin(&message, 0x8180, 1, 0);
        add_record(&message, DNS_TXT, 300, rows[i].data);
        struct dns_answer answer = read_as(&message, DNS_TXT);
        assert_int_equal(answer.result, rows[i].result);
        if (answer.result == DNS_FOUND)
            assert_true(slice_eq(answer.records[0].text, rows[i].text));
    }
}

static void test_many(void **state)
{
    CLEANUP_BUF struct buf message = {0};
    (void)state;
    begin(&message, 0x8180, 3000, 0);
    for (unsigned i = 0; i < 3000; i++)
        add_record(&message, DNS_MX, UINT32_C(0x80000000), SLICE("\0\x0a\1m\xc0\x0c"));
    struct dns_answer answer = read_as(&message, DNS_MX);
    assert_int_equal(answer.result, DNS_FOUND);
    assert_int_equal(answer.count, DNS_RECORDS_MAX);
    assert_true(answer.cut);
    assert_int_equal(answer.ttl_s, 0); /* RFC 2181, 8 */
}

/* Names that point to themselves, or out of the message, and messages that end too soon. */
static void test_broken(void **state)
{
    static const struct slice data[] = {
        {"\0\x0a\xc0\x26", 4},
        {"\0\x0a\xff\xff", 4},
        {"\0\x0a\x3f"
         "a",
         4},
        {"\0\x0a", 2},
        {"\0\x0a\1m\xc0\x0c"
         "x",
         7},
        {"\0\x0a\x80\1", 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
        CLEANUP_BUF struct buf message = {0};
        begin(&message, 0x8180, 1, 0);
        add_record(&message, DNS_MX, 1, data[i]);
        if (i != 4) /* bytes behind a name are passed over */
            assert_int_equal(read_as(&message, DNS_MX).result, DNS_FAILED);
    }
    CLEANUP_BUF struct buf whole = {0};
    begin(&whole, 0x8180, 2, 1);
    add_record(&whole, DNS_MX, 300, SLICE("\0\x0a\3MX1\xc0\x0c"));
    add_record(&whole, DNS_MX, 300, SLICE("\0\x0a\3mx2\7example\0"));
    for (size_t len = 0; len < whole.len; len++) {
        char *part = arena_copy(arena, whole.ptr, len); /* so that a step too far is seen */
        struct dns_answer answer;
        dns_answer_read(slice_of(part, len), DNS_MX, arena, &answer);
        assert_int_equal(answer.result, DNS_FAILED);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hosts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
