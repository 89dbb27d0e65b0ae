/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of passwd-files as Dovecot's pages show them, and such as are none.
 */
#include "mail/passwd_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

#define TEXT(text) \
    { \
        text, sizeof(text) - 1 \
    }

static void table(void **state)
{
    static const struct {
        struct slice line;
        const char *said; /* "" for nothing, "bad" */
    } rows[] = {
        {TEXT("taro:{PLAIN}x"), "taro||"},
        {TEXT("taro@example.jp:{SHA512-CRYPT}$6$a$b:1000:1000::/home/taro"), "taro@example.jp||"},
        {TEXT("taro:{PLAIN}x:1000:1000::/home/taro::todoku_class=business"), "taro||business"},
        {TEXT("taro:x::::::userdb_mail=maildir:~/Mail todoku_class=Shop nopassword"), "taro||Shop"},
        {TEXT("taro:x::::::userdb_todoku_class=shop"), "taro||shop"},
        {TEXT("info:x::::::user=taro@example.jp"), "info|taro@example.jp|"},
        {TEXT("info:x::::::  user=taro  todoku_class=a todoku_class=b "), "info|taro|a"},
        {TEXT("info:x::::::username=taro xuser=x user =x user"), "info||"},
        {TEXT("info:x:::::user=taro"), "info||"}, /* that is the shell */
        {TEXT("taro:"), "taro||"},
        {TEXT("taro::::::::::"), "taro||"},
        {TEXT("taro:x\r"), "taro||"},
        {TEXT("ta ro:x"), "ta ro||"},
        {TEXT("\xe3\x81\x82:x"), "\xe3\x81\x82||"},
        {TEXT(""), ""},
        {TEXT("\r"), ""},
        {TEXT("# taro:x"), ""},
        {TEXT("taro"), "bad"},
        {TEXT(":x"), "bad"},
        {TEXT("ta\0ro:x"), "bad"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf said = {0};
        struct passwd_line line;
        enum passwd_line_kind kind = passwd_line_parse(rows[i].line, &line);
        if (kind == PASSWD_BAD)
            buf_add_str(&said, "bad");
        if (kind == PASSWD_ACCOUNT)
            buf_addf(&said, "%.*s|%.*s|%.*s", SLICE_ARG(line.login), SLICE_ARG(line.user),
                     SLICE_ARG(line.account_class));
        assert_string_equal(buf_str(&said), rows[i].said);
    }
}

/* What a login needs. */
static void extra_fields(void **state)
{
    static const struct {
        struct slice line;
        const char *said; /* password|server|protocols|networks|flags|until, "closed" */
    } rows[] = {
        {TEXT("taro:{PLAIN}a b"), "{PLAIN}a b|||||"},
        {TEXT("taro:"), "|||||"},
        {TEXT("taro::::::::"), "|||||"},
        {TEXT("taro:x::::::todoku_server=mx-1 todoku_protocols=imap,pop3 todoku_flags=slow,note"),
         "x|mx-1|imap,pop3||slow,note|"},
        {TEXT("taro:x::::::userdb_todoku_server=mx-1 todoku_server=mx-2"), "x|mx-1||||"},
        {TEXT("taro:x::::::todoku_valid_until=2026-12-31T18:00:00+09:00"),
         "x|||||2026-12-31T18:00:00+09:00"},
        {TEXT("taro:x::::::allow_nets=192.0.2.0/24,2001:db8::/32 proxy=y host=10.0.0.1"),
         "x|||192.0.2.0/24,2001:db8::/32||"},
        {TEXT("taro:x::::::allow_nets=local,192.0.2.1"), "x|||192.0.2.1||"},
        {TEXT("taro:x::::::allow_nets=192.0.2.1,local"), "x|||192.0.2.1||"},
        {TEXT("taro:x::::::allow_nets=local"), "x|||local||"},
        {TEXT("taro:x::::::userdb_allow_nets=::1"), "x|||||"},
        {TEXT("taro:x::::::nologin"), "x|||||closed"},
        {TEXT("taro:x::::::quota=1G nologin=y"), "x|||||closed"},
        {TEXT("taro:x::::::nologins nologi nopassword"), "x|||||"},
        {TEXT("taro:x\r"), "x|||||"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf said = {0};
        struct passwd_line line;
        assert_int_equal(passwd_line_parse(rows[i].line, &line), PASSWD_ACCOUNT);
        buf_addf(&said, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s%s", SLICE_ARG(line.password),
                 SLICE_ARG(line.server), SLICE_ARG(line.protocols), SLICE_ARG(line.networks),
                 SLICE_ARG(line.flags), SLICE_ARG(line.valid_until),
                 line.is_closed ? "closed" : "");
        assert_string_equal(buf_str(&said), rows[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(extra_fields)};
    return cmocka_run_group_tests_name("mail/passwd_line", tests, NULL, NULL);
}
