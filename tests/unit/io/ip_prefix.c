/* SPDX-License-Identifier: Apache-2.0
 *
 * Networks, who is in them, and addresses to listen at.
 */
#include "io/ip_prefix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A socket's address; ::ffff:0:0/96 stays IPv6, as a socket for both gives it. */
static const struct sockaddr *address_of(const char *text, struct sockaddr_storage *storage)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    memset(storage, 0, sizeof(*storage));
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(storage, &v4, sizeof(v4));
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
        memcpy(storage, &v6, sizeof(v6));
    }
    return (const struct sockaddr *)storage;
}

static void membership(void **state)
{
    (void)state;
    static const struct {
        const char *prefix, *address;
        bool inside;
    } cases[] = {
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
        {"::/0", "192.0.2.1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1", "::1", true},
        {"::1", "::", false},
        {"::ffff:192.0.2.0/120", "192.0.2.3", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ip_prefix prefix;
        struct sockaddr_storage storage;
        assert_true(ip_prefix_parse(slice_from_str(cases[i].prefix), &prefix, NULL));
        assert_int_equal(ip_prefix_has(&prefix, address_of(cases[i].address, &storage)),
                         cases[i].inside);
    }
}

static void no_prefixes(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "x",
        "192.0.2",
        "192.0.2.0/33",
        "192.0.2.0/",
        "192.0.2.1/24",
        "192.0.2.0/-1",
        "2001:db8::/129",
        "2001:db8::1/64",
        "[::1]",
        "192.0.2.0/24/8",
        "localhost",
        "192.0.2.1:514",
        "fe80::1%eth0",
        "2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:1",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ip_prefix prefix = {.bits = 77};
        struct err err = {0};
        assert_false(ip_prefix_parse(slice_from_str(texts[i]), &prefix, &err));
        assert_int_equal(err.code, ERR_INPUT);
        assert_int_equal(prefix.bits, 77);
    }
    assert_false(ip_prefix_parse(SLICE("1.2.3.4\0"), &(struct ip_prefix){0}, NULL));
}

static void loopback_and_text(void **state)
{
    (void)state;
    static const struct {
        const char *address, *shown;
        bool loopback;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"127.255.0.3", "127.255.0.3", true},
        {"128.0.0.1", "128.0.0.1", false},
        {"::1", "::1", true},
        {"::2", "::2", false},
        {"::ffff:127.0.0.1", "127.0.0.1", true},
        {"2001:db8::5", "2001:db8::5", false},
        {"::ffff:192.0.2.1", "192.0.2.1", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_storage storage;
        char text[IP_TEXT_BYTES];
        const struct sockaddr *address = address_of(cases[i].address, &storage);
        assert_int_equal(ip_is_loopback(address), cases[i].loopback);
        ip_format(address, text);
        assert_string_equal(text, cases[i].shown);
    }
    struct sockaddr_storage other = {.ss_family = AF_UNIX};
    char text[IP_TEXT_BYTES];
    ip_format((const struct sockaddr *)&other, text);
    assert_string_equal(text, "?");
    assert_false(ip_is_loopback((const struct sockaddr *)&other));
}

static void endpoints(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                                      "::1:514",  "[::1]",     "[::1]514",   "[127.0.0.1]:514",
                                      "host:514", ":514",      "[]:514",     "127.0.0.1:5 14"};
    struct sockaddr_storage address;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    assert_true(ip_endpoint_parse("127.0.0.2:5514", &address, NULL));
    memcpy(&v4, &address, sizeof(v4));
    assert_int_equal(v4.sin_family, AF_INET);
    assert_int_equal(ntohs(v4.sin_port), 5514);
    assert_int_equal(ntohl(v4.sin_addr.s_addr), 0x7f000002);
    assert_true(ip_endpoint_parse("[::]:0", &address, NULL));
    memcpy(&v6, &address, sizeof(v6));
    assert_int_equal(v6.sin6_family, AF_INET6);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct err err = {0};
        assert_false(ip_endpoint_parse(bad[i], &address, &err));
        assert_int_equal(err.code, ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(membership),
        cmocka_unit_test(no_prefixes),
        cmocka_unit_test(loopback_and_text),
        cmocka_unit_test(endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
