/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may write, and which names are ours.
 */
#include "io/http_guard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TOKEN "a-token-of-20-bytes!"

static const struct {
    const char *authorization, *token;
    enum http_write_rule rule;
    bool may;
} rights[] = {
    {"Bearer " TOKEN, TOKEN, HTTP_WRITE_NEVER, false},
    {"", "", HTTP_WRITE_ALWAYS, true},
    {"Bearer " TOKEN, TOKEN, HTTP_WRITE_WITH_TOKEN, true},
    {"bEARER   " TOKEN " ", TOKEN, HTTP_WRITE_WITH_TOKEN, true},
    {"", TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    {"Bearer", TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    {"Bearer ", TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    {"Bearer a-token-of-20-bytes", TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    {"Bearer " TOKEN TOKEN, TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    {"Bearer b-token-of-20-bytes!", TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    {"Bearer A-TOKEN-OF-20-BYTES!", TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    {"Basic " TOKEN, TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    {TOKEN, TOKEN, HTTP_WRITE_WITH_TOKEN, false},
    /* no token, or one that is too short, lets nobody in */
    {"Bearer ", "", HTTP_WRITE_WITH_TOKEN, false},
    {"Bearer abc", "abc", HTTP_WRITE_WITH_TOKEN, false},
};

static void writing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        assert_int_equal(http_guard_may_write(rights[i].rule,
                                              slice_from_str(rights[i].authorization),
                                              slice_from_str(rights[i].token)),
                         rights[i].may);
}

static const struct {
    const char *host;
    bool ours;
} hosts[] = {
    {"localhost", true},
    {"LocalHost:80", true},
    {"127.0.0.1", true},
    {"192.0.2.1:8480", true},
    {"[::1]:8480", true},
    {"[2001:db8::1]", true},
    {"mail.example.jp", true},
    {"MAIL.example.jp:8480", true},
    {"", false},
    {":8480", false},
    {"evil.example", false},
    {"mail.example.jp.evil.example", false},
    {"127.0.0.1.evil.example", false},
    {"localhost.", false},
    {"[]", false},
    {"[::1", false},
    {"[evil.example]", false},
    {"1.2.3", false},
    {"0x7f.1", false},
    {"[127.0.0.1]", false},
    {"::1", false},
    {"mail.example.jp mail.example.jp", false},
};

static void names(void **state)
{
    (void)state;
    static const char *const ours[] = {"other.example.jp", "mail.example.jp"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_int_equal(http_guard_host(slice_from_str(hosts[i].host), ours, 2), hosts[i].ours);
    assert_false(http_guard_host(SLICE("mail.example.jp"), NULL, 0));
    assert_false(http_guard_host(SLICE("127.0.0.1\0.evil"), NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
