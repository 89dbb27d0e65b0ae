/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a message under one queue id. Edges between ids: correlator_edges.c.
 */
#include "watch/record_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define A "4A1B2C3D01"
#define H "relay1"
#define DAY 86400.0

static const struct feed_case plain[] = {
    {"whole life",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, CLEANUP, MSGID(A)},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 sent =sent/1@1"},
    {"two recipients, two ends",
     {{0, H, SMTPD, CLIENT(A)},
      {0, H, QMGR, QUEUED(A, 2)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, SMTP, BOUNCED(A, "v@y.test")},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "sent bounced =sent/1 =bounced/3"},
    {"retry, then sent: one outcome, the delay of the last record; arrival counted once",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, DEFERRED(A, "u@y.test")},
      {301, H, QMGR, QUEUED(A, 1)},
      {302, H, SMTP, RCPT(A, "u@y.test", MX, 302, "sent", "250 ok")},
      {302, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 deferred sent =sent/302@1"},
    {"one address by two aliases is two recipients",
     {{0, H, SMTPD, CLIENT(A)},
      {0, H, QMGR, QUEUED(A, 2)},
      {1, H, SMTP,
       A ": to=<u@y.test>, orig_to=<i@x.test>, relay=" MX ", delay=1, "
         "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"},
      {1, H, SMTP,
       A ": to=<u@y.test>, orig_to=<j@x.test>, relay=" MX ", delay=1, "
         "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "sent sent =sent/1 =sent/1"},
    {"a soft bounce is not final",
     {{0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, RCPT(A, "u@y.test", MX, 1, "SOFTBOUNCE", "550 no")},
      {9, H, SMTP, RCPT(A, "u@y.test", MX, 9, "sent", "250 ok")},
      {9, H, QMGR, REMOVED(A)}},
     0,
     "softbounce sent =sent/9"},
    {"a suspended destination repeats the first cause",
     {{0, H, QMGR, QUEUED(A, 2)},
      {1, H, SMTP, DEFERRED(A, "u@y.test")},
      {1, H, "postfix/error",
       RCPT(A, "v@y.test", "none", 1, "deferred",
            "delivery temporarily suspended: connect to y: refused")},
      {1, H, "postfix/error",
       RCPT(A, "u@y.test", "none", 5, "deferred",
            "delivery temporarily suspended: connect to y: refused")}},
     0,
     "deferred deferred!repeated deferred!repeated =open/5 =open/1"},
    {"probes are no mail",
     {{0, H, CLEANUP, MSGID(A)},
      {0, H, QMGR, A ": from=<double-bounce@x.test>, size=300, nrcpt=1 (queue active)"},
      {1, H, SMTP, RCPT(A, "u@y.test", MX, 1, "deliverable", "250 ok")},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "deliverable!probe"},
    {"probes that fail",
     {{0, H, QMGR, A ": from=<double-bounce@x.test>, size=300, nrcpt=2 (queue active)"},
      {1, H, SMTP, RCPT(A, "u@y.test", MX, 1, "undeliverable", "550 no")},
      {1, H, SMTP, RCPT(A, "v@y.test", MX, 1, "undeliverable-but-not-cached", "450 no")},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "undeliverable!probe undeliverable-but-not-cached!probe"},
    {"the discard transport",
     {{0, H, QMGR, QUEUED(A, 1)},
      {1, H, "postfix/discard", RCPT(A, "u@y.test", "none", 1, "sent", "y.test")},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "sent!discarded =discarded/1"},
};

static const struct feed_case ends[] = {
    {"expired: everyone still waiting, nobody else",
     {{0, H, QMGR, QUEUED(A, 3)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, SMTP, DEFERRED(A, "v@y.test")},
      {5, H, QMGR, A ": from=<a@x.test>, status=expired, returned to sender"},
      {5, H, QMGR, REMOVED(A)}},
     0,
     "sent deferred =sent/1 =expired/2 =expired*1"},
    {"force-expired",
     {{0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, DEFERRED(A, "v@y.test")},
      {4, H, "postfix/postsuper", A ": expired"},
      {5, H, QMGR, A ": from=<a@x.test>, status=force-expired, returned to sender"},
      {5, H, QMGR, REMOVED(A)}},
     0,
     "deferred =expired/2"},
    {"postsuper -d ends it without a final word",
     {{0, H, QMGR, QUEUED(A, 2)},
      {1, H, SMTP, DEFERRED(A, "v@y.test")},
      {4, H, "postfix/postsuper", REMOVED(A)}},
     0,
     "deferred =discarded/2 =discarded*1"},
    {"on hold at the end",
     {{0, H, QMGR, QUEUED(A, 2)}, {4, H, "postfix/postsuper", A ": placed on hold"}},
     0,
     "=open*2"},
    {"hold and release",
     {{0, H, QMGR, QUEUED(A, 1)},
      {4, H, "postfix/postsuper", A ": placed on hold"},
      {9, H, "postfix/postsuper", A ": released from hold"},
      {9, H, QMGR, QUEUED(A, 1)},
      {9, H, SMTP, SENT(A, "u@y.test")},
      {9, H, QMGR, REMOVED(A)}},
     0,
     "sent =sent/1"},
    {"a milter refuses the message: it never was in the queue",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, CLEANUP, MSGID(A)},
      {1, H, CLEANUP,
       A ": milter-reject: END-OF-MESSAGE from c.test[192.0.2.7]: 5.7.1 no; "
         "from=<a@x.test> to=<u@y.test> proto=ESMTP helo=<c.test>"}},
     0,
     ""},
    {"one recipient refused, the other taken",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, SMTPD,
       A ": reject: RCPT from c.test[192.0.2.7]: 550 5.1.1 <v@y.test>: no; "
         "from=<a@x.test> to=<v@y.test> proto=ESMTP helo=<c.test>"},
      {0, H, CLEANUP, MSGID(A)},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 sent =sent/1@1"},
    {"open at the end, with recipients that nobody tried",
     {{0, H, QMGR, QUEUED(A, 5)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, SMTP, DEFERRED(A, "v@y.test")}},
     0,
     "sent deferred =sent/1 =open/2 =open*3"},
    {"never ended: given up after a week without a line",
     {{0, H, QMGR, QUEUED(A, 2)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, SMTP, DEFERRED(A, "v@y.test")},
      {8 * DAY, H, QMGR, QUEUED("4FFFFFFF01", 1)}},
     0,
     "sent deferred =sent/1 =lost/2 =open*1"},
    {"tried for eight days is not idle",
     {{0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, DEFERRED(A, "u@y.test")},
      {4 * DAY, H, SMTP, DEFERRED(A, "u@y.test")},
      {8 * DAY, H, SMTP, DEFERRED(A, "u@y.test")},
      {8 * DAY + 1, H, QMGR, QUEUED("4FFFFFFF01", 1)},
      {8 * DAY + 2, H, QMGR, QUEUED("4FFFFFFF02", 1)}},
     0,
     "deferred deferred deferred =open/2 =open*1 =open*1"},
    {"removed without a final word: lines are missing",
     {{0, H, QMGR, QUEUED(A, 1)}, {1, H, SMTP, DEFERRED(A, "u@y.test")}, {9, H, QMGR, REMOVED(A)}},
     0,
     "deferred =lost/2"},
};

static const struct feed_case order[] = {
    {"the log begins in the middle",
     {{1, H, SMTP, DEFERRED(A, "u@y.test")},
      {9, H, SMTP, SENT(A, "u@y.test")},
      {9, H, QMGR, REMOVED(A)},
      {9, H, QMGR, REMOVED("4FFFFFFF09")}},
     0,
     "deferred sent =sent/1"},
    {"removed before the last to=",
     {{0, H, QMGR, QUEUED(A, 1)}, {1, H, QMGR, REMOVED(A)}, {1, H, SMTP, SENT(A, "u@y.test")}},
     0,
     "sent =sent/1"},
    {"removed 50 s before the last to=, other mail between",
     {{0, H, QMGR, QUEUED(A, 1)},
      {1, H, QMGR, REMOVED(A)},
      {40, H, QMGR, QUEUED("4FFFFFFF01", 1)},
      {50, H, SMTP, SENT(A, "u@y.test")},
      {200, H, QMGR, QUEUED("4FFFFFFF01", 1)}},
     0,
     "sent =sent/1 =open*1"},
    {"client= after cleanup's line and the queue manager's",
     {{0, H, CLEANUP, MSGID(A)},
      {0, H, QMGR, QUEUED(A, 1)},
      {0, H, SMTPD, LOGIN(A, "alice")},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "sent =sent/1@1"},
    {"every line twice",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, CLEANUP, MSGID(A)},
      {0, H, CLEANUP, MSGID(A)},
      {0, H, QMGR, QUEUED(A, 1)},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, QMGR, REMOVED(A)},
      {1, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 sent sent!repeated =sent/1@1"},
    {"time that goes back a little",
     {{10, H, QMGR, QUEUED(A, 1)}, {9, H, SMTP, SENT(A, "u@y.test")}, {8, H, QMGR, REMOVED(A)}},
     0,
     "sent =sent/1"},
};

static const struct feed_case reuse[] = {
    {"client= for an ended id begins a new message",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, QMGR, REMOVED(A)},
      {3, H, SMTPD, LOGIN(A, "bob")},
      {3, H, QMGR, QUEUED(A, 1)},
      {4, H, SMTP, SENT(A, "u@y.test")},
      {4, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 sent accepted@2 sent =sent/1@1 =sent/1@2"},
    {"within one second",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0.1, H, QMGR, QUEUED(A, 1)},
      {0.2, H, SMTP, SENT(A, "u@y.test")},
      {0.2, H, QMGR, REMOVED(A)},
      {0.3, H, SMTPD, LOGIN(A, "bob")},
      {0.4, H, QMGR, QUEUED(A, 1)},
      {0.5, H, SMTP, BOUNCED(A, "u@y.test")},
      {0.5, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 sent accepted@2 bounced =sent/1@1 =bounced/3@2"},
    {"a bounce, which has no birth line, takes the id within the linger",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, CLEANUP, MSGID(A)},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, QMGR, REMOVED(A)},
      {5, H, CLEANUP, MSGID(A)},
      {5, H, QMGR, A ": from=<>, size=2000, nrcpt=1 (queue active)"},
      {6, H, SMTP, BOUNCED(A, "u@y.test")},
      {6, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 sent bounced =sent/1@1 =bounced/3"},
    {"the removed line is missing: the birth of the next one ends it",
     {{0, H, SMTPD, LOGIN(A, "alice")},
      {0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {900, H, SMTPD, LOGIN(A, "bob")},
      {900, H, QMGR, QUEUED(A, 1)},
      {901, H, SMTP, SENT(A, "v@y.test")},
      {901, H, QMGR, REMOVED(A)}},
     0,
     "accepted@1 sent accepted@2 =sent/1@1 sent =sent/1@2"},
    {"long after",
     {{0, H, QMGR, QUEUED(A, 1)},
      {1, H, SMTP, SENT(A, "u@y.test")},
      {1, H, QMGR, REMOVED(A)},
      {500, H, QMGR, QUEUED(A, 1)},
      {501, H, SMTP, SENT(A, "u@y.test")},
      {501, H, QMGR, REMOVED(A)}},
     0,
     "sent =sent/1 sent =sent/1"},
};

static void test_plain(void **state)
{
    (void)state;
    FEED_CHECK(plain, NULL);
}

static void test_ends(void **state)
{
    (void)state;
    FEED_CHECK(ends, NULL);
}

static void test_order(void **state)
{
    (void)state;
    FEED_CHECK(order, NULL);
}

static void test_reuse(void **state)
{
    (void)state;
    FEED_CHECK(reuse, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_reuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
