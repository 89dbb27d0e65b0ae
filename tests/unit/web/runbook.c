/* SPDX-License-Identifier: Apache-2.0
 *
 * Every kind of incident has a page in every language, and every link of a page leads to one.
 */
#include "web/runbook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/incident_words.h"

static int make_providers(void **state)
{
    struct err err;
    *state = provider_table_new(
        SLICE("own\t.mx.example.jp\t-\tOwn <b>\thttps://own.example.jp/?a&b\t-\n"), &err);
    return *state == NULL;
}

static int free_providers(void **state)
{
    provider_table_free(*state);
    return 0;
}

static void page(const struct provider_table *providers, const char *name, enum language language,
                 struct buf *html)
{
    print_message("# page '%s' %s\n", name, language_word(language));
    assert_true(runbook_page(slice_from_str(name), language, providers, html));
}

static bool holds(const struct buf *html, const char *text)
{
    return strstr(buf_str(html), text) != NULL;
}

static void every_kind_in_every_language(void **state)
{
    (void)state;
    for (int i = 0; i < INCIDENT_KIND_COUNT; i++) {
        const char *word = incident_kind_word((enum incident_kind)i);
        for (int k = 0; k < LANGUAGE_COUNT; k++) {
            enum language language = (enum language)k;
            CLEANUP_BUF struct buf html = {0}, head = {0};
            struct err err = {0};
            struct slice text = runbook_find(slice_from_str(word), language);
            assert_true(text.len > 1000);
            assert_false(!runbook_html(text, language, &html, &err) && *err.text);
            buf_addf(&head, "<h1>%s: <code>%s</code></h1>\n",
                     incident_title((enum incident_kind)i, language), word);
            assert_true(slice_starts_with(buf_slice(&html), buf_slice(&head)));
        }
        assert_false(slice_eq(runbook_find(slice_from_str(word), LANGUAGE_EN),
                              runbook_find(slice_from_str(word), LANGUAGE_JA)));
    }
    assert_null(runbook_find(SLICE("blo"), LANGUAGE_EN).ptr);
    assert_null(runbook_find(SLICE(""), LANGUAGE_EN).ptr);
}

/* Follows each link of a page that stays below /runbooks/. */
static size_t follow_links(const struct provider_table *providers, const struct buf *html)
{
    static const char begin[] = "href=\"/runbooks/";
    size_t count = 0;
    for (const char *at = strstr(buf_str(html), begin); at != NULL; at = strstr(at, begin)) {
        at += sizeof(begin) - 1;
        struct slice name = slice_of(at, strcspn(at, "\"#"));
        CLEANUP_BUF struct buf target = {0};
        if (slice_eq(name, SLICE(RUNBOOK_STYLE_NAME)))
            continue;
        assert_true(runbook_page(name, LANGUAGE_EN, providers, &target));
        if (at[name.len] == '#')
            assert_true(slice_starts_with(slice_from_str(at + name.len), SLICE("#providers")) ||
                        slice_starts_with(slice_from_str(at + name.len), SLICE("#lists")));
        count++;
    }
    return count;
}

static void all_links_lead_to_pages(void **state)
{
    const struct provider_table *providers = *state;
    for (int k = 0; k < LANGUAGE_COUNT; k++) {
        CLEANUP_BUF struct buf index = {0};
        page(providers, "", (enum language)k, &index);
        assert_true(follow_links(providers, &index) >= INCIDENT_KIND_COUNT + 3);
        for (int i = 0; i < INCIDENT_KIND_COUNT; i++) {
            CLEANUP_BUF struct buf html = {0};
            page(providers, incident_kind_word((enum incident_kind)i), (enum language)k, &html);
            assert_true(follow_links(providers, &html) >= 3);
            assert_false(holds(&html, ".md"));
            assert_false(holds(&html, "<script"));
            assert_false(holds(&html, "style="));
        }
    }
}

static void a_name_may_say_the_language(void **state)
{
    const struct provider_table *providers = *state;
    CLEANUP_BUF struct buf by_name = {0}, by_argument = {0}, english = {0}, index = {0};
    page(providers, "block.ja", LANGUAGE_EN, &by_name);
    page(providers, "block", LANGUAGE_JA, &by_argument);
    page(providers, "block.en", LANGUAGE_JA, &english);
    page(providers, "ja", LANGUAGE_EN, &index);
    assert_string_equal(buf_str(&by_name), buf_str(&by_argument));
    assert_true(holds(&by_name, "<html lang=\"ja\">"));
    assert_true(holds(&by_name, "href=\"/runbooks/surge.ja\""));
    assert_true(holds(&by_name, "href=\"/runbooks/delisting.ja#lists\""));
    assert_true(holds(&by_name, "<a href=\"/runbooks/block\">English</a>"));
    assert_true(holds(&english, "<html lang=\"en\">"));
    assert_true(holds(&english, "href=\"/runbooks/surge\""));
    assert_true(holds(&index, "手順書"));
}

static void unknown_names_are_no_pages(void **state)
{
    static const char *const names[] = {"nothing",  "block.fr", "block.ja.ja", "block/",
                                        "../block", "Block",    ".",           "..",
                                        "/",        "block.md", "block.ja.en", "style.css"};
    const struct provider_table *providers = *state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CLEANUP_BUF struct buf html = {0};
        assert_false(runbook_page(slice_from_str(names[i]), LANGUAGE_EN, providers, &html));
        assert_int_equal(html.len, 0);
    }
}

static void whom_to_ask(void **state)
{
    const struct provider_table *providers = *state;
    CLEANUP_BUF struct buf html = {0};
    page(providers, "delisting", LANGUAGE_EN, &html);
    for (size_t i = 0; i < provider_count(providers); i++) {
        const struct provider *provider = provider_at(providers, i);
        CLEANUP_BUF struct buf link = {0};
        if (provider->delist.len == 0 || slice_find_char(provider->delist, '&') != NULL)
            continue;
        buf_addf(&link, "href=\"%.*s\"", SLICE_ARG(provider->delist));
        assert_true(holds(&html, buf_str(&link)));
    }
    assert_true(holds(&html, "<td>Own &lt;b&gt;</td><td></td>"));
    assert_true(holds(&html, "href=\"https://own.example.jp/?a&amp;b\""));
    assert_true(holds(&html, "<td>spamhaus-zen</td><td>zen.spamhaus.org</td><td>addresses</td>"));
    assert_true(holds(&html, "<td>spamhaus-dbl</td><td>dbl.spamhaus.org</td><td>domains</td>"));
    assert_false(holds(&html, ">-<"));
}

static void the_style_is_alone(void **state)
{
    (void)state;
    struct slice style = runbook_style();
    assert_true(style.len > 500);
    assert_null(slice_find(style, SLICE("url(")));
    assert_null(slice_find(style, SLICE("@import")));
    assert_non_null(slice_find(style, SLICE("prefers-color-scheme: dark")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_in_every_language),
        cmocka_unit_test(all_links_lead_to_pages),
        cmocka_unit_test(a_name_may_say_the_language),
        cmocka_unit_test(unknown_names_are_no_pages),
        cmocka_unit_test(whom_to_ask),
        cmocka_unit_test(the_style_is_alone),
    };
    return cmocka_run_group_tests(tests, make_providers, free_providers);
}
