/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of hosts: what can be asked for, and what nobody can own.
 */
#include "base/host_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define L63 "abcdefghijklmnopqrstuvwxyz-0123456789-abcdefghijklmnopqrstuvwxy"

static void test_valid(void **state)
{
    static const struct {
        const char *name;
        bool valid;
    } cases[] = {
        {"mx.example.com", true},
        {"a", true},
        {"_dmarc.Example.COM", true},
        {"xn--r8jz45g.jp", true},
        {"11.2.0.192.in-addr.arpa", true},
        {L63 ".com", true},
        {L63 "z.com", false},
        {"", false},
        {".", false},
        {"a.", false},
        {".a", false},
        {"a..b", false},
        {"a b", false},
        {"a\nb", false},
        {"a\\032b", false},
        {"\xe3\x81\x82.jp", false},
        {"192.0.2.1", false},
        {"2001:db8::1", false},
        {L63 "." L63 "." L63 "." L63, false},
        {L63 "." L63 "." L63 "." L63 ".example", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (host_name_is_valid(slice_from_str(cases[i].name)) != cases[i].valid)
            fail_msg("%s", cases[i].name);
    assert_false(host_name_is_valid(SLICE("a\0b.com")));
}

static void test_reserved(void **state)
{
    static const struct {
        const char *name;
        bool reserved;
    } cases[] = {
        {"localhost", true},
        {"mail", true},
        {"a.test", true},
        {"b.A.TEST", true},
        {"example.com", true},
        {"mx.Example.org", true},
        {"shop.example.co.jp", true},
        {"c.example", true},
        {"x.invalid", true},
        {"printer.local", true},
        {"x.onion", true},
        {"nas.home.arpa", true},
        {"example.jp", true},
        {"db.internal", true},
        {"gmail.com", false},
        {"notexample.com", false},
        {"example.com.br", false},
        {"test.jp", false},
        {"local.co.jp", false},
        {"1.0.0.127.in-addr.arpa", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (host_name_is_reserved(slice_from_str(cases[i].name)) != cases[i].reserved)
            fail_msg("%s", cases[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
