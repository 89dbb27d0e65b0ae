/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures and base64 against the vectors of their documents.
 */
#include "io/hmac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/base64.h"

/* RFC 4231, cases 1 and 2; OpenSSL for the empty one. */
static void hmac_vectors(void **state)
{
    char hex[HMAC_SHA256_HEX + 1];
    (void)state;
    hmac_sha256_hex(SLICE("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                          "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
                    SLICE("Hi There"), hex);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hmac_sha256_hex(SLICE("Jefe"), SLICE("what do ya want for nothing?"), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hmac_sha256_hex((struct slice){NULL, 0}, (struct slice){NULL, 0}, hex);
    assert_string_equal(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void hmac_bytes(void **state)
{
    unsigned char mac[HMAC_SHA256_BYTES];
    (void)state;
    hmac_sha256(SLICE("Jefe"), SLICE("what do ya want for nothing?"), mac);
    assert_memory_equal(mac, "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e", 8);
    assert_memory_equal(mac + 24, "\x9d\xec\x58\xb9\x64\xec\x38\x43", 8);
}

/* One key, texts of all lengths around the block's, again and again: as signed one by one. */
static void signer_signs_as_often_as_asked(void **state)
{
    char text[200];
    unsigned char alone[HMAC_SHA256_BYTES], again[HMAC_SHA256_BYTES];
    struct hmac_signer *signer = hmac_signer_new(SLICE("Jefe"));
    (void)state;
    memset(text, 'x', sizeof(text));
    for (int round = 0; round < 2; round++) {
        for (size_t len = 0; len <= sizeof(text); len++) {
            hmac_sha256(SLICE("Jefe"), slice_of(text, len), alone);
            hmac_signer_sign(signer, slice_of(text, len), again);
            assert_memory_equal(alone, again, sizeof(alone));
        }
    }
    hmac_signer_free(signer);
    hmac_signer_free(NULL);
}

static void digest_vector(void **state)
{
    unsigned char digest[32];
    (void)state;
    sha256(SLICE("abc"), digest);
    assert_memory_equal(digest, "\xba\x78\x16\xbf\x8f\x01\xcf\xea", 8);
}

/* RFC 4648 section 10. */
static void base64_vectors(void **state)
{
    static const struct {
        const char *text, *encoded;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"}};
    CLEANUP_BUF struct buf all = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t begin = all.len;
        base64_encode(slice_from_str(rows[i].text), &all);
        assert_string_equal(buf_str(&all) + begin, rows[i].encoded);
    }
}

/* The same back, with padding or without; what is no base64 is refused. */
static void base64_decoded(void **state)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zg", "f"},
        {"Zm8=", "fo"},
        {"Zm8", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE", "fooba"},
        {"+/+/", "\xfb\xff\xbf"},
    };
    static const char *const bad[] = {"Z",    "Zm9vY",    "Zg=",  "=",      "==",
                                      "====", "Zg===",    "Z===", "Zm 9v",  "Zm9v\n",
                                      "-_-_", "Zg==Zg==", "Zm=v", "\x80m9v"};
    unsigned char bytes[16];
    size_t len;
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(base64_decode(slice_from_str(rows[i][0]), bytes, &len));
        assert_int_equal(len, strlen(rows[i][1]));
        assert_memory_equal(bytes, rows[i][1], len);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (base64_decode(slice_from_str(bad[i]), bytes, &len))
            fail_msg("%s is accepted", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(hmac_bytes),
        cmocka_unit_test(signer_signs_as_often_as_asked),
        cmocka_unit_test(digest_vector),
        cmocka_unit_test(base64_vectors),
        cmocka_unit_test(base64_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
