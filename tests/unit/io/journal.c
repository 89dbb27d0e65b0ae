/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal as text: single entries, and a journal file of eight entries (how it was made:
 * tests/data/journal/README.md).
 */
#include "io/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "io/journal_line.h"
#include "io/journal_sample.h"
#include "io/log_input.h"
#include "io/sandbox.h"

/* Appends the text of an entry. */
static void check_line(const struct journal_entry *entry, struct slice expected)
{
    struct buf CLEANUP_BUF line = {0};
    journal_line_format(entry, &line);
    assert_int_equal(line.len, expected.len);
    assert_memory_equal(line.ptr, expected.ptr, line.len);
}

static void lines(void **state)
{
    (void)state;
    struct journal_entry entry = {
        .time_us = 1772438462000123,
        .host = SLICE("relay1"),
        .tag = SLICE("postfix/smtp"),
        .pid = SLICE("77"),
        .message = SLICE("one\ntwo\n\n"),
    };
    check_line(&entry,
               SLICE("2026-03-02T08:01:02.000123+00:00 relay1 postfix/smtp[77]: one two\n"));
    entry.pid = entry.host = SLICE("");
    entry.tag = SLICE("a b\n\x1b]");
    entry.message = SLICE("\xff\0x\r\n");
    check_line(&entry, SLICE("2026-03-02T08:01:02.000123+00:00 - a_b__]: \xff\0x\n"));
    entry = (struct journal_entry){.time_us = 0};
    check_line(&entry, SLICE("1970-01-01T00:00:00.000000+00:00 - -: \n"));
}

static void tags(void **state)
{
    (void)state;
    assert_true(journal_line_is_mail_tag(SLICE("postfix/smtp")));
    assert_true(journal_line_is_mail_tag(SLICE("postfix-out/qmgr")));
    assert_true(journal_line_is_mail_tag(SLICE("dovecot")));
    assert_true(journal_line_is_mail_tag(SLICE("nginx")));
    assert_false(journal_line_is_mail_tag(SLICE("sshd")));
    assert_false(journal_line_is_mail_tag(SLICE("")));
}

static void names(void **state)
{
    (void)state;
    assert_true(journal_is_name("journal:"));
    assert_true(journal_is_name("journal:/var/log/journal"));
    assert_false(journal_is_name("journal"));
    assert_false(journal_is_name("./journal:"));
}

static const char *const expected[] = {
    ("2026-03-02T08:01:02.123406+00:00 relay1 postfix-out/smtp[1001]: 912265B1F5: "
     "to=<u1@example.jp>, relay=none, delay=0.1, dsn=2.0.0, status=sent (250 ok)"),
    "2026-03-02T08:01:04.123456+00:00 relay1 out-a/qmgr[44]: first second\tline",
    "2026-03-02T08:01:05.123456+00:00 relay1 dovecot: imap-login: Login: user=<alice>",
    "2026-03-02T08:01:06.123456+00:00 relay1 nginx[77]: client login failed",
    "2026-03-02T08:01:07.123456+00:00 relay1 postfix/smtpd[78]: xxx", /* 70,000 of them */
    "2026-03-02T08:01:08.123456+00:00 relay1 postfix/smtpd[78]: ",
};

enum { LINES = sizeof(expected) / sizeof(expected[0]) };

/* The lines from number `from` on. */
static void check_lines(const char *name, int64_t since_us, size_t from)
{
    struct err err = {0};
    struct slice line;
    struct log_input *input = log_input_open_since(name, since_us, &err);
    assert_string_equal(err.text, "");
    assert_non_null(input);
    for (size_t i = from; i < LINES; i++) {
        assert_int_equal(log_input_next(input, &line, &err), LOG_INPUT_LINE);
        assert_true(slice_starts_with(line, slice_from_str(expected[i])));
        assert_true(i == 4 || line.len == strlen(expected[i]));
    }
    assert_int_equal(log_input_next(input, &line, &err), LOG_INPUT_END);
    assert_int_equal(log_input_cut_lines(input), 1);
    assert_int_equal(log_input_facts(input)->size_bytes, -1);
    log_input_close(input);
}

static void reads_a_file(void **state)
{
    (void)state;
    journal_sample_unpack("mail.journal");
    check_lines("journal:mail.journal", INT64_MIN, 0);
    check_lines("mail.journal", INT64_MIN, 0);
    check_lines("journal:mail.journal", 1772438464123456, 1);
    assert_true(journal_has_postfix("mail.journal"));
}

static void reads_a_directory(void **state)
{
    assert_int_equal(mkdir("journals", 0755), 0);
    journal_sample_unpack("journals/system.journal");
    char name[600];
    snprintf(name, sizeof(name), "journal:%s/journals", (const char *)*state);
    check_lines(name, INT64_MIN, 0);
}

static void check_refused(const char *name, const char *text)
{
    struct err err = {0};
    assert_null(log_input_open(name, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, text));
}

static void cannot_be_read(void **state)
{
    (void)state;
    assert_int_equal(mkdir("none", 0755), 0);
    check_refused("journal:missing", "journal:missing: cannot open: No such file");
    check_refused("journal:none", "journal:none: no journal");
    sandbox_write("text", SLICE("no journal at all\n"));
    check_refused("journal:text", "(not a journal file");
    assert_false(journal_has_postfix("missing"));
    assert_false(journal_has_postfix("text"));
}

/* Cut off or damaged: it ends, with an error or with what could be read. */
static void damaged(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF journal = {0};
    journal_sample_unpack("mail.journal");
    sandbox_read("mail.journal", &journal);
    for (size_t len = 8; len < 20000; len = len * 3 / 2) {
        struct slice line;
        struct err err = {0};
        sandbox_write("bad.journal", slice_first(buf_slice(&journal), len));
        struct log_input *input = log_input_open("bad.journal", &err);
        assert_non_null(input);
        while (log_input_next(input, &line, &err) == LOG_INPUT_LINE)
            assert_true(line.len <= LOG_INPUT_LINE_MAX);
        log_input_close(input);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(tags),
        cmocka_unit_test(names),
        cmocka_unit_test(reads_a_file),
        cmocka_unit_test(reads_a_directory),
        cmocka_unit_test(cannot_be_read),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
