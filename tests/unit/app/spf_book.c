/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may send whose mail: what is a fault, when it counts, how much mail it must concern, what is
 * never asked.
 */
#include "app/spf_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_US INT64_C(60000000)
#define LOOK_US (15 * MINUTE_US)
#define START_US INT64_C(1700000000000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct slice relay = {"relay1", 6};

static struct fleet_source sources[3];
static struct fleet fleet;

static int set_up(void **state)
{
    static const char *const names[] = {"out-a", "out-b", "far"}, *const addresses[] = {
                                                                      "192.0.2.11", "192.0.2.12",
                                                                      "192.0.2.13"};
    (void)state;
    for (size_t i = 0; i < COUNT(sources); i++) {
        sources[i] = (struct fleet_source){.name = slice_from_str(names[i]), .relay = relay};
        assert_true(ip_address_parse(slice_from_str(addresses[i]), &sources[i].address));
    }
    sources[2].relay = SLICE("relay2");
    sources[2].next_hop = SLICE("[r2]:26");
    fleet = (struct fleet){.relay = relay, .sources = sources, .source_count = COUNT(sources)};
    return 0;
}

static const struct route_sender_list nobody;
static const struct route_sender_list shop = {{{{"shop.example", 12}, 60}}, 1, 60};

/* The record of whatever is asked for, or what became of the question; how many were put. */
static size_t serve(struct spf_book *book, const char *record, enum dns_result result,
                    int64_t now_us)
{
    struct spf_book_question question;
    size_t count = 0;
    while (spf_book_take(book, now_us, &question)) {
        struct dns_record one = {.text = slice_from_str(record)};
        struct dns_answer answer = {
            .result = result, .ttl_s = 60, .records = &one, .count = result == DNS_FOUND};
        assert_int_equal(question.type, DNS_TXT);
        assert_true(slice_eq(slice_of(question.name, question.len), shop.rows[0].domain));
        spf_book_answer(book, question.domain, &answer, now_us);
        assert_true(++count < 100);
    }
    return count;
}

static void expect(const struct spf_book *book, const char *source, uint64_t total,
                   const char *words)
{
    CLEANUP_BUF struct buf text = {0};
    struct route_sender_list senders = shop;
    senders.total = total;
    spf_book_fault(book, slice_from_str(source), &senders, &text);
    assert_string_equal(buf_str(&text), words);
}

static void test_faults(void **state)
{
    static const struct {
        const char *record, *fault; /* of out-b */
        enum dns_result result;
    } rows[] = {
        {"v=spf1 ip4:192.0.2.11 -all", "is not allowed by SPF of shop.example (fail)", DNS_FOUND},
        {"v=spf1 ip4:192.0.2.11 ~all", "is not allowed by SPF of shop.example (softfail)",
         DNS_FOUND},
        {"v=spf1 ip4:192.0.2.11 ?all", "", DNS_FOUND},
        {"v=spf1 ip4:192.0.2.0/24 -all", "", DNS_FOUND},
        {"v=spf1 -all", "", DNS_FOUND},                /* of all */
        {"v=spf1 ip4:192.0.2.13 -all", "", DNS_FOUND}, /* another relay's is none of ours */
        {"v=spf1 ip4:192.0.2.11 exists:%{i}.x.example -all", "", DNS_FOUND},
        {"v=spf1 moo -all", "", DNS_FOUND},
        {"hello", "", DNS_FOUND},
        {"", "", DNS_NO_NAME},
        {"", "", DNS_FAILED},
        {"", "", DNS_UNANSWERED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct spf_book *book = spf_book_new(&fleet, LOOK_US, true);
        spf_book_want(book, &shop, START_US);
        assert_int_equal(serve(book, rows[i].record, rows[i].result, START_US), 1);
        expect(book, "out-b", 100, ""); /* one look is none */
        serve(book, rows[i].record, rows[i].result, START_US + LOOK_US);
        expect(book, "out-b", 100, rows[i].fault);
        expect(book, "out-a", 100, "");
        expect(book, "far", 100, "");
        spf_book_free(book);
    }
}

static void test_looks(void **state)
{
    static const char bad[] = "v=spf1 ip4:192.0.2.11 -all", good[] = "v=spf1 ip4:192.0.2.0/24 -all",
                      fault[] = "is not allowed by SPF of shop.example (fail)";
    struct spf_book *book = spf_book_new(&fleet, LOOK_US, true);
    int64_t now_us = START_US;
    (void)state;
    assert_int_equal(spf_book_next_due(book), INT64_MAX);
    spf_book_want(book, &shop, now_us);
    serve(book, bad, DNS_FOUND, now_us);
    assert_int_equal(spf_book_next_due(book), now_us + MINUTE_US); /* the second one */
    serve(book, bad, DNS_FOUND, now_us += MINUTE_US);
    assert_int_equal(spf_book_next_due(book), now_us + LOOK_US);
    expect(book, "out-b", 100, fault);
    expect(book, "out-b", 601, ""); /* too little of the mail */
    serve(book, "", DNS_FAILED, now_us += LOOK_US);
    expect(book, "out-b", 100, fault);
    serve(book, good, DNS_FOUND, now_us += LOOK_US);
    expect(book, "out-b", 100, fault);
    serve(book, good, DNS_FOUND, now_us += MINUTE_US);
    expect(book, "out-b", 100, "");
    assert_int_equal(serve(book, good, DNS_FOUND, now_us - 10 * LOOK_US), 1); /* clock set back */
    spf_book_want(book, &nobody, now_us);
    assert_int_equal(spf_book_next_due(book), INT64_MAX);
    spf_book_free(book);
}

static void test_a_question_of_who_is_gone(void **state)
{
    struct spf_book *book = spf_book_new(&fleet, LOOK_US, true);
    struct spf_book_question question;
    struct dns_answer none = {.result = DNS_NO_NAME};
    (void)state;
    spf_book_want(book, &shop, START_US);
    assert_true(spf_book_take(book, START_US, &question));
    assert_int_equal(spf_book_next_due(book), INT64_MAX); /* first an answer */
    spf_book_put_back(book, question.domain, START_US);
    assert_false(spf_book_take(book, START_US, &question));
    assert_true(spf_book_take(book, START_US + MINUTE_US, &question));
    spf_book_want(book, &nobody, START_US);
    spf_book_want(book, &shop, START_US);
    spf_book_answer(book, question.domain, &none, START_US); /* of the one before */
    spf_book_put_back(book, question.domain, START_US);
    assert_int_equal(serve(book, "v=spf1 -all", DNS_FOUND, START_US), 1);
    spf_book_free(book);
}

static void test_who_is_not_asked(void **state)
{
    const struct route_sender_list odd = {{{{"a b", 3}, 9}, {{"a_b..c", 6}, 9}}, 2, 18};
    struct fleet one = {.relay = relay, .sources = sources, .source_count = 1};
    (void)state;
    struct spf_book *book = spf_book_new(&fleet, LOOK_US, false);
    spf_book_want(book, &shop, START_US); /* reserved name, reserved addresses */
    assert_int_equal(spf_book_next_due(book), INT64_MAX);
    spf_book_free(book);
    book = spf_book_new(&fleet, LOOK_US, true);
    spf_book_want(book, &odd, START_US);
    assert_int_equal(spf_book_next_due(book), INT64_MAX);
    spf_book_free(book);
    book = spf_book_new(&one, LOOK_US, true); /* there is nothing to tell apart */
    spf_book_want(book, &shop, START_US);
    assert_int_equal(spf_book_next_due(book), INT64_MAX);
    spf_book_free(book);
    spf_book_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_faults, set_up),
        cmocka_unit_test_setup(test_looks, set_up),
        cmocka_unit_test_setup(test_a_question_of_who_is_gone, set_up),
        cmocka_unit_test_setup(test_who_is_not_asked, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
