/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of rotated logs as logrotate, savelog, newsyslog and people write them.
 */
#include "io/log_name.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

struct example {
    const char *path, *directory, *stem;
    int64_t date;
    int number;
};

static const struct example examples[] = {
    {"mail.log", "", "mail.log", -1, -1},
    {"/var/log/mail.log.1", "/var/log/", "mail.log", -1, 1},
    {"mail.log.12.gz", "", "mail.log", -1, 12},
    {"mail.log.gz", "", "mail.log", -1, -1},
    {"maillog-20260301", "", "maillog", 20260301000000, -1},
    {"mail.log-20260301.zst", "", "mail.log", 20260301000000, -1},
    {"mail.log.20260301.xz", "", "mail.log", 20260301000000, -1},
    {"mail.log-2026-03-01", "", "mail.log", 20260301000000, -1},
    {"mail.log-2026030123.bz2", "", "mail.log", 20260301230000, -1},
    {"mail.log-20260301-235959", "", "mail.log", 20260301235959, -1},
    {"mail.log_20260301235959", "", "mail.log", 20260301235959, -1},
    {"mail.log-1772323200", "", "mail.log", 20260301000000, -1},
    {"mail.log-20260301.2.gz", "", "mail.log", 20260301000000, 2},
    {"a/mail-20260301.log.gz", "a/", "mail.log", 20260301000000, -1},
    {"mail.3.log", "", "mail.log", -1, 3},
    {"mail.log.0", "", "mail.log", -1, 0},
    /* No rotations. */
    {"192.0.2.1", "", "192.0.2.1", -1, -1},
    {"/dev/fd/63", "/dev/fd/", "63", -1, -1},
    {"mail.log-20261301", "", "mail.log-20261301", -1, -1},
    {"mail.log-20260230", "", "mail.log-20260230", -1, -1},
    {"mail.log-123", "", "mail.log-123", -1, -1},
    {"mail.log.12345", "", "mail.log.12345", -1, -1},
    {"20260301", "", "20260301", -1, -1},
    {"-", "", "-", -1, -1},
    {"", "", "", -1, -1},
    {".gz", "", ".gz", -1, -1},
    {"dir/", "dir/", "", -1, -1},
};

static void parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        const struct example *example = &examples[i];
        struct log_name name = log_name_parse(slice_from_str(example->path));
        struct buf CLEANUP_BUF stem = {0}, CLEANUP_BUF directory = {0};
        buf_add(&directory, name.directory);
        buf_add(&stem, name.head);
        buf_add(&stem, name.tail);
        assert_string_equal(buf_str(&stem), example->stem);
        assert_string_equal(buf_str(&directory), example->directory);
        assert_int_equal(name.date, example->date);
        assert_int_equal(name.number, example->number);
    }
}

/* Oldest first. */
static void ages(void **state)
{
    (void)state;
    static const char *const order[] = {
        "mail.log.12.gz",    "mail.log.2.gz",        "mail.log.1", "mail.log-20251231",
        "mail-20260101.log", "mail.log-20260102.gz", "mail.log",
    };
    enum { COUNT = sizeof(order) / sizeof(order[0]) };
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < COUNT; k++) {
            struct log_name a = log_name_parse(slice_from_str(order[i]));
            struct log_name b = log_name_parse(slice_from_str(order[k]));
            int sign = log_name_cmp_age(&a, &b);
            assert_int_equal((sign > 0) - (sign < 0), (i > k) - (i < k));
            assert_int_equal(log_name_cmp_stem(&a, &b), 0);
        }
}

static void stems_differ(void **state)
{
    (void)state;
    struct log_name a = log_name_parse(SLICE("mail.log.1"));
    struct log_name b = log_name_parse(SLICE("mail.lo.1"));
    struct log_name c = log_name_parse(SLICE("mail-20260101.lof"));
    assert_true(log_name_cmp_stem(&a, &b) > 0);
    assert_true(log_name_cmp_stem(&b, &a) < 0);
    assert_true(log_name_cmp_stem(&a, &c) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(ages),
        cmocka_unit_test(stems_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
