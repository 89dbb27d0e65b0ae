/* SPDX-License-Identifier: Apache-2.0
 *
 * The same messages come out, wherever the reads end.
 */
#include "io/syslog_framer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"
#include "io/log_input.h"

/* Takes all messages of *input, each with '|' behind it ('~' if cut). False: bad. */
static bool take(struct syslog_framer *framer, struct slice *input, struct buf *got)
{
    for (;;) {
        struct slice message;
        bool cut = false;
        switch (syslog_framer_next(framer, input, &message, &cut)) {
        case SYSLOG_FRAME_MORE:
            assert_true(input->len <= SYSLOG_FRAME_INPUT_MAX);
            return true;
        case SYSLOG_FRAME_BAD:
            return false;
        case SYSLOG_FRAME_MESSAGE:
            assert_true(message.len > 0 && message.len <= LOG_INPUT_LINE_MAX);
            buf_add(got, message);
            buf_add_char(got, cut ? '~' : '|');
        }
    }
}

/* Reads of `step` bytes; '$' stands behind what came at the end of the connection, '!' for bad. */
static void frame(struct slice text, size_t step, struct buf *got)
{
    struct buf CLEANUP_BUF rest = {0};
    struct syslog_framer framer = {0};
    struct slice message;
    for (size_t at = 0; at < text.len; at += step) {
        buf_add(&rest, slice_first(slice_skip(text, at), step));
        struct slice left = buf_slice(&rest);
        if (!take(&framer, &left, got)) {
            buf_add_char(got, '!');
            return;
        }
        memmove(rest.ptr, left.ptr, left.len);
        rest.len = left.len;
    }
    if (syslog_framer_finish(&framer, buf_slice(&rest), &message)) {
        buf_add(got, message);
        buf_add_char(got, '$');
    }
}

static void check(struct slice text, const char *expected)
{
    for (size_t step = 1; step <= text.len + 1; step++) {
        struct buf CLEANUP_BUF got = {0};
        frame(text, step, &got);
        assert_string_equal(buf_str(&got), expected);
    }
}

static void lines(void **state)
{
    (void)state;
    check(SLICE("<22>a\n<22>b\n"), "<22>a|<22>b|");
    check(SLICE("<22>a\r\n\n\n<22>b\0\n"), "<22>a|<22>b|");
    check(SLICE("<22>a\n<22>unfinished"), "<22>a|<22>unfinished$");
    check(SLICE("no priority\n"), "no priority|");
    check(SLICE("\n\r\n\0"), "");
}

static void counted(void **state)
{
    (void)state;
    check(SLICE("5 <22>a6 <22>bc"), "<22>a|<22>bc|");
    check(SLICE("5 <22>a\n6 <22>bc\n"), "<22>a|<22>bc|");
    check(SLICE("9 <22>a\nbcd"), "<22>a\nbcd|");
    check(SLICE("7 <22>a\n\n5 <22>b"), "<22>a|<22>b|");
    check(SLICE("9 <22>cut"), "");
}

static void mixed(void **state)
{
    (void)state;
    check(SLICE("<22>a\n5 <22>b<22>c\n5 <22>d"), "<22>a|<22>b|<22>c|<22>d|");
}

/* What begins with a number need not be counted. */
static void numbers_in_front(void **state)
{
    (void)state;
    check(SLICE("2026-03-02T08:01:02Z relay1 x\n<22>b\n"), "2026-03-02T08:01:02Z relay1 x|<22>b|");
    check(SLICE("12 Mar text\n"), "12 Mar text|");
    check(SLICE("05 <22>a\n"), "05 <22>a|");
    check(SLICE("123456789 <22>a\n"), "123456789 <22>a|");
    check(SLICE("12\n<22>b\n"), "12|<22>b|");
    check(SLICE("12"), "");
}

static void no_syslog(void **state)
{
    (void)state;
    check(SLICE("\x16\x03\x01"), "!");
    check(SLICE("<22>a\n\x01more"), "<22>a|!");
    check(SLICE("16777217 <22>a"), "!");
    check(SLICE("99999999 <22>"), "!");
}

static void append_many(struct buf *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_add_char(to, 'x');
}

/* Cut to the bound, the rest dropped, what follows whole. */
static void check_long(const char *before, size_t count, const char *after, char mark)
{
    struct buf CLEANUP_BUF text = {0}, CLEANUP_BUF expected = {0};
    buf_add_str(&text, before);
    append_many(&text, count);
    buf_add_str(&text, after);
    const char *head = strchr(before, '<');
    buf_add_str(&expected, head);
    size_t room = LOG_INPUT_LINE_MAX - strlen(head);
    append_many(&expected, count < room ? count : room);
    buf_add_char(&expected, mark);
    buf_add_str(&expected, "<22>next|");
    static const size_t steps[] = {1000, 4096, 65536, 65537, 1 << 20};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct buf CLEANUP_BUF got = {0};
        frame(buf_slice(&text), steps[i], &got);
        assert_int_equal(got.len, expected.len);
        assert_memory_equal(got.ptr, expected.ptr, got.len);
    }
}

static void long_messages(void **state)
{
    (void)state;
    check_long("<22>", 65532, "\n<22>next\n", '|');
    check_long("<22>", 65533, "\n<22>next\n", '~');
    check_long("<22>", 300000, "\n<22>next\n", '~');
    check_long("65536 <22>", 65532, "8 <22>next", '|');
    check_long("65537 <22>", 65533, "8 <22>next", '~');
    check_long("300004 <22>", 300000, "8 <22>next", '~');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),     cmocka_unit_test(counted),
        cmocka_unit_test(mixed),     cmocka_unit_test(numbers_in_front),
        cmocka_unit_test(no_syslog), cmocka_unit_test(long_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
