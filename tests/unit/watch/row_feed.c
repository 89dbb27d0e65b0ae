/* SPDX-License-Identifier: Apache-2.0
 *
 * A log counted as it comes, and the rows that it leaves counted again: the two summaries say the
 * same, but for what rows do not carry.
 */
#include "watch/row_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/record_bench.h"

#define GOOGLE "gmail-smtp-in.l.google.com[142.250.1.26]"
/* After delay and delays. */
#define NO_ANSWER \
    "dsn=4.4.1, status=deferred (connect to mfsmax.docomo.ne.jp[203.0.113.5]:25: Connection " \
    "timed " \
    "out)"
#define TIMES "delay=1.5, delays=0.05/0.1/0.2/1.15, "

static void born(double at_s, const char *id, const char *message_id, const char *login)
{
    line(at_s, "postfix/smtpd", "%s: client=c.example[192.0.2.7]%s%s", id,
         login ? ", sasl_method=PLAIN, sasl_username=" : "", login ? login : "");
    line(at_s, "postfix/cleanup", "%s: message-id=<%s@c.example>", id, message_id);
    line(at_s, "postfix/qmgr", "%s: from=<a@c.example>, size=900, nrcpt=1 (queue active)", id);
}

/* Everything that a delivery can be, and what leaves no row. */
static void write_log(void)
{
    born(0, "A00001", "1", "ann");
    line(1, "postfix/out-a/smtp",
         "A00001: to=<u@y.test>, relay=" GOOGLE ":25, " TIMES
         "dsn=2.0.0, status=sent (250 2.0.0 OK x - gsmtp)");
    line(1, "postfix/qmgr", "A00001: removed");
    born(10, "A00002", "2", "ann");
    line(11, "postfix/out-a/smtp",
         "A00002: to=<v@y.test>, relay=" GOOGLE ":25, " TIMES
         "dsn=5.1.1, status=bounced (host " GOOGLE
         " said: 550 5.1.1 no such user (in reply to RCPT TO command))");
    line(11, "postfix/qmgr", "A00002: removed");
    born(20, "A00003", "3", NULL); /* through a filter */
    born(21, "A00004", "3", NULL);
    line(22, "postfix/amavis/smtp",
         "A00003: to=<w@y.test>, relay=127.0.0.1[127.0.0.1]:10024, " TIMES
         "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as A00004)");
    line(22, "postfix/qmgr", "A00003: removed");
    line(23, "postfix/virtual",
         "A00004: to=<w@y.test>, relay=virtual, " TIMES
         "dsn=2.0.0, status=sent (delivered to maildir)");
    line(23, "postfix/qmgr", "A00004: removed");
    born(30, "A00005", "5", "ben");
    line(31, "postfix/out-b/smtp", "A00005: to=<x@docomo.ne.jp>, relay=none, " TIMES NO_ANSWER);
    line(31, "postfix/error",
         "A00005: to=<z@docomo.ne.jp>, relay=none, " TIMES
         "dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to "
         "mfsmax.docomo.ne.jp[203.0.113.5]:25: Connection timed out)");
    line(40000, "postfix/qmgr", "A00005: from=<a@c.example>, status=expired, returned to sender");
    line(40000, "postfix/qmgr", "A00005: removed");
    born(40010, "A00006", "6", "ben");
    line(40011, "postfix/out-b/smtp", "A00006: to=<x@docomo.ne.jp>, relay=none, " TIMES NO_ANSWER);
    line(40020, "postfix/postsuper", "A00006: removed");
    born(40030, "A00007", "7", NULL); /* lost: nothing but its end */
    line(40031, "postfix/qmgr", "A00007: removed");
    born(40040, "A00008", "8", NULL); /* waits */
    line(40041, "postfix/out-b/smtp", "A00008: to=<x@docomo.ne.jp>, relay=none, " TIMES NO_ANSWER);
    line(40050, "postfix/smtpd", "warning: x[192.0.2.1]: SASL LOGIN authentication failed: bad");
    line(40200, "postfix/anvil", "statistics: max cache size 1 at Mar  2 00:00:00");
}

struct rows {
    struct row_feed *feed;
    uint64_t count;
};

static void take_row(void *data, const struct history_row *row)
{
    struct rows *rows = data;
    row_feed_take(rows->feed, row);
    rows->count++;
}

/* Rows of the batch through another tally; returns how many. */
static uint64_t read_back(struct summary *out)
{
    struct tally *tally = tally_new(NULL, bench.classifier);
    struct rows rows = {.feed = row_feed_new(tally, INT64_MIN)};
    record_bench_rows(take_row, &rows);
    tally_finish(tally, out);
    row_feed_mark(rows.feed, out);
    row_feed_free(rows.feed);
    tally_free(tally);
    return rows.count;
}

static void same_paths(const struct summary_path *a, const struct summary_path *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(slice_eq(a[i].relay, b[i].relay));
        assert_true(slice_eq(a[i].source, b[i].source));
        assert_true(slice_eq(a[i].provider, b[i].provider));
        assert_int_equal(a[i].attempts.total, b[i].attempts.total);
        assert_int_equal(a[i].attempts.reinjected, b[i].attempts.reinjected);
        assert_memory_equal(&a[i].outcomes, &b[i].outcomes, sizeof(a[i].outcomes));
        assert_memory_equal(a[i].classes, b[i].classes, sizeof(a[i].classes));
    }
}

static void same_logins(const struct summary *a, const struct summary *b)
{
    assert_int_equal(a->login_count, b->login_count);
    for (size_t i = 0; i < a->login_count; i++) {
        assert_true(slice_eq(a->logins[i].name, b->logins[i].name));
        assert_int_equal(a->logins[i].messages, b->logins[i].messages);
        assert_int_equal(a->logins[i].recipients, b->logins[i].recipients);
        assert_int_equal(b->logins[i].auth_failures, SUMMARY_NOT_KEPT);
    }
}

static void rows_say_what_the_lines_said(void **state)
{
    (void)state;
    struct summary lines, rows;
    write_log();
    uint64_t count = read_back(&rows);
    tally_finish(bench.tally, &lines);
    assert_int_equal(lines.attempts.total, rows.attempts.total);
    assert_int_equal(lines.attempts.sent, rows.attempts.sent);
    assert_int_equal(lines.attempts.reinjected, 1);
    assert_int_equal(rows.attempts.reinjected, 1);
    assert_int_equal(lines.attempts.repeated, rows.attempts.repeated);
    assert_memory_equal(&lines.outcomes, &rows.outcomes, sizeof(rows.outcomes));
    assert_int_equal(lines.outcomes.discarded, 1);
    assert_int_equal(lines.outcomes.expired, 2);
    assert_int_equal(lines.outcomes.open, 1);
    assert_int_equal(lines.reachability_good, rows.reachability_good);
    assert_int_equal(lines.bad_other, rows.bad_other);
    assert_int_equal(lines.latency.count, rows.latency.count);
    assert_int_equal(lines.records[DELIVERY_EXPIRED], rows.records[DELIVERY_EXPIRED]);
    assert_int_equal(lines.path_count, rows.path_count);
    same_paths(lines.paths, rows.paths, rows.path_count);
    same_logins(&lines, &rows);
    assert_true(rows.from_history);
    assert_int_equal(rows.lines_read, count);
    assert_int_equal(rows.program_count, 0);
    assert_int_equal(rows.login_failures, SUMMARY_NOT_KEPT);
    assert_int_equal(rows.attempts.probes, SUMMARY_NOT_KEPT);
    arena_free(lines.arena);
    arena_free(rows.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECORD_TEST(rows_say_what_the_lines_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
