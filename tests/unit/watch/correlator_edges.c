/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that go on under another queue id, equal ids of different queues, and the bounds.
 */
#include "watch/delivery_facts.h"
#include "watch/record_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define A "4A1B2C3D01"
#define B "4B1B2C3D02"
#define H "relay1"
#define G "relay2"
#define FILTER "127.0.0.1[127.0.0.1]:10024"
#define FILTERED(id, next, delay) \
    RCPT(id, "u@y.test", FILTER, delay, "sent", \
         "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as " next)

static const struct feed_case filter[] = {
    {"a content filter: one outcome, both delays, the login",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, QMGR, QUEUED(A, 1)},
      {2, H, SMTPD,
       B ": client=localhost[127.0.0.1], orig_queue_id=" A ", orig_client=c[192.0.2.7]"},
      {2, H, QMGR, QUEUED(B, 1)},
      {2, H, "amavis/smtp", FILTERED(A, B, 2)},
      {2, H, QMGR, REMOVED(A)},
      {3, H, SMTP, SENT(B, "u@y.test")},
      {3, H, QMGR, REMOVED(B)}},
     0,
     "accepted@1 sent!reinjected sent =sent/3@1"},
    {"without XFORWARD",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, QMGR, QUEUED(A, 1)},
      {2, H, SMTPD, CLIENT(B)},
      {2, H, QMGR, QUEUED(B, 1)},
      {2, H, "amavis/smtp", FILTERED(A, B, 2)},
      {2, H, QMGR, REMOVED(A)},
      {3, H, SMTP, BOUNCED(B, "u@y.test")},
      {3, H, QMGR, REMOVED(B)}},
     0,
     "accepted@1 sent!reinjected bounced =bounced/5@1"},
    {"a stranger's queue id is just a reply",
     {{0, H, QMGR, QUEUED(A, 1)},
      {2, H, SMTP, RCPT(A, "u@y.test", MX, 2, "sent", "250 2.0.0 Ok: queued as 4C1B2C3D99")},
      {2, H, QMGR, REMOVED(A)}},
     0,
     "sent =sent/2"},
    {"a stranger's queue id that is the same as the message's own",
     {{0, H, QMGR, QUEUED(A, 1)},
      {2, H, SMTP, RCPT(A, "u@y.test", MX, 2, "sent", "250 2.0.0 Ok: queued as " A)},
      {2, H, QMGR, REMOVED(A)}},
     0,
     "sent =sent/2"},
    {"forwarded by an alias",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, CLEANUP, MSGID(B)},
      {1, H, QMGR, QUEUED(B, 1)},
      {1, H, "postfix/local", RCPT(A, "u@x.test", "local", 1, "sent", "forwarded as " B)},
      {1, H, QMGR, REMOVED(A)},
      {2, H, SMTP, SENT(B, "u@y.test")},
      {2, H, QMGR, REMOVED(B)}},
     0,
     "accepted@1 sent!reinjected sent =sent/2@1"},
    {"forwarded, the other id's lines are missing: no outcome of its own",
     {{0, H, QMGR, QUEUED(A, 1)},
      {1, H, "postfix/local", RCPT(A, "u@x.test", "local", 1, "sent", "forwarded as " B)},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "sent!reinjected"},
    {"three hops add up",
     {{0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTPD, CLIENT(B)},
      {1, H, QMGR, QUEUED(B, 1)},
      {1, H, SMTP, FILTERED(A, B, 1)},
      {2, G, SMTPD, CLIENT("4C1B2C3D03")},
      {2, G, QMGR, QUEUED("4C1B2C3D03", 1)},
      {2, H, SMTP,
       RCPT(B, "u@y.test", "relay2[192.0.2.2]:25", 1, "sent",
            "250 2.0.0 Ok: queued as 4C1B2C3D03")},
      {2, H, QMGR, REMOVED(A)},
      {2, H, QMGR, REMOVED(B)},
      {3, G, SMTP, SENT("4C1B2C3D03", "u@y.test")},
      {3, G, QMGR, REMOVED("4C1B2C3D03")}},
     0,
     "sent!reinjected sent!reinjected sent =sent/3"},
    {"postsuper -r: what was sent is sent, the rest goes on",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, QMGR, QUEUED(A, 3)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, SMTP, DEFERRED(A, "v@y.test")},
      {9, H, "postfix/postsuper", A ": requeued"},
      {10, H, "postfix/pickup", B ": uid=102 from=<a@x.test> orig_id=" A},
      {10, H, QMGR, QUEUED(B, 2)},
      {11, H, SMTP, SENT(B, "v@y.test")},
      {11, H, SMTP, SENT(B, "w@y.test")},
      {11, H, QMGR, REMOVED(B)}},
     0,
     "accepted@1 sent deferred sent sent =sent/1@1 =sent/1@1 =sent/1@1"},
};

/* Logs of several hosts, whose clocks differ: the next hop is seen too late. */
static const struct feed_case edge_first[] = {
    {"the edge line before the next id's first line",
     {{0, H, QMGR, QUEUED(A, 1)},
      {2, H, SMTP, FILTERED(A, B, 2)},
      {2, H, QMGR, REMOVED(A)},
      {2, G, SMTPD, CLIENT(B)},
      {2, G, QMGR, QUEUED(B, 1)},
      {3, G, SMTP, SENT(B, "u@y.test")},
      {3, G, QMGR, REMOVED(B)}},
     0,
     "sent undone sent =sent/3"},
    {"the same, and the first id ends after the second",
     {{0, H, QMGR, QUEUED(A, 1)},
      {2, H, SMTP, FILTERED(A, B, 2)},
      {2, G, SMTPD, CLIENT(B)},
      {2, G, QMGR, QUEUED(B, 1)},
      {3, G, SMTP, SENT(B, "u@y.test")},
      {3, G, QMGR, REMOVED(B)},
      {4, H, QMGR, REMOVED(A)}},
     0,
     "sent undone sent =sent/3"},
    {"the same, and the first id stays open for another recipient",
     {{0, H, QMGR, QUEUED(A, 2)},
      {2, H, SMTP, FILTERED(A, B, 2)},
      {2, H, SMTP, DEFERRED(A, "v@z.test")},
      {2, G, SMTPD, CLIENT(B)},
      {2, G, QMGR, QUEUED(B, 1)},
      {3, G, SMTP, SENT(B, "u@y.test")},
      {3, G, QMGR, REMOVED(B)},
      {900, H, SMTP, SENT(A, "v@z.test")},
      {900, H, QMGR, REMOVED(A)}},
     0,
     "sent deferred undone sent =sent/3 sent =sent/1"},
};

static const struct feed_case queues[] = {
    {"one id on two hosts",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, G, SMTPD, LOGIN(A, "bob")},
      {0, H, QMGR, QUEUED(A, 1)},
      {0, G, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, G, SMTP, BOUNCED(A, "u@y.test")},
      {1, G, QMGR, REMOVED(A)},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 accepted@2 sent bounced =bounced/3@2 =sent/1@1"},
    {"one id in two instances of a host",
     {{0, H, "postfix-out/qmgr", QUEUED(B, 1)},
      {0, H, "postfix-in/smtpd", LOGIN(A, "alice")},
      {0, H, "postfix-in/cleanup", MSGID(A)},
      {0, H, "postfix-in/qmgr", QUEUED(A, 1)},
      {0.2, H, "postfix-out/smtpd", LOGIN(A, "bob")},
      {0.2, H, "postfix-out/cleanup", MSGID(A)},
      {0.2, H, "postfix-out/qmgr", QUEUED(A, 1)},
      {1, H, "postfix-in/smtp", SENT(A, "u@y.test")},
      {1, H, "postfix-out/smtp", BOUNCED(A, "u@y.test")},
      {1, H, "postfix-in/qmgr", REMOVED(A)},
      {1, H, "postfix-out/qmgr", REMOVED(A)}},
     0,
     "accepted@1 accepted@2 sent bounced =sent/1@1 =bounced/3@2 =open*1"},
    {"a transport with a name of its own",
     {{0, H, "postfix-lab/smtpd", LOGIN(A, "alice")},
      {0, H, "postfix-lab/qmgr", QUEUED(A, 2)},
      {1, H, "postfix/out-a/smtp", SENT(A, "u@y.test")},
      {1, H, "amavis/smtp", BOUNCED(A, "v@y.test")},
      {1, H, "postfix-lab/qmgr", REMOVED(A)}},
     0,
     "accepted@1 sent bounced =sent/1@1 =bounced/3@1"},
    {"such a transport while two instances have the id: the one it wrote for before",
     {{0, H, "one/qmgr", QUEUED(B, 1)},
      {0, H, "out/smtp", SENT(B, "u@y.test")},
      {0, H, "one/qmgr", REMOVED(B)},
      {1, H, "one/qmgr", QUEUED(A, 1)},
      {1, H, "two/qmgr", QUEUED(A, 1)},
      {2, H, "out/smtp", SENT(A, "u@y.test")},
      {2, H, "two/smtp", BOUNCED(A, "u@y.test")},
      {3, H, "one/qmgr", REMOVED(A)},
      {3, H, "two/qmgr", REMOVED(A)}},
     0,
     "sent sent bounced =sent/1 =sent/1 =bounced/3"},
    {"a submission service's name",
     {{0, H, "postfix/submission/smtpd", LOGIN(A, "alice")},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, "postfix/relay/smtp", SENT(A, "u@y.test")},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 sent =sent/1@1"},
};

static void test_filter(void **state)
{
    (void)state;
    FEED_CHECK(filter, NULL);
}

static void test_edge_first(void **state)
{
    (void)state;
    FEED_CHECK(edge_first, NULL);
}

static void test_queues(void **state)
{
    (void)state;
    FEED_CHECK(queues, NULL);
}

/* The n-th queue id. */
static const char *numbered(char to[16], unsigned n)
{
    snprintf(to, 16, "4A%08X", n);
    return to;
}

static void test_cap(void **state)
{
    (void)state;
    struct correlator_limits limits = CORRELATOR_LIMITS;
    limits.max_open = 10;
    struct buf words = {0};
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    struct correlator *correlator = feed_correlator(&limits, &words);
    for (unsigned i = 0; i < 100; i++) {
        char id[16], text[128];
        snprintf(text, sizeof(text), "%s: from=<a@x.test>, size=1, nrcpt=1", numbered(id, i));
        feed_line(correlator, parser, &(struct feed_line){i, H, QMGR, text});
        snprintf(text, sizeof(text), RCPT("%s", "u@y.test", MX, 1, "sent", "250 ok"), id);
        feed_line(correlator, parser, &(struct feed_line){i, H, SMTP, text});
    }
    assert_int_equal(correlator_messages(correlator), 100);
    assert_int_equal(correlator_flushed(correlator), 90);
    correlator_finish(correlator, INT64_MAX);
    correlator_free(correlator);
    log_parser_free(parser);
    size_t outcomes = 0;
    for (const char *at = words.ptr; (at = strstr(at, "=sent")) != NULL; at++)
        outcomes++;
    assert_int_equal(outcomes, 100);
    assert_null(strstr(words.ptr, "lost"));
    buf_done(&words);
}

static void test_thousand_recipients(void **state)
{
    (void)state;
    struct buf words = {0};
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    struct correlator *correlator = feed_correlator(NULL, &words);
    feed_line(correlator, parser, &(struct feed_line){0, H, QMGR, QUEUED(A, 1000)});
    for (unsigned i = 0; i < 2000; i++) {
        char text[256];
        snprintf(text, sizeof(text),
                 A ": to=<u%u@y.test>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, "
                   "status=%s (x)",
                 i % 1000, i < 1000 ? "deferred" : "bounced");
        feed_line(correlator, parser, &(struct feed_line){1, H, SMTP, text});
    }
    feed_line(correlator, parser, &(struct feed_line){2, H, QMGR, REMOVED(A)});
    words.len = 0;
    correlator_finish(correlator, 0);
    assert_int_equal(words.len, 1000 * strlen("=bounced/1 ") - 1);
    correlator_free(correlator);
    log_parser_free(parser);
    buf_done(&words);
}

static void test_logins(void **state)
{
    (void)state;
    struct buf words = {0};
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    struct correlator *correlator = feed_correlator(NULL, &words);
    assert_int_equal(correlator_find_login(correlator, SLICE("alice")), 0);
    feed_line(correlator, parser, &(struct feed_line){0, H, SMTPD, LOGIN(A, "alice")});
    uint32_t login = correlator_find_login(correlator, SLICE("alice"));
    assert_int_equal(login, 1);
    assert_true(slice_eq(correlator_login(correlator, login), SLICE("alice")));
    assert_int_equal(correlator_login(correlator, 0).len, 0);
    assert_true(slice_eq(correlator_host(correlator, 1), SLICE(H)));
    correlator_free(correlator); /* with a message open */
    log_parser_free(parser);
    buf_done(&words);
}

static void test_delay(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"0", 0}, {"0.05", 0.05}, {"1.2", 1.2}, {"51", 51}, {"372639", 372639}, {"0.00", 0},
        {"", 0},  {"-1", 0},      {"1.2.3", 0}, {"x", 0},   {"1e9", 0},         {"12.", 12},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct log_record record = {0};
        log_record_set(&record, LOG_FIELD_DELAY, slice_from_str(rows[i].text));
        double value = (double)delivery_delay_s(&record);
        if (value < rows[i].value * 0.9999 || value > rows[i].value * 1.0001)
            fail_msg("%s: %g", rows[i].text, value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_edge_first),
        cmocka_unit_test(test_queues),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_thousand_recipients),
        cmocka_unit_test(test_logins),
        cmocka_unit_test(test_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
