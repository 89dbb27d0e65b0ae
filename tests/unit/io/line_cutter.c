/* SPDX-License-Identifier: Apache-2.0
 *
 * The same lines come out, wherever the blocks end.
 */
#include "io/line_cutter.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

enum { MAX = 10, MORE = 3 };

/* One line, and up to `more` others at once. */
static bool cut_some(struct line_cutter *cutter, size_t more, struct buf *got)
{
    struct slice lines[MORE + 1];
    size_t count = 1;
    if (!line_cutter_next(cutter, &lines[0]))
        return false;
    while (count <= more && line_cutter_more(cutter, &lines[count]))
        count++;
    for (size_t i = 0; i < count; i++) {
        buf_add(got, lines[i]);
        buf_add_char(got, '|');
    }
    return true;
}

/* Feeds `text` in blocks of `step` bytes; the lines, each with '|' behind it. */
static uint64_t cut(struct slice text, size_t step, size_t more, struct buf *got)
{
    struct line_cutter *cutter = line_cutter_new(MAX);
    struct slice line;
    assert_false(line_cutter_more(cutter, &line));
    for (size_t at = 0; at < text.len; at += step) {
        line_cutter_feed(cutter, slice_first(slice_skip(text, at), step));
        while (cut_some(cutter, more, got))
            ;
        assert_false(line_cutter_more(cutter, &line));
    }
    if (line_cutter_finish(cutter, &line)) {
        buf_add(got, line);
        buf_add_str(got, "$");
    }
    assert_false(line_cutter_finish(cutter, &line));
    assert_int_equal(line_cutter_used(cutter), text.len);
    uint64_t cut_lines = line_cutter_cut_lines(cutter);
    line_cutter_free(cutter);
    return cut_lines;
}

static void check_by(struct slice text, size_t more, struct slice expected, uint64_t cut_lines)
{
    for (size_t step = 1; step <= text.len + 1; step++) {
        struct buf CLEANUP_BUF got = {0};
        assert_int_equal(cut(text, step, more, &got), cut_lines);
        assert_int_equal(got.len, expected.len);
        if (expected.len > 0)
            assert_memory_equal(got.ptr, expected.ptr, expected.len);
    }
}

static void check(struct slice text, struct slice expected, uint64_t cut_lines)
{
    for (size_t more = 0; more <= MORE; more++)
        check_by(text, more, expected, cut_lines);
}

static void ends(void **state)
{
    (void)state;
    check(SLICE(""), SLICE(""), 0);
    check(SLICE("\n"), SLICE("|"), 0);
    check(SLICE("a\nbc\n\nd\n"), SLICE("a|bc||d|"), 0);
    check(SLICE("no newline"), SLICE("no newline$"), 0);
    check(SLICE("a\nlast"), SLICE("a|last$"), 0);
}

static void carriage_returns(void **state)
{
    (void)state;
    check(SLICE("a\r\nb\r\n"), SLICE("a|b|"), 0);
    check(SLICE("\r\n\r\r\n\r"), SLICE("|\r|$"), 0);
    check(SLICE("a\rb\n"), SLICE("a\rb|"), 0);
}

static void any_byte(void **state)
{
    (void)state;
    check(SLICE("a\0b\n\0\n\xff\x1b\n"), SLICE("a\0b|\0|\xff\x1b|"), 0);
}

static void long_lines(void **state)
{
    (void)state;
    check(SLICE("0123456789\n"), SLICE("0123456789|"), 0);
    check(SLICE("0123456789\r\nx\n"), SLICE("0123456789|x|"), 0);
    check(SLICE("0123456789a\nx\n"), SLICE("0123456789|x|"), 1);
    check(SLICE("0123456789ab\r\n0123456789\r\r\n"), SLICE("0123456789|0123456789|"), 2);
    check(SLICE("0123456789abcdef0123456789abcdef"), SLICE("0123456789$"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends),
        cmocka_unit_test(carriage_returns),
        cmocka_unit_test(any_byte),
        cmocka_unit_test(long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
