/* SPDX-License-Identifier: Apache-2.0
 *
 * The page at /: says how things are, and takes nothing of a name for markup.
 */
#include "web/start_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_says(const struct buf *page, const char *words, bool says)
{
    if ((slice_find(buf_slice(page), slice_from_str(words)) != NULL) != says)
        fail_msg("%s: %s", says ? "does not say" : "says", words);
}

static void test_state(void **state)
{
    (void)state;
    static const struct {
        size_t incidents;
        const char *said;
    } rows[] = {
        {0, "Nothing is wrong: no incident is open."},
        {1, "<strong>1 incident is open</strong>"},
        {12, "<strong>12 incidents are open</strong>"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf page = {0};
        start_page(&(struct start_page){.version = SLICE("1.2"), .incidents = rows[i].incidents},
                   &page);
        assert_says(&page, rows[i].said, true);
        assert_says(&page, "<title>todoku</title>", true);
        assert_says(&page, "Version 1.2.", true);
        assert_says(&page, "<a href=\"/runbooks\">", true);
        assert_says(&page, "<a href=\"/metrics\">", true);
    }
}

static void test_names_are_no_markup(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf page = {0};
    start_page(&(struct start_page){.version = SLICE("1<i>"), .relay = SLICE("<script>\"&r\xff")},
               &page);
    assert_says(&page, "<title>todoku on &lt;script&gt;", true);
    assert_says(&page, "<h1>todoku on &lt;script&gt;", true);
    assert_says(&page, "<script", false);
    assert_says(&page, "<i>", false);
    assert_says(&page, "&r", false);
    assert_says(&page, "\xff", false);
}

/* Nothing is fetched from elsewhere. */
static void test_nothing_from_elsewhere(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf page = {0};
    start_page(&(struct start_page){.version = SLICE("1")}, &page);
    assert_says(&page, "//", false);
    assert_says(&page, " src=", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_names_are_no_markup),
        cmocka_unit_test(test_nothing_from_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
