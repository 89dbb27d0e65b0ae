/* SPDX-License-Identifier: Apache-2.0
 *
 * How sources stand by what name servers say: what is a fault, when it counts, when it is asked
 * again, what is never asked.
 */
#include "app/standing_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define LOOK_US (15 * MINUTE_US)
#define START_US INT64_C(1700000000000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROWS_MAX 12

/* What a name server says: addresses or names, divided by blanks. Of nothing else there is a name.
 */
struct row {
    const char *name;
    enum dns_type type;
    const char *data; /* NULL: the result says all */
    enum dns_result result;
    uint32_t ttl_s;
};

#define SOUND \
    {"11.2.0.192.in-addr.arpa", DNS_PTR, "a.mx.example", DNS_FOUND, 60}, \
    { \
        "a.mx.example", DNS_A, "192.0.2.9 192.0.2.11", DNS_FOUND, 60 \
    }
#define TRUSTED \
    { \
        "2.0.0.127.bl.example", DNS_A, "127.0.0.2", DNS_FOUND, 60 \
    }
#define LISTING(data) \
    { \
        "11.2.0.192.bl.example", DNS_A, data, DNS_FOUND, 60 \
    }

static const struct slice relay = {"relay1", 6};
static const char *const zones[] = {"bl.example"};

static struct fleet_source source_of(const char *name, const char *address, const char *helo)
{
    struct fleet_source source = {.name = slice_from_str(name),
                                  .helo = slice_from_str(helo),
                                  .relay = relay,
                                  .pool = {"shared", 6}};
    if (address[0] != '\0')
        assert_true(ip_address_parse(slice_from_str(address), &source.address));
    return source;
}

static struct standing_book *book_of(const struct fleet *fleet, size_t zone_count, bool reserved)
{
    return standing_book_new(&(struct standing_options){
        .fleet = fleet,
        .zones = zones,
        .zone_count = zone_count,
        .look_us = LOOK_US,
        .reserved = reserved,
    });
}

/* ---- a name server ---- */

static void answer_with(struct standing_book *book, size_t check, const struct row *row,
                        int64_t now_us)
{
    struct dns_record records[8] = {{.preference = 0}};
    struct dns_answer answer = {
        .result = row->result, .ttl_s = row->ttl_s, .records = records, .why = "silence"};
    struct slice rest = row->data != NULL ? slice_from_str(row->data) : (struct slice){NULL, 0};
    while (rest.ptr != NULL) {
        struct slice one = slice_cut(&rest, ' ');
        struct dns_record *record = &records[answer.count++];
        if (row->type == DNS_PTR)
            record->name = slice_eq(one, SLICE("-")) ? (struct slice){NULL, 0} : one;
        else
            assert_true(ip_address_parse(one, &record->ip));
    }
    standing_book_answer(book, check, &answer, now_us);
}

static const struct row *row_of(const struct row *rows, const struct standing_question *question)
{
    static const struct row nothing = {.result = DNS_NO_NAME};
    for (size_t i = 0; i < ROWS_MAX && rows[i].name != NULL; i++)
        if (rows[i].type == question->type &&
            slice_eq(slice_from_str(rows[i].name), slice_of(question->name, question->len)))
            return &rows[i];
    return &nothing;
}

/* Asks and answers whatever is due; how many questions that were. */
static size_t serve(struct standing_book *book, const struct row *rows, int64_t now_us)
{
    struct standing_question question;
    size_t count = 0;
    while (standing_book_take(book, now_us, &question)) {
        assert_true(host_name_is_valid(slice_of(question.name, question.len)));
        answer_with(book, question.check, row_of(rows, &question), now_us);
        assert_true(++count < 100);
    }
    assert_true(standing_book_next_due(book) > now_us);
    return count;
}

static void expect_fault(const struct standing_book *book, const char *source, const char *words)
{
    CLEANUP_BUF struct buf text = {0};
    standing_book_fault(book, slice_from_str(source), &text);
    assert_string_equal(buf_str(&text), words);
}

/* ---- what is a fault ---- */

static const struct {
    struct row rows[ROWS_MAX];
    const char *fault;
} cases[] = {
    {{SOUND}, ""},
    {{{0}}, "has no PTR record"},
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, NULL, DNS_NO_DATA, 60}}, "has no PTR record"},
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, "-", DNS_FOUND, 60}},
     "has a PTR record without a host's name"},
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, "b.example", DNS_FOUND, 60}},
     "has a PTR record, b.example, that does not lead back to it"},
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, "b.example a.mx.example", DNS_FOUND, 60},
      {"a.mx.example", DNS_A, "192.0.2.11", DNS_FOUND, 60}},
     ""},
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, "b.example c.example", DNS_FOUND, 60},
      {"b.example", DNS_A, "192.0.2.12", DNS_FOUND, 60},
      {"c.example", DNS_AAAA, "2001:db8::1", DNS_FOUND, 60}},
     "has a PTR record, b.example, that does not lead back to it"},
    /* One of more names than are asked for may lead back. */
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, "b.example c.example d.example e.example f.example",
       DNS_FOUND, 60}},
     ""},
    /* No answer is no fault. */
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, NULL, DNS_UNANSWERED, 0}}, ""},
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, NULL, DNS_FAILED, 0}}, ""},
    {{{"11.2.0.192.in-addr.arpa", DNS_PTR, "b.example c.example", DNS_FOUND, 60},
      {"b.example", DNS_A, NULL, DNS_FAILED, 0}},
     ""},
    /* Lists. */
    {{SOUND, TRUSTED, LISTING("127.0.0.4")}, "is listed by bl.example (127.0.0.4)"},
    {{SOUND, TRUSTED, LISTING("127.0.0.2 127.0.0.10")}, "is listed by bl.example (127.0.0.10)"},
    {{SOUND, TRUSTED, LISTING("127.0.0.1")}, ""},
    {{SOUND, TRUSTED, LISTING("127.255.255.254")}, ""},
    {{SOUND, TRUSTED, LISTING("127.0.0.2 127.255.255.252")}, ""},
    {{SOUND, TRUSTED, LISTING("198.51.100.1")}, ""}, /* a domain that was sold */
    {{SOUND, LISTING("127.0.0.2")}, ""},             /* has not 127.0.0.2 */
    {{SOUND,
      TRUSTED,
      LISTING("127.0.0.2"),
      {"1.0.0.127.bl.example", DNS_A, "127.0.0.2", DNS_FOUND, 60}},
     ""},
    {{SOUND,
      TRUSTED,
      LISTING("127.0.0.2"),
      {"1.0.0.127.bl.example", DNS_A, NULL, DNS_UNANSWERED, 0}},
     ""},
    {{SOUND,
      LISTING("127.0.0.2"),
      {"2.0.0.127.bl.example", DNS_A, "127.255.255.254", DNS_FOUND, 60}},
     ""},
    {{TRUSTED, LISTING("127.0.0.2")}, "has no PTR record, is listed by bl.example (127.0.0.2)"},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fleet_source source = source_of("out-a", "192.0.2.11", "");
        struct fleet fleet = {.relay = relay, .sources = &source, .source_count = 1};
        struct standing_book *book = book_of(&fleet, 1, true);
        CLEANUP_BUF struct buf text = {0};
        for (int look = 0; look < 4; look++) {
            serve(book, cases[i].rows, START_US + look * LOOK_US);
            if (look == 0) /* one look is none */
                expect_fault(book, "out-a", "");
        }
        standing_book_fault(book, source.name, &text);
        if (strcmp(buf_str(&text), cases[i].fault) != 0)
            fail_msg("%zu: %s", i, buf_str(&text));
        standing_book_free(book);
    }
}

/* The name is that of the last look that was answered. */
static void test_the_name(void **state)
{
    static const struct row sound[ROWS_MAX] = {SOUND},
                            silent[ROWS_MAX] = {{"11.2.0.192.in-addr.arpa", DNS_PTR, NULL,
                                                 DNS_UNANSWERED, 0}},
                            none[ROWS_MAX] = {{0}};
    (void)state;
    struct fleet_source source = source_of("out-a", "192.0.2.11", "");
    struct fleet fleet = {.relay = relay, .sources = &source, .source_count = 1};
    struct standing_book *book = book_of(&fleet, 0, true);
    const struct {
        const struct row *rows;
        const char *name;
    } looks[] = {{silent, ""}, {sound, "a.mx.example"}, {silent, "a.mx.example"}, {none, ""}};
    assert_int_equal(standing_book_name(book, source.name).len, 0);
    for (size_t i = 0; i < COUNT(looks); i++) {
        serve(book, looks[i].rows, START_US + (int64_t)i * LOOK_US);
        assert_true(slice_eq(standing_book_name(book, source.name), slice_from_str(looks[i].name)));
    }
    assert_int_equal(standing_book_name(book, SLICE("out-b")).len, 0);
    standing_book_free(book);
}

static void test_helo(void **state)
{
    static const struct {
        struct row row;
        const char *fault;
    } rows[] = {
        {{"a.mx.example", DNS_A, "192.0.2.11", DNS_FOUND, 60}, ""},
        {{"a.mx.example", DNS_A, "192.0.2.12", DNS_FOUND, 60},
         "says HELO a.mx.example, which has another address"},
        {{"a.mx.example", DNS_A, NULL, DNS_NO_DATA, 60},
         "says HELO a.mx.example, which has no address"},
        {{"a.mx.example", DNS_A, NULL, DNS_FAILED, 60}, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fleet_source source = source_of("out-a", "192.0.2.11", "a.mx.example");
        struct fleet fleet = {.relay = relay, .sources = &source, .source_count = 1};
        struct standing_book *book = book_of(&fleet, 0, true);
        struct row world[ROWS_MAX] = {
            {"11.2.0.192.in-addr.arpa", DNS_PTR, "b.example", DNS_FOUND, 60},
            {"b.example", DNS_A, "192.0.2.11", DNS_FOUND, 60},
            rows[i].row};
        serve(book, world, START_US);
        serve(book, world, START_US + LOOK_US);
        expect_fault(book, "out-a", rows[i].fault);
        standing_book_free(book);
    }
}

/* The test addresses of a list of IPv6 are mapped ones (RFC 5782, 5). */
static void test_ipv6(void **state)
{
    static const struct row world[ROWS_MAX] = {
        {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", DNS_PTR,
         "a.mx.example", DNS_FOUND, 60},
        {"a.mx.example", DNS_AAAA, "2001:db8::1", DNS_FOUND, 60},
        {"2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example", DNS_A,
         "127.0.0.2", DNS_FOUND, 60},
        {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example", DNS_A,
         "127.0.0.3", DNS_FOUND, 60},
    };
    struct fleet_source source = source_of("out-a", "2001:db8::1", "");
    struct fleet fleet = {.relay = relay, .sources = &source, .source_count = 1};
    struct standing_book *book = book_of(&fleet, 1, true);
    (void)state;
    serve(book, world, START_US);
    serve(book, world, START_US + LOOK_US);
    expect_fault(book, "out-a", "is listed by bl.example (127.0.0.3)");
    standing_book_free(book);
}

/* ---- when ---- */

static const struct row none[ROWS_MAX] = {{0}}, sound[ROWS_MAX] = {SOUND},
                        silence[ROWS_MAX] = {
                            {"11.2.0.192.in-addr.arpa", DNS_PTR, NULL, DNS_UNANSWERED, 0}};

static struct fleet_source lone;
static struct fleet lone_fleet = {.sources = &lone, .source_count = 1};
static struct standing_book *book;

static int set_up(void **state)
{
    (void)state;
    lone = source_of("out-a", "192.0.2.11", "");
    lone_fleet.relay = relay;
    book = book_of(&lone_fleet, 0, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    standing_book_free(book);
    return 0;
}

static void expect_wait(int64_t now_us, int64_t wait_us)
{
    assert_int_equal(standing_book_next_due(book) - now_us, wait_us);
}

/* The second look comes when the first answer has run out, within bounds. */
static void test_second_look(void **state)
{
    static const struct {
        uint32_t ttl_s;
        int64_t wait_us;
    } rows[] = {{0, MINUTE_US}, {30, MINUTE_US}, {300, 5 * MINUTE_US}, {86400, LOOK_US}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row world[ROWS_MAX] = {
            {"11.2.0.192.in-addr.arpa", DNS_PTR, NULL, DNS_NO_NAME, rows[i].ttl_s}};
        tear_down(NULL);
        set_up(NULL);
        assert_int_equal(serve(book, world, START_US), 1);
        expect_wait(START_US, rows[i].wait_us);
        assert_int_equal(serve(book, world, START_US + rows[i].wait_us - 1), 0);
        assert_int_equal(serve(book, world, START_US + rows[i].wait_us), 1);
        expect_fault(book, "out-a", "has no PTR record");
        expect_wait(START_US + rows[i].wait_us, LOOK_US);
    }
}

/* Both ways: one look that differs changes nothing. */
static void test_two_looks(void **state)
{
    int64_t now_us = START_US;
    static const struct {
        const struct row *world;
        const char *fault;
    } looks[] = {
        {sound, ""},
        {none, ""},
        {sound, ""},
        {none, ""},
        {silence, ""}, /* says nothing of either */
        {none, "has no PTR record"},
        {silence, "has no PTR record"},
        {sound, "has no PTR record"},
        {none, "has no PTR record"},
        {sound, "has no PTR record"},
        {sound, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(looks); i++, now_us += LOOK_US) {
        serve(book, looks[i].world, now_us);
        expect_fault(book, "out-a", looks[i].fault);
    }
}

static void test_silence(void **state)
{
    int64_t now_us = START_US, wait_us = MINUTE_US;
    (void)state;
    for (int i = 0; i < 7; i++) {
        assert_int_equal(serve(book, silence, now_us), 1);
        expect_wait(now_us, wait_us);
        now_us += wait_us;
        wait_us = 2 * wait_us < LOOK_US ? 2 * wait_us : LOOK_US;
    }
    serve(book, none, now_us);
    serve(book, none, now_us + LOOK_US);
    now_us += LOOK_US;
    expect_fault(book, "out-a", "has no PTR record");
    serve(book, silence, now_us + STANDING_FORGET_US);
    expect_fault(book, "out-a", "has no PTR record");
    serve(book, silence, now_us + 2 * STANDING_FORGET_US);
    expect_fault(book, "out-a", "");
}

/* A list is tested before each look at it, and once for all sources; what it has said is forgotten
 * when it fails. */
static void test_trust(void **state)
{
    static const struct row listed[ROWS_MAX] = {SOUND, TRUSTED, LISTING("127.0.0.2")},
                            mad[ROWS_MAX] = {
                                SOUND,
                                TRUSTED,
                                LISTING("127.0.0.2"),
                                {"1.0.0.127.bl.example", DNS_A, "127.0.0.2", DNS_FOUND, 60}};
    struct fleet_source sources[] = {source_of("out-a", "192.0.2.11", ""),
                                     source_of("out-b", "192.0.2.12", "")};
    struct fleet fleet = {.relay = relay, .sources = sources, .source_count = 2};
    struct standing_book *both = book_of(&fleet, 1, true);
    struct standing_view view;
    (void)state;
    assert_int_equal(serve(both, listed, START_US), 2 + 1 + 2 + 2);
    serve(both, listed, START_US + LOOK_US);
    expect_fault(both, "out-a", "is listed by bl.example (127.0.0.2)");
    assert_true(standing_book_view(both, 0, &view));
    assert_true(slice_eq(view.source, SLICE("out-a")) && slice_eq(view.zone, SLICE("bl.example")));
    assert_false(view.shared);
    assert_int_equal(view.since_us, START_US + LOOK_US);
    serve(both, mad, START_US + 2 * LOOK_US);
    expect_fault(both, "out-a", "");
    assert_true(standing_book_view(both, 0, &view));
    assert_int_equal(view.source.len, 0);
    assert_true(slice_eq(view.fault, SLICE("has 127.0.0.1, as no list may")));
    assert_true(standing_book_view(both, 1, &view)); /* PTR of out-b */
    assert_false(standing_book_view(both, 2, &view));
    standing_book_free(both);
}

/* A list without an answer is told as such, from its first look on. */
static void test_silent_list(void **state)
{
    static const struct row world[ROWS_MAX] = {
        SOUND, {"2.0.0.127.bl.example", DNS_A, NULL, DNS_FAILED, 0}, LISTING("127.0.0.2")};
    struct standing_view view;
    struct standing_book *one = book_of(&lone_fleet, 1, true);
    (void)state;
    assert_int_equal(serve(one, world, START_US), 3); /* the list is not asked for out-a */
    assert_true(standing_book_view(one, 0, &view));
    assert_true(slice_eq(view.fault, SLICE("gives no answer: silence")));
    assert_int_equal(view.since_us, START_US);
    assert_int_equal(standing_book_next_due(one), START_US + LOOK_US);
    serve(one, world, START_US + LOOK_US);
    assert_true(standing_book_view(one, 0, &view));
    assert_int_equal(view.since_us, START_US);
    standing_book_free(one);
}

/* ---- who ---- */

static void test_shared(void **state)
{
    static const struct row world[ROWS_MAX] = {
        {"b.mx.example", DNS_A, "192.0.2.12", DNS_FOUND, 60},
        {"13.2.0.192.in-addr.arpa", DNS_PTR, NULL, DNS_UNANSWERED, 0}};
    struct fleet_source sources[] = {source_of("out-a", "192.0.2.11", "a.mx.example"),
                                     source_of("out-b", "192.0.2.12", "b.mx.example"),
                                     source_of("out-c", "192.0.2.13", "")};
    struct fleet fleet = {.relay = relay, .sources = sources, .source_count = 3};
    struct standing_book *all = book_of(&fleet, 0, true);
    struct standing_view view;
    (void)state;
    serve(all, world, START_US);
    serve(all, world, START_US + LOOK_US);
    expect_fault(all, "out-a", "says HELO a.mx.example, which has no address");
    expect_fault(all, "out-b", "");
    assert_true(standing_book_view(all, 0, &view));
    assert_true(view.shared && slice_eq(view.fault, SLICE("has no PTR record")));
    standing_book_free(all);
}

static void test_who_is_asked_about(void **state)
{
    static const struct {
        const char *address, *helo;
        bool reserved;
        size_t questions; /* of the first look, with nothing there: 3 for a list */
    } rows[] = {
        {"", "a.example.co", true, 0},
        {"10.1.2.3", "a.example.co", true, 0},
        {"172.16.0.1", "", true, 0},
        {"192.168.1.1", "", true, 0},
        {"100.64.0.1", "", true, 0},
        {"fd00::1", "", true, 0},
        {"fe80::1", "", true, 0},
        {"192.0.2.11", "a.example.co", false, 0},
        {"127.0.0.9", "", false, 0},
        {"2001:db8::1", "", false, 0},
        {"192.0.2.11", "a.mx.example", true, 3},
        {"127.0.0.9", "", true, 2},
        {"1.2.3.4", "a.mx.example", false, 2}, /* nobody has that HELO name */
        {"1.2.3.4", "mx.co", false, 3},
        {"1.2.3.4", "localhost", false, 2},
        {"1.2.3.4", "1.2.3.4", true, 2},
        {"2a00::1", "mx.co", false, 3},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fleet_source source = source_of("out-a", rows[i].address, rows[i].helo);
        struct fleet fleet = {.relay = relay, .sources = &source, .source_count = 1};
        struct standing_book *one = book_of(&fleet, 1, rows[i].reserved);
        size_t questions = serve(one, none, START_US);
        if (questions != rows[i].questions)
            fail_msg("%s %s: %zu", rows[i].address, rows[i].helo, questions);
        standing_book_free(one);
    }
    struct fleet_source away = source_of("out-z", "1.2.3.4", "");
    away.next_hop = SLICE("[relay2]:10026");
    struct fleet fleet = {.relay = relay, .sources = &away, .source_count = 1};
    struct standing_book *one = book_of(&fleet, 1, true);
    assert_int_equal(serve(one, none, START_US), 0);
    assert_int_equal(standing_book_next_due(one), INT64_MAX);
    standing_book_free(one);
}

/* Names behind an address are a stranger's word: those that nobody can own are not asked for. */
static void test_reserved_names(void **state)
{
    static const struct row world[ROWS_MAX] = {
        {"4.3.2.1.in-addr.arpa", DNS_PTR, "localhost a.b.local", DNS_FOUND, 60}};
    struct fleet_source source = source_of("out-a", "1.2.3.4", "");
    struct fleet fleet = {.relay = relay, .sources = &source, .source_count = 1};
    struct standing_book *one = book_of(&fleet, 0, false);
    (void)state;
    assert_int_equal(serve(one, world, START_US), 1);
    assert_int_equal(serve(one, world, START_US + LOOK_US), 1);
    expect_fault(one, "out-a", "has a PTR record without a host's name");
    standing_book_free(one);
}

/* ---- questions ---- */

static void test_put_back(void **state)
{
    struct standing_question question;
    (void)state;
    assert_true(standing_book_take(book, START_US, &question));
    assert_false(standing_book_take(book, START_US, &question)); /* one at a time */
    assert_int_equal(standing_book_next_due(book), INT64_MAX);
    standing_book_put_back(book, question.check, START_US);
    expect_wait(START_US, MINUTE_US);
    assert_int_equal(serve(book, sound, START_US + MINUTE_US), 2);
    assert_int_equal(standing_book_revision(book), 1);
    assert_int_equal(serve(book, sound, START_US + MINUTE_US), 0);
    assert_int_equal(serve(book, sound, START_US - 2 * LOOK_US), 2); /* the clock was set back */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_the_name),
        cmocka_unit_test(test_helo),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test_setup_teardown(test_second_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_two_looks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence, set_up, tear_down),
        cmocka_unit_test(test_trust),
        cmocka_unit_test_setup_teardown(test_silent_list, set_up, tear_down),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_who_is_asked_about),
        cmocka_unit_test(test_reserved_names),
        cmocka_unit_test_setup_teardown(test_put_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
