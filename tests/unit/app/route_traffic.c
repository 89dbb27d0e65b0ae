/* SPDX-License-Identifier: Apache-2.0
 *
 * What lines of a log become for the planner: volumes and counts by source, domains, who waits,
 * what a probe found; of this relay's own sources alone.
 */
#include "app/route_traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"

#define NOW_US INT64_C(1772438400000000) /* 2026-03-02T08:00:00Z */
#define HOUR_US INT64_C(3600000000)
#define BLOCKED \
    "550-5.7.28 [192.0.2.12] Our system has detected an unusual rate of unsolicited mail " \
    "originating from your IP address. To protect our users from spam, mail sent from your IP " \
    "address has been blocked."

struct bench {
    struct classifier *classifier;
    struct tally *tally;
    struct route_traffic *traffic;
    struct log_parser *parser;
    unsigned messages;
    bool muted;
};

static const struct fleet_source sources[] = {
    {.name = {"out-a", 5}, .pool = {"shared", 6}, .relay = {"relay1", 6}},
    {.name = {"out-b", 5}, .pool = {"shared", 6}, .relay = {"relay1", 6}},
    {.name = {"far", 3}, .pool = {"shared", 6}, .relay = {"relay2", 6}, .next_hop = {"[r2]:26", 7}},
};

static int begin(void **state)
{
    static const struct fleet fleet = {
        .relay = {"relay1", 6}, .sources = sources, .source_count = 3};
    struct bench *bench = MEM_NEW(struct bench);
    struct err err;
    bench->classifier = classifier_new(NULL, &err);
    assert_non_null(bench->classifier);
    bench->tally = tally_new(NULL, bench->classifier);
    bench->traffic = route_traffic_new(&fleet, &bench->muted);
    route_traffic_observe(bench->traffic, bench->tally);
    bench->parser = log_parser_new(0, NULL, NULL);
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    tally_free(bench->tally);
    route_traffic_free(bench->traffic);
    classifier_free(bench->classifier);
    log_parser_free(bench->parser);
    mem_free(bench);
    return 0;
}

static void take(struct bench *bench, const char *line)
{
    struct log_record record;
    log_record_parse(bench->parser, slice_from_str(line), &record);
    tally_take(bench->tally, &record, record.line.time_us);
}

/* One try of a message: NUMBER names it, so that a later try of it is another of the same. */
struct
try {
    unsigned number;
    const char *host, *source, *to, *relay, *status, *text;
};

static void try(struct bench *bench, const struct try *one)
{
    CLEANUP_BUF struct buf line = {0};
    buf_addf(&line,
             "2026-03-02T07:59:00Z %s postfix/qmgr[1]: %08X: from=<a@c.example>, size=9, nrcpt=1 "
             "(queue active)",
             one->host, 0x3A000000 + one->number);
    take(bench, buf_str(&line));
    buf_clear(&line);
    buf_addf(&line,
             "2026-03-02T07:59:01Z %s postfix/%s/smtp[2]: %08X: to=<%s>, relay=%s, delay=1, "
             "delays=0/0/0/1, dsn=%s, status=%s (%s)",
             one->host, one->source, 0x3A000000 + one->number, one->to, one->relay,
             one->status[0] == 's' ? "2.0.0" : "4.7.1", one->status, one->text);
    take(bench, buf_str(&line));
}

#define GOOGLE "gmail-smtp-in.l.google.com[192.0.2.200]:25"

static void send(struct bench *bench, const char *source, const char *to)
{
    try(bench, &(struct try){++bench->messages, "relay1", source, to, GOOGLE, "sent", "250 ok"});
}

static const struct route_report_path *path_of(const struct route_report *report,
                                               const char *source)
{
    for (size_t i = 0; i < report->path_count; i++)
        if (slice_eq(report->paths[i].source, slice_from_str(source)))
            return &report->paths[i];
    fail_msg("no path of %s", source);
    return NULL;
}

static struct route_report *report(struct bench *bench)
{
    return route_traffic_report(bench->traffic, SLICE("google"), NOW_US, false);
}

static void test_counts_since_the_last_report(void **state)
{
    struct bench *bench = *state;
    send(bench, "out-a", "x@gmail.com");
    send(bench, "out-a", "y@gmail.com");
    try(bench,
        &(struct try){90, "relay1", "out-b", "z@gmail.com", GOOGLE, "deferred",
                      "host " GOOGLE " said: " BLOCKED " (in reply to end of DATA command)"});
    struct route_report *first = report(bench);
    assert_int_equal(first->path_count, 2); /* not the other relay's */
    assert_int_equal(path_of(first, "out-a")->count.delivered, 2);
    assert_int_equal(path_of(first, "out-b")->count.attempts, 1);
    assert_int_equal(path_of(first, "out-b")->count.refused, 1);
    assert_int_equal(path_of(first, "out-b")->deferred, 1);
    assert_int_equal(first->waiting, 1);
    assert_true(path_of(first, "out-a")->volume.last_hour > 1);
    assert_true(path_of(first, "out-a")->volume.usual_day >= 2);
    struct route_report *second = report(bench);
    assert_int_equal(path_of(second, "out-a")->count.attempts, 0);
    assert_int_equal(second->waiting, 1);
    assert_true(path_of(second, "out-a")->volume.last_hour > 1);
    route_report_free(first);
    route_report_free(second);
}

static void test_who_waits_leaves_with_any_source(void **state)
{
    struct bench *bench = *state;
    struct try one = {
        7, "relay1", "out-b", "z@gmail.com", GOOGLE, "deferred", "host said: 451 4.7.1 no"};
    try(bench, &one);
    try(bench, &one);
    struct route_report *waits = report(bench);
    assert_int_equal(waits->waiting, 1);
    one = (struct try){7, "relay1", "out-a", "z@gmail.com", GOOGLE, "sent", "250 ok"};
    try(bench, &one);
    struct route_report *left = report(bench);
    assert_int_equal(left->waiting, 0);
    route_report_free(waits);
    route_report_free(left);
}

static void test_of_others_nothing_is_taken(void **state)
{
    struct bench *bench = *state;
    static const struct try others[] = {
        {1, "relay2", "out-a", "x@gmail.com", GOOGLE, "sent", "250 ok"},
        {2, "relay1", "out-z", "x@gmail.com", GOOGLE, "sent", "250 ok"},
        {3, "relay1", "far", "x@gmail.com", "r2[192.0.2.9]:26", "sent", "250 ok"},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        try(bench, &others[i]);
    struct route_report *none = report(bench);
    assert_int_equal(path_of(none, "out-a")->count.attempts, 0);
    assert_int_equal(none->domain_count, 0);
    assert_int_equal(route_traffic_provider(bench->traffic, SLICE("gmail.com")).len, 0);
    route_report_free(none);
}

static void test_domains_are_told_when_there_are_new_ones(void **state)
{
    struct bench *bench = *state;
    send(bench, "out-a", "x@gmail.com");
    send(bench, "out-b", "y@Shop.Example");
    struct route_report *first = report(bench), *second = report(bench);
    assert_true(first->new_domains);
    assert_int_equal(first->domain_count, 2);
    assert_false(second->new_domains);
    assert_true(
        slice_eq(route_traffic_provider(bench->traffic, SLICE("shop.example")), SLICE("google")));
    route_report_free(first);
    route_report_free(second);
    second = route_traffic_report(bench->traffic, SLICE("google"), NOW_US, true);
    assert_int_equal(second->domain_count, 2);
    route_report_free(second);
}

static void test_a_muted_line_is_volume_only(void **state)
{
    struct bench *bench = *state;
    bench->muted = true;
    send(bench, "out-a", "x@gmail.com");
    struct route_report *one = report(bench);
    assert_int_equal(path_of(one, "out-a")->count.attempts, 0);
    assert_true(path_of(one, "out-a")->volume.last_day >= 1);
    route_report_free(one);
}

static void test_the_past_makes_the_usual_day(void **state)
{
    struct bench *bench = *state;
    const struct tally_path_names names = {
        .relay = SLICE("relay1.example.jp"), .source = SLICE("out-a"), .provider = SLICE("google")};
    for (int64_t hour = 7 * 24; hour > 0; hour--)
        route_traffic_load(bench->traffic, &names, NOW_US - hour * HOUR_US, 100);
    route_traffic_load(bench->traffic, &names, NOW_US - 400 * HOUR_US, 100000);
    struct route_report *one = report(bench);
    assert_true(path_of(one, "out-a")->volume.usual_day > 2300);
    assert_true(path_of(one, "out-a")->volume.usual_day < 2500);
    assert_true(path_of(one, "out-a")->volume.last_day > 2300);
    assert_true(path_of(one, "out-a")->volume.last_day < 2500);
    route_report_free(one);
}

static void watch(struct bench *bench, const char *recipient)
{
    const struct slice provider = SLICE("google");
    const struct route_watch_probe probe = {
        .id = SLICE("o7"),
        .path = {.source = SLICE("out-b"), .provider = SLICE("google")},
        .recipient = slice_from_str(recipient)};
    route_watchlist_set(route_traffic_watchlist(bench->traffic), &provider, 1, &probe, 1);
}

static void test_a_probe_is_answered_by_its_own_mail(void **state)
{
    struct bench *bench = *state;
    watch(bench, "P@gmail.com");
    send(bench, "out-b", "other@gmail.com");
    send(bench, "out-a", "p@gmail.com");
    struct route_report *none = report(bench);
    assert_int_equal(none->probe_count, 0);
    send(bench, "out-b", "p@gmail.com");
    struct route_report *heard = report(bench), *again = report(bench);
    assert_int_equal(heard->probe_count, 1);
    assert_true(slice_eq(heard->probes[0].id, SLICE("o7")));
    assert_int_equal(heard->probes[0].result, ROUTE_PROBE_DELIVERED);
    assert_int_equal(again->probe_count, 0);
    route_report_free(none);
    route_report_free(heard);
    route_report_free(again);
}

static void test_what_a_probe_of_any_mail_finds(void **state)
{
    static const struct {
        const char *text;
        enum route_probe_result result;
    } rows[] = {
        {"host " GOOGLE " said: " BLOCKED " (in reply to end of DATA command)",
         ROUTE_PROBE_REFUSED},
        {"lost connection with " GOOGLE " while sending RCPT TO", ROUTE_PROBE_REFUSED},
        {"host " GOOGLE " said: 451 4.3.0 Something else (in reply to end of DATA command)",
         ROUTE_PROBE_UNCLEAR},
    };
    struct bench *bench = *state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        route_watchlist_set(route_traffic_watchlist(bench->traffic), NULL, 0, NULL, 0);
        watch(bench, "");
        try(bench, &(struct try){50 + i, "relay1", "out-b", "q@gmail.com", GOOGLE, "deferred",
                                 rows[i].text});
        struct route_report *heard = report(bench);
        assert_int_equal(heard->probe_count, 1);
        assert_int_equal(heard->probes[0].result, rows[i].result);
        route_report_free(heard);
    }
}

#define FULL \
    "host " GOOGLE " said: 452 4.2.2 The email account that you tried to reach is over quota " \
    "(in reply to RCPT TO command)"

static void test_a_full_mailbox_ends_only_a_probe_of_its_own(void **state)
{
    struct bench *bench = *state;
    struct try full = {60, "relay1", "out-b", "q@gmail.com", GOOGLE, "deferred", FULL};
    watch(bench, "");
    try(bench, &full);
    struct route_report *none = report(bench);
    assert_int_equal(none->probe_count, 0);
    send(bench, "out-b", "r@gmail.com");
    struct route_report *heard = report(bench);
    assert_int_equal(heard->probe_count, 1);
    assert_int_equal(heard->probes[0].result, ROUTE_PROBE_DELIVERED);
    route_watchlist_set(route_traffic_watchlist(bench->traffic), NULL, 0, NULL, 0);
    watch(bench, "q@gmail.com");
    full.number++;
    try(bench, &full);
    struct route_report *own = report(bench);
    assert_int_equal(own->probe_count, 1);
    assert_int_equal(own->probes[0].result, ROUTE_PROBE_UNCLEAR);
    route_report_free(none);
    route_report_free(heard);
    route_report_free(own);
}

static void test_who_gets_mail_often_is_known(void **state)
{
    struct bench *bench = *state;
    char to[32];
    watch(bench, "nobody@gmail.com");
    for (unsigned i = 0; i < 5; i++)
        send(bench, "out-a", "often@gmail.com");
    for (unsigned i = 0; i < 200; i++) { /* more than are kept, each once */
        snprintf(to, sizeof(to), "u%u@gmail.com", i);
        send(bench, "out-a", to);
    }
    struct route_report *one = report(bench);
    assert_int_equal(one->recipient_count, 0); /* the rare ones took its place: nobody is sure */
    route_report_free(one);
    for (unsigned i = 0; i < 8; i++)
        send(bench, "out-a", "often@gmail.com");
    one = report(bench);
    assert_int_equal(one->recipient_count, 1);
    assert_true(slice_eq(one->recipients[0], SLICE("often@gmail.com")));
    route_report_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counts_since_the_last_report, begin, end),
        cmocka_unit_test_setup_teardown(test_who_waits_leaves_with_any_source, begin, end),
        cmocka_unit_test_setup_teardown(test_of_others_nothing_is_taken, begin, end),
        cmocka_unit_test_setup_teardown(test_domains_are_told_when_there_are_new_ones, begin, end),
        cmocka_unit_test_setup_teardown(test_a_muted_line_is_volume_only, begin, end),
        cmocka_unit_test_setup_teardown(test_the_past_makes_the_usual_day, begin, end),
        cmocka_unit_test_setup_teardown(test_a_probe_is_answered_by_its_own_mail, begin, end),
        cmocka_unit_test_setup_teardown(test_what_a_probe_of_any_mail_finds, begin, end),
        cmocka_unit_test_setup_teardown(test_a_full_mailbox_ends_only_a_probe_of_its_own, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_who_gets_mail_often_is_known, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
