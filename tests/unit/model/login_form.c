/* SPDX-License-Identifier: Apache-2.0
 *
 * The one form of a login.
 */
#include "model/login_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void one_account_has_one_name(void **state)
{
    (void)state;
    static const struct {
        const char *domain, *login, *form;
    } rows[] = {
        {"", "Taro", "taro"},
        {"", "TARO@Jp.Test", "taro@jp.test"},
        {"Jp.test", "taro", "taro@jp.test"},
        {"jp.test", "taro@other.test", "taro@other.test"},
        {"jp.test", "", ""},
        {"jp.test", "T\xc3\x84RO", "t\xc3\x84ro@jp.test"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf form = {0};
        login_form(slice_from_str(rows[i].domain), slice_from_str(rows[i].login), &form);
        assert_string_equal(buf_str(&form), rows[i].form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_account_has_one_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
