/* SPDX-License-Identifier: Apache-2.0
 *
 * The text report: harmless bytes, lines that fit, and the right words for each state.
 */
#include "app/report_text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "app/report_fixture.h"
#include "base/escape.h"

static void print(struct summary *summary, struct text_style style, struct buf *to)
{
    report_text(summary, NULL, &style, to);
    report_fixture_free(summary);
}

static void assert_says(const struct buf *text, const char *words)
{
    if (!slice_find(buf_slice(text), slice_from_str(words)))
        fail_msg("does not say: %s", words);
}

static void no_raw_control_bytes(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    print(report_fixture_older(), (struct text_style){100, true, false, false}, &text);
    for (struct slice rest = buf_slice(&text); rest.len > 0;) {
        uint32_t c = utf8_take(&rest);
        assert_true(c == '\n' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0)));
        assert_true(c != UTF8_INVALID && c != 0x202e);
    }
}

static void colour_is_ours_alone(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    print(report_fixture_busy(), (struct text_style){100, true, true, false}, &text);
    struct slice rest = buf_slice(&text);
    for (const char *found; (found = slice_find_char(rest, '\x1b'));) {
        rest = slice_between(found, slice_end(rest));
        assert_true(slice_starts_with(rest, SLICE("\x1b[0m")) ||
                    slice_starts_with(rest, SLICE("\x1b[1m")) ||
                    slice_starts_with(rest, SLICE("\x1b[2m")) ||
                    slice_starts_with(rest, SLICE("\x1b[1;31m")) ||
                    slice_starts_with(rest, SLICE("\x1b[33m")) ||
                    slice_starts_with(rest, SLICE("\x1b[32m")));
        rest = slice_skip(rest, 4);
    }
}

static void ascii_for_other_terminals(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    print(report_fixture_older(), (struct text_style){80, false, false, false}, &text);
    for (size_t i = 0; i < text.len; i++)
        assert_true(text.ptr[i] == '\n' || (text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f));
}

static void lines_fit_the_screen(void **state)
{
    (void)state;
    for (size_t width = 80; width <= 200; width += 20) {
        struct buf CLEANUP_BUF text = {0};
        print(report_fixture_older(), (struct text_style){width, true, false, false}, &text);
        struct slice rest = buf_slice(&text);
        while (rest.ptr) {
            struct slice line = slice_cut(&rest, '\n');
            if (escape_width(line) > width)
                fail_msg("%zu: %.*s", width, SLICE_ARG(line));
        }
    }
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    print(report_fixture_busy(), (struct text_style){100, true, false, false}, &text);
    assert_says(&text, "● Blocked  relay1/out-a → microsoft-consumer  since 18:14 (5 h 45 min)");
    assert_says(&text, "6,520 of 6,722 attempts refused (96.99 %), 3,604 messages");
    assert_says(&text, "https://sender.office.com/");
    assert_says(&text, "○ Provider outage");
    assert_says(&text, "99.16 % of 912,834 recipients; target 99 %: met");
    assert_says(&text, "81,209 not understood (2.63 %)");
    assert_says(&text, "14 of 15");
}

static void says_when_nothing_is_wrong(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF calm = {0}, CLEANUP_BUF few = {0}, CLEANUP_BUF empty = {0};
    print(report_fixture_calm(), (struct text_style){100, true, false, false}, &calm);
    print(report_fixture_few(), (struct text_style){100, true, false, false}, &few);
    print(report_fixture_empty(), (struct text_style){100, true, false, false}, &empty);
    assert_says(&calm, "Nothing is wrong: no incident is open.");
    assert_says(&few, "there is not enough mail to judge: 12 recipients, at least 30 are needed");
    assert_says(&empty, "No lines were read: the logs are empty.");
}

static void says_what_is_known_of_older_times(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF both = {0}, CLEANUP_BUF sums = {0}, CLEANUP_BUF busy = {0};
    print(report_fixture_older(), (struct text_style){100, true, false, false}, &both);
    print(report_fixture_sums(), (struct text_style){100, true, false, false}, &sums);
    print(report_fixture_busy(), (struct text_style){100, true, false, false}, &busy);
    assert_says(&both, "4,000,000 lines");
    assert_says(&both, "● Blocked  relay1/out-a");
    assert_says(&sums, "The history has no deliveries of this time any more.");
    const struct buf *const texts[] = {&both, &sums};
    for (size_t i = 0; i < 2; i++) {
        assert_says(texts[i], "OLDER: SUMS BY THE HOUR");
        assert_says(texts[i], "2026-01-31 00:00 – 2026-03-01 19:00: deliveries are not kept");
        assert_says(texts[i], ": 900,000 sent, 200 deferred, 100 bounced; 1 recipient expired.");
        assert_says(texts[i], "(others)");
    }
    assert_null(slice_find(buf_slice(&busy), SLICE("OLDER")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_raw_control_bytes),
        cmocka_unit_test(colour_is_ours_alone),
        cmocka_unit_test(ascii_for_other_terminals),
        cmocka_unit_test(lines_fit_the_screen),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(says_when_nothing_is_wrong),
        cmocka_unit_test(says_what_is_known_of_older_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
