/* SPDX-License-Identifier: Apache-2.0 */
#include "record_check.h"

#define SCREEN STAMP "postfix/postscreen[1]: "
#define DNSBLOG STAMP "postfix/dnsblog[1]: "
#define TLSPROXY STAMP "postfix/tlsproxy[1]: "
#define CLIENT F(CLIENT_IP, "192.0.2.9"), F(CLIENT_PORT, "4711")

static const struct row rows[] = {
    {SCREEN "CONNECT from [192.0.2.9]:4711 to [192.0.2.1]:25",
     LOG_KIND_CONNECT,
     false,
     {CLIENT, F(SERVER_IP, "192.0.2.1"), F(SERVER_PORT, "25")}},
    {SCREEN "CONNECT from [2001:db8::9]:4711 to [2001:db8::1]:25",
     LOG_KIND_CONNECT,
     false,
     {F(CLIENT_IP, "2001:db8::9"), F(CLIENT_PORT, "4711"), F(SERVER_IP, "2001:db8::1"),
      F(SERVER_PORT, "25")}},
    {SCREEN "PASS NEW [192.0.2.9]:4711", LOG_KIND_SCREEN, false, {F(ACTION, "PASS NEW"), CLIENT}},
    {SCREEN "PASS OLD [192.0.2.9]:4711", LOG_KIND_SCREEN, false, {F(ACTION, "PASS OLD"), CLIENT}},
    {SCREEN "WHITELISTED [192.0.2.9]:4711",
     LOG_KIND_SCREEN,
     false,
     {F(ACTION, "WHITELISTED"), CLIENT}},
    {SCREEN "DENYLISTED [192.0.2.9]:4711",
     LOG_KIND_SCREEN,
     false,
     {F(ACTION, "DENYLISTED"), CLIENT}},
    {SCREEN "ALLOWLIST VETO [192.0.2.9]:4711",
     LOG_KIND_SCREEN,
     false,
     {F(ACTION, "ALLOWLIST VETO"), CLIENT}},
    {SCREEN "PREGREET 11 after 0.03 from [192.0.2.9]:4711: EHLO ylmf-pc\\r\\n",
     LOG_KIND_SCREEN,
     false,
     {F(ACTION, "PREGREET"), CLIENT, F(DETAIL, "EHLO ylmf-pc\\r\\n")}},
    {SCREEN "HANGUP after 0.52 from [192.0.2.9]:4711 in tests before SMTP handshake",
     LOG_KIND_LOST,
     false,
     {F(ACTION, "HANGUP"), CLIENT, F(DETAIL, "0.52"), F(STAGE, "tests before SMTP handshake")}},
    {SCREEN "DNSBL rank 7 for [192.0.2.9]:4711",
     LOG_KIND_SCREEN,
     false,
     {F(ACTION, "DNSBL rank"), CLIENT, F(DETAIL, "7")}},
    {SCREEN "COMMAND PIPELINING from [192.0.2.9]:4711 after HELO: MAIL FROM:<a@b>\\r\\n",
     LOG_KIND_SCREEN,
     false,
     {F(ACTION, "COMMAND PIPELINING"), CLIENT, F(STAGE, "HELO"),
      F(DETAIL, "MAIL FROM:<a@b>\\r\\n")}},
    {SCREEN "BARE NEWLINE from [192.0.2.9]:4711 after CONNECT",
     LOG_KIND_SCREEN,
     false,
     {F(ACTION, "BARE NEWLINE"), CLIENT, F(STAGE, "CONNECT")}},
    {SCREEN "DISCONNECT [192.0.2.9]:4711", LOG_KIND_DISCONNECT, false, {CLIENT}},
    {SCREEN "entering STRESS mode with 90 connections",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "entering STRESS mode with 90 connections")}},
    {SCREEN "NOQUEUE: reject: RCPT from [192.0.2.9]:4711: 550 5.7.1 Service unavailable; client "
            "[192.0.2.9] blocked using bl.test; from=<a@b>, to=<c@d>, proto=ESMTP, helo=<x>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), CLIENT, F(CODE, "550"), F(DSN, "5.7.1"),
      F(REASON, "Service unavailable; client [192.0.2.9] blocked using bl.test"), F(FROM, "a@b"),
      F(TO, "c@d"), F(PROTO, "ESMTP"), F(HELO, "x")}},
    /* postscreen logs the greeting as it came. */
    {SCREEN "NOQUEUE: reject: RCPT from [192.0.2.9]:4711: 450 4.3.2 Service currently unavailable; "
            "from=<a@b>, to=<c@d>, proto=ESMTP, helo=<x>,helo=<y;>",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "RCPT"), CLIENT, F(CODE, "450"), F(DSN, "4.3.2"),
      F(REASON, "Service currently unavailable"), F(FROM, "a@b"), F(TO, "c@d"), F(PROTO, "ESMTP"),
      F(HELO, "x>,helo=<y;")}},
    {SCREEN "NOQUEUE: reject: CONNECT from [192.0.2.9]:4711: too many connections",
     LOG_KIND_REJECT,
     false,
     {F(ACTION, "reject"), F(STAGE, "CONNECT"), CLIENT, F(REASON, "too many connections")}},
    {DNSBLOG "addr 192.0.2.9 listed by domain bl.example.test as 127.0.0.3",
     LOG_KIND_SCREEN,
     false,
     {F(CLIENT_IP, "192.0.2.9"), F(LIST, "bl.example.test"), F(DETAIL, "127.0.0.3")}},
    {DNSBLOG "warning: dnsblog_query: lookup error for DNS query 9.2.0.192.bl.test",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "dnsblog_query: lookup error for DNS query 9.2.0.192.bl.test")}},
    {TLSPROXY "CONNECT from [192.0.2.9]:4711", LOG_KIND_CONNECT, false, {CLIENT}},
    {TLSPROXY "DISCONNECT [192.0.2.9]:4711", LOG_KIND_DISCONNECT, false, {CLIENT}},
    {TLSPROXY "Anonymous TLS connection established from [192.0.2.9]:4711: TLSv1.3 with cipher X",
     LOG_KIND_TLS,
     false,
     {CLIENT, F(DETAIL, "TLSv1.3 with cipher X")}},
    {SCREEN "cache btree:/var/lib/postfix/postscreen_cache full cleanup: retained=3 dropped=1 "
            "entries",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "cache btree:/var/lib/postfix/postscreen_cache full cleanup: retained=3 dropped=1 "
                "entries")}},
};

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TESTS(rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
