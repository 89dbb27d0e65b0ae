/* SPDX-License-Identifier: Apache-2.0
 *
 * Domains and their providers by MX: whose hosts they are, how long an answer holds, what is asked
 * and when, what has moved.
 */
#include "app/mx_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define DAY_US (24 * HOUR_US)
#define START_US INT64_C(1700000000000000)

static struct provider_table *table;
static struct mx_book *book;

static int set_up(void **state)
{
    struct err err;
    (void)state;
    table = provider_table_new(SLICE("huge\t.huge.example .huge-mx.example\thuge.example\n"), &err);
    assert_non_null(table);
    book = mx_book_new(table, HOUR_US);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mx_book_free(book);
    provider_table_free(table);
    return 0;
}

static struct slice text(const char *name)
{
    return slice_from_str(name);
}

/* hosts: divided by blanks; "-": one that is no host's name. */
static void answer_with(const char *domain, enum dns_result result, const char *hosts,
                        uint32_t ttl_s, int64_t now_us)
{
    struct dns_record records[8] = {{.preference = 10}};
    struct dns_answer answer = {.result = result, .ttl_s = ttl_s, .records = records};
    for (struct slice rest = hosts ? text(hosts) : (struct slice){NULL, 0}; rest.ptr != NULL;) {
        struct slice host = slice_cut(&rest, ' ');
        records[answer.count++].name = slice_eq(host, SLICE("-")) ? (struct slice){NULL, 0} : host;
    }
    mx_book_answer(book, text(domain), &answer, now_us);
}

/* The only one that is due; NULL: none is. Asked then. */
static const char *due(int64_t now_us)
{
    struct slice found[2];
    size_t count = mx_book_take_due(book, now_us, found, 2);
    assert_true(count <= 1);
    return count == 1 ? found[0].ptr : NULL;
}

static void want(const char *domain, enum mx_cause cause, int64_t now_us)
{
    mx_book_want(book, text(domain), cause, now_us);
}

static void test_whose(void **state)
{
    static const struct {
        enum dns_result result;
        const char *hosts, *provider;
    } cases[] = {
        {DNS_FOUND, "mx1.huge.example mx2.huge-mx.example", "huge"},
        {DNS_FOUND, "huge.example", "huge"},
        {DNS_FOUND, "mx.nothuge.example", "nothuge.example"},
        {DNS_FOUND, "a.mx.small.co.jp b.small.co.jp", "small.co.jp"},
        {DNS_FOUND, "mx.huge.example mx.small.jp", ""}, /* of two */
        {DNS_FOUND, "mx.huge.example -", ""},
        {DNS_FOUND, "- mx.huge.example", ""},
        {DNS_FOUND, ".", ""},             /* takes no mail */
        {DNS_NO_DATA, NULL, "d.example"}, /* its own host */
        {DNS_NO_NAME, NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char domain[32];
        snprintf(domain, sizeof(domain), "x%zu.d.example", i);
        want(domain, MX_WAITS, START_US);
        answer_with(domain, cases[i].result, cases[i].hosts, 60, START_US);
        if (!slice_eq(mx_book_provider(book, text(domain)), text(cases[i].provider)))
            fail_msg("%zu: %.*s", i, SLICE_ARG(mx_book_provider(book, text(domain))));
    }
    want("huge.example", MX_LISTED, START_US);
    answer_with("huge.example", DNS_NO_DATA, NULL, 60, START_US);
    assert_true(slice_eq(mx_book_provider(book, text("huge.example")), SLICE("huge")));
    assert_int_equal(mx_book_provider(book, text("never.example")).len, 0);
}

static void test_cut(void **state)
{
    struct dns_record record = {.name = SLICE("mx.huge.example")};
    (void)state;
    want("many.example", MX_WAITS, START_US);
    mx_book_answer(
        book, text("many.example"),
        &(struct dns_answer){.result = DNS_FOUND, .records = &record, .count = 1, .cut = true},
        START_US);
    assert_int_equal(mx_book_provider(book, text("many.example")).len, 0);
}

/* An answer holds for what its zone says, within bounds. */
static void test_holds(void **state)
{
    static const struct {
        enum dns_result result;
        uint32_t ttl_s;
        int64_t hold_us;
    } cases[] = {
        {DNS_FOUND, 0, HOUR_US},
        {DNS_FOUND, 7200, 2 * HOUR_US},
        {DNS_FOUND, UINT32_MAX, DAY_US},
        {DNS_NO_NAME, 1, MX_NOTHING_US},
        {DNS_NO_DATA, 600, 600 * SECOND_US},
        {DNS_FAILED, 0, MX_FAILED_FIRST_US},
        {DNS_UNANSWERED, 0, MX_UNANSWERED_FIRST_US},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char domain[32];
        snprintf(domain, sizeof(domain), "x%zu.example", i);
        int64_t now_us = START_US + (int64_t)i * 10 * DAY_US, until_us = now_us + cases[i].hold_us;
        want(domain, MX_WAITS, now_us);
        assert_string_equal(due(now_us), domain);
        assert_null(due(now_us)); /* it is under way */
        answer_with(domain, cases[i].result, cases[i].result == DNS_FOUND ? "mx.a.example" : NULL,
                    cases[i].ttl_s, now_us);
        want(domain, MX_WAITS, until_us - 1);
        assert_null(due(until_us - 1));
        assert_string_equal(due(until_us), domain);
    }
}

static void fail_on(enum dns_result result, int64_t wait_us, int64_t most_us, int64_t now_us)
{
    want("d.example", MX_LEARNED, now_us);
    answer_with("d.example", DNS_FOUND, "mx.huge.example", 1, now_us);
    now_us += HOUR_US;
    for (int i = 0; i < 10; i++) {
        want("d.example", MX_LEARNED, now_us);
        assert_string_equal(due(now_us), "d.example");
        answer_with("d.example", result, NULL, 0, now_us);
        assert_true(slice_eq(mx_book_provider(book, text("d.example")), SLICE("huge")));
        want("d.example", MX_LEARNED, now_us + wait_us - 1);
        assert_null(due(now_us + wait_us - 1));
        now_us += wait_us;
        wait_us = 2 * wait_us < most_us ? 2 * wait_us : most_us;
    }
}

static void test_no_answer_changes_nothing(void **state)
{
    (void)state;
    fail_on(DNS_FAILED, MX_FAILED_FIRST_US, MX_FAILED_MOST_US, START_US);
    fail_on(DNS_UNANSWERED, MX_UNANSWERED_FIRST_US, MX_UNANSWERED_MOST_US, START_US + DAY_US);
}

static void test_moves(void **state)
{
    (void)state;
    want("d.example", MX_LEARNED, START_US);
    assert_false(mx_book_has_moved(book, text("d.example"), SLICE("huge")));
    answer_with("d.example", DNS_FOUND, "mx.huge.example", 1, START_US);
    assert_false(mx_book_has_moved(book, text("d.example"), SLICE("huge")));
    /* The log alone named this one. */
    assert_false(mx_book_has_moved(book, text("d.example"), SLICE("smarthost.example")));
    answer_with("d.example", DNS_FOUND, "mx.huge.example mx.new.example", 1, START_US);
    assert_false(mx_book_has_moved(book, text("d.example"), SLICE("huge"))); /* to nobody known */
    answer_with("d.example", DNS_UNANSWERED, NULL, 0, START_US);
    answer_with("d.example", DNS_FOUND, "mx.new.example", 1, START_US);
    assert_true(mx_book_has_moved(book, text("d.example"), SLICE("huge")));
    assert_false(mx_book_has_moved(book, text("d.example"), SLICE("new.example")));
    answer_with("d.example", DNS_FOUND, "mx.huge.example", 1, START_US);
    assert_false(mx_book_has_moved(book, text("d.example"), SLICE("huge")));
    assert_true(mx_book_has_moved(book, text("d.example"), SLICE("new.example")));
}

/* What waits goes first; what nobody wants any more is not asked; a put-off question comes again.
 */
static void test_order(void **state)
{
    struct slice found[4];
    (void)state;
    want("learned.example", MX_LEARNED, START_US);
    want("listed.example", MX_LISTED, START_US);
    want("waits.example", MX_WAITS, START_US);
    assert_true(mx_book_waits(book, text("waits.example")));
    assert_false(mx_book_waits(book, text("listed.example")));
    assert_int_equal(mx_book_take_due(book, START_US, found, 2), 2);
    assert_string_equal(found[0].ptr, "waits.example");
    assert_string_equal(found[1].ptr, "listed.example");
    assert_string_equal(due(START_US), "learned.example");
    mx_book_put_back(book, text("waits.example"));
    mx_book_put_back(book, text("never.example"));
    assert_string_equal(due(START_US), "waits.example");
    for (size_t i = 0; i < 2; i++)
        mx_book_put_back(book, found[i]);
    assert_int_equal(mx_book_take_due(book, START_US + MX_WANTED_US, found, 4), 0);
    want("listed.example", MX_LISTED, START_US + DAY_US);
    assert_string_equal(due(START_US + DAY_US), "listed.example");
    answer_with("listed.example", DNS_FOUND, "mx.a.example", 86400, START_US + DAY_US);
    want("listed.example", MX_LISTED, START_US - DAY_US); /* the clock was set back */
    assert_string_equal(due(START_US - DAY_US), "listed.example");
}

/* However many domains a stranger sends to, those that wait find room, and learned ones leave some.
 */
static void test_bounds(void **state)
{
    char domain[32];
    struct slice found[4];
    (void)state;
    for (int i = 0; i < MX_LEARNED_MAX + 100; i++) {
        snprintf(domain, sizeof(domain), "l%d.example", i);
        want(domain, MX_LEARNED, START_US);
        answer_with(domain, DNS_FOUND, "mx.huge.example", 86400, START_US);
    }
    assert_true(slice_eq(mx_book_provider(book, text("l0.example")), SLICE("huge")));
    assert_int_equal(mx_book_provider(book, text(domain)).len, 0); /* there was no room for it */
    for (int i = 0; i < MX_DOMAINS_MAX - MX_LEARNED_MAX; i++) {
        snprintf(domain, sizeof(domain), "w%d.example", i);
        want(domain, MX_WAITS, START_US);
    }
    assert_true(slice_eq(mx_book_provider(book, text("l0.example")), SLICE("huge")));
    want("one-more.example", MX_WAITS, START_US);
    assert_int_equal(mx_book_provider(book, text("l0.example")).len, 0);
    want("learned-again.example", MX_LEARNED, START_US); /* in its place */
    assert_int_equal(mx_book_take_due(book, START_US, found, 4), 4);
    assert_true(mx_book_waits(book, found[3]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whose, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_answer_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_moves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
