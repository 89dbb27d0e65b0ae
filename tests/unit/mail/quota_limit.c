/* SPDX-License-Identifier: Apache-2.0
 *
 * How much a mailbox may hold, by Dovecot's own words, and what follows for a message: the table of
 * what quota-status 2.3.19.1 answered (limit 1 MiB), and its grace of ten per cent.
 */
#include "mail/quota_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static void limits(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes, messages;
    } rows[] = {
        {"1048576", MIB, 0},
        {"10G", 10 * GIB, 0},
        {"10GiB", 10 * GIB, 0},
        {" 500 M : 20000 ", 500 * MIB, 20000},
        {"512k", MIB / 2, 0},
        {"7B", 7, 0},
        {"0:100", 0, 100},
        {"0", 0, 0},
        {"none", 0, 0},
        {"*:ignore", 0, 0},
        {"*:storage=1G", GIB, 0},
        {"*:storage=1024", MIB, 0},
        {"*:storage=1G:messages=20000", GIB, 20000},
        {"*:bytes=1024", 1024, 0},
        {"STORAGE=1g:Messages=5", GIB, 5},
        {"18446744073709551615", UINT64_MAX, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct quota_limit limit;
        assert_true(quota_limit_parse(slice_from_str(rows[i].text), &limit));
        assert_int_equal(limit.bytes, rows[i].bytes);
        assert_int_equal(limit.messages, rows[i].messages);
    }
}

static void no_limits(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "G",
        "1X",
        "1Gi",
        "-1",
        "1G:",
        "1G:x",
        "*:",
        "*:20%",
        "*:storage=",
        "*:storage=10%",
        "1 000",
        "Trash:storage=+100M",
        "storage=1G:folders=3",
        "18446744073709551616",
        "20000T0",
        "99999999999G",
        "1.5G",
        "*:messages=-1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct quota_limit limit;
        if (quota_limit_parse(slice_from_str(rows[i]), &limit))
            fail_msg("taken: %s", rows[i]);
    }
}

static void room_as_measured(void **state)
{
    static const uint64_t sizes[] = {0, 1, 100, 1000, 1049, 600000, 1048577};
    static const struct {
        struct quota_usage usage;
        const char *kinds; /* by size: Fits, Over, Larger than the limit */
    } rows[] = {
        {{0, 0}, "FFFFFFL"},       {{MIB / 2, 3}, "FFFFFOL"}, {{MIB - 1048, 3}, "FFFFOOL"},
        {{MIB - 1, 3}, "FFOOOOL"}, {{MIB, 3}, "OOOOOOL"},     {{MIB + 5, 3}, "OOOOOOL"},
        {{0, 10}, "OOOOOOO"}, /* the limit of messages is reached */
        {{0, 9}, "FFFFFFL"},
    };
    static const struct quota_limit limit = {.bytes = MIB, .messages = 10};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            enum quota_kind kind = quota_limit_judge(&limit, &rows[i].usage, 0, sizes[j]);
            char letter = kind == QUOTA_FITS ? 'F' : kind == QUOTA_OVER ? 'O' : 'L';
            if (letter != rows[i].kinds[j])
                fail_msg("row %zu, size %llu: %c", i, (unsigned long long)sizes[j], letter);
        }
}

static void grace(void **state)
{
    static const struct quota_limit limit = {.bytes = MIB}, none = {0};
    static const struct quota_usage near = {.bytes = MIB - 1048}, full = {.bytes = MIB};
    (void)state;
    assert_int_equal(quota_limit_judge(&limit, &near, 10, 105905), QUOTA_FITS);
    assert_int_equal(quota_limit_judge(&limit, &near, 10, 105906), QUOTA_OVER);
    assert_int_equal(quota_limit_judge(&limit, &full, 10, 1), QUOTA_OVER);
    assert_int_equal(quota_limit_judge(&none, &full, 10, UINT64_MAX), QUOTA_FITS);
    static const struct quota_limit vast = {.bytes = UINT64_MAX};
    assert_int_equal(quota_limit_judge(&vast, &full, 100, UINT64_MAX), QUOTA_FITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),
        cmocka_unit_test(no_limits),
        cmocka_unit_test(room_as_measured),
        cmocka_unit_test(grace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
