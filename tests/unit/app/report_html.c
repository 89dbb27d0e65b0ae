/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML report: one well-formed file, nothing loaded, nothing of the logs as markup.
 */
#include "app/report_html.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "app/html_writer.h"
#include "app/report_fixture.h"
#include "app/report_page.h"
#include "base/escape.h"

static void print(struct summary *summary, struct buf *to)
{
    report_html(summary, NULL, to);
    report_fixture_free(summary);
}

static size_t occurrences(struct slice text, struct slice words)
{
    size_t count = 0;
    for (const char *found; (found = slice_find(text, words)); count++)
        text = slice_between(found + words.len, slice_end(text));
    return count;
}

static size_t count_in(const struct buf *page, const char *words)
{
    return occurrences(buf_slice(page), slice_from_str(words));
}

static void logs_are_not_markup(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF page = {0};
    print(report_fixture_busy(), &page);
    assert_int_equal(count_in(&page, "<script>"), 1);
    assert_int_equal(count_in(&page, "</script>"), 1);
    assert_true(count_in(&page, "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m\\u202e") > 5);
    for (struct slice rest = buf_slice(&page); rest.len > 0;) {
        uint32_t c = utf8_take(&rest);
        assert_true(c == '\n' || (c >= 0x20 && c != 0x7f && c != UTF8_INVALID && c != 0x202e));
    }
}

static void nothing_is_loaded(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF page = {0};
    print(report_fixture_busy(), &page);
    static const char *const loads[] = {" src=", "<link",  "<img",    "<iframe",  "@import",
                                        "url(",  "fetch(", " style=", " onclick", "javascript:"};
    for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
        assert_int_equal(count_in(&page, loads[i]), 0);
    assert_int_equal(count_in(&page, "href=\"http"), 1);
    assert_int_equal(count_in(&page, "default-src 'none'; style-src 'sha256-"), 1);
}

/* Takes the next tag of an element that has an end: its name and whether it is the end. What stands
 * inside a script is none. */
static bool take_tag(struct slice *rest, struct slice *name, bool *closing)
{
    const char *found = slice_find_char(*rest, '<');
    if (!found)
        return false;
    *rest = slice_between(found + 1, slice_end(*rest));
    *closing = slice_take_prefix(rest, SLICE("/"));
    *name = slice_first(*rest, strcspn(rest->ptr, " >/\n"));
    if (slice_eq(*name, SLICE("script")) && !*closing)
        *rest = slice_between(slice_find(*rest, SLICE("</script>")), slice_end(*rest));
    return true;
}

static bool has_no_end(struct slice name)
{
    static const char *const names[] = {"meta", "!DOCTYPE", "rect", "line"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_eq(name, slice_from_str(names[i])))
            return true;
    return false;
}

/* Every element that this page opens is closed, in order. */
static void assert_well_formed(struct summary *summary)
{
    struct buf CLEANUP_BUF page = {0};
    struct slice open[64], name;
    size_t depth = 0;
    bool closing;
    print(summary, &page);
    for (struct slice rest = buf_slice(&page); take_tag(&rest, &name, &closing);) {
        if (has_no_end(name))
            continue;
        if (closing) {
            assert_true(depth > 0 && slice_eq(open[depth - 1], name));
            depth--;
            continue;
        }
        assert_true(depth < 64);
        open[depth++] = name;
    }
    assert_int_equal(depth, 0);
}

static void well_formed(void **state)
{
    (void)state;
    assert_well_formed(report_fixture_busy());
    assert_well_formed(report_fixture_older());
    assert_well_formed(report_fixture_sums());
    assert_well_formed(report_fixture_empty());
}

static void says_what_is_known_of_older_times(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF both = {0}, CLEANUP_BUF sums = {0};
    print(report_fixture_older(), &both);
    print(report_fixture_sums(), &sums);
    assert_int_equal(count_in(&both, "Older: sums by the hour</h2>"), 1);
    assert_int_equal(count_in(&both, "<script>"), 1);
    assert_int_equal(count_in(&sums, "no deliveries of this time any more"), 1);
    assert_int_equal(count_in(&sums, "900,300 attempts: 900,000 sent"), 1);
    assert_int_equal(count_in(&sums, "(others)"), 1);
}

static void says_the_state(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF calm = {0}, CLEANUP_BUF few = {0}, CLEANUP_BUF empty = {0};
    print(report_fixture_calm(), &calm);
    print(report_fixture_few(), &few);
    print(report_fixture_empty(), &empty);
    assert_int_equal(count_in(&calm, "Nothing is wrong:"), 1);
    assert_int_equal(count_in(&few, "not enough mail to judge: 12 recipients"), 1);
    assert_int_equal(count_in(&empty, "No lines were read"), 1);
}

static void links_only_what_is_safe(void **state)
{
    (void)state;
    static const struct {
        struct slice url;
        bool linked;
    } cases[] = {
        {{"https://example.com/a?b&c", 25}, true},
        {{"http://example.com/", 19}, true},
        {{"javascript:alert(1)", 19}, false},
        {{"https://ex\xe2\x80\xaemple.com/", 23}, false},
        {{"https://a b", 11}, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf CLEANUP_BUF text = {0};
        html_link(cases[i].url, &text);
        assert_int_equal(count_in(&text, "<a "), cases[i].linked);
    }
}

static void fixed_parts_stay_inside_their_element(void **state)
{
    (void)state;
    assert_null(slice_find(report_page_style(), SLICE("</")));
    assert_null(slice_find(report_page_script(), SLICE("</")));
    assert_null(slice_find_char(report_page_policy(), '"'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_are_not_markup),
        cmocka_unit_test(nothing_is_loaded),
        cmocka_unit_test(well_formed),
        cmocka_unit_test(says_what_is_known_of_older_times),
        cmocka_unit_test(says_the_state),
        cmocka_unit_test(links_only_what_is_safe),
        cmocka_unit_test(fixed_parts_stay_inside_their_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
