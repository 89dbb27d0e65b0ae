/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses of sockets: from what people write, and to it.
 */
#include "io/socket_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

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
        char text[SOCKET_ADDRESS_TEXT];
        const struct sockaddr *address = address_of(cases[i].address, &storage);
        struct ip_address ip = socket_address_ip(address);
        assert_int_equal(ip_address_is_loopback(&ip), cases[i].loopback);
        socket_address_text(address, text);
        assert_string_equal(text, cases[i].shown);
    }
}

static void other_families_have_no_ip(void **state)
{
    (void)state;
    struct sockaddr_storage other = {.ss_family = AF_UNIX};
    char text[SOCKET_ADDRESS_TEXT];
    const struct sockaddr *address = (const struct sockaddr *)&other;
    socket_address_text(address, text);
    assert_string_equal(text, "?");
    assert_int_equal(socket_address_ip(address).len, 0);
    assert_int_equal(socket_address_port(address), 0);
}

static void endpoints_become_sockets(void **state)
{
    (void)state;
    struct endpoint endpoint;
    struct sockaddr_storage address;
    assert_true(endpoint_parse(SLICE("127.0.0.2:5514"), &endpoint));
    assert_int_equal(socket_address_of(&endpoint, &address), sizeof(struct sockaddr_in));
    assert_int_equal(address.ss_family, AF_INET);
    assert_int_equal(socket_address_port((const struct sockaddr *)&address), 5514);
    struct sockaddr_in in4;
    memcpy(&in4, &address, sizeof(in4));
    assert_int_equal(ntohl(in4.sin_addr.s_addr), 0x7f000002);

    assert_true(endpoint_parse(SLICE("[2001:db8::7]:0"), &endpoint));
    assert_int_equal(socket_address_of(&endpoint, &address), sizeof(struct sockaddr_in6));
    struct ip_address back = socket_address_ip((const struct sockaddr *)&address);
    assert_true(ip_address_eq(&back, &endpoint.ip));

    char path[8 + ENDPOINT_PATH_MAX];
    memset(path, 'x', sizeof(path));
    memcpy(path, "unix:/", 6);
    assert_true(endpoint_parse(slice_of(path, 5 + ENDPOINT_PATH_MAX), &endpoint));
    assert_int_equal(socket_address_of(&endpoint, &address), sizeof(struct sockaddr_un));
    struct sockaddr_un named;
    memcpy(&named, &address, sizeof(named));
    assert_int_equal(named.sun_family, AF_UNIX);
    assert_string_equal(named.sun_path, endpoint.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_and_text),
        cmocka_unit_test(other_families_have_no_ip),
        cmocka_unit_test(endpoints_become_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
