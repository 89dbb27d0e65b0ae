/* SPDX-License-Identifier: Apache-2.0
 *
 * The envelope of a line in every form that logs have.
 */
#include "mail/log_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define T INT64_C(1772438462000000) /* 2026-03-02T08:01:02Z */

struct row {
    const char *line;
    int64_t time_us;
    const char *host, *instance, *service, *name, *pid, *queue_id, *text;
    enum log_program program;
    enum log_severity severity;
};

static void check_slice(const struct row *row, const char *what, struct slice got,
                        const char *expected)
{
    if (!slice_eq(got, slice_from_str(expected)))
        fail_msg("%s\n  %s: \"%s\" expected, got \"%.*s\"", row->line, what, expected,
                 SLICE_ARG(got));
}

static void check(const struct row *rows, size_t count)
{
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    for (size_t i = 0; i < 2 * count; i++) { /* twice: the second time tags are known */
        const struct row *row = &rows[i % count];
        struct slice raw = slice_from_str(row->line);
        struct log_line line;
        if (!log_line_parse(parser, raw, &line) || line.time_us != row->time_us)
            fail_msg("%s\n  not read, or time %lld", row->line, (long long)line.time_us);
        assert_int_equal(log_line_time(parser, raw), row->time_us);
        check_slice(row, "host", line.host, row->host);
        check_slice(row, "instance", line.tag->instance, row->instance);
        check_slice(row, "service", line.tag->service, row->service);
        check_slice(row, "name", line.tag->name, row->name);
        check_slice(row, "pid", line.pid, row->pid);
        check_slice(row, "queue id", line.queue_id, row->queue_id);
        check_slice(row, "text", line.text, row->text);
        if (line.tag->program != row->program || line.severity != row->severity ||
            line.repeat != 1 || !slice_eq(line.raw, raw))
            fail_msg("%s\n  program %s, %s", row->line, log_program_word(line.tag->program),
                     log_severity_word(line.severity));
    }
    log_parser_free(parser);
}

#define SMTP LOG_PROGRAM_SMTP
#define INFO LOG_SEVERITY_INFO
#define TAIL "relay1", "postfix", "", "smtp", "12", "", "hello", SMTP, INFO

static const struct row prefix_rows[] = {
    {"Mar  2 08:01:02 relay1 postfix/smtp[12]: hello", T, TAIL},
    {"Mar 02 08:01:02 relay1 postfix/smtp[12]: hello", T, TAIL},
    {"<22>Mar  2 08:01:02 relay1 postfix/smtp[12]: hello", T, TAIL},
    {"2026-03-02T08:01:02Z relay1 postfix/smtp[12]: hello", T, TAIL},
    {"2026-03-02T17:01:02.000000+09:00 relay1 postfix/smtp[12]: hello", T, TAIL},
    {"<22>1 2026-03-02T08:01:02Z relay1 postfix/smtp 12 - - hello", T, TAIL},
    {"<22>1 2026-03-02T08:01:02.0Z relay1 postfix/smtp 12 ID47 - \xef\xbb\xbfhello", T, TAIL},
    {"<22>1 2026-03-02T08:01:02Z relay1 postfix/smtp 12 - [a@1 b=\"c d \\\"e\\] f\"][g] hello", T,
     TAIL},
    {"<191>1 2026-03-02T08:01:02Z relay1 postfix/smtp 12 - [x] hello", T, TAIL},
    {"<22>1 - relay1 postfix/smtp 12 - - hello", STAMP_NONE, TAIL},
    {"<22>1 2026-03-02T08:01:02Z - postfix/smtp - - - hello", T, "", "postfix", "", "smtp", "", "",
     "hello", SMTP, INFO},
    {"2026-03-02T08:01:02Z fe80::1 postfix/smtp: hello", T, "fe80::1", "postfix", "", "smtp", "",
     "", "hello", SMTP, INFO},
};

#define TAG_ROW(tag, instance, service, name, program) \
    { \
        "Mar  2 08:01:02 h " tag "[7]: x", T, "h", instance, service, name, "7", "", "x", \
            LOG_PROGRAM_##program, INFO \
    }

static const struct row tag_rows[] = {
    TAG_ROW("postfix-out/smtp", "postfix-out", "", "smtp", SMTP),
    TAG_ROW("postfix/submission/smtpd", "postfix", "submission", "smtpd", SMTPD),
    TAG_ROW("postfix/out-a/smtp", "postfix", "out-a", "smtp", SMTP),
    TAG_ROW("a/b/c/smtp", "a", "b/c", "smtp", SMTP),
    TAG_ROW("amavis/smtp", "amavis", "", "smtp", SMTP),
    TAG_ROW("postfix/trivial-rewrite", "postfix", "", "trivial-rewrite", TRIVIAL_REWRITE),
    TAG_ROW("postfix/nosuch", "postfix", "", "nosuch", OTHER),
    TAG_ROW("smtp", "", "", "smtp", OTHER),
    TAG_ROW("postfix", "", "", "postfix", OTHER),
    TAG_ROW("sshd", "", "", "sshd", OTHER),
    TAG_ROW("postfix/dovecot", "postfix", "", "dovecot", OTHER),
    TAG_ROW("postfix/SMTP", "postfix", "", "SMTP", OTHER),
    TAG_ROW("/smtp", "", "", "smtp", SMTP),
};

#define TEXT_ROW(text, severity, id, rest) \
    { \
        "Mar  2 08:01:02 h postfix/smtp[7]: " text, T, "h", "postfix", "", "smtp", "7", id, rest, \
            SMTP, LOG_SEVERITY_##severity \
    }

static const struct row text_rows[] = {
    TEXT_ROW("warning: x", WARNING, "", "x"),
    TEXT_ROW("error: x", ERROR, "", "x"),
    TEXT_ROW("fatal: x", FATAL, "", "x"),
    TEXT_ROW("panic: x", PANIC, "", "x"),
    TEXT_ROW("warning:x", INFO, "", "warning:x"),
    TEXT_ROW("warning: 4A1B2C3D01: x", WARNING, "4A1B2C3D01", "x"),
    TEXT_ROW("4A1B2C3D01: warning: x", INFO, "4A1B2C3D01", "warning: x"),
    TEXT_ROW("4jX2vK2WbVz1bY4J: x", INFO, "4jX2vK2WbVz1bY4J", "x"),
    TEXT_ROW("4A1B2C3D01:x", INFO, "", "4A1B2C3D01:x"),
    TEXT_ROW("CONNECT: x", INFO, "", "CONNECT: x"),
    TEXT_ROW("", INFO, "", ""),
    TEXT_ROW("\x1b[31m", INFO, "", "\x1b[31m"),
};

static const struct row other_rows[] = {
    {"Mar  2 08:01:02 imap-login: Info: Login: user=<u>", T, "", "", "", "dovecot", "", "",
     "imap-login: Info: Login: user=<u>", LOG_PROGRAM_DOVECOT, INFO},
    {"Mar 02 08:01:02 pop3-login: Info: x", T, "", "", "", "dovecot", "", "", "pop3-login: Info: x",
     LOG_PROGRAM_DOVECOT, INFO},
    {"2026-03-02 08:01:02 lmtp(user)<1><2>: Info: x", T, "", "", "", "dovecot", "", "",
     "lmtp(user)<1><2>: Info: x", LOG_PROGRAM_DOVECOT, INFO},
    {"Mar  2 08:01:02 h dovecot: imap-login: Login: x", T, "h", "", "", "dovecot", "", "",
     "imap-login: Login: x", LOG_PROGRAM_DOVECOT, INFO},
    {"2026/03/02 08:01:02 [info] 1#1: *5 client logged in", T, "", "", "", "nginx", "", "",
     "[info] 1#1: *5 client logged in", LOG_PROGRAM_NGINX, INFO},
};

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_forms(void **state)
{
    (void)state;
    CHECK(prefix_rows);
    CHECK(tag_rows);
    CHECK(text_rows);
    CHECK(other_rows);
}

static void test_noqueue(void **state)
{
    (void)state;
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    struct log_line line;
    assert_true(log_line_parse(
        parser, SLICE("Mar  2 08:01:02 h postfix/smtpd[7]: NOQUEUE: reject: x"), &line));
    assert_true(line.noqueue);
    assert_int_equal(line.queue_id.len, 0);
    assert_true(slice_eq(line.text, SLICE("reject: x")));
    log_parser_free(parser);
}

static void test_repeated(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t repeat;
        const char *rest;
    } rows[] = {
        {"message repeated 3 times: [ warning: 4A1B2C3D01: x [y]]", 3, "x [y]"},
        {"message repeated 0 times: [ x]", 1, "message repeated 0 times: [ x]"},
        {"message repeated 4294967296 times: [ x]", 1, "message repeated 4294967296 times: [ x]"},
        {"message repeated 3 times: [ x", 1, "message repeated 3 times: [ x"},
        {"message repeated times", 1, "message repeated times"},
    };
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[128];
        struct log_line line;
        snprintf(text, sizeof(text), "Mar  2 08:01:02 h postfix/smtp[7]: %s", rows[i].text);
        assert_true(log_line_parse(parser, slice_from_str(text), &line));
        if (line.repeat != rows[i].repeat || !slice_eq(line.text, slice_from_str(rows[i].rest)))
            fail_msg("%s: %u \"%.*s\"", rows[i].text, line.repeat, SLICE_ARG(line.text));
    }
    log_parser_free(parser);
}

#define GARBAGE(text, timed) \
    { \
        text, sizeof(text) - 1, timed \
    }

static const struct {
    const char *bytes;
    size_t len;
    bool timed;
} garbage[] = {
    GARBAGE("", false),
    GARBAGE("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", false),
    GARBAGE("<", false),
    GARBAGE("<22>", false),
    GARBAGE("<22>1 ", false),
    GARBAGE("<22>1 -", false),
    GARBAGE("<22>1 - ", false),
    GARBAGE("<22>1 2026-03-02T08:01:02Z", true),
    GARBAGE("<22>1 2026-03-02T08:01:02Z h - - - - x", true),
    GARBAGE("Mar  2 08:01:02", true),
    GARBAGE("Mar  2 08:01:02 ", true),
    GARBAGE("Mar  2 08:01:02 host", true),
    GARBAGE("Mar  2 08:01:02 host two words", true),
    GARBAGE("Mar  2 08:01:02 host tag[12", true),
    GARBAGE("-- Reboot --", false),
};

/* Not understood, but time and host are told where they can be, and the text is all the rest. */
static void test_garbage(void **state)
{
    (void)state;
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        struct slice raw = slice_of(garbage[i].bytes, garbage[i].len);
        struct log_line line;
        if (log_line_parse(parser, raw, &line) || (line.time_us != STAMP_NONE) != garbage[i].timed)
            fail_msg("row %zu: %.*s", i, SLICE_ARG(raw));
        assert_int_equal(line.tag->program, LOG_PROGRAM_OTHER);
        assert_int_equal(line.tag->text.len, 0);
        assert_true(line.text.len == 0 || slice_end(line.text) == slice_end(raw));
    }
    log_parser_free(parser);
}

static void test_long_lines(void **state)
{
    (void)state;
    static const char heads[][64] = {"",
                                     "Mar  2 08:01:02 ",
                                     "Mar  2 08:01:02 h ",
                                     "<22>1 - ",
                                     "Mar  2 08:01:02 h postfix/smtp[",
                                     "<22>1 2026-03-02T08:01:02Z h a 1 - [x y=\"",
                                     "Mar  2 08:01:02 h postfix/smtp[7]: "};
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        for (const char *fill = "A[]/: <\\\0z"; fill[0] != 'z'; fill++) {
            char *text = test_malloc(65536);
            memset(text, fill[0], 65536);
            memcpy(text, heads[i], strlen(heads[i]));
            struct log_line line;
            log_line_parse(parser, slice_of(text, 65536), &line);
            assert_true(line.text.len == 0 ||
                        (line.text.ptr >= text && slice_end(line.text) == text + 65536));
            test_free(text);
        }
    }
    log_parser_free(parser);
}

/* More tags than it keeps: the later ones are read as well, without a number. */
static void test_many_tags(void **state)
{
    (void)state;
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    uint32_t highest = 0, unnumbered = 0;
    for (unsigned i = 0; i < 10000; i++) {
        char text[64], service[16];
        snprintf(service, sizeof(service), "s%u", i);
        snprintf(text, sizeof(text), "Mar  2 08:01:02 h postfix/%s/smtp[7]: x", service);
        struct log_line line;
        assert_true(log_line_parse(parser, slice_from_str(text), &line));
        assert_int_equal(line.tag->program, LOG_PROGRAM_SMTP);
        assert_true(slice_eq(line.tag->service, slice_from_str(service)));
        highest = line.tag->id > highest ? line.tag->id : highest;
        unnumbered += line.tag->id == 0;
    }
    assert_int_equal(highest, 4096);
    assert_in_range(unnumbered, 10000 - 4096, 10000 - 4000);
    log_parser_free(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),      cmocka_unit_test(test_noqueue),
        cmocka_unit_test(test_repeated),   cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_long_lines), cmocka_unit_test(test_many_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
