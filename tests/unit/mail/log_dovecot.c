/* SPDX-License-Identifier: Apache-2.0 */
#include "record_check.h"

#define SYSLOG STAMP "dovecot: "
#define OWN "Nov 21 19:40:02 "

static const struct row login_rows[] = {
    {SYSLOG "imap-login: Login: user=<alice@b.test>, method=PLAIN, rip=192.0.2.9, lip=192.0.2.1, "
            "mpid=77, secured, session=<AbC+d/1>",
     LOG_KIND_LOGIN,
     false,
     {F(SASL_USERNAME, "alice@b.test"), F(SASL_METHOD, "PLAIN"), F(CLIENT_IP, "192.0.2.9"),
      F(SERVER_IP, "192.0.2.1"), F(SESSION, "AbC+d/1")}},
    {OWN "managesieve-login: Info: Logged in: user=<bob>, method=PLAIN, rip=2001:db8::9, "
         "lip=2001:db8::1, "
         "mpid=77, TLS, session=<x>",
     LOG_KIND_LOGIN,
     false,
     {F(SASL_USERNAME, "bob"), F(SASL_METHOD, "PLAIN"), F(CLIENT_IP, "2001:db8::9"),
      F(SERVER_IP, "2001:db8::1"), F(SESSION, "x")}},
    {SYSLOG "imap-login: Disconnected: Connection closed: read(size=9) failed: Connection reset by "
            "peer (auth failed, 2 attempts in 9 secs): user=<bob>, method=LOGIN, rip=192.0.2.9, "
            "lip=192.0.2.1, session=<x>",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(SASL_USERNAME, "bob"), F(SASL_METHOD, "LOGIN"), F(CLIENT_IP, "192.0.2.9"),
      F(SERVER_IP, "192.0.2.1"), F(SESSION, "x"),
      F(REASON, "Disconnected: Connection closed: read(size=9) failed: Connection reset by peer"),
      F(DETAIL, "auth failed, 2 attempts in 9 secs")}},
    {OWN "submission-login: Info: Login aborted: Logged out (auth failed, 1 attempts in 2 secs) "
         "(auth_failed): user=<bob>, method=PLAIN, rip=192.0.2.9, lip=192.0.2.1, session=<x>",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(SASL_USERNAME, "bob"), F(SASL_METHOD, "PLAIN"), F(CLIENT_IP, "192.0.2.9"),
      F(SERVER_IP, "192.0.2.1"), F(SESSION, "x"), F(REASON, "Login aborted: Logged out"),
      F(DETAIL, "auth failed, 1 attempts in 2 secs")}},
    {SYSLOG "imap-login: Aborted login (no auth attempts in 0 secs): user=<>, rip=192.0.2.9, "
            "lip=192.0.2.1, TLS, session=<x>",
     LOG_KIND_LOST,
     false,
     {F(CLIENT_IP, "192.0.2.9"), F(SERVER_IP, "192.0.2.1"), F(SESSION, "x"),
      F(REASON, "Aborted login"), F(DETAIL, "no auth attempts in 0 secs")}},
    {SYSLOG "imap-login: Aborted login: user=<abuse>, method=PLAIN, rip=192.0.2.9",
     LOG_KIND_LOST,
     false,
     {F(SASL_USERNAME, "abuse"), F(SASL_METHOD, "PLAIN"), F(CLIENT_IP, "192.0.2.9"),
      F(REASON, "Aborted login")}},
    /* A login that brings elements of its own. */
    {SYSLOG "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<v>, method=PLAIN, "
            "rip=198.51.100.1, lip=198.51.100.2, session=<y>>, method=LOGIN, rip=192.0.2.9, "
            "lip=192.0.2.1, session=<x>",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(SASL_USERNAME, "v>, method=PLAIN, rip=198.51.100.1, lip=198.51.100.2, session=<y>"),
      F(SASL_METHOD, "LOGIN"), F(CLIENT_IP, "192.0.2.9"), F(SERVER_IP, "192.0.2.1"),
      F(SESSION, "x"), F(REASON, "Disconnected"), F(DETAIL, "auth failed, 1 attempts in 2 secs")}},
    {SYSLOG
     "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<v>, method=PLAIN>, "
     "rip=192.0.2.9, lip=192.0.2.1",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(SASL_USERNAME, "v>, method=PLAIN"), F(CLIENT_IP, "192.0.2.9"), F(SERVER_IP, "192.0.2.1"),
      F(REASON, "Disconnected"), F(DETAIL, "auth failed, 1 attempts in 2 secs")}},
};

static const struct row delivery_rows[] = {
    {SYSLOG "lmtp(alice@b.test)<77><AbC:R2>: msgid=<m1@x>: saved mail to INBOX",
     LOG_KIND_SAVED,
     false,
     {F(TO, "alice@b.test"), F(SESSION, "AbC:R2"), F(MESSAGE_ID, "<m1@x>"), F(MAILBOX, "INBOX")}},
    {OWN "lmtp(alice@b.test)<77><AbC>: Info: msgid=<m1@x>: save failed to INBOX: Quota exceeded "
         "(mailbox for user is full)",
     LOG_KIND_SAVE_FAILED,
     false,
     {F(TO, "alice@b.test"), F(SESSION, "AbC"), F(MESSAGE_ID, "<m1@x>"), F(MAILBOX, "INBOX"),
      F(REASON, "Quota exceeded (mailbox for user is full)")}},
    {SYSLOG "lmtp(alice)<77><AbC>: sieve: msgid=<m1@x>: stored mail into mailbox 'Junk: a'",
     LOG_KIND_SAVED,
     false,
     {F(TO, "alice"), F(SESSION, "AbC"), F(MESSAGE_ID, "<m1@x>"), F(MAILBOX, "Junk: a")}},
    {SYSLOG "lmtp(alice)<77><AbC>: sieve: msgid=<m1@x>: fileinto action: stored mail into mailbox "
            "'Junk'",
     LOG_KIND_SAVED,
     false,
     {F(TO, "alice"), F(SESSION, "AbC"), F(MESSAGE_ID, "<m1@x>"), F(MAILBOX, "Junk")}},
    {SYSLOG "lmtp(alice)<77><AbC>: sieve: msgid=<m1@x>: forwarded to <c@d>",
     LOG_KIND_ACTION,
     false,
     {F(TO, "alice"), F(SESSION, "AbC"), F(MESSAGE_ID, "<m1@x>"), F(REASON, "forwarded to <c@d>")}},
    /* A message id that says where it was saved. */
    {SYSLOG
     "lmtp(alice)<77><AbC>: msgid=<a: saved mail to B>: save failed to INBOX: Internal error",
     LOG_KIND_SAVE_FAILED,
     false,
     {F(TO, "alice"), F(SESSION, "AbC"), F(MESSAGE_ID, "<a: saved mail to B>"), F(MAILBOX, "INBOX"),
      F(REASON, "Internal error")}},
    {SYSLOG "lmtp(5, alice): msgid=unspecified: saved mail to INBOX",
     LOG_KIND_SAVED,
     false,
     {F(TO, "alice"), F(MESSAGE_ID, "unspecified"), F(MAILBOX, "INBOX")}},
    {SYSLOG "lmtp(113): Connect from 172.22.1.6",
     LOG_KIND_CONNECT,
     false,
     {F(CLIENT_IP, "172.22.1.6")}},
    {SYSLOG "lmtp(113): Disconnect from 172.22.1.6: Logged out (state=READY)",
     LOG_KIND_DISCONNECT,
     false,
     {F(CLIENT_IP, "172.22.1.6"), F(REASON, "Logged out (state=READY)")}},
};

static const struct row other_rows[] = {
    {SYSLOG "imap(alice)<373><AbC>: Logged out in=146 out=2974 deleted=0 expunged=0",
     LOG_KIND_LOGOUT,
     false,
     {F(SASL_USERNAME, "alice"), F(SESSION, "AbC"), F(REASON, "Logged out"),
      F(COUNTS, "in=146 out=2974 deleted=0 expunged=0")}},
    {SYSLOG
     "imap(alice)<373>: Disconnected: Connection closed (IDLE running for 3 secs) in=1 out=2",
     LOG_KIND_LOGOUT,
     false,
     {F(SASL_USERNAME, "alice"),
      F(REASON, "Disconnected: Connection closed (IDLE running for 3 secs)"),
      F(COUNTS, "in=1 out=2")}},
    {SYSLOG "pop3(alice)<3><AbC>: Disconnected: Logged out top=0/0, retr=1/200, del=0/1, size=300",
     LOG_KIND_LOGOUT,
     false,
     {F(SASL_USERNAME, "alice"), F(SESSION, "AbC"), F(REASON, "Disconnected: Logged out"),
      F(DETAIL, "top=0/0, retr=1/200, del=0/1, size=300")}},
    {SYSLOG "auth: passwd-file(bob,192.0.2.9,<x>): unknown user",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "passwd-file(bob,192.0.2.9,<x>): unknown user")}},
    {OWN "auth-worker(1234): Info: conn unix:auth-worker: sql(bob,192.0.2.9): Password mismatch",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "conn unix:auth-worker: sql(bob,192.0.2.9): Password mismatch")}},
    {SYSLOG "master: Warning: service(quota-status): process_limit (1) reached",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "service(quota-status): process_limit (1) reached")}},
    {OWN "quota-status: Warning: quota-status: unexpected state DATA",
     LOG_KIND_WARNING,
     false,
     {F(WARNING, "quota-status: unexpected state DATA")}},
    {OWN "master: Info: Dovecot v2.3.19.1 starting up for imap, lmtp",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "Dovecot v2.3.19.1 starting up for imap, lmtp")}},
    {SYSLOG "imap(alice)<3><AbC>: Error: open() failed",
     LOG_KIND_WARNING,
     false,
     {F(SASL_USERNAME, "alice"), F(SESSION, "AbC"), F(WARNING, "open() failed")}},
};

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TESTS(login_rows),
        ROW_TESTS(delivery_rows),
        ROW_TESTS(other_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
