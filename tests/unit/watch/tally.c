/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines in, summary out.
 */
#include "watch/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/civil.h"
#include "watch/tally_bench.h"

#define SECOND US_PER_SECOND

static struct summary summary;

/* The summary needs neither tally nor parser. */
static void end(void)
{
    tally_finish(bench.tally, &summary);
    tally_bench_end();
}

#define MX "mx1.y.test[192.0.2.9]:25"
#define QMGR "postfix/qmgr"
#define OUT "postfix/out-a/smtp"
#define BLOCKED \
    "host mx1.y.test[192.0.2.9] said: 554 5.7.1 Service unavailable; Client host [192.0.2.11] " \
    "blocked using zen.spamhaus.org (in reply to RCPT TO command)"

static void birth(double at_s, unsigned id, const char *login, unsigned recipients)
{
    line(at_s, "postfix/smtpd", "4A%06X: client=c[192.0.2.7], sasl_method=PLAIN, sasl_username=%s",
         id, login);
    line(at_s, QMGR, "4A%06X: from=<a@x.test>, size=10, nrcpt=%u (queue active)", id, recipients);
}

static void result(double at_s, unsigned id, const char *to, const char *delay, const char *status,
                   const char *reason)
{
    line(at_s, OUT,
         "4A%06X: to=<%s>, relay=" MX ", delay=%s, delays=0/0/0/0, dsn=%s, status=%s (%s)", id, to,
         delay,
         status[0] == 's'   ? "2.0.0"
         : status[0] == 'd' ? "4.7.1"
                            : "5.1.1",
         status, reason);
}

static void removed(double at_s, unsigned id)
{
    line(at_s, QMGR, "4A%06X: removed", id);
}

static void check_attempts(const struct summary_attempts *attempts)
{
    assert_int_equal(attempts->total, 4);
    assert_int_equal(attempts->sent, 2);
    assert_int_equal(attempts->deferred, 1);
    assert_int_equal(attempts->bounced, 1);
    assert_int_equal(attempts->repeated, 1);
}

static void test_counts(void **state)
{
    (void)state;
    tally_bench_begin(NULL);
    birth(0, 1, "alice", 3);
    result(1, 1, "u@y.test", "1", "sent", "250 ok");
    result(1, 1, "v@y.test", "1", "bounced", "550 5.1.1 <v@y.test>: User unknown");
    result(1, 1, "w@y.test", "1", "deferred", "450 4.2.0 Greylisted, try again later");
    result(301, 1, "w@y.test", "301", "sent", "250 ok");
    removed(301, 1);
    birth(310, 2, "bob", 2);
    line(311, "postfix/error",
         "4A000002: to=<z@y.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred "
         "(delivery temporarily suspended: connect to mx1.y.test[192.0.2.9]:25: refused)");
    line(400, "postfix/smtp", "a text that nobody knows");
    line(400, "cron", "hello");
    end();
    const struct summary *s = &summary;
    assert_int_equal(s->lines_read, 12);
    assert_int_equal(s->lines_read, s->lines_parsed + s->lines_unknown);
    assert_int_equal(s->messages, 2);
    assert_int_equal(s->first_us, BEGIN);
    assert_int_equal(s->last_us, BEGIN + 400 * SECOND);
    assert_int_equal(s->records[DELIVERY_SENT], 2);
    assert_int_equal(s->records[DELIVERY_DEFERRED], 2);
    assert_int_equal(s->records[DELIVERY_BOUNCED], 1);
    check_attempts(&s->attempts);
    assert_int_equal(s->outcomes.sent, 2);
    assert_int_equal(s->outcomes.bounced, 1);
    assert_int_equal(s->outcomes.open, 2);
    assert_int_equal(s->outcomes.lost + s->outcomes.expired + s->outcomes.discarded, 0);
    assert_int_equal(s->bad_address + s->bad_ours + s->bad_other, s->reachability_bad);
    assert_int_equal(s->bad_address, 1);
    assert_int_equal(s->reachability_good, 2);
    assert_int_equal(s->latency.count, 2);
    assert_int_equal(s->latency.within_target, 1);
    assert_int_equal(s->latency.waiting_late, 2);
    assert_int_equal(s->incident_count, 0);
    arena_free(summary.arena);
}

static void test_names(void **state)
{
    (void)state;
    tally_bench_begin(NULL);
    birth(0, 1, "alice", 1);
    result(1, 1, "u@y.test", "1", "sent", "250 ok");
    removed(1, 1);
    end();
    const struct summary *s = &summary;
    assert_int_equal(s->provider_count, 1);
    assert_true(slice_eq(s->providers[0].provider, SLICE("y.test")));
    assert_false(s->providers[0].known);
    assert_true(slice_eq(s->sources[0].source, SLICE("out-a")));
    assert_true(slice_eq(s->paths[0].relay, SLICE("relay1")));
    assert_int_equal(s->paths[0].attempts.total, 1);
    assert_int_equal(s->login_count, 1);
    assert_true(slice_eq(s->logins[0].name, SLICE("alice")));
    assert_int_equal(s->logins[0].messages, 1);
    assert_int_equal(s->logins[0].recipients, 1);
    assert_int_equal(s->logins[0].clients, 1);
    assert_int_equal(s->suffix_count, 1);
    uint64_t binned = 0;
    for (size_t i = 0; i < s->bins; i++)
        binned += s->timeline[i].sent;
    assert_int_equal(binned, 1);
    arena_free(summary.arena);
}

static void test_block(void **state)
{
    (void)state;
    tally_bench_begin(NULL);
    for (unsigned i = 0; i < 300; i++) {
        bool blocked = i >= 100 && i < 150;
        birth(i, i, "alice", 1);
        result(i, i, "u@y.test", "1", blocked ? "deferred" : "sent", blocked ? BLOCKED : "250 ok");
        if (!blocked)
            removed(i, i);
    }
    end();
    const struct summary *s = &summary;
    assert_int_equal(s->incident_count, 1);
    const struct incident *incident = &s->incidents[0];
    assert_int_equal(incident->kind, INCIDENT_BLOCK);
    assert_int_equal(incident->hits, 50);
    assert_int_equal(incident->opened_us, BEGIN + 100 * SECOND);
    assert_int_equal(incident->closed_us, BEGIN + 150 * SECOND);
    assert_true(slice_eq(incident->source, SLICE("out-a")));
    assert_true(slice_eq(incident->provider, SLICE("y.test")));
    assert_true(slice_eq(incident->relay, SLICE("relay1")));
    assert_non_null(slice_find(incident->evidence[0], SLICE("4A000064")));
    assert_int_equal(s->class_count, 1);
    assert_int_equal(s->classes[0].class, REPLY_CLASS_BLOCK_IP);
    assert_int_equal(s->classes[0].attempts, 50);
    assert_int_equal(s->logins[0].blocked, 50);
    arena_free(summary.arena);
}

static void test_window(void **state)
{
    (void)state;
    struct tally_settings settings = tally_default_settings;
    settings.since_us = BEGIN + 100 * SECOND;
    settings.until_us = BEGIN + 200 * SECOND;
    tally_bench_begin(&settings);
    for (unsigned i = 0; i < 300; i++) {
        birth(i, i, "alice", 1);
        result(i, i, "u@y.test", "1", "sent", "250 ok");
        removed(i, i);
    }
    end();
    const struct summary *s = &summary;
    assert_int_equal(s->lines_read, 400);
    assert_int_equal(s->lines_outside, 800);
    assert_int_equal(s->attempts.total, 100);
    assert_int_equal(s->records[DELIVERY_SENT], 100);
    assert_int_equal(s->outcomes.sent, 100);
    arena_free(summary.arena);
}

/* Lines without any time, before the first one that has one. */
static void test_no_time(void **state)
{
    (void)state;
    tally_bench_begin(NULL);
    struct log_record record;
    static const char text[] = "junk";
    log_record_parse(bench.parser, slice_from_str(text), &record);
    tally_take(bench.tally, &record, STAMP_NONE);
    birth(0, 1, "alice", 1);
    end();
    assert_int_equal(summary.lines_without_time, 1);
    assert_int_equal(summary.outcomes.open, 1);
    arena_free(summary.arena);
    tally_bench_begin(NULL);
    end(); /* nothing at all */
    assert_int_equal(summary.lines_read, 0);
    assert_int_equal(summary.first_us, STAMP_NONE);
    assert_int_equal(summary.last_us, STAMP_NONE);
    arena_free(summary.arena);
}

struct told {
    struct incident last;
    size_t count;
};

static void note_incident(void *data, const struct incident *incident)
{
    struct told *told = data;
    told->last = *incident;
    told->count++;
}

/* As a daemon asks, after each line: each evidence is told once, under the same names. */
static void test_telling(void **state)
{
    (void)state;
    struct told told = {0};
    size_t hits = 0;
    tally_bench_begin(NULL);
    for (unsigned i = 0; i < 300; i++) {
        bool blocked = i >= 100 && i < 150;
        birth(i, i, "alice", 1);
        result(i, i, "u@y.test", "1", blocked ? "deferred" : "sent", blocked ? BLOCKED : "250 ok");
        told.count = 0;
        tally_tell_incidents(bench.tally, BEGIN + i * SECOND, note_incident, &told);
        assert_in_range(told.count, 0, 1);
        if (told.count == 0)
            continue;
        assert_int_equal(told.last.kind, INCIDENT_BLOCK);
        assert_int_equal(told.last.opened_us, BEGIN + 100 * SECOND);
        assert_true(slice_eq(told.last.relay, SLICE("relay1")));
        assert_true(slice_eq(told.last.source, SLICE("out-a")));
        assert_true(slice_eq(told.last.provider, SLICE("y.test")));
        assert_true(incident_is_open(&told.last) == blocked);
        hits += blocked;
        assert_true(told.last.hits >= hits);
    }
    assert_in_range(hits, 40, 50); /* the first few are not enough */
    assert_int_equal(told.last.closed_us, BEGIN + 150 * SECOND);
    assert_int_equal(told.last.hits, 50);
    end();
    assert_int_equal(summary.incident_count, 0);
    arena_free(summary.arena);
}

/* Two of three sources are one pool, and refused together; then they are none. */
static void test_pools(void **state)
{
    (void)state;
    const struct source_pool pools[] = {{SLICE("out-a"), SLICE("shop")},
                                        {SLICE("out-b"), SLICE("shop")}};
    static const char *const tags[] = {"postfix/out-a/smtp", "postfix/out-b/smtp",
                                       "postfix/out-c/smtp"};
    static const enum incident_scope scopes[] = {INCIDENT_SCOPE_POOL, INCIDENT_SCOPE_SOURCES};
    struct told told = {0};
    tally_bench_begin(NULL);
    tally_set_pools(bench.tally, pools, 2);
    for (unsigned round = 0, i = 0; round < 2; round++) {
        for (; i < 90 * (round + 1); i++) {
            bool blocked = i % 3 < 2;
            birth(i, i, "alice", 1);
            line(i, tags[i % 3],
                 "4A%06X: to=<u@y.test>, relay=" MX ", delay=1, delays=0/0/0/0, dsn=%s, status=%s",
                 i, blocked ? "4.7.1" : "2.0.0",
                 blocked ? "deferred (" BLOCKED ")" : "sent (250 ok)");
        }
        tally_tell_incidents(bench.tally, BEGIN + i * SECOND, note_incident, &told);
        assert_int_equal(told.count, 2 * (round + 1));
        assert_int_equal(told.last.scope, scopes[round]);
        tally_set_pools(bench.tally, pools, 1);
    }
    end();
    arena_free(summary.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_block),   cmocka_unit_test(test_window),
        cmocka_unit_test(test_no_time), cmocka_unit_test(test_telling),
        cmocka_unit_test(test_pools),
    };
    return cmocka_run_group_tests(tests, tally_bench_enter, tally_bench_leave);
}
