/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests as nginx 1.22 and Dovecot's lua passdb write them, and what nobody honest writes. A
 * row's headers are lines; what came of them is `method protocol user|secret|salt`, or the fault.
 */
#include "mail/auth_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FIELDS_MAX = 2 * AUTH_HEADERS_MAX };

struct lines {
    struct header_field fields[FIELDS_MAX];
    size_t count;
};

/* `Name: value` a line, with LF; bytes may be NUL. */
static void cut_lines(struct slice text, struct lines *to)
{
    to->count = 0;
    while (text.len > 0) {
        struct slice value = slice_cut(&text, '\n'), name = slice_cut(&value, ':');
        assert_true(to->count < FIELDS_MAX);
        to->fields[to->count++] = (struct header_field){name, slice_skip(value, 1)};
    }
}

static bool parse(struct slice text, struct buf *space, struct auth_request *out,
                  enum auth_request_fault *fault)
{
    static struct lines lines;
    cut_lines(text, &lines);
    return auth_request_parse(lines.fields, lines.count, space, out, fault);
}

static void assert_text(struct slice got, const char *wanted)
{
    if (!slice_eq(got, slice_from_str(wanted)))
        fail_msg("%.*s instead of %s", SLICE_ARG(got), wanted);
}

static void as_nginx_writes_it(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf space = {0};
    struct auth_request got;
    enum auth_request_fault fault;
    assert_true(parse(SLICE("Host: localhost\nAuth-Method: plain\nAuth-User: alice%40w@example.jp\n"
                            "Auth-Pass: pass%20w%25rd+\x7f\xe3\x81\x82\nAuth-Protocol: imap\n"
                            "Auth-Login-Attempt: 3\nClient-IP: 192.0.2.7\nAuth-SSL: on\n"
                            "Auth-SSL-Protocol: TLSv1.3\nAuth-SSL-Verify: NONE\n"
                            "Proxy-Protocol-Addr: 198.51.100.9\nX-Auth-Key: k e y"),
                      &space, &got, &fault));
    assert_int_equal(fault, AUTH_FAULT_NONE);
    assert_int_equal(got.method, AUTH_PLAIN);
    assert_int_equal(got.protocol, AUTH_IMAP);
    assert_text(got.user, "alice@w@example.jp");
    assert_text(got.secret, "pass w%rd+\x7f\xe3\x81\x82");
    assert_int_equal(got.attempt, 3);
    CLEANUP_BUF struct buf ip = {0};
    ip_address_format(&got.client, &ip);
    assert_string_equal(buf_str(&ip), "192.0.2.7");
    assert_true(got.tls);
    assert_false(got.certificate_verified);
    assert_text(got.key, "k e y");
}

static void as_dovecot_writes_it(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf space = {0};
    struct auth_request got;
    enum auth_request_fault fault;
    assert_true(parse(SLICE("auth-method: LOGIN\nauth-user: bob\nauth-pass:  x \nauth-port: 4190\n"
                            "auth-protocol: sieve\nclient-ip: 2001:db8::7\nclient-port: 50211\n"
                            "Auth-SSL: TLS"),
                      &space, &got, &fault));
    assert_int_equal(got.method, AUTH_PLAIN);
    assert_int_equal(got.protocol, AUTH_SIEVE);
    assert_text(got.secret, "x");
    assert_int_equal(got.client_port, 50211);
    assert_int_equal(got.port, 4190);
    assert_int_equal(got.client.len, 16);
    assert_true(got.tls);
    assert_int_equal(got.attempt, 0);
}

static void mail_without_a_login(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf space = {0};
    struct auth_request got;
    enum auth_request_fault fault;
    assert_true(parse(SLICE("Auth-Method: none\nAuth-User: \nAuth-Pass: \nAuth-Protocol: smtp\n"
                            "Client-Host: [UNAVAILABLE]\nAuth-SMTP-Helo: a%20b\n"
                            "Auth-SMTP-From: MAIL FROM:<s@example.org> SIZE=123\n"
                            "Auth-SMTP-To: RCPT TO:<a@example.com>"),
                      &space, &got, &fault));
    assert_int_equal(got.method, AUTH_NONE);
    assert_text(got.client_host, "[UNAVAILABLE]");
    assert_text(got.helo, "a%20b");
    assert_text(got.from, "MAIL FROM:<s@example.org> SIZE=123");
    assert_text(got.to, "RCPT TO:<a@example.com>");
    assert_int_equal(got.client.len, 0);
}

#define M "Auth-Method: plain\n"
#define U "Auth-User: u\n"
#define P "Auth-Pass: p\n"
#define I "Auth-Protocol: imap\n"
#define DIGEST "0123456789abcdefABCDEF0123456789"
#define CRAM "Auth-Method: cram-md5\n" U I

struct row {
    const char *text;
    size_t len;
    const char *wanted;
};
#define ROW(text, wanted) \
    { \
        text, sizeof(text) - 1, wanted \
    }

static const struct row rows[] = {
    ROW(M U P I, "plain imap u|p|"),
    ROW("Auth-Method: LoGiN\n" U P "Auth-Protocol: POP3", "plain pop3 u|p|"),
    ROW("Auth-Method: PLAIN\n" U P "Auth-Protocol: submission", "plain smtp u|p|"),
    ROW(M U P "Auth-Protocol: managesieve", "plain sieve u|p|"),
    ROW(M U "Auth-Pass: \n" I, "plain imap u||"),
    ROW(M U "Auth-Pass:\n" I, "plain imap u||"),
    ROW(M "Auth-User: %41%2b+%2B%c3%a9\n" P I, "plain imap A+++\xc3\xa9|p|"),
    ROW(M "Auth-User:  u \t\n" P I, "plain imap u|p|"),
    ROW(M "Auth-User: %20u%20\n" P I, "plain imap  u |p|"),
    ROW(M U "Auth-Pass: a%0D%0AX-Auth-Key: k\n" I, "plain imap u|a\r\nX-Auth-Key: k|"),
    ROW(M U P I "Client-IP: unix:", "plain imap u|p|"),
    ROW(M U P I "Client-IP:", "plain imap u|p|"),
    ROW(M U P I "Auth-Login-Attempt: 4294967295", "plain imap u|p|"),
    ROW(M U P I "Auth-Login-Attempt:", "plain imap u|p|"),
    ROW(M U P I "Accept: a\nAccept: b\nCookie: c\nCookie: c", "plain imap u|p|"),
    ROW(CRAM "Auth-Pass: " DIGEST "\nAuth-Salt: <1.2@mx>", "cram-md5 imap u|" DIGEST "|<1.2@mx>"),
    ROW("Auth-Method: apop\n" U I "Auth-Pass: " DIGEST "\nAuth-Salt: <%31@mx>",
        "apop imap u|" DIGEST "|<1@mx>"),
    ROW("Auth-Method: external\n" U I "Auth-SSL-Verify: SUCCESS", "external imap u||"),
    ROW("Auth-Method: none\nAuth-Protocol: smtp", "none smtp ||"),

    ROW("", "!No Auth-Protocol"),
    ROW(U P I, "!no Auth-Method"),
    ROW("Auth-Method:\n" U P I, "!no Auth-Method"),
    ROW("Auth-Method: gssapi\n" U P I, "!Auth-Method is none of"),
    ROW("Auth-Method: plain x\n" U P I, "!Auth-Method is none of"),
    ROW(M U P, "!no Auth-Protocol"),
    ROW(M U P "Auth-Protocol: nntp", "!Auth-Protocol is none of"),
    ROW(M P I, "!no Auth-User"),
    ROW(M "Auth-User:\n" P I, "!no Auth-User"),
    ROW(M U I, "!no Auth-Pass"),
    ROW(M U P I "Auth-User: u", "!an Auth-, Client-"),
    ROW(M U P I "auth-USER: v", "!an Auth-, Client-"),
    ROW(M U P I M, "!an Auth-, Client-"),
    ROW(M U P I "Client-IP: 192.0.2.1\nClient-IP: 192.0.2.1", "!an Auth-, Client-"),
    ROW(M U P I "Auth-New: 1\nauth-new: 2", "!an Auth-, Client-"),
    ROW(M U P I "Client-New: 1\nHost: x\nClient-New: 1", "!an Auth-, Client-"),
    ROW(M U P I "X-Auth-Key: a\nX-Auth-Key: a", "!an Auth-, Client-"),
    ROW(M "Auth-User: a\0b\n" P I, "!a NUL, CR or LF in a header"),
    ROW(M "Auth-User: a\rb\n" P I, "!a NUL, CR or LF in a header"),
    ROW(M "Auth-User: a%00b\n" P I, "!a NUL in the user or the password"),
    ROW(M U "Auth-Pass: pw%00tail\n" I, "!a NUL in the user or the password"),
    ROW(M "Auth-User: a%\n" P I, "!a % in"),
    ROW(M "Auth-User: a%4\n" P I, "!a % in"),
    ROW(M "Auth-User: a%4g\n" P I, "!a % in"),
    ROW(M U "Auth-Pass: %-1\n" I, "!a % in"),
    ROW(M U "Auth-Pass: %%41\n" I, "!a % in"),
    ROW(CRAM "Auth-Pass: " DIGEST, "!Auth-Salt"),
    ROW(CRAM "Auth-Pass: " DIGEST "\nAuth-Salt: <>", "!Auth-Salt"),
    ROW(CRAM "Auth-Pass: " DIGEST "\nAuth-Salt: 1.2@mx", "!Auth-Salt"),
    ROW(CRAM "Auth-Pass: " DIGEST "\nAuth-Salt: <1.2@mx>x", "!Auth-Salt"),
    ROW(CRAM "Auth-Pass: " DIGEST "\nAuth-Salt: <1>2@mx>", "!Auth-Salt"),
    ROW(CRAM "Auth-Pass: " DIGEST "\nAuth-Salt: <%00>", "!Auth-Salt"),
    ROW(CRAM "Auth-Pass: " DIGEST "0\nAuth-Salt: <x>", "!Auth-Pass is no digest"),
    ROW(CRAM "Auth-Pass: \nAuth-Salt: <x>", "!Auth-Pass is no digest"),
    ROW(CRAM "Auth-Pass: x123456789abcdef0123456789abcdef\nAuth-Salt: <x>",
        "!Auth-Pass is no digest"),
    ROW(CRAM "Auth-Salt: <x>", "!no Auth-Pass"),
    ROW("Auth-Method: external\n" U I "Auth-SSL-Verify: NONE", "!method external"),
    ROW("Auth-Method: external\n" U I "Auth-SSL-Verify: FAILED:SUCCESS", "!method external"),
    ROW("Auth-Method: external\n" U I, "!method external"),
    ROW("Auth-Method: external\n" I "Auth-SSL-Verify: SUCCESS", "!no Auth-User"),
    ROW("Auth-Method: none\n" I, "!method none is for smtp"),
    ROW("Auth-Method: none\n" U "Auth-Protocol: smtp", "!method none with"),
    ROW(M U P I "Client-IP: mx.example.jp", "!Client-IP is no address"),
    ROW(M U P I "Client-IP: 192.0.2.1:25", "!Client-IP is no address"),
    ROW(M U P I "Client-Port: 65536", "!Auth-Login-Attempt, Auth-Port"),
    ROW(M U P I "Auth-Port: -1", "!Auth-Login-Attempt, Auth-Port"),
    ROW(M U P I "Auth-Login-Attempt: 4294967296", "!Auth-Login-Attempt, Auth-Port"),
};

static void say(bool good, const struct auth_request *got, enum auth_request_fault fault,
                struct buf *to)
{
    if (!good) {
        buf_addf(to, "!%s", auth_request_fault_sentence(fault));
        return;
    }
    buf_addf(to, "%s %s ", auth_method_word(got->method), auth_protocol_word(got->protocol));
    buf_add(to, got->user);
    buf_add_char(to, '|');
    buf_add(to, got->secret);
    buf_add_char(to, '|');
    buf_add(to, got->salt);
}

static void requests(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf space = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf said = {0};
        struct auth_request got;
        enum auth_request_fault fault;
        struct slice wanted = slice_from_str(rows[i].wanted);
        bool good = parse(slice_of(rows[i].text, rows[i].len), &space, &got, &fault);
        say(good, &got, fault, &said);
        bool same = good ? slice_eq(buf_slice(&said), wanted)
                         : slice_istarts_with(buf_slice(&said), wanted);
        if (!same)
            fail_msg("%s: got %s", rows[i].text, buf_str(&said));
        assert_true(good == (fault == AUTH_FAULT_NONE));
    }
}

/* `name: ` with n bytes, each `each`. */
static void add_long(struct buf *to, const char *name, const char *each, size_t n)
{
    buf_add_str(to, name);
    for (size_t i = 0; i < n; i++)
        buf_add_str(to, each);
    buf_add_char(to, '\n');
}

static enum auth_request_fault fault_of(const char *before, const char *name, const char *each,
                                        size_t n)
{
    CLEANUP_BUF struct buf text = {0}, space = {0};
    struct auth_request got;
    enum auth_request_fault fault;
    buf_add_str(&text, before);
    add_long(&text, name, each, n);
    (void)parse(buf_slice(&text), &space, &got, &fault);
    return fault;
}

static void bounds(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        const char *const each[] = {"x", "%78"};
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(fault_of(M P I, "Auth-User: ", each[i], AUTH_USER_MAX + over),
                             over ? AUTH_FAULT_USER_LONG : AUTH_FAULT_NONE);
            assert_int_equal(fault_of(M U I, "Auth-Pass: ", each[i], AUTH_SECRET_MAX + over),
                             over ? AUTH_FAULT_SECRET_LONG : AUTH_FAULT_NONE);
        }
        assert_int_equal(fault_of(M U P I, "Auth-SSL-Subject: ", "x", AUTH_VALUE_MAX + over),
                         over ? AUTH_FAULT_LONG : AUTH_FAULT_NONE);
        assert_int_equal(
            fault_of(CRAM "Auth-Pass: " DIGEST "\n", "Auth-Salt: <", ">", AUTH_SALT_MAX * 2),
            AUTH_FAULT_SALT);
        assert_int_equal(fault_of(M U P I, "", "Accept: x\n", AUTH_HEADERS_MAX - 5 + over),
                         over ? AUTH_FAULT_HEADERS : AUTH_FAULT_NONE);
    }
    assert_int_equal(fault_of(M U P I, "Auth-SSL-Cert: ", "x", 20000), AUTH_FAULT_NONE);
}

/* The answer needs them, whatever else is wrong. */
static void who_asks_is_told_with_a_fault(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf space = {0};
    struct auth_request got;
    enum auth_request_fault fault;
    assert_false(parse(SLICE(M P "Auth-Protocol: pop3\nClient-IP: 192.0.2.9\nX-Auth-Key: k\n"
                                 "Client-Port: 7"),
                       &space, &got, &fault));
    assert_int_equal(fault, AUTH_FAULT_NO_USER);
    assert_int_equal(got.protocol, AUTH_POP3);
    assert_int_equal(got.client.bytes[3], 9);
    assert_int_equal(got.client_port, 7);
    assert_text(got.key, "k");
    assert_int_equal(got.secret.len, 0);
    assert_false(parse(SLICE(M U P I "X-Auth-Key: k\nX-Auth-Key: k"), &space, &got, &fault));
    assert_int_equal(fault, AUTH_FAULT_TWICE);
    assert_int_equal(got.key.len, 0);
}

static void a_certificate_counts_when_verified(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf space = {0};
    struct auth_request got;
    enum auth_request_fault fault;
    static const char *const verify[] = {"SUCCESS", "FAILED:expired"};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_BUF struct buf text = {0};
        buf_addf(&text,
                 M U P I "Auth-SSL-Subject: CN=u\nAuth-SSL-Fingerprint: ab\n"
                         "Auth-SSL-Verify: %s",
                 verify[i]);
        assert_true(parse(buf_slice(&text), &space, &got, &fault));
        assert_int_equal(got.certificate_verified, i == 0);
        assert_text(got.certificate_subject, i == 0 ? "CN=u" : "");
        assert_text(got.certificate_fingerprint, i == 0 ? "ab" : "");
    }
}

static void nothing_is_left_of_a_secret(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf space = {0};
    struct auth_request got;
    enum auth_request_fault fault;
    assert_true(parse(SLICE(M U "Auth-Pass: s%65cret\n" I), &space, &got, &fault));
    assert_text(got.secret, "secret");
    auth_request_wipe(&space);
    assert_int_equal(space.len, 0);
    for (size_t i = 0; i < space.cap; i++)
        assert_int_equal(space.ptr[i], 0);
    auth_request_wipe(&(struct buf){0});
}

static void words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < AUTH_METHODS; i++) {
        enum auth_method got = AUTH_NONE;
        assert_true(
            auth_method_from_word(slice_from_str(auth_method_word((enum auth_method)i)), &got));
        assert_int_equal(got, i);
    }
    for (unsigned i = 0; i < AUTH_PROTOCOLS; i++) {
        enum auth_protocol got = AUTH_SIEVE;
        assert_true(auth_protocol_from_word(
            slice_from_str(auth_protocol_word((enum auth_protocol)i)), &got));
        assert_int_equal(got, i);
    }
    assert_true(auth_request_fault_is_clients(AUTH_FAULT_NO_USER));
    assert_false(auth_request_fault_is_clients(AUTH_FAULT_TWICE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_nginx_writes_it),
        cmocka_unit_test(as_dovecot_writes_it),
        cmocka_unit_test(mail_without_a_login),
        cmocka_unit_test(requests),
        cmocka_unit_test(bounds),
        cmocka_unit_test(who_asks_is_told_with_a_fault),
        cmocka_unit_test(a_certificate_counts_when_verified),
        cmocka_unit_test(nothing_is_left_of_a_secret),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
