/* SPDX-License-Identifier: Apache-2.0 */
#include "record_check.h"

#define P(program) STAMP "postfix/" program "[1]: "
#define SAYS(program, text) \
    { \
        P(program) text, LOG_KIND_SERVICE, false, \
        { \
            F(DETAIL, text) \
        } \
    }

static const struct row rows[] = {
    {P("anvil") "statistics: max connection rate 3/60s for (smtp:192.0.2.9) at Mar  2 08:01:02",
     LOG_KIND_STATISTICS,
     false,
     {F(DETAIL, "max connection rate 3/60s for (smtp:192.0.2.9) at Mar  2 08:01:02")}},
    {P("scache") "statistics: domain lookup hits=0 miss=2 success=0%",
     LOG_KIND_STATISTICS,
     false,
     {F(DETAIL, "domain lookup hits=0 miss=2 success=0%")}},
    SAYS("verify", "cache btree:/v/verify_cache full cleanup: retained=0 dropped=0 entries"),
    SAYS("trivial-rewrite", "table hash:/t(0,lock|fold_fix) has changed -- restarting"),
    SAYS("master", "reload -- version 3.7.11, configuration /etc/postfix"),
    SAYS("master", "daemon started -- version 3.7.11, configuration /etc/postfix"),
    SAYS("master", "terminating on signal 15"),
    SAYS("postfix-script", "refreshing the Postfix mail system"),
    SAYS("postlogd", "anything"),
    {P("smtp") "Trusted TLS connection established to mx.test[192.0.2.5]:25: TLSv1.3 with cipher X",
     LOG_KIND_TLS,
     false,
     {F(RELAY_HOST, "mx.test"), F(RELAY_IP, "192.0.2.5"), F(RELAY_PORT, "25"),
      F(DETAIL, "TLSv1.3 with cipher X")}},
    {P("smtpd") "Anonymous TLS connection established from a.test[2001:db8::9]: TLSv1.2 with X",
     LOG_KIND_TLS,
     false,
     {F(CLIENT_NAME, "a.test"), F(CLIENT_IP, "2001:db8::9"), F(DETAIL, "TLSv1.2 with X")}},
    {P("smtpd") "SSL_accept error from a.test[192.0.2.9]: -1",
     LOG_KIND_TLS,
     false,
     {F(CLIENT_NAME, "a.test"), F(CLIENT_IP, "192.0.2.9"), F(REASON, "-1")}},
    {P("smtp") "SSL_connect error to mx.test[192.0.2.5]:25: lost connection",
     LOG_KIND_TLS,
     false,
     {F(RELAY_HOST, "mx.test"), F(RELAY_IP, "192.0.2.5"), F(RELAY_PORT, "25"),
      F(REASON, "lost connection")}},
    {P("smtpd") "setting up TLS connection from a.test[192.0.2.9]",
     LOG_KIND_TLS,
     false,
     {F(CLIENT_NAME, "a.test"), F(CLIENT_IP, "192.0.2.9"),
      F(DETAIL, "setting up TLS connection from a.test[192.0.2.9]")}},
    {P("smtp") "mx.test[192.0.2.5]:25: subject_CN=mx.test, issuer_CN=CA, fingerprint=AA",
     LOG_KIND_TLS,
     false,
     {F(RELAY_HOST, "mx.test"), F(RELAY_IP, "192.0.2.5"), F(RELAY_PORT, "25"),
      F(DETAIL, "subject_CN=mx.test, issuer_CN=CA, fingerprint=AA")}},
    {P("smtpd") "warning: problem talking to server 127.0.0.1:22011: Application error",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "problem talking to server 127.0.0.1:22011: Application error"),
      F(RELAY, "127.0.0.1:22011"), F(REASON, "Application error")}},
    {P("cleanup") "warning: problem talking to service rewrite: Connection reset by peer",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "problem talking to service rewrite: Connection reset by peer"),
      F(RELAY, "rewrite"), F(REASON, "Connection reset by peer")}},
    {P("trivial-rewrite") "warning: transport_maps lookup failure",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "transport_maps lookup failure")}},
    {P("master") "fatal: bind 0.0.0.0 port 25: Address already in use",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "bind 0.0.0.0 port 25: Address already in use")}},
    {STAMP "opendkim[5]: 15A04A72111: DKIM-Signature field added (s=a, d=b.test)",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "DKIM-Signature field added (s=a, d=b.test)")}},
    {STAMP "sshd[5]: error: PAM: Authentication failure for root from 192.0.2.9",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "PAM: Authentication failure for root from 192.0.2.9")}},
    {STAMP "systemd[1]: Started Session 4 of User root.",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "Started Session 4 of User root.")}},
    {P("master") "what is this", LOG_KIND_UNKNOWN, false, {{0, NULL}}},
    {"no stamp at all", LOG_KIND_UNKNOWN, false, {{0, NULL}}},
};

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TESTS(rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
