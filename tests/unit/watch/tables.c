/* SPDX-License-Identifier: Apache-2.0
 *
 * The small bounded tables behind a report: paths, timeline, templates of replies, providers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mail/stamp.h"
#include "watch/path_table.h"
#include "watch/provider_book.h"
#include "watch/template_table.h"
#include "watch/timeline.h"

static void test_paths(void **state)
{
    (void)state;
    struct path_table *table = path_table_new();
    uint32_t first = path_table_number(table, 1, 2, 3, PATHS_MAX);
    assert_int_equal(path_table_number(table, 1, 2, 3, PATHS_MAX), first);
    assert_int_not_equal(path_table_number(table, 2, 1, 3, PATHS_MAX), first);
    assert_int_not_equal(path_table_number(table, 1, 3, 2, PATHS_MAX), first);
    const struct path *path = path_table_get(table, first);
    assert_true(path->relay == 1 && path->source == 2 && path->provider == 3);
    for (uint32_t i = 0; i < 60000; i++)
        path_table_get(table, path_table_number(table, 9, i, i, PATHS_OF_DOMAINS_MAX))
            ->attempts.total++;
    assert_int_equal(path_table_count(table), PATHS_OF_DOMAINS_MAX);
    assert_int_equal(path_table_number(table, 1, 2, 3, PATHS_OF_DOMAINS_MAX), first);
    assert_int_equal(path_table_number(table, 9, 59999, 59999, PATHS_OF_DOMAINS_MAX), 0);
    uint64_t total = 0;
    for (uint32_t i = 0; i < path_table_count(table); i++)
        total += path_table_get(table, i)->attempts.total;
    assert_int_equal(total, 60000); /* none is lost */
    assert_int_not_equal(path_table_number(table, 9, 59999, 59999, PATHS_MAX), 0);
    for (uint32_t i = 0; i < 20000; i++)
        path_table_number(table, 8, i, i, PATHS_MAX);
    assert_int_equal(path_table_count(table), PATHS_MAX);
    assert_int_equal(path_table_number(table, 7, 7, 7, PATHS_MAX), 0);
    path_table_free(table);
    path_table_free(NULL);
}

static void test_paths_of_provider(void **state)
{
    (void)state;
    struct path_table *table = path_table_new();
    uint32_t seen[2] = {0};
    for (uint32_t i = 0; i < 1000; i++)
        path_table_number(table, 1, i, 100 + i % 2, PATHS_MAX);
    for (uint32_t which = 0; which < 2; which++) {
        const struct path *path;
        for (uint32_t at = path_table_of_provider(table, 100 + which); at; at = path->sibling) {
            path = path_table_read(table, at - 1);
            assert_int_equal(path->provider, 100 + which);
            seen[which]++;
        }
    }
    assert_int_equal(seen[0], 500);
    assert_int_equal(seen[1], 500);
    assert_int_equal(path_table_of_provider(table, 50), 0);
    assert_int_equal(path_table_of_provider(table, 1000000), 0);
    path_table_free(table);
}

static uint64_t timeline_sum(const struct timeline *timeline)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < TIMELINE_BINS; i++)
        sum += timeline->bins[i].sent;
    return sum;
}

static void test_timeline(void **state)
{
    (void)state;
    static const int64_t seconds[] = {1000000, 1000001, 1000239, 1000240, 999999, 1090000,
                                      900000,  1000000, 5000000, 0,       1000000};
    struct timeline timeline;
    timeline_init(&timeline);
    assert_int_equal(timeline.start_us, STAMP_NONE);
    assert_int_equal(timeline_used(&timeline), 0);
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        int64_t us = seconds[i] * 1000000 + 5;
        struct summary_bin *bin = timeline_bin(&timeline, us);
        bin->sent++;
        int64_t from_us = timeline.start_us + (bin - timeline.bins) * timeline.bin_us;
        assert_true(us >= from_us && us < from_us + timeline.bin_us);
        assert_int_equal(timeline_sum(&timeline), i + 1);
        for (size_t k = 0; k <= i; k++) { /* what was counted stays where its time is */
            struct summary_bin *old = timeline_bin(&timeline, seconds[k] * 1000000 + 5);
            assert_true(old->sent > 0);
        }
    }
    assert_in_range(timeline_used(&timeline), 2, TIMELINE_BINS);
}

static void test_timeline_one_second_first(void **state)
{
    (void)state;
    struct timeline timeline;
    timeline_init(&timeline);
    timeline_bin(&timeline, 7000000)->sent++;
    timeline_bin(&timeline, 7999999)->sent++;
    timeline_bin(&timeline, 8000000)->sent++;
    assert_int_equal(timeline.bin_us, 1000000);
    assert_int_equal(timeline_used(&timeline), 2);
    timeline_bin(&timeline, INT64_C(253402300799000000))->sent++; /* year 9999 */
    timeline_bin(&timeline, -INT64_C(62135596800000000))->sent++; /* year 1 */
    assert_int_equal(timeline_sum(&timeline), 5);
}

static void test_templates(void **state)
{
    (void)state;
    struct template_table *table = template_table_new();
    for (unsigned i = 0; i < 3000; i++) {
        char text[64];
        snprintf(text, sizeof(text), "host mx%u.y.test[192.0.2.%u] said: 550 odd", i, i % 256);
        template_table_add(table, slice_from_str(text));
    }
    assert_int_equal(template_table_count(table), 1); /* names and numbers are masked */
    assert_int_equal(template_table_get(table, 0).count, 3000);
    assert_true(template_table_get(table, 0).sample.len > 0);
    for (unsigned i = 0; i < 5000; i++) { /* a flood of others does not push it out */
        char text[64] = "550 refused because ";
        for (unsigned k = 0, n = i; k < 6; k++, n /= 6)
            text[20 + k] = (char)('a' + n % 6);
        template_table_add(table, slice_from_str(text));
    }
    assert_int_equal(template_table_count(table), 512);
    uint64_t most = 0;
    for (size_t i = 0; i < 512; i++)
        if (template_table_get(table, i).count > most)
            most = template_table_get(table, i).count;
    assert_int_equal(most, 3000);
    template_table_free(table);
    template_table_free(NULL);
}

/* The provider of `text`, a record of smtp, or of its agent. */
static const char *provider_name(struct provider_book *book, const char *agent, const char *text,
                                 const char *said)
{
    static char name[256];
    char line[512];
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    struct log_record record;
    snprintf(line, sizeof(line), "2026-03-02T08:01:02Z h postfix/%s[1]: 4A1B2C3D01: %s", agent,
             text);
    log_record_parse(parser, slice_from_str(line), &record);
    assert_int_equal(record.kind, LOG_KIND_DELIVERY);
    struct reply reply = {.host = slice_from_str(said)};
    uint32_t provider = provider_book_of(book, &record, said ? &reply : NULL);
    struct slice found = provider_book_name(book, provider);
    snprintf(name, sizeof(name), "%.*s", SLICE_ARG(found));
    assert_true((provider_book_row(book, provider) != NULL) == (strcmp(name, "google") == 0));
    log_parser_free(parser);
    return name;
}

#define TO(address, relay) \
    "to=<" address ">, relay=" relay ", delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (ok)"

static void test_providers(void **state)
{
    (void)state;
    struct err err;
    struct provider_table *table = provider_table_new((struct slice){NULL, 0}, &err);
    struct provider_book *book = provider_book_new(table);
    static const struct {
        const char *agent, *text, *said, *name;
    } rows[] = {
        {"smtp", TO("u@shop.test", "none"), NULL, "shop.test"},
        {"smtp", TO("u@shop.test", "aspmx.l.google.com[192.0.2.1]:25"), NULL, "google"},
        {"smtp", TO("v@SHOP.test", "none"), NULL, "google"}, /* learned */
        {"smtp", TO("u@gmail.com", "none"), NULL, "google"},
        {"smtp", TO("u@y.test", "none"), "mx2.Google.com", "google"},
        {"smtp", TO("u@z.test", "MX1.Some-Host.TEST[192.0.2.1]:25"), NULL, "some-host.test"},
        {"smtp", TO("u@z.test", "a.b.co.jp[192.0.2.1]:25"), NULL, "b.co.jp"},
        {"smtp", TO("u@w.test", "192.0.2.1[192.0.2.1]:25"), NULL, "192.0.2.1"},
        {"local", TO("u@gmail.com", "local"), NULL, "local"},
        {"virtual", TO("u@gmail.com", "virtual"), NULL, "local"},
        {"pipe", TO("u@gmail.com", "mailman"), NULL, "local"},
        {"lmtp", TO("u@gmail.com", "mb1[private/dovecot-lmtp]"), NULL, "local"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(provider_name(book, rows[i].agent, rows[i].text, rows[i].said), rows[i].name))
            fail_msg("%s: not %s", rows[i].text, rows[i].name);
    for (unsigned i = 0; i < 30000; i++) { /* past the bound they share a name */
        char text[256];
        snprintf(text, sizeof(text), TO("u@d%u.test", "none"), i);
        provider_name(book, "smtp", text, NULL);
    }
    assert_string_equal(provider_name(book, "smtp", TO("u@gmail.com", "none"), NULL), "google");
    provider_book_free(book);
    provider_book_free(NULL);
    provider_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),     cmocka_unit_test(test_paths_of_provider),
        cmocka_unit_test(test_timeline),  cmocka_unit_test(test_timeline_one_second_first),
        cmocka_unit_test(test_templates), cmocka_unit_test(test_providers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
