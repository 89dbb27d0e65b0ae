/* SPDX-License-Identifier: Apache-2.0 */
#include "record_check.h"

#define QMGR STAMP "postfix/qmgr[1]: "
#define CLEANUP STAMP "postfix/cleanup[1]: "
#define PICKUP STAMP "postfix/pickup[1]: "
#define BOUNCE STAMP "postfix/bounce[1]: "
#define POSTSUPER STAMP "postfix/postsuper[1]: "

static const struct row qmgr_rows[] = {
    {QMGR "15A04A72111: from=<a@lab.test>, size=308, nrcpt=1 (queue active)",
     LOG_KIND_QUEUED,
     false,
     {F(FROM, "a@lab.test"), F(SIZE, "308"), F(NRCPT, "1")}},
    {QMGR "15A04A72111: from=<>, size=2217, nrcpt=12",
     LOG_KIND_QUEUED,
     false,
     {F(FROM, ""), F(SIZE, "2217"), F(NRCPT, "12")}},
    /* A sender that looks like the rest of the line. */
    {QMGR "15A04A72111: from=<\"a>, size=1, nrcpt=9 (queue active)\"@x>, size=308, nrcpt=1 "
          "(queue active)",
     LOG_KIND_QUEUED,
     false,
     {F(FROM, "\"a>, size=1, nrcpt=9 (queue active)\"@x"), F(SIZE, "308"), F(NRCPT, "1")}},
    {QMGR "EF228A72124: from=<a@lab.test>, status=expired, returned to sender",
     LOG_KIND_EXPIRED,
     false,
     {F(FROM, "a@lab.test"), F(STATUS, "expired")}},
    {QMGR "24DDEA72028: from=<\">, status=x, returned to sender\"@b>, status=force-expired, "
          "returned to sender",
     LOG_KIND_EXPIRED,
     false,
     {F(FROM, "\">, status=x, returned to sender\"@b"), F(STATUS, "force-expired")}},
    {QMGR "15A04A72111: removed", LOG_KIND_REMOVED, false, {{0, NULL}}},
    {QMGR "BF580A7212B: skipped, still being delivered",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "skipped, still being delivered")}},
    {QMGR "15A04A72111: from=<a@lab.test>, size=308, nr",
     LOG_KIND_QUEUED,
     true,
     {F(FROM, "a@lab.test"), F(SIZE, "308")}},
    {QMGR "15A04A72111: from=<a@lab.te", LOG_KIND_QUEUED, true, {{0, NULL}}},
    {QMGR "15A04A72111: to=<u@b.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, "
          "status=deferred (later)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@b.test"), F(RELAY, "none"), F(RELAY_HOST, "none"), F(DELAY, "1"),
      F(DELAYS, "1/0/0/0"), F(DSN, "4.4.1"), F(STATUS, "deferred"), F(REASON, "later")}},
    {QMGR "warning: mail for p2.test is using up 4000 of 4002 active queue entries",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "mail for p2.test is using up 4000 of 4002 active queue entries")}},
};

static const struct row cleanup_rows[] = {
    {CLEANUP "4jX2vK2WbVz1bY4J: message-id=<m1@client.lab.test>",
     LOG_KIND_MESSAGE_ID,
     false,
     {F(MESSAGE_ID, "<m1@client.lab.test>")}},
    {CLEANUP "15A04A72111: message-id=", LOG_KIND_MESSAGE_ID, false, {F(MESSAGE_ID, "")}},
    {CLEANUP "15A04A72111: resent-message-id=a b (c)",
     LOG_KIND_MESSAGE_ID,
     false,
     {F(MESSAGE_ID, "a b (c)")}},
    {CLEANUP "63D52A72093: reject: header Subject: VIRUS from localhost[127.0.0.1]; "
             "from=<a@lab.test> to=<u1@p2.test> proto=ESMTP helo=<client.lab.test>: 5.7.1 bad "
             "subject",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "header"), F(DETAIL, "Subject: VIRUS"),
      F(CLIENT_NAME, "localhost"), F(CLIENT_IP, "127.0.0.1"), F(FROM, "a@lab.test"),
      F(TO, "u1@p2.test"), F(PROTO, "ESMTP"), F(HELO, "client.lab.test"), F(DSN, "5.7.1"),
      F(REASON, "bad subject")}},
    {CLEANUP "4BEADA7211B: warning: header Subject: WARNME from localhost[127.0.0.1]; "
             "from=<a@lab.test> to=<u1@p2.test> proto=ESMTP helo=<client.lab.test>",
     LOG_KIND_ACTION,
     false,
     {F(ACTION, "warning"), F(STAGE, "header"), F(DETAIL, "Subject: WARNME"),
      F(CLIENT_NAME, "localhost"), F(CLIENT_IP, "127.0.0.1"), F(FROM, "a@lab.test"),
      F(TO, "u1@p2.test"), F(PROTO, "ESMTP"), F(HELO, "client.lab.test")}},
    /* The header quotes a whole line of its own. */
    {CLEANUP "4BEADA7211B: info: header Subject: x from trusted[192.0.2.1]; from=<v@v> to=<w@w> "
             "proto=ESMTP helo=<h>: ok from mx.test[2001:db8::1]; from=<a@b> to=<c@d> proto=SMTP "
             "helo=<e>",
     LOG_KIND_ACTION,
     false,
     {F(ACTION, "info"), F(STAGE, "header"),
      F(DETAIL, "Subject: x from trusted[192.0.2.1]; from=<v@v> to=<w@w> proto=ESMTP helo=<h>: ok"),
      F(CLIENT_NAME, "mx.test"), F(CLIENT_IP, "2001:db8::1"), F(FROM, "a@b"), F(TO, "c@d"),
      F(PROTO, "SMTP"), F(HELO, "e")}},
    {CLEANUP "4BEADA7211B: replace: header Subject: a from local; from=<root@lab.test>: Subject: b",
     LOG_KIND_ACTION,
     false,
     {F(ACTION, "replace"), F(STAGE, "header"), F(DETAIL, "Subject: a"), F(CLIENT_NAME, "local"),
      F(FROM, "root@lab.test"), F(REASON, "Subject: b")}},
    {CLEANUP "4BEADA7211B: discard: body buy now from x.test[192.0.2.9]; from=<> to=<c@d> "
             "proto=ESMTP helo=<e>: spam; really",
     LOG_KIND_ACTION,
     false,
     {F(ACTION, "discard"), F(STAGE, "body"), F(DETAIL, "buy now"), F(CLIENT_NAME, "x.test"),
      F(CLIENT_IP, "192.0.2.9"), F(FROM, ""), F(TO, "c@d"), F(PROTO, "ESMTP"), F(HELO, "e"),
      F(REASON, "spam; really")}},
    {CLEANUP
     "4BEADA7211B: milter-reject: END-OF-MESSAGE from x.test[192.0.2.9]: 5.7.1 Spam message "
     "rejected; from=<a@b> to=<c@d> proto=ESMTP helo=<e>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "milter-reject"), F(STAGE, "END-OF-MESSAGE"), F(CLIENT_NAME, "x.test"),
      F(CLIENT_IP, "192.0.2.9"), F(DSN, "5.7.1"), F(REASON, "Spam message rejected"),
      F(FROM, "a@b"), F(TO, "c@d"), F(PROTO, "ESMTP"), F(HELO, "e")}},
    {CLEANUP "4BEADA7211B: milter-header-hold: header X-Spam: YES from x.test[192.0.2.9]; "
             "from=<a@b> to=<c@d> proto=ESMTP helo=<e>",
     LOG_KIND_ACTION,
     false,
     {F(ACTION, "milter-header-hold"), F(STAGE, "header"), F(DETAIL, "X-Spam: YES"),
      F(CLIENT_NAME, "x.test"), F(CLIENT_IP, "192.0.2.9"), F(FROM, "a@b"), F(TO, "c@d"),
      F(PROTO, "ESMTP"), F(HELO, "e")}},
    {CLEANUP "4BEADA7211B: reject: header Subject: a long one that was c",
     LOG_KIND_REJECT,
     true,
     {F(ACTION, "reject"), F(STAGE, "header"), F(DETAIL, "Subject: a long one that was c")}},
    {CLEANUP "warning: 4BEADA7211B: queue file size limit exceeded",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "queue file size limit exceeded")}},
};

static const struct row other_rows[] = {
    {PICKUP "F0B0EA721DC: uid=0 from=<root@lab.test>",
     LOG_KIND_PICKUP,
     false,
     {F(UID, "0"), F(FROM, "root@lab.test")}},
    {PICKUP "54A1BA72003: uid=102 from=<a@lab.test> orig_id=69F09A72012",
     LOG_KIND_PICKUP,
     false,
     {F(UID, "102"), F(FROM, "a@lab.test"), F(ORIG_QUEUE_ID, "69F09A72012")}},
    {PICKUP "54A1BA72003: uid=102 from=<\"x> orig_id=AAAAAA\"@lab.test>",
     LOG_KIND_PICKUP,
     false,
     {F(UID, "102"), F(FROM, "\"x> orig_id=AAAAAA\"@lab.test")}},
    {PICKUP "54A1BA72003: uid=102 from=<a@l", LOG_KIND_PICKUP, true, {F(UID, "102")}},
    {BOUNCE "70E4CA72013: sender non-delivery notification: 72561A7207C",
     LOG_KIND_NOTIFICATION,
     false,
     {F(BOUNCE_ID, "72561A7207C"), F(DETAIL, "sender non-delivery")}},
    {BOUNCE "B3346A72253: sender delivery status notification: B54D7A72263",
     LOG_KIND_NOTIFICATION,
     false,
     {F(BOUNCE_ID, "B54D7A72263"), F(DETAIL, "sender delivery status")}},
    {BOUNCE "B3346A72253: postmaster delay notification: B54D7A72263",
     LOG_KIND_NOTIFICATION,
     false,
     {F(BOUNCE_ID, "B54D7A72263"), F(DETAIL, "postmaster delay")}},
    {POSTSUPER "06A42A721CC: released from hold",
     LOG_KIND_SUPERVISE,
     false,
     {F(ACTION, "released from hold")}},
    {POSTSUPER "24DDEA72028: expired", LOG_KIND_SUPERVISE, false, {F(ACTION, "expired")}},
    {POSTSUPER "96DA0A721FD: removed", LOG_KIND_REMOVED, false, {{0, NULL}}},
    {POSTSUPER "Deleted: 1 message", LOG_KIND_SERVICE, false, {F(DETAIL, "Deleted: 1 message")}},
    {QMGR "what is this", LOG_KIND_UNKNOWN, false, {{0, NULL}}},
};

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TESTS(qmgr_rows),
        ROW_TESTS(cleanup_rows),
        ROW_TESTS(other_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
