/* SPDX-License-Identifier: Apache-2.0
 *
 * Escaping: hostile bytes become visible, harmless text stays as it is, widths are right.
 */
#include "base/escape.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A slice where a constant expression is asked for. */
#define TEXT(literal) \
    { \
        "" literal, sizeof(literal) - 1 \
    }

typedef void escape_fn(struct slice text, struct buf *to);

struct example {
    struct slice in;
    const char *out;
};

static void check_all(escape_fn *escape, const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf CLEANUP_BUF got = {0};
        escape(examples[i].in, &got);
        assert_string_equal(buf_str(&got), examples[i].out);
        assert_int_equal(got.len, strlen(examples[i].out));
    }
}

#define CHECK_ALL(escape, examples) \
    check_all(escape, examples, sizeof(examples) / sizeof((examples)[0]))

static void terminal(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {{NULL, 0}, ""},
        {TEXT("plain <a@example.jp> \\ text"), "plain <a@example.jp> \\ text"},
        {TEXT("届く é"), "届く é"},
        {TEXT("\x1b[31mred\x07"), "\\x1b[31mred\\x07"},
        {TEXT("a\nb\tc\rd\0e"), "a\\nb\\tc\\rd\\x00e"},
        {TEXT("\x7f"), "\\x7f"},
        {TEXT("\xc2\x9b"
              "31m"),
         "\\u009b31m"},
        {TEXT("\x9b"
              "31m\xff"),
         "\\x9b31m\\xff"},
        {TEXT("evil\xe2\x80\xaegpj.exe"), "evil\\u202egpj.exe"},
        {TEXT("zero\xe2\x80\x8bwidth\xef\xbb\xbf"), "zero\\u200bwidth\\ufeff"},
        {TEXT("\xf3\xa0\x81\x81"), "\\ue0041"},
        {TEXT("\xc0\xaf \xed\xa0\x80"), "\\xc0\\xaf \\xed\\xa0\\x80"},
        {TEXT("cut \xe5\xb1"), "cut \\xe5\\xb1"},
        {TEXT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"},
    };
    CHECK_ALL(escape_terminal, examples);
}

static void ascii(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT("a届\xe3\x98\x9b~\x7f"), "a\\u5c4a\\u361b~\\x7f"},
        {TEXT("\xe2\x80\xae\x80"), "\\u202e\\x80"},
    };
    CHECK_ALL(escape_ascii, examples);
}

static void html(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT("<script>a('\"&amp;')</script>"),
         "&lt;script&gt;a(&#39;&quot;&amp;amp;&#39;)&lt;/script&gt;"},
        {TEXT("\x1b]0;t\x07 届"), "\\x1b]0;t\\x07 届"},
        {TEXT("\xe2\x80\xae<\xff>"), "\\u202e&lt;\\xff&gt;"},
    };
    CHECK_ALL(escape_html, examples);
}

static void json(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {{NULL, 0}, ""},
        {TEXT("plain <a@example.jp> 'text'"), "plain <a@example.jp> 'text'"},
        {TEXT("\"\\/"), "\\\"\\\\/"},
        {TEXT("\b\f\n\r\t"), "\\b\\f\\n\\r\\t"},
        {TEXT("\x01\x1b[31m\x7f"), "\\u0001\\u001B[31m\\u007F"},
        {TEXT("é届\xc2\x9b\xe2\x80\xae"), "\\u00E9\\u5C4A\\u009B\\u202E"},
        {TEXT("\xf0\x9f\x93\xa8\xf4\x8f\xbf\xbf"), "\\uD83D\\uDCE8\\uDBFF\\uDFFF"},
        {TEXT("a\0\xff\xed\xa0\x80"), "a\\uFFFD\\uFFFD\\uFFFD\\uFFFD\\uFFFD"},
    };
    CHECK_ALL(escape_json, examples);
}

static void sanitize(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT("届\n\x01"), "届\n\x01"},
        {TEXT("a\0b"), "a\xef\xbf\xbd"
                       "b"},
        {TEXT("\xe5\xb1x"), "\xef\xbf\xbdx"},
        {TEXT("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd"},
        {TEXT("\xf0\x90\x80"), "\xef\xbf\xbd"},
    };
    CHECK_ALL(utf8_sanitize, examples);
}

static void first_bytes(void **state)
{
    (void)state;
    static const struct {
        size_t max;
        const char *first;
    } rows[] = {{0, ""}, {1, "a"}, {2, "a"}, {3, "a"}, {4, "a届"}, {7, "a届"}, {8, "a届📬"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice got = utf8_first(SLICE("a届📬"), rows[i].max);
        assert_int_equal(got.len, strlen(rows[i].first));
        assert_memory_equal(got.ptr, rows[i].first, got.len);
    }
    assert_int_equal(utf8_first(SLICE("a届📬"), 9).len, 8);
    assert_int_equal(utf8_first((struct slice){NULL, 0}, 9).len, 0);
    assert_int_equal(utf8_first(SLICE("\xe5\xb1x"), 1).len, 0);
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(escape_width(SLICE("")), 0);
    assert_int_equal(escape_width(SLICE("abc")), 3);
    assert_int_equal(escape_width(SLICE("届くé")), 5);
    assert_int_equal(escape_width(SLICE("が")), 2);
    assert_int_equal(escape_width(SLICE("か\xe3\x82\x99")), 2);
    assert_int_equal(escape_width(SLICE("ﾊﾝｶｸ")), 4);
    assert_int_equal(escape_width(SLICE("📬한")), 4);
}

static void assert_cut(struct slice text, size_t columns, const char *expected)
{
    struct slice got = escape_cut(text, columns);
    assert_int_equal(got.len, strlen(expected));
    if (got.len > 0)
        assert_memory_equal(got.ptr, expected, got.len);
}

static void cuts(void **state)
{
    (void)state;
    assert_cut(SLICE("abc"), 3, "abc");
    assert_cut(SLICE("abc"), 2, "ab");
    assert_cut(SLICE("abc"), 0, "");
    assert_cut(SLICE("届く"), 3, "届");
    assert_cut(SLICE("届く"), 1, "");
    assert_cut(SLICE("e\xcc\x81x"), 1, "e\xcc\x81");
    assert_cut(SLICE(""), 5, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal), cmocka_unit_test(ascii),       cmocka_unit_test(html),
        cmocka_unit_test(json),     cmocka_unit_test(sanitize),    cmocka_unit_test(widths),
        cmocka_unit_test(cuts),     cmocka_unit_test(first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
