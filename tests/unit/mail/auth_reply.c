/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies by the rules that nginx 1.22.1 was measured to have. Whatever the texts are, a denial has
 * no server and every line is one.
 */
#include "mail/auth_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What libmicrohttpd 0.9.75 writes around the lines, at its longest. */
#define AROUND \
    "HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n" \
    "Date: Mon, 23 Nov 2026 00:00:00 GMT\r\n\r\n"
enum { NGINX_REPLY_MAX = 1024 };

static struct ip_address ip_of(const char *text)
{
    struct ip_address ip = {0};
    assert_true(ip_address_parse(slice_from_str(text), &ip));
    return ip;
}

static void check(const struct auth_reply *reply, bool said, const char *wanted)
{
    CLEANUP_BUF struct buf got = {0};
    assert_int_equal(auth_reply_format(reply, &got), said);
    assert_string_equal(buf_str(&got), wanted);
}

static void they_may_come_in(void **state)
{
    (void)state;
    struct auth_reply reply = {.server = ip_of("192.0.2.21"), .port = 143};
    check(&reply, true, "Auth-Status: OK\r\nAuth-Server: 192.0.2.21\r\nAuth-Port: 143\r\n");
    reply.text = SLICE("not said");
    reply.wait_s = 9;
    reply.server = ip_of("::1");
    reply.user = SLICE("alice@example.jp");
    reply.pass = SLICE("p w%41:\x7f\xe3\x81\x82");
    check(&reply, true,
          "Auth-Status: OK\r\nAuth-Server: ::1\r\nAuth-Port: 143\r\n"
          "Auth-User: alice@example.jp\r\nAuth-Pass: p w%41:\x7f\xe3\x81\x82\r\n");
}

static void they_may_not(void **state)
{
    (void)state;
    static const struct {
        enum auth_protocol protocol;
        enum auth_verdict verdict;
        const char *wanted;
    } rows[] = {
        {AUTH_IMAP, AUTH_WRONG, "Auth-Status: [AUTHENTICATIONFAILED] no\r\n"},
        {AUTH_IMAP, AUTH_FORBIDDEN, "Auth-Status: [AUTHORIZATIONFAILED] no\r\n"},
        {AUTH_IMAP, AUTH_LATER, "Auth-Status: [UNAVAILABLE] no\r\n"},
        {AUTH_POP3, AUTH_WRONG, "Auth-Status: [AUTH] no\r\n"},
        {AUTH_POP3, AUTH_FORBIDDEN, "Auth-Status: [AUTH] no\r\n"},
        {AUTH_POP3, AUTH_LATER, "Auth-Status: [SYS/TEMP] no\r\n"},
        {AUTH_SMTP, AUTH_WRONG, "Auth-Status: no\r\nAuth-Error-Code: 535 5.7.8\r\n"},
        {AUTH_SMTP, AUTH_FORBIDDEN, "Auth-Status: no\r\nAuth-Error-Code: 535 5.7.13\r\n"},
        {AUTH_SMTP, AUTH_LATER, "Auth-Status: no\r\nAuth-Error-Code: 454 4.7.0\r\n"},
        {AUTH_SIEVE, AUTH_WRONG, "Auth-Status: no\r\n"},
        {AUTH_SIEVE, AUTH_FORBIDDEN, "Auth-Status: no\r\n"},
        {AUTH_SIEVE, AUTH_LATER, "Auth-Status: no\r\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf waits = {0};
        struct auth_reply reply = {.protocol = rows[i].protocol, .verdict = rows[i].verdict};
        /* They have no effect. */
        reply.server = ip_of("192.0.2.1");
        reply.port = 143;
        reply.user = reply.pass = SLICE("x");
        reply.text = SLICE("no");
        check(&reply, true, rows[i].wanted);
        reply.wait_s = UINT32_MAX;
        buf_addf(&waits, "%sAuth-Wait: 4294967295\r\n", rows[i].wanted);
        check(&reply, true, buf_str(&waits));
    }
}

/* In a denial of SMTP, where no code stands before the text. */
static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"a\r\nAuth-Server: 192.0.2.66\r\nAuth-Port: 1",
         "a  Auth-Server: 192.0.2.66  Auth-Port: 1"},
        {"a\tb\x01\x7f", "a b??"},
        {"\xe3\x81\x82 \xff\xff\xc3\xa9!", "? ?\?\?!"},
        {" \r\n ", "Authentication failed"},
        {"", "Authentication failed"},
        {"OK", "Authentication failed"},
        {" ok\n", "Authentication failed"},
        {"WAIT", "Authentication failed"},
        {"OK then", "OK then"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf wanted = {0};
        struct auth_reply reply = {.protocol = AUTH_SIEVE, .verdict = AUTH_WRONG};
        reply.text = slice_from_str(rows[i].text);
        buf_addf(&wanted, "Auth-Status: %s\r\n", rows[i].wanted);
        check(&reply, true, buf_str(&wanted));
    }
}

#define LATER "Auth-Status: [UNAVAILABLE] Temporary trouble, try again later\r\n"

static void what_cannot_be_said(void **state)
{
    (void)state;
    const struct auth_reply good = {.server = ip_of("127.0.0.1"), .port = 143};
    struct auth_reply reply = good;
    reply.server = (struct ip_address){0};
    check(&reply, false, LATER);
    reply.server = ip_of("2001:db8::1");
    check(&reply, false, LATER);
    reply = good;
    reply.port = 0;
    check(&reply, false, LATER);
    static const struct slice bad[] = {
        {" x", 2},   {"x ", 2},   {"a\r\nb", 4}, {"a\nb", 3},
        {"a\tb", 3}, {"a\0b", 3}, {" ", 1},      {"\x1f", 1},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        reply = good;
        reply.user = bad[i];
        check(&reply, false, LATER);
        reply.user = SLICE("");
        reply.pass = bad[i];
        check(&reply, false, LATER);
    }
}

/* The longest that may be, and what is one byte longer. */
static void the_bound(void **state)
{
    (void)state;
    assert_true(AUTH_REPLY_MAX + sizeof(AROUND) - 1 <= NGINX_REPLY_MAX);
    static char longest[AUTH_REPLY_MAX + 1];
    memset(longest, 'x', sizeof(longest));
    struct auth_reply reply = {.server = ip_of("192.168.192.168"), .port = 65535};
    reply.user = slice_of(longest, AUTH_USER_MAX);
    CLEANUP_BUF struct buf got = {0};
    assert_true(auth_reply_format(&reply, &got));
    size_t left = AUTH_REPLY_MAX - got.len - strlen("Auth-Pass: \r\n");
    reply.pass = slice_of(longest, left);
    buf_clear(&got);
    assert_true(auth_reply_format(&reply, &got));
    assert_int_equal(got.len, AUTH_REPLY_MAX);
    reply.pass.len++;
    check(&reply, false, LATER);
    reply.pass.len = sizeof(longest);
    check(&reply, false, LATER);
    reply = (struct auth_reply){.verdict = AUTH_WRONG, .protocol = AUTH_SMTP, .wait_s = UINT32_MAX};
    reply.text = slice_of(longest, sizeof(longest));
    buf_clear(&got);
    assert_true(auth_reply_format(&reply, &got));
    assert_true(got.len <= AUTH_REPLY_MAX);
}

/* ---- any bytes ---- */

static uint64_t random_next(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

/* Mostly what could make a difference. */
static struct slice random_text(uint64_t *random, char *room, size_t max)
{
    static const char odd[] = "\0\r\n\t :OKWAIT?\xff\x80\x7f%";
    size_t len = random_next(random) % 4 == 0 ? 0 : random_next(random) % (max + 1);
    for (size_t i = 0; i < len; i++)
        room[i] = random_next(random) % 40 == 0 ? odd[random_next(random) % (sizeof(odd) - 1)]
                                                : (char)('a' + random_next(random) % 26);
    return slice_of(room, len);
}

static void check_lines(struct slice text, bool ok)
{
    bool has_server = slice_ifind(text, SLICE("\nAuth-Server:")) != NULL,
         has_port = slice_ifind(text, SLICE("\nAuth-Port:")) != NULL;
    assert_true(slice_starts_with(text, SLICE("Auth-Status: ")) && text.len <= AUTH_REPLY_MAX);
    assert_int_equal(slice_starts_with(text, SLICE("Auth-Status: OK\r\n")), ok);
    assert_false(slice_starts_with(text, SLICE("Auth-Status: WAIT\r\n")));
    assert_true(has_server == ok && has_port == ok);
    size_t statuses = 0;
    while (text.len > 0) {
        struct slice line = slice_cut(&text, '\n');
        assert_true(slice_ends_with(line, SLICE("\r")) && text.ptr != NULL);
        line.len--;
        statuses += slice_starts_with(line, SLICE("Auth-Status:"));
        const char *colon = slice_find(line, SLICE(": "));
        assert_non_null(colon);
        for (size_t i = 0; i < line.len; i++)
            assert_true((unsigned char)line.ptr[i] >= ' ');
        assert_int_equal(slice_trim(line).len, line.len);
    }
    assert_int_equal(statuses, 1);
}

static void any_bytes(void **state)
{
    (void)state;
    uint64_t random = 20261123;
    static char user[600], pass[1200], text[600];
    unsigned said_ok = 0;
    for (int i = 0; i < 20000; i++) {
        CLEANUP_BUF struct buf got = {0};
        struct auth_reply reply = {
            .verdict = (enum auth_verdict)(random_next(&random) % 4),
            .protocol = (enum auth_protocol)(random_next(&random) % AUTH_PROTOCOLS),
            .wait_s = (uint32_t)random_next(&random) % 3,
            .port = (uint16_t)(random_next(&random) % 3),
            .server = ip_of(random_next(&random) % 2 ? "192.0.2.1" : "::1"),
        };
        size_t max = random_next(&random) % 2 ? 20 : sizeof(text);
        reply.text = random_text(&random, text, max);
        reply.user = random_text(&random, user, max);
        reply.pass = random_text(&random, pass, 2 * max);
        bool said = auth_reply_format(&reply, &got), ok = said && reply.verdict == AUTH_OK;
        assert_true(said || reply.verdict == AUTH_OK);
        check_lines(buf_slice(&got), ok);
        said_ok += ok;
    }
    assert_true(said_ok > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_may_come_in),
        cmocka_unit_test(they_may_not),
        cmocka_unit_test(texts),
        cmocka_unit_test(what_cannot_be_said),
        cmocka_unit_test(the_bound),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
