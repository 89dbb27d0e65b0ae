/* SPDX-License-Identifier: Apache-2.0 */
#include "record_check.h"

#define SMTPD STAMP "postfix/submission/smtpd[1]: "

static const struct row session_rows[] = {
    {SMTPD "connect from localhost[127.0.0.1]",
     LOG_KIND_CONNECT,
     false,
     {F(CLIENT_NAME, "localhost"), F(CLIENT_IP, "127.0.0.1")}},
    {SMTPD "connect from unknown[2001:db8::7]:40312",
     LOG_KIND_CONNECT,
     false,
     {F(CLIENT_NAME, "unknown"), F(CLIENT_IP, "2001:db8::7"), F(CLIENT_PORT, "40312")}},
    {SMTPD "disconnect from localhost[127.0.0.1] ehlo=1 auth=0/1 mail=1 rcpt=1 quit=1 commands=5/6",
     LOG_KIND_DISCONNECT,
     false,
     {F(CLIENT_NAME, "localhost"), F(CLIENT_IP, "127.0.0.1"),
      F(COUNTS, "ehlo=1 auth=0/1 mail=1 rcpt=1 quit=1 commands=5/6")}},
    {SMTPD "disconnect from localhost[127.0.0.1]",
     LOG_KIND_DISCONNECT,
     false,
     {F(CLIENT_NAME, "localhost"), F(CLIENT_IP, "127.0.0.1")}},
    {SMTPD "15A04A72111: client=localhost[127.0.0.1]",
     LOG_KIND_CLIENT,
     false,
     {F(CLIENT_NAME, "localhost"), F(CLIENT_IP, "127.0.0.1")}},
    {SMTPD "15A04A72111: client=a.test[192.0.2.1], sasl_method=PLAIN, sasl_username=user1@lab.test",
     LOG_KIND_CLIENT,
     false,
     {F(CLIENT_NAME, "a.test"), F(CLIENT_IP, "192.0.2.1"), F(SASL_METHOD, "PLAIN"),
      F(SASL_USERNAME, "user1@lab.test")}},
    {SMTPD "15A04A72111: client=a.test[192.0.2.1]:5, sasl_method=LOGIN, sasl_username=a, b, "
           "sasl_sender=c@d, orig_queue_id=B1641A7209B, orig_client=unknown[198.51.100.4]",
     LOG_KIND_CLIENT,
     false,
     {F(CLIENT_NAME, "a.test"), F(CLIENT_IP, "192.0.2.1"), F(CLIENT_PORT, "5"),
      F(SASL_METHOD, "LOGIN"), F(SASL_USERNAME, "a, b"), F(SASL_SENDER, "c@d"),
      F(ORIG_QUEUE_ID, "B1641A7209B"), F(ORIG_CLIENT, "unknown[198.51.100.4]")}},
    {SMTPD "NOQUEUE: client=a.test[192.0.2.1]",
     LOG_KIND_CLIENT,
     false,
     {F(CLIENT_NAME, "a.test"), F(CLIENT_IP, "192.0.2.1")}},
    {SMTPD "lost connection after CONNECT from localhost[127.0.0.1]",
     LOG_KIND_LOST,
     false,
     {F(REASON, "lost connection"), F(STAGE, "CONNECT"), F(CLIENT_NAME, "localhost"),
      F(CLIENT_IP, "127.0.0.1")}},
    {SMTPD "timeout after DATA (1234 bytes) from localhost[127.0.0.1]",
     LOG_KIND_LOST,
     false,
     {F(REASON, "timeout"), F(STAGE, "DATA"), F(DETAIL, "1234 bytes"), F(CLIENT_NAME, "localhost"),
      F(CLIENT_IP, "127.0.0.1")}},
    {SMTPD "NOQUEUE: too many errors after RCPT from localhost[127.0.0.1]",
     LOG_KIND_LOST,
     false,
     {F(REASON, "too many errors"), F(STAGE, "RCPT"), F(CLIENT_NAME, "localhost"),
      F(CLIENT_IP, "127.0.0.1")}},
    {SMTPD "improper command pipelining after EHLO from x.test[192.0.2.9]: QUIT\\r\\n",
     LOG_KIND_SERVICE,
     false,
     {F(STAGE, "EHLO"), F(CLIENT_NAME, "x.test"), F(CLIENT_IP, "192.0.2.9"),
      F(DETAIL, "QUIT\\r\\n")}},
    {SMTPD "NOQUEUE: abort: TLS from x.test[192.0.2.9]: handshake failed",
     LOG_KIND_LOST,
     false,
     {F(ACTION, "abort"), F(STAGE, "TLS"), F(CLIENT_NAME, "x.test"), F(CLIENT_IP, "192.0.2.9"),
      F(REASON, "handshake failed")}},
    {SMTPD "what is this", LOG_KIND_UNKNOWN, false, {{0, NULL}}},
};

static const struct row warning_rows[] = {
    {SMTPD "warning: localhost[127.0.0.1]: SASL PLAIN authentication failed: (reason unavailable), "
           "sasl_username=user1@lab.test",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(CLIENT_NAME, "localhost"), F(CLIENT_IP, "127.0.0.1"), F(SASL_METHOD, "PLAIN"),
      F(SASL_USERNAME, "user1@lab.test"), F(REASON, "(reason unavailable)"),
      F(WARNING, "localhost[127.0.0.1]: SASL PLAIN authentication failed: (reason unavailable), "
                 "sasl_username=user1@lab.test")}},
    {SMTPD "warning: x.test[192.0.2.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, "
           "sasl_username=(unavailable)",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(CLIENT_NAME, "x.test"), F(CLIENT_IP, "192.0.2.9"), F(SASL_METHOD, "LOGIN"),
      F(REASON, "UGFzc3dvcmQ6"),
      F(WARNING, "x.test[192.0.2.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, "
                 "sasl_username=(unavailable)")}},
    /* A login that brings its own mark. */
    {SMTPD "warning: x[192.0.2.9]: SASL LOGIN authentication failed: bad, sasl_username=a, "
           "sasl_username=victim",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(CLIENT_NAME, "x"), F(CLIENT_IP, "192.0.2.9"), F(SASL_METHOD, "LOGIN"), F(REASON, "bad"),
      F(SASL_USERNAME, "a, sasl_username=victim"),
      F(WARNING, "x[192.0.2.9]: SASL LOGIN authentication failed: bad, sasl_username=a, "
                 "sasl_username=victim")}},
    {SMTPD "warning: x[192.0.2.9]: SASL CRAM-MD5 authentication failed: authentication failure",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(CLIENT_NAME, "x"), F(CLIENT_IP, "192.0.2.9"), F(SASL_METHOD, "CRAM-MD5"),
      F(REASON, "authentication failure"),
      F(WARNING, "x[192.0.2.9]: SASL CRAM-MD5 authentication failed: authentication failure")}},
    {SMTPD "warning: x[192.0.2.9]: SASL LOGIN authentication aborted",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(CLIENT_NAME, "x"), F(CLIENT_IP, "192.0.2.9"), F(SASL_METHOD, "LOGIN"), F(REASON, "aborted"),
      F(WARNING, "x[192.0.2.9]: SASL LOGIN authentication aborted")}},
    /* A client's words are not a login. */
    {SMTPD "warning: non-SMTP command from x[192.0.2.9]: a: SASL PLAIN authentication failed: b",
     LOG_KIND_WARNING,
     false,
     {F(CLIENT_NAME, "x"), F(CLIENT_IP, "192.0.2.9"),
      F(WARNING, "non-SMTP command from x[192.0.2.9]: a: SASL PLAIN authentication failed: b")}},
    {SMTPD "warning: Connection rate limit exceeded: 101 from x[192.0.2.9] for service smtpd",
     LOG_KIND_WARNING,
     false,
     {F(CLIENT_NAME, "x"), F(CLIENT_IP, "192.0.2.9"),
      F(WARNING, "Connection rate limit exceeded: 101 from x[192.0.2.9] for service smtpd")}},
    {SMTPD "warning: hostname a.test does not resolve to address 192.0.2.9: Name or service not "
           "known",
     LOG_KIND_WARNING,
     false,
     {F(CLIENT_IP, "192.0.2.9"),
      F(WARNING, "hostname a.test does not resolve to address 192.0.2.9: Name or service not "
                 "known")}},
    {SMTPD "warning: hostname a.test does not resolve to address 2001:db8::7",
     LOG_KIND_WARNING,
     false,
     {F(CLIENT_IP, "2001:db8::7"),
      F(WARNING, "hostname a.test does not resolve to address 2001:db8::7")}},
};

static const struct row action_rows[] = {
    {SMTPD "NOQUEUE: reject: RCPT from localhost[127.0.0.1]: 450 4.7.1 <u1@p2.test>: Recipient "
           "address rejected: rate limit exceeded; from=<user1@lab.test> to=<u1@p2.test> "
           "proto=ESMTP helo=<client.lab.test>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), F(CLIENT_NAME, "localhost"), F(CLIENT_IP, "127.0.0.1"),
      F(CODE, "450"), F(DSN, "4.7.1"),
      F(REASON, "<u1@p2.test>: Recipient address rejected: rate limit exceeded"),
      F(FROM, "user1@lab.test"), F(TO, "u1@p2.test"), F(PROTO, "ESMTP"),
      F(HELO, "client.lab.test")}},
    {SMTPD "B1641A7209B: reject: DATA from a[192.0.2.1]: 554 5.7.1 <DATA>: Data command rejected: "
           "over limit; from=<eve@lab.test> proto=ESMTP helo=<client.test>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "DATA"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "554"), F(DSN, "5.7.1"), F(REASON, "<DATA>: Data command rejected: over limit"),
      F(FROM, "eve@lab.test"), F(PROTO, "ESMTP"), F(HELO, "client.test")}},
    {SMTPD "NOQUEUE: reject: CONNECT from unknown[192.0.2.1]: 554 5.7.1 <unknown[192.0.2.1]>: "
           "Client host rejected: Access denied; proto=SMTP",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "CONNECT"), F(CLIENT_NAME, "unknown"),
      F(CLIENT_IP, "192.0.2.1"), F(CODE, "554"), F(DSN, "5.7.1"),
      F(REASON, "<unknown[192.0.2.1]>: Client host rejected: Access denied"), F(PROTO, "SMTP")}},
    {SMTPD "NOQUEUE: hold: RCPT from a[192.0.2.1]: <h@p2.test>: Recipient address surge; "
           "from=<> to=<h@p2.test> proto=ESMTP helo=<c>",
     LOG_KIND_ACTION,
     false,
     {F(ACTION, "hold"), F(STAGE, "RCPT"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(REASON, "<h@p2.test>: Recipient address surge"), F(FROM, ""), F(TO, "h@p2.test"),
      F(PROTO, "ESMTP"), F(HELO, "c")}},
    {SMTPD "8504EA72241: filter: END-OF-MESSAGE from a[192.0.2.1]: <END-OF-MESSAGE>: End-of-data "
           "triggers FILTER out-c:[127.0.0.4]:22100; from=<e@lab.test> proto=ESMTP helo=<c>",
     LOG_KIND_ACTION,
     false,
     {F(ACTION, "filter"), F(STAGE, "END-OF-MESSAGE"), F(CLIENT_NAME, "a"),
      F(CLIENT_IP, "192.0.2.1"),
      F(REASON, "<END-OF-MESSAGE>: End-of-data triggers FILTER out-c:[127.0.0.4]:22100"),
      F(FROM, "e@lab.test"), F(PROTO, "ESMTP"), F(HELO, "c")}},
    {SMTPD "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 no; from=<a@b> to=<c@d> proto=ESMTP "
           "helo=<e> sasl_method=PLAIN sasl_username=u@v sasl_sender=w@x",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "554"), F(DSN, "5.7.1"), F(REASON, "no"), F(FROM, "a@b"), F(TO, "c@d"),
      F(PROTO, "ESMTP"), F(HELO, "e"), F(SASL_METHOD, "PLAIN"), F(SASL_USERNAME, "u@v"),
      F(SASL_SENDER, "w@x")}},
    {SMTPD "4BEADA7211B: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 4.7.1 Try again later; "
           "from=<a@b> to=<c@d> proto=ESMTP helo=<e> sasl_username=<u@v>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "milter-reject"), F(STAGE, "END-OF-MESSAGE"), F(CLIENT_NAME, "a"),
      F(CLIENT_IP, "192.0.2.1"), F(DSN, "4.7.1"), F(REASON, "Try again later"), F(FROM, "a@b"),
      F(TO, "c@d"), F(PROTO, "ESMTP"), F(HELO, "e"), F(SASL_USERNAME, "u@v")}},
    {SMTPD "NOQUEUE: reject_warning: RCPT from a[192.0.2.1]: 450 4.7.1 x; from=<a@b> to=<c@d> "
           "proto=ESMTP helo=<e>",
     LOG_KIND_ACTION,
     false,
     {F(ACTION, "reject_warning"), F(STAGE, "RCPT"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "450"), F(DSN, "4.7.1"), F(REASON, "x"), F(FROM, "a@b"), F(TO, "c@d"),
      F(PROTO, "ESMTP"), F(HELO, "e")}},
    {SMTPD "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 5C1D8A72111; from=<a@b> to=<c@d> "
           "proto=ESMTP helo=<e>",
     LOG_KIND_PROXY_ACCEPT,
     false,
     {F(ACTION, "proxy-accept"), F(STAGE, "END-OF-MESSAGE"), F(CODE, "250"), F(DSN, "2.0.0"),
      F(REASON, "Ok: queued as 5C1D8A72111"), F(NEXT_ID, "5C1D8A72111"), F(FROM, "a@b"),
      F(TO, "c@d"), F(PROTO, "ESMTP"), F(HELO, "e")}},
    {SMTPD "NOQUEUE: proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=1-1 - spam; from=<a@b> "
           "to=<c@d> proto=ESMTP helo=<e>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "proxy-reject"), F(STAGE, "END-OF-MESSAGE"), F(CODE, "554"), F(DSN, "5.7.0"),
      F(REASON, "Reject, id=1-1 - spam"), F(FROM, "a@b"), F(TO, "c@d"), F(PROTO, "ESMTP"),
      F(HELO, "e")}},
    /* A line that a daemon cut. */
    {SMTPD "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 no; from=<a@b> to=<c@d> proto=ESMTP "
           "hel",
     LOG_KIND_REJECT,
     true,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "554"), F(DSN, "5.7.1"), F(REASON, "no"), F(FROM, "a@b"), F(TO, "c@d"),
      F(PROTO, "ESMTP")}},
    {SMTPD "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 no mail he",
     LOG_KIND_REJECT,
     true,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "554"), F(DSN, "5.7.1"), F(REASON, "no mail he")}},
};

#define FORGED "; from=<v@v> to=<w@w> proto=ESMTP helo=<h"

/* What a client chose never gives fields of its own. */
static const struct row forged_rows[] = {
    {SMTPD "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 <\"" FORGED
           ">\"@x>: no; from=<a@b> to=<\"" FORGED ">\"@x> proto=ESMTP helo=<e>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "554"), F(DSN, "5.7.1"), F(REASON, "<\"" FORGED ">\"@x>: no"), F(FROM, "a@b"),
      F(TO, "\"" FORGED ">\"@x"), F(PROTO, "ESMTP"), F(HELO, "e")}},
    {SMTPD "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 <\"" FORGED
           "\"@x>: no; from=<\"" FORGED "\"@x> to=<\"> proto=SMTP helo=<h\"@x> proto=ESMTP "
           "helo=<e>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "554"), F(DSN, "5.7.1"), F(REASON, "<\"" FORGED "\"@x>: no"),
      F(FROM, "\"" FORGED "\"@x"), F(TO, "\"> proto=SMTP helo=<h\"@x"), F(PROTO, "ESMTP"),
      F(HELO, "e")}},
    {SMTPD "NOQUEUE: reject: MAIL from a[192.0.2.1]: 554 5.7.1 no; from=<\"\\\"; from=<\"@x> "
           "proto=ESMTP helo=<e>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "MAIL"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "554"), F(DSN, "5.7.1"), F(REASON, "no"), F(FROM, "\"\\\"; from=<\"@x"),
      F(PROTO, "ESMTP"), F(HELO, "e")}},
    /* Internal form: no quotes, so the last marks are taken. */
    {SMTPD "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 no; from=<a b@x> to=<c> d@e> "
           "proto=ESMTP helo=<e>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), F(CLIENT_NAME, "a"), F(CLIENT_IP, "192.0.2.1"),
      F(CODE, "554"), F(DSN, "5.7.1"), F(REASON, "no"), F(FROM, "a b@x"), F(TO, "c> d@e"),
      F(PROTO, "ESMTP"), F(HELO, "e")}},
};

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TESTS(session_rows),
        ROW_TESTS(warning_rows),
        ROW_TESTS(action_rows),
        ROW_TESTS(forged_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
