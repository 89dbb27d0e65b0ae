/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and networks: forms and canonical text.
 */
#include "base/ip_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* text NULL: refused. */
static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *given, *text;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::ffff:c000:201", "192.0.2.1"},
        {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
        {"", NULL},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.01", NULL},
        {"192.0.2.1.1", NULL},
        {"3221225985", NULL},
        {"0xc0000201", NULL},
        {" 192.0.2.1", NULL},
        {"192.0.2.1 ", NULL},
        {"[::1]", NULL},
        {"fe80::1%eth0", NULL},
        {"1::2::3", NULL},
        {":::", NULL},
        {"localhost", NULL},
        {"2001:db8:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:1", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct ip_address ip = {0};
        bool good = ip_address_parse(slice_from_str(rows[i].given), &ip);
        ip_address_format(&ip, &text);
        if (good != (rows[i].text != NULL) ||
            strcmp(buf_str(&text), rows[i].text ? rows[i].text : "") != 0)
            fail_msg("\"%s\": %d, \"%s\"", rows[i].given, good, buf_str(&text));
    }
    struct ip_address ip;
    assert_false(ip_address_parse(slice_of("192.0.2.1\0", 10), &ip));
}

static void test_listener(void **state)
{
    (void)state;
    static const struct {
        const char *listens, *found;
    } rows[] = {
        {"0.0.0.0", "127.0.0.1"},     {"::", "::1"},
        {"127.0.0.2", "127.0.0.2"},   {"192.0.2.1", "192.0.2.1"},
        {"2001:db8::", "2001:db8::"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct ip_address ip;
        assert_true(ip_address_parse(slice_from_str(rows[i].listens), &ip));
        ip = ip_address_of_listener(&ip);
        ip_address_format(&ip, &text);
        assert_string_equal(buf_str(&text), rows[i].found);
    }
    struct ip_address none = {.len = 0};
    assert_int_equal(ip_address_of_listener(&none).len, 0);
}

static void test_loopback(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool loopback;
    } rows[] = {
        {"127.0.0.1", true},  {"127.255.0.9", true}, {"::1", true}, {"::ffff:127.0.0.1", true},
        {"128.0.0.1", false}, {"0.0.0.0", false},    {"::", false}, {"::2", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ip_address ip;
        assert_true(ip_address_parse(slice_from_str(rows[i].text), &ip));
        assert_int_equal(ip_address_is_loopback(&ip), rows[i].loopback);
    }
    assert_false(ip_address_is_loopback(&(struct ip_address){0}));
}

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool private, reserved;
    } rows[] = {
        {"10.0.0.1", true, false},
        {"9.255.255.255", false, false},
        {"100.64.0.1", true, false},
        {"100.128.0.1", false, false},
        {"169.254.1.1", true, false},
        {"172.31.255.1", true, false},
        {"172.32.0.1", false, false},
        {"192.168.0.1", true, false},
        {"fd12::1", true, false},
        {"fe80::1", true, false},
        {"fec0::1", false, false},
        {"::ffff:10.0.0.1", true, false},
        {"127.0.0.1", false, true},
        {"0.0.0.0", false, true},
        {"192.0.2.255", false, true},
        {"192.0.3.0", false, false},
        {"198.19.0.1", false, true},
        {"198.51.100.7", false, true},
        {"203.0.113.7", false, true},
        {"224.0.0.1", false, true},
        {"255.255.255.255", false, true},
        {"223.255.255.255", false, false},
        {"::", false, true},
        {"::1", false, true},
        {"2001:db8::1", false, true},
        {"2001:db9::1", false, false},
        {"3fff:fff::1", false, true},
        {"ff02::1", false, true},
        {"2a00::1", false, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ip_address ip;
        assert_true(ip_address_parse(slice_from_str(rows[i].text), &ip));
        if (ip_address_is_private(&ip) != rows[i].private ||
            ip_address_is_reserved(&ip) != rows[i].reserved)
            fail_msg("%s", rows[i].text);
    }
    assert_false(ip_address_is_private(&(struct ip_address){0}));
    assert_false(ip_address_is_reserved(&(struct ip_address){0}));
}

static void test_labels(void **state)
{
    (void)state;
    static const struct {
        const char *text, *labels;
    } rows[] = {
        {"192.0.2.1", "1.2.0.192"},
        {"2001:db8::1a", "a.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct ip_address ip;
        assert_true(ip_address_parse(slice_from_str(rows[i].text), &ip));
        ip_address_format_labels(&ip, &text);
        assert_string_equal(buf_str(&text), rows[i].labels);
        assert_true(text.len <= IP_ADDRESS_LABELS_MAX);
    }
}

static void test_prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *given, *text;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.0/24"},
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1/32", "192.0.2.1"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"192.0.2.128/25", "192.0.2.128/25"},
        {"2001:db8::/32", "2001:db8::/32"},
        {"::1/128", "::1"},
        {"::/0", "::/0"},
        {"192.0.2.1/24", NULL},
        {"192.0.2.128/24", NULL},
        {"192.0.2.0/33", NULL},
        {"2001:db8::/129", NULL},
        {"2001:db8::1/32", NULL},
        {"::ffff:192.0.2.0/120", NULL},
        {"192.0.2.0/", NULL},
        {"192.0.2.0/-1", NULL},
        {"192.0.2.0/255.255.255.0", NULL},
        {"192.0.2.0/24/24", NULL},
        {"/24", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct ip_network prefix = {0};
        bool good = ip_network_parse(slice_from_str(rows[i].given), &prefix);
        if (good)
            ip_network_format(&prefix, &text);
        if (good != (rows[i].text != NULL) ||
            strcmp(buf_str(&text), rows[i].text ? rows[i].text : "") != 0)
            fail_msg("\"%s\": %d, \"%s\"", rows[i].given, good, buf_str(&text));
    }
}

static void test_membership(void **state)
{
    (void)state;
    static const struct {
        const char *network, *address;
        bool inside;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.0", true},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.0/24", "::ffff:192.0.2.9", true},
        {"192.0.2.0/24", "::192.0.2.9", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.6", false},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "192.0.2.1", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1", "::1", true},
        {"::1", "::", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ip_network network;
        struct ip_address ip;
        assert_true(ip_network_parse(slice_from_str(rows[i].network), &network));
        assert_true(ip_address_parse(slice_from_str(rows[i].address), &ip));
        if (ip_network_has(&network, &ip) != rows[i].inside)
            fail_msg("%s in %s", rows[i].address, rows[i].network);
        assert_true(ip_network_eq(&network, &network));
        assert_false(ip_network_has(&network, &(struct ip_address){0}));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),  cmocka_unit_test(test_listener),
        cmocka_unit_test(test_loopback),   cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_membership), cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
