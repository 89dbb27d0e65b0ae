/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting mail, by log lines through the correlator.
 */
#include "watch/queue_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/memory.h"
#include "told.h"
#include "watch/waiting_table.h"

struct bench {
    struct queue_watch *watch;
    struct correlator *correlator;
    struct log_parser *parser;
    struct told told;
    int64_t now_us;
};

static struct attempt_mark take_attempt(void *data, const struct attempt *attempt)
{
    struct bench *bench = data;
    queue_watch_take_attempt(bench->watch, attempt, bench->now_us);
    return (struct attempt_mark){.path = 1};
}

static void take_reinjected(void *data, uint32_t path)
{
    (void)data;
    (void)path;
}

static void take_outcome(void *data, const struct outcome_event *event)
{
    struct bench *bench = data;
    queue_watch_take_outcome(bench->watch, event, bench->now_us);
}

static void take_accepted(void *data, const struct message *message, int64_t now_us)
{
    (void)data;
    (void)message;
    (void)now_us;
}

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    const struct correlator_limits limits = CORRELATOR_LIMITS;
    const struct correlator_sink sink = {.data = bench,
                                         .attempt = take_attempt,
                                         .reinjected = take_reinjected,
                                         .outcome = take_outcome,
                                         .accepted = take_accepted};
    bench->watch = queue_watch_new(&queue_default);
    bench->correlator = correlator_new(&limits, &sink);
    bench->parser = log_parser_new(2026, NULL, NULL);
    bench->now_us = MONDAY;
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    queue_watch_free(bench->watch);
    correlator_free(bench->correlator);
    log_parser_free(bench->parser);
    mem_free(bench);
    return 0;
}

static void say(struct bench *bench, const char *tag, unsigned id, const char *text)
{
    CLEANUP_BUF struct buf line = {0};
    char stamp[24];
    struct log_record record;
    civil_format_utc(bench->now_us, stamp);
    buf_addf(&line, "%s relay1 postfix/%s[1]: 4A%08X: %s", stamp, tag, id, text);
    log_record_parse(bench->parser, buf_slice(&line), &record);
    queue_watch_take_record(bench->watch, &record, bench->now_us);
    correlator_take(bench->correlator, &record, bench->now_us);
}

#define MX "relay=mx.y.test[198.51.100.1]:25, "

static void try(struct bench *bench, unsigned id, unsigned recipient, const char *status,
                unsigned delay_s)
{
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text,
             "to=<r%u@y.test>, " MX "delay=%u, delays=0/0/0/0, dsn=4.0.0, status=%s (450 no)",
             recipient, delay_s, status);
    say(bench, "smtp", id, buf_str(&text));
}

static void queue(struct bench *bench, unsigned id, unsigned recipients)
{
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, "from=<a@x.test>, size=900, nrcpt=%u (queue active)", recipients);
    say(bench, "qmgr", id, buf_str(&text));
}

static uint64_t waiting(struct bench *bench)
{
    return queue_watch_count(bench->watch, bench->now_us).waiting;
}

static void tell(struct bench *bench)
{
    queue_watch_tell(bench->watch, bench->now_us, told_take, &bench->told);
}

static void test_counts_each_recipient_once(void **state)
{
    struct bench *bench = *state;
    queue(bench, 1, 3);
    try(bench, 1, 0, "sent", 1);
    assert_int_equal(waiting(bench), 0);
    try(bench, 1, 1, "deferred", 2);
    try(bench, 1, 2, "deferred", 2);
    assert_int_equal(waiting(bench), 2);
    bench->now_us += 300 * SECOND;
    try(bench, 1, 1, "deferred", 302);
    try(bench, 1, 2, "sent", 303);
    assert_int_equal(waiting(bench), 1);
    bench->now_us += 600 * SECOND;
    try(bench, 1, 1, "bounced", 903);
    say(bench, "qmgr", 1, "removed");
    assert_int_equal(waiting(bench), 0);
    bench->now_us += 300 * SECOND;
    queue(bench, 2, 1); /* says the outcomes */
    assert_int_equal(waiting(bench), 0);
    assert_int_equal(queue_watch_count(bench->watch, bench->now_us).oldest_us, bench->now_us);
}

static void test_ends_without_attempt(void **state)
{
    struct bench *bench = *state;
    for (unsigned id = 1; id <= 3; id++) {
        queue(bench, id, 1);
        try(bench, id, 0, "deferred", 2);
    }
    assert_int_equal(waiting(bench), 3);
    say(bench, "qmgr", 1, "from=<a@x.test>, status=expired, returned to sender");
    say(bench, "qmgr", 1, "removed");
    say(bench, "postsuper", 2, "removed");
    say(bench, "postsuper", 3, "requeued");
    bench->now_us += 300 * SECOND;
    queue(bench, 9, 1);
    assert_int_equal(waiting(bench), 0);
}

static void test_suspended_waits(void **state)
{
    struct bench *bench = *state;
    const char *text = "to=<r@y.test>, relay=none, delay=0.2, delays=0/0/0/0, dsn=4.4.1, "
                       "status=deferred (delivery temporarily suspended: connect: timed out)";
    queue(bench, 1, 1);
    say(bench, "error", 1, text);
    say(bench, "error", 1, text);
    assert_int_equal(waiting(bench), 1);
    bench->now_us += 300 * SECOND;
    try(bench, 1, 0, "sent", 301);
}

static void test_queue_age(void **state)
{
    struct bench *bench = *state;
    for (unsigned id = 0; id < 150; id++) {
        queue(bench, id, 1);
        try(bench, id, 0, "deferred", 2);
        bench->now_us += SECOND;
    }
    bench->now_us = MONDAY + 61 * MINUTE;
    tell(bench);
    assert_int_equal(bench->told.count, 0); /* the first minute's: 60 */
    bench->now_us = MONDAY + 65 * MINUTE;
    tell(bench);
    const struct incident *old = told_of(&bench->told, INCIDENT_QUEUE_AGE);
    assert_int_equal(bench->told.count, 1);
    assert_int_equal(old->hits, 150);
    assert_int_equal(old->evidence_count, 1);
    for (unsigned id = 0; id < 100; id++)
        try(bench, id, 0, "sent", 3700);
    tell(bench);
    assert_int_equal(told_open(&bench->told), 1); /* flapping at the limit is no news */
    try(bench, 100, 0, "sent", 3700);
    tell(bench);
    assert_int_equal(told_open(&bench->told), 0);
}

/* A log that begins in the middle: delay= says how old it is. */
static void test_old_at_first_sight(void **state)
{
    struct bench *bench = *state;
    for (unsigned id = 0; id < 120; id++)
        try(bench, id, 0, "deferred", 86400);
    tell(bench);
    assert_int_equal(told_count(&bench->told, INCIDENT_QUEUE_AGE), 1);
    struct queue_count count = queue_watch_count(bench->watch, bench->now_us);
    assert_int_equal(count.oldest_us, MONDAY - DAY);
    for (int day = 0; day < 8; day++, bench->now_us += DAY)
        tell(bench);
    assert_int_equal(told_open(&bench->told), 0); /* nothing heard for a day */
    assert_int_equal(waiting(bench), 0);
}

static void fill(struct bench *bench, unsigned first, unsigned messages)
{
    for (unsigned id = first; id < first + messages; id++) {
        queue(bench, id, 1);
        try(bench, id, 0, "deferred", 1);
    }
}

static void drain(struct bench *bench, unsigned first, unsigned messages)
{
    for (unsigned id = first; id < first + messages; id++)
        try(bench, id, 0, "sent", 1000);
}

static void test_backlog(void **state)
{
    struct bench *bench = *state;
    fill(bench, 0, 9999);
    tell(bench);
    assert_int_equal(bench->told.count, 0);
    fill(bench, 10000, 1);
    tell(bench);
    assert_int_equal(told_count(&bench->told, INCIDENT_BACKLOG), 1);
    drain(bench, 0, 6000);
    tell(bench);
    assert_int_equal(told_open(&bench->told), 0);
}

/* 12,000 at noon every day: told on the first days, then it is known. */
static void test_usual_backlog(void **state)
{
    struct bench *bench = *state;
    for (unsigned day = 0; day < 10; day++) {
        bench->now_us = MONDAY + day * DAY + 12 * HOUR;
        fill(bench, day * 20000, 12000);
        tell(bench);
        bench->now_us += 20 * MINUTE;
        drain(bench, day * 20000, 12000);
        tell(bench);
    }
    assert_int_equal(told_open(&bench->told), 0);
    assert_in_range(told_count(&bench->told, INCIDENT_BACKLOG), 1, 3);
    bench->now_us = MONDAY + 10 * DAY + 12 * HOUR;
    fill(bench, 300000, 25000);
    tell(bench);
    assert_int_equal(told_open(&bench->told), 1);
    assert_in_range((unsigned)told_of(&bench->told, INCIDENT_BACKLOG)->normal, 12000, 12001);
}

/* Rows of equal home, removed in every order. */
/* Full mailboxes: a hundred and fifty wait for days, every day. */
static void test_usual_old_mail(void **state)
{
    struct bench *bench = *state;
    for (unsigned hour = 0; hour < 24 * 5; hour++) {
        for (unsigned id = 0; id < 150; id++) {
            if (hour == 0)
                queue(bench, id, 1);
            try(bench, id, 0, "deferred", hour * 3600 + 2);
        }
        bench->now_us += 60 * MINUTE;
        tell(bench);
    }
    assert_int_equal(told_open(&bench->told), 0); /* told on the first day, then usual */
    for (unsigned id = 200; id < 400; id++) {
        queue(bench, id, 1);
        try(bench, id, 0, "deferred", 2);
    }
    bench->now_us += 62 * MINUTE;
    tell(bench);
    assert_int_equal(told_open(&bench->told), 1);
    for (unsigned id = 200; id < 400; id++)
        try(bench, id, 0, "sent", 3720);
    tell(bench);
    assert_int_equal(told_open(&bench->told), 0); /* back to what is usual, not to half of it */
}

static void test_waiting_table(void **state)
{
    (void)state;
    struct waiting_table *table = waiting_table_new(5000);
    for (uint64_t i = 1; i <= 5000; i++)
        assert_non_null(waiting_table_add(table, i % 7, i, 0));
    assert_null(waiting_table_add(table, 9, 6000, 0));
    assert_int_equal(waiting_table_newest(table, 3)->serial, 4994);
    for (uint64_t i = 2; i <= 5000; i += 2)
        waiting_table_remove(table, waiting_table_find(table, i % 7, i));
    for (uint64_t i = 1; i <= 5000; i++)
        assert_int_equal(waiting_table_find(table, i % 7, i) != NULL, i % 2);
    uint32_t place = 0;
    struct waiting_message *row;
    size_t count = 0;
    for (; (row = waiting_table_unheard(table, 1, &place)) != NULL; count++)
        waiting_table_remove(table, row);
    assert_in_range(count, 2490, 2500); /* one that moved over the end is met next time */
    waiting_table_free(table);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_counts_each_recipient_once),
        TEST(test_ends_without_attempt),
        TEST(test_suspended_waits),
        TEST(test_queue_age),
        TEST(test_old_at_first_sight),
        TEST(test_backlog),
        TEST(test_usual_backlog),
        TEST(test_usual_old_mail),
        cmocka_unit_test(test_waiting_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
