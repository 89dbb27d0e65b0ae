/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of forms by the WHATWG URL Standard, section 5.1, and what is no form.
 */
#include "base/form_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *body, *value; /* NULL: there is none */
} rows[] = {
    {"p=abc", "abc"},
    {"p=", ""},
    {"p", ""},
    {"", NULL},
    {"=x", NULL},
    {"P=abc", NULL},
    {"%70=abc", NULL}, /* stated: the name has no escapes */
    {"pp=x&q=p=y&p=z", "z"},
    {"p=1&p=2", "1"},
    {"&&p=1&", "1"},
    {"p=a=b=c", "a=b=c"},
    {"p=a+b%20c%2b%2B", "a b c++"},
    {"p=%7b%22a%22%3A1%7D&x=%zz", "{\"a\":1}"},
    {"p=%e5%b1%8a%E3%81%8F", "届く"},
    {"p=%26%3d%25", "&=%"},
    {"p=%", NULL},
    {"p=%4", NULL},
    {"p=%4&x=1", NULL},
    {"p=%g0", NULL},
    {"p=%0g", NULL},
    {"p=%%41", NULL},
    {"p=ok%&p=fine", NULL}, /* the first is the field */
};

static void fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf value = {0};
        buf_add_str(&value, "before ");
        bool found = form_body_value(slice_from_str(rows[i].body), SLICE("p"), &value);
        if (found != (rows[i].value != NULL))
            fail_msg("%s", rows[i].body);
        assert_string_equal(buf_str(&value) + 7, found ? rows[i].value : "");
    }
}

static void any_byte(void **state)
{
    CLEANUP_BUF struct buf body = {0}, value = {0};
    (void)state;
    buf_add_str(&body, "p=");
    for (int i = 0; i < 256; i++)
        buf_addf(&body, "%%%02x", (unsigned)i);
    assert_true(form_body_value(buf_slice(&body), SLICE("p"), &value));
    assert_int_equal(value.len, 256);
    for (size_t i = 0; i < 256; i++)
        assert_int_equal((unsigned char)value.ptr[i], i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(any_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
