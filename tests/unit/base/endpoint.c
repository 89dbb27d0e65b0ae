/* SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints: both forms, what is none of them, and the way back.
 */
#include "base/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LONG_97 \
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmn" \
    "opqrs"

/* text: what it is printed as; NULL: refused. */
struct row {
    const char *given, *text;
};

static void check(const struct row *rows, size_t count, bool transport)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_BUF struct buf text = {0};
        struct endpoint endpoint = {0};
        struct slice given = slice_from_str(rows[i].given);
        bool good = transport ? endpoint_parse_transport(given, &endpoint)
                              : endpoint_parse(given, &endpoint);
        if (good && transport)
            endpoint_format_transport(&endpoint, &text);
        else if (good)
            endpoint_format(&endpoint, &text);
        if (good != (rows[i].text != NULL) ||
            strcmp(buf_str(&text), rows[i].text ? rows[i].text : "") != 0)
            fail_msg("\"%s\": %d, \"%s\"", rows[i].given, good, buf_str(&text));
    }
}

static void test_plain(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"127.0.0.1:8481", "127.0.0.1:8481"},
        {"0.0.0.0:1", "0.0.0.0:1"},
        {"[::1]:8481", "[::1]:8481"},
        {"[::]:65535", "[::]:65535"},
        {"[2001:DB8::0001]:80", "[2001:db8::1]:80"},
        {"unix:/run/todoku/policy", "unix:/run/todoku/policy"},
        {"unix:/x", "unix:/x"},
        {"unix:/a b", "unix:/a b"},
        {"127.0.0.1", NULL},
        {"127.0.0.1:", NULL},
        {"127.0.0.1:0", "127.0.0.1:0"},
        {"127.0.0.1:65536", NULL},
        {"127.0.0.1:99999999999999999999", NULL},
        {"127.0.0.1:80x", NULL},
        {"127.0.0.1:-1", NULL},
        {"127.0.0.1 :80", NULL},
        {":8481", NULL},
        {"8481", NULL},
        {"*:8481", NULL},
        {"localhost:8481", NULL},
        {"[localhost]:8481", NULL},
        {"[127.0.0.1]:8481", NULL},
        {"::1:8481", NULL},
        {"[::1]", NULL},
        {"[::1:8481", NULL},
        {"::1]:8481", NULL},
        {"[]:80", NULL},
        {"[:80", NULL},
        {"[::1]:", NULL},
        {"", NULL},
        {":", NULL},
        {"unix:", NULL},
        {"unix:/", NULL},
        {"unix:run/x", NULL},
        {"unix:/a\nb", NULL},
        {"unix:/a\x7f", NULL},
        {"/run/todoku/policy", NULL},
        {"tcp:127.0.0.1:80", NULL},
        {"http://127.0.0.1:80", NULL},
    };
    check(rows, sizeof(rows) / sizeof(rows[0]), false);
}

static void test_transport(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"udp:127.0.0.1:5514", "udp:127.0.0.1:5514"},
        {"tcp:[::1]:5514", "tcp:[::1]:5514"},
        {"unix:/run/todoku/syslog", "unix:/run/todoku/syslog"},
        {"127.0.0.1:5514", NULL},
        {"udp:/run/x", NULL},
        {"udp:unix:/run/x", NULL},
        {"udp:5514", NULL},
        {"UDP:127.0.0.1:5514", NULL},
        {"tls:127.0.0.1:5514", NULL},
        {"udp:", NULL},
        {"", NULL},
    };
    check(rows, sizeof(rows) / sizeof(rows[0]), true);
}

static void test_longest_path(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"unix:/" LONG_97 "123456789", "unix:/" LONG_97 "123456789"},
        {"unix:/" LONG_97 "1234567890", NULL},
    };
    assert_int_equal(strlen(rows[0].given), 5 + ENDPOINT_PATH_MAX);
    check(rows, sizeof(rows) / sizeof(rows[0]), false);
}

static void test_equal_and_local(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal, a_local;
    } rows[] = {
        {"tcp:127.0.0.1:80", "tcp:127.0.0.1:80", true, true},
        {"tcp:127.0.0.1:80", "udp:127.0.0.1:80", false, true},
        {"tcp:127.0.0.1:80", "tcp:127.0.0.1:81", false, true},
        {"tcp:[::]:80", "tcp:0.0.0.0:80", false, false},
        {"tcp:[::1]:80", "tcp:[0:0::1]:80", true, true},
        {"unix:/a", "unix:/a", true, true},
        {"unix:/a", "unix:/b", false, true},
        {"udp:192.0.2.1:5514", "unix:/b", false, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct endpoint a, b;
        assert_true(endpoint_parse_transport(slice_from_str(rows[i].a), &a));
        assert_true(endpoint_parse_transport(slice_from_str(rows[i].b), &b));
        assert_int_equal(endpoint_eq(&a, &b), rows[i].equal);
        assert_int_equal(endpoint_is_local(&a), rows[i].a_local);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_longest_path),
        cmocka_unit_test(test_equal_and_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
