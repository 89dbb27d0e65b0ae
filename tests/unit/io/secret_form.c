/* SPDX-License-Identifier: Apache-2.0
 *
 * Forms of stored secrets: names, suffixes, beginnings, and what is none of them.
 */
#include "io/secret_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/secret_hex.h"

#define HEX16 "e1ce6af7d6c72dd780fa08010f1f6062"
#define BASE64_16 "4c5q99bHLdeA+ggBDx9gYg=="

static const struct {
    const char *stored;
    enum secret_scheme scheme;
    enum secret_coding coding;
    const char *data;
} forms[] = {
    {"{PLAIN}a", SECRET_PLAIN, SECRET_TEXT, "a"},
    {"{plain}{x}", SECRET_PLAIN, SECRET_TEXT, "{x}"},
    {"{Clear}", SECRET_PLAIN, SECRET_TEXT, ""},
    {"{CLEARTEXT.B64}YQ==", SECRET_PLAIN, SECRET_BASE64, "YQ=="},
    {"{PLAIN.hex}61", SECRET_PLAIN, SECRET_HEX, "61"},
    {"{PLAIN-MD5}" HEX16, SECRET_MD5, SECRET_HEX, HEX16},
    {"{PLAIN-MD5}" BASE64_16, SECRET_MD5, SECRET_BASE64, BASE64_16},
    {"{LDAP-MD5}" HEX16, SECRET_MD5, SECRET_HEX, HEX16},
    {"{ldap-md5}" BASE64_16, SECRET_MD5, SECRET_BASE64, BASE64_16},
    {"{MD5}" HEX16, SECRET_MD5, SECRET_HEX, HEX16},
    {"{MD5}$1$salt$hash", SECRET_CRYPT, SECRET_TEXT, "$1$salt$hash"},
    {"{CRYPT}$argon2id$v=19$", SECRET_ARGON2, SECRET_TEXT, "$argon2id$v=19$"},
    {"{SSHA}abcd", SECRET_SSHA, SECRET_BASE64, "abcd"},
    {"{SSHA512.HEX}abcd", SECRET_SSHA512, SECRET_HEX, "abcd"},
    {"{ssha256.base64}abcd", SECRET_SSHA256, SECRET_BASE64, "abcd"},
    {"{SHA}abcd", SECRET_SHA1, SECRET_BASE64, "abcd"},
    {"{BLF-CRYPT}$2y$05$", SECRET_CRYPT, SECRET_TEXT, "$2y$05$"},
    {"{DES-CRYPT}abcdefghijklm", SECRET_CRYPT, SECRET_TEXT, "abcdefghijklm"},
    {"{ARGON2I}$argon2i$", SECRET_ARGON2, SECRET_TEXT, "$argon2i$"},
    {"{HMAC-MD5}abcd", SECRET_CRAM_MD5, SECRET_BASE64, "abcd"},
    {"{SEALED}abcd", SECRET_SEALED, SECRET_BASE64, "abcd"},
    {"$1$salt$hash", SECRET_CRYPT, SECRET_TEXT, "$1$salt$hash"},
    {"$y$j9T$", SECRET_CRYPT, SECRET_TEXT, "$y$j9T$"},
    {"$2y$05$", SECRET_CRYPT, SECRET_TEXT, "$2y$05$"},
    {"$argon2id$v=19$", SECRET_ARGON2, SECRET_TEXT, "$argon2id$v=19$"},
    {"$4you$", SECRET_PLAIN, SECRET_TEXT, "$4you$"},
    {"secret", SECRET_PLAIN, SECRET_TEXT, "secret"},
    {"", SECRET_PLAIN, SECRET_TEXT, ""},
};

static void forms_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct secret_form form;
        if (!secret_form_parse(slice_from_str(forms[i].stored), SECRET_PLAIN, &form))
            fail_msg("%s is refused", forms[i].stored);
        if (form.scheme != forms[i].scheme || form.coding != forms[i].coding ||
            !slice_eq(form.data, slice_from_str(forms[i].data)))
            fail_msg("%s is read as %s, coding %d, of %zu bytes", forms[i].stored,
                     secret_scheme_name(form.scheme), form.coding, form.data.len);
    }
}

static void others_are_refused(void **state)
{
    static const char *const bad[] = {
        "{",         "{}",          "{}a",       "{PLAIN",    "{NONE}a",
        "{PLAIN.}a", "{.HEX}a",     "{SHA.B65}", "{ PLAIN}a", "{SHA.HEX.B64}a",
        "{PLAINS}",  "{{PLAIN}}ab", "{PLAIN }",
    };
    struct secret_form form;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (secret_form_parse(slice_from_str(bad[i]), SECRET_PLAIN, &form))
            fail_msg("%s is accepted", bad[i]);
    assert_false(secret_form_parse(SLICE("{PLAIN}a\0b"), SECRET_PLAIN, &form));
    char text[SECRET_STORED_MAX + 1];
    memset(text, 'a', sizeof(text));
    assert_true(secret_form_parse(slice_of(text, SECRET_STORED_MAX), SECRET_PLAIN, &form));
    assert_false(secret_form_parse(slice_of(text, sizeof(text)), SECRET_PLAIN, &form));
}

/* What has no name is of the scheme that the settings say, and of its usual coding. */
static void without_a_name(void **state)
{
    struct secret_form form;
    (void)state;
    assert_true(secret_form_parse(SLICE(HEX16), SECRET_MD5, &form));
    assert_int_equal(form.scheme, SECRET_MD5);
    assert_int_equal(form.coding, SECRET_HEX);
    assert_true(secret_form_parse(SLICE("abcdefghijklm"), SECRET_CRYPT, &form));
    assert_int_equal(form.scheme, SECRET_CRYPT);
    assert_true(secret_form_parse(SLICE("$6$a$b"), SECRET_MD5, &form));
    assert_int_equal(form.scheme, SECRET_CRYPT);
    assert_true(secret_form_parse(SLICE("{PLAIN}a"), SECRET_MD5, &form));
    assert_int_equal(form.scheme, SECRET_PLAIN);
}

static void names(void **state)
{
    enum secret_scheme scheme;
    (void)state;
    assert_true(secret_scheme_find(SLICE("sha512-crypt"), &scheme));
    assert_int_equal(scheme, SECRET_CRYPT);
    assert_true(secret_scheme_find(SLICE("LDAP-MD5"), &scheme));
    assert_int_equal(scheme, SECRET_MD5);
    assert_false(secret_scheme_find(SLICE("SHA3"), &scheme));
    assert_false(secret_scheme_find(SLICE(""), &scheme));
    for (int i = SECRET_PLAIN; i <= SECRET_SEALED; i++) {
        assert_true(
            secret_scheme_find(slice_from_str(secret_scheme_name((enum secret_scheme)i)), &scheme));
        assert_int_equal(scheme, i);
    }
}

static void hex(void **state)
{
    unsigned char bytes[4];
    char text[8];
    (void)state;
    assert_true(secret_hex_read(SLICE("00fFA5"), bytes));
    assert_memory_equal(bytes, "\x00\xff\xa5", 3);
    assert_false(secret_hex_read(SLICE("00f"), bytes));
    assert_false(secret_hex_read(SLICE("0g"), bytes));
    assert_false(secret_hex_read(SLICE("-1"), bytes));
    secret_hex_write((const unsigned char *)"\x00\xff\xa5", 3, text);
    assert_memory_equal(text, "00ffa5", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(without_a_name),
        cmocka_unit_test(names),
        cmocka_unit_test(hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
