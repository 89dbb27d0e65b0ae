/* SPDX-License-Identifier: Apache-2.0
 *
 * Each form that our documents use, and each refusal of what they do not.
 */
#include "web/markdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Knows one page, with a name that must be escaped. */
static bool address(void *context, struct slice target, struct buf *to)
{
    (void)context;
    if (!slice_eq(target, SLICE("other.md")))
        return false;
    buf_add_str(to, "/other\"&");
    return true;
}

static const struct markdown_links links = {address, NULL};

static const struct {
    const char *name, *text, *html;
} forms[] = {
    {"nothing", "", ""},
    {"comment", "<!-- SPDX -->\n", ""},
    {"headings", "# A `b`\n## C\n", "<h1>A <code>b</code></h1>\n<h2>C</h2>\n"},
    {"paragraph of two lines", "a\nb\n\nc", "<p>a\nb</p>\n<p>c</p>\n"},
    {"escaped", "a & \"b\" > c\n", "<p>a &amp; &quot;b&quot; &gt; c</p>\n"},
    {"code is escaped", "`<b>*&`", "<p><code>&lt;b&gt;*&amp;</code></p>\n"},
    {"begins with code", "`a` b", "<p><code>a</code> b</p>\n"},
    {"controls become visible",
     "a\x1b"
     "0m\xff",
     NULL},
    {"underscores and exclamations", "MX_HOST! now!", "<p>MX_HOST! now!</p>\n"},
    {"link outside", "[a](https://example.jp/?b&c)",
     "<p><a rel=\"noopener noreferrer\" href=\"https://example.jp/?b&amp;c\">a</a></p>\n"},
    {"link to mail", "[a](mailto:a@example.jp)",
     "<p><a rel=\"noopener noreferrer\" href=\"mailto:a@example.jp\">a</a></p>\n"},
    {"link inside", "see [o&o](other.md).",
     "<p>see <a href=\"/other&quot;&amp;\">o&amp;o</a>.</p>\n"},
    {"steps", "1. a\n2. b\n", "<ol>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li></ol>\n"},
    {"loose steps", "1. a\n\n2. b", "<ol>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li></ol>\n"},
    {"a step in two lines", "1. a\n   b", "<ol>\n<li><p>a\nb</p>\n</li></ol>\n"},
    {"a step in two paragraphs", "1. a\n\n   b", "<ol>\n<li><p>a</p>\n<p>b</p>\n</li></ol>\n"},
    {"steps begin anew after text", "1. a\n\nb\n\n1. c",
     "<ol>\n<li><p>a</p>\n</li></ol>\n<p>b</p>\n<ol>\n<li><p>c</p>\n</li></ol>\n"},
    {"points", "- a\n- b", "<ul>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li></ul>\n"},
    {"points, then steps", "- a\n1. b",
     "<ul>\n<li><p>a</p>\n</li></ul>\n<ol>\n<li><p>b</p>\n</li></ol>\n"},
    {"points in a step, code after them, a step",
     "1. a\n   - b\n   - c\n\n   ```sh\n   d\n   ```\n\n2. e\n",
     "<ol>\n<li><p>a</p>\n<ul>\n<li><p>b</p>\n</li>\n<li><p>c</p>\n</li></ul>\n"
     "<pre><code>d\n</code></pre>\n</li>\n<li><p>e</p>\n</li></ol>\n"},
    {"text after inner points", "1. a\n   - b\n\n   c",
     "<ol>\n<li><p>a</p>\n<ul>\n<li><p>b</p>\n</li></ul>\n<p>c</p>\n</li></ol>\n"},
    {"code keeps its own blanks, marks and empty lines", "```sh\nif <\n\n  `x` | *\n```\nb",
     "<pre><code>if &lt;\n\n  `x` | *\n</code></pre>\n<p>b</p>\n"},
    {"heading ends a list", "- a\n# b", "<ul>\n<li><p>a</p>\n</li></ul>\n<h1>b</h1>\n"},
    {"other scripts", "届く。", "<p>届く。</p>\n"},
};

static void forms_and_their_html(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        CLEANUP_BUF struct buf html = {0};
        struct err err = {0};
        print_message("# %s\n", forms[i].name);
        bool fine = markdown_html(slice_from_str(forms[i].text), &links, &html, &err);
        assert_string_equal(err.text, "");
        assert_true(fine);
        if (forms[i].html != NULL)
            assert_string_equal(buf_str(&html), forms[i].html);
        assert_null(strchr(buf_str(&html), '\x1b'));
    }
}

static const struct {
    const char *text, *where;
} refused[] = {
    {"### a", "line 1: begins"},
    {"#a", "line 1: begins"},
    {"a\n\n> b", "line 3: begins"},
    {"* a", "line 1: '*'"},
    {"+ a", "line 1: begins"},
    {"---", "line 1: begins"},
    {"a\n===", "line 2: begins"},
    {"```\na\n```", "line 1: begins"},
    {"```python\na\n```", "line 1: begins"},
    {"<b>a</b>", "line 1: '<'"},
    {"a <!-- b", "line 1: '<'"},
    {"a **b**", "line 1: '*'"},
    {"a \\* b", "line 1: '\\'"},
    {"| a | b |", "line 1: '|'"},
    {"a ~~b~~", "line 1: '~'"},
    {"![a](other.md)", "line 1: '!'"},
    {"a ]", "line 1: ']'"},
    {"`a", "line 1: code"},
    {"``", "line 1: code"},
    {"[a]", "line 1: a bracket"},
    {"[a][b]", "line 1: a bracket"},
    {"[a](other.md", "line 1: a link without"},
    {"[a]()", "line 1: a link without"},
    {"[](other.md)", "line 1: a link without"},
    {"[`a`](other.md)", "line 1: a link without"},
    {"[a](javascript:alert)", "line 1: a link to"},
    {"[a](/etc/passwd)", "line 1: a link to"},
    {"[a](missing.md)", "line 1: a link to missing.md"},
    {"2. a", "line 1: step 2, expected 1"},
    {"1. a\n3. b", "line 2: step 3, expected 2"},
    {"1. a\n1. b", "line 2: step 1, expected 2"},
    {"1. a\nb", "line 2: goes on"},
    {"- a\nb", "line 2: goes on"},
    {"   a", "line 1: moved in"},
    {"1. a\n  b", "line 2: moved in"},
    {"1. a\n\n       b", "line 3: moved in"},
    {"   ```sh\n   a\n   ```", "line 1: moved in"},
    {"1. a\n\n   ```sh\nb\n   ```", "line 4: code that is not"},
    {"1. a\n\n   ```sh\n   b\n", "line 4: code without an end"},
    {"```sh\na", "line 2: code without an end"},
    {"a ", "line 1: a blank"},
    {"a\tb", "line 1: a blank"},
    {"- ", "line 1: a blank"},
};

static void what_is_not_known_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        CLEANUP_BUF struct buf html = {0};
        struct err err = {0};
        print_message("# %s\n", refused[i].where);
        assert_false(markdown_html(slice_from_str(refused[i].text), &links, &html, &err));
        assert_int_equal(err.code, ERR_INPUT);
        assert_true(slice_starts_with(slice_from_str(err.text), slice_from_str(refused[i].where)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_and_their_html),
        cmocka_unit_test(what_is_not_known_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
