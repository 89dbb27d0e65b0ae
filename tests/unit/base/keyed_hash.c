/* SPDX-License-Identifier: Apache-2.0
 *
 * The keyed hash: what CPython 3.11 says of the same bytes (its hash of bytes is SipHash-1-3; the
 * key of PYTHONHASHSEED=0 is zero, the one of 42 is the second here).
 */
#include "base/keyed_hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_vectors(void **state)
{
    (void)state;
    static const struct hash_key zero,
        other = {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}};
    static const struct {
        size_t len;
        uint64_t zero, other;
    } rows[] = {
        {1, UINT64_C(0x68a914128e01e473), UINT64_C(0xce880c366bcf3489)},
        {7, UINT64_C(0x2f098ab0c751325a), UINT64_C(0xce280fabc397fbda)},
        {8, UINT64_C(0xead411e67ebe2eea), UINT64_C(0x60866c3c108c6afb)},
        {9, UINT64_C(0x75927f9d95124362), UINT64_C(0x68814005f7469e03)},
        {15, UINT64_C(0xf30eb725bb91c9ea), UINT64_C(0x94ace24d68c18cf8)},
        {16, UINT64_C(0x8972188433a5c5b7), UINT64_C(0x339176f3ac59ce05)},
        {63, UINT64_C(0x385d3e39e5f37359), UINT64_C(0x06e24d6f0d014c37)},
    };
    char bytes[64];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(keyed_hash(&zero, slice_of(bytes, rows[i].len)) == rows[i].zero);
        assert_true(keyed_hash(&other, slice_of(bytes, rows[i].len)) == rows[i].other);
    }
}

/* The length is in it: a byte 0 more is another text. */
static void test_lengths_differ(void **state)
{
    (void)state;
    static const struct hash_key key = {{1, 2}};
    static const char zeros[17];
    for (size_t a = 0; a < sizeof(zeros); a++)
        for (size_t b = 0; b < a; b++)
            assert_true(keyed_hash(&key, slice_of(zeros, a)) !=
                        keyed_hash(&key, slice_of(zeros, b)));
    assert_true(keyed_hash(&key, (struct slice){NULL, 0}) == keyed_hash(&key, SLICE("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_lengths_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
