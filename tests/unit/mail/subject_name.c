/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose a certificate is: exactly one value, or nobody's.
 */
#include "mail/subject_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_value_of_an_attribute(void **state)
{
    (void)state;
    static const struct {
        const char *name, *attribute, *value; /* value NULL: none */
    } rows[] = {
        {"CN=taro@jp.test", "CN", "taro@jp.test"},
        {"emailAddress=taro@jp.test,CN=Taro Yamada,C=JP", "emailAddress", "taro@jp.test"},
        {"EMAILADDRESS=taro@jp.test,CN=Taro", "emailAddress", "taro@jp.test"},
        {"O=Example\\, Inc.,CN=taro", "CN", "taro"},
        {"O=\"Example, CN=root\",CN=taro", "CN", "taro"},
        {"CN=Sue\\, Grabbit and Runn", "CN", "Sue, Grabbit and Runn"},
        {"CN=Lu\\C4\\8Di\\C4\\87", "CN", "Lu\xc4\x8di\xc4\x87"},
        {"OU=Sales+CN=J. Smith,O=Widget", "CN", "J. Smith"},
        {"CN=a=b", "CN", "a=b"},
        /* Nobody's. */
        {"", "CN", NULL},
        {"O=Example", "CN", NULL},
        {"CN=taro,CN=root", "CN", NULL},
        {"CN=,O=x", "CN", NULL},
        {"CN=root\\00@jp.test", "CN", NULL},
        {"CN=taro\\", "CN", NULL},
        {"CN=taro\\4", "CN", NULL},
        {"CN=\"taro", "CN", NULL},
        {"CN=\"taro\"x,O=y", "CN", NULL},
        {"CN=taro,", "CN", NULL},
        {"CN=taro,O", "CN", NULL},
        {"=taro", "", NULL},
        {"/CN=taro/O=x", "CN", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf value = {0};
        bool found = subject_name_find(slice_from_str(rows[i].name),
                                       slice_from_str(rows[i].attribute), &value);
        assert_int_equal(found, rows[i].value != NULL);
        assert_string_equal(buf_str(&value), found ? rows[i].value : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_value_of_an_attribute)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
