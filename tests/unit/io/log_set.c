/* SPDX-License-Identifier: Apache-2.0
 *
 * Arguments into chains, and the log that is read when there are none.
 */
#include "io/log_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The chains as text: "a b | c"; warnings behind it, each after '!'. */
static void show(const char *const *paths, size_t count, struct buf *to)
{
    struct log_set *set = log_set_new(paths, count);
    for (size_t i = 0; i < log_set_count(set); i++) {
        struct log_chain chain = log_set_chain(set, i);
        assert_true(chain.count > 0);
        for (size_t k = 0; k < chain.count; k++)
            buf_addf(to, "%s%s", to->len > 0 ? (k > 0 ? " " : " | ") : "", chain.paths[k]);
    }
    for (size_t i = 0; i < log_set_warning_count(set); i++)
        buf_addf(to, " ! %s", log_set_warning(set, i));
    log_set_free(set);
}

#define CHECK(expected, ...) \
    do { \
        static const char *const paths[] = {__VA_ARGS__}; \
        struct buf CLEANUP_BUF got = {0}; \
        show(paths, COUNT(paths), &got); \
        assert_string_equal(buf_str(&got), expected); \
    } while (0)

static void rotations_are_one_chain(void **state)
{
    (void)state;
    CHECK("mail.log.2.gz mail.log.1 mail.log", "mail.log", "mail.log.1", "mail.log.2.gz");
    CHECK("mail.log-20260228.gz mail.log-20260301.zst mail.log", "mail.log-20260301.zst",
          "mail.log", "mail.log-20260228.gz");
    CHECK("x.log.1 x.log | y.log", "x.log", "y.log", "x.log.1");
}

static void others_are_alone(void **state)
{
    (void)state;
    CHECK("b.log | a.log", "b.log", "a.log");
    CHECK("- | mail.log.1 mail.log | journal:", "-", "mail.log", "journal:", "mail.log.1");
    CHECK("relay1/mail.log.1 relay1/mail.log | relay2/mail.log", "relay1/mail.log",
          "relay2/mail.log", "relay1/mail.log.1");
    CHECK("/dev/null | /dev/zero", "/dev/null", "/dev/zero");
}

static void one_directory_by_two_names(void **state)
{
    (void)state;
    CHECK("./mail.log.1 mail.log", "mail.log", "./mail.log.1");
    assert_int_equal(mkdir("logs", 0755), 0);
    CHECK("logs/../mail.log.1 mail.log | logs/mail.log", "mail.log", "logs/mail.log",
          "logs/../mail.log.1");
}

static void named_twice(void **state)
{
    (void)state;
    sandbox_write("real.log", SLICE("x\n"));
    assert_int_equal(link("real.log", "hard.log"), 0);
    assert_int_equal(symlink("real.log", "soft.log"), 0);
    CHECK("real.log ! real.log: the same file as real.log, read once"
          " ! hard.log: the same file as real.log, read once"
          " ! soft.log: the same file as real.log, read once",
          "real.log", "real.log", "hard.log", "soft.log");
    CHECK("- ! -: the same file as -, read once", "-", "-");
    CHECK("gone.log ! gone.log: the same file as gone.log, read once", "gone.log", "gone.log");
}

static int64_t bytes_of(const char *first, const char *second)
{
    const char *const paths[] = {first, second};
    struct log_set *set = log_set_new(paths, 2);
    int64_t bytes = log_set_bytes(set);
    log_set_free(set);
    return bytes;
}

static void bytes_of_all(void **state)
{
    (void)state;
    sandbox_write("five.log", SLICE("1234\n"));
    sandbox_write("five.log.1", SLICE("123\n"));
    assert_int_equal(bytes_of("five.log", "five.log.1"), 9);
    assert_int_equal(bytes_of("five.log", "five.log"), 5);
    assert_int_equal(bytes_of("five.log", "missing.log"), 5);
    assert_int_equal(bytes_of("five.log", "-"), -1);
    assert_int_equal(bytes_of("journal:", "five.log"), -1);
    assert_int_equal(bytes_of("five.log", "/dev/null"), -1);
}

static void packed_and_not(void **state)
{
    (void)state;
    CHECK("mail.log.1 mail.log.1.gz mail.log ! mail.log.1 and mail.log.1.gz: one rotation twice? "
          "both are read; if one is a copy, leave it out",
          "mail.log", "mail.log.1", "mail.log.1.gz");
}

static void hostile_names(void **state)
{
    (void)state;
    CHECK("\x1b[2Jx ! ?[2Jx: the same file as ?[2Jx, read once", "\x1b[2Jx", "\x1b[2Jx");
    CHECK("", "");
}

static void none(void **state)
{
    (void)state;
    struct log_set *set = log_set_new(NULL, 0);
    assert_int_equal(log_set_count(set), 0);
    log_set_free(set);
}

static void many(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    char(*names)[24] = calloc(MANY, sizeof(*names));
    const char **paths = calloc(MANY, sizeof(*paths));
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "n%zu.log.%zu", i % 100, i / 100);
        paths[i] = names[i];
    }
    struct log_set *set = log_set_new(paths, MANY);
    assert_int_equal(log_set_count(set), 100);
    assert_int_equal(log_set_chain(set, 7).count, 200);
    assert_string_equal(log_set_chain(set, 7).paths[0], "n7.log.199");
    log_set_free(set);
    free(paths);
    free(names);
}

static void default_log(void **state)
{
    struct buf CLEANUP_BUF path = {0}, CLEANUP_BUF expected = {0};
    struct err err = {0};
    const char *root = *state;
    assert_false(log_set_default(root, &path, &err));
    assert_int_equal(err.code, ERR_INPUT);
    assert_int_equal(mkdir("var", 0755) | mkdir("var/log", 0755), 0);
    assert_int_equal(mkdir("var/log/mail.log", 0755), 0); /* not a file */
    sandbox_write("var/log/mail.info", SLICE(""));
    assert_true(log_set_default(root, &path, &err));
    buf_addf(&expected, "%s/var/log/mail.info", root);
    assert_string_equal(buf_str(&path), buf_str(&expected));
    sandbox_write("var/log/maillog", SLICE(""));
    assert_true(log_set_default(root, &path, &err));
    assert_non_null(strstr(buf_str(&path), "/var/log/maillog"));
    if (geteuid() == 0)
        return; /* may read everything */
    assert_int_equal(chmod("var/log/maillog", 0) | unlink("var/log/mail.info"), 0);
    assert_false(log_set_default(root, &path, &err));
    assert_int_equal(err.code, ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotations_are_one_chain),
        cmocka_unit_test(others_are_alone),
        cmocka_unit_test(one_directory_by_two_names),
        cmocka_unit_test(named_twice),
        cmocka_unit_test(bytes_of_all),
        cmocka_unit_test(packed_and_not),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(none),
        cmocka_unit_test(many),
        cmocka_unit_test(default_log),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
