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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table)};
    return cmocka_run_group_tests_name("mail/passwd_line", tests, NULL, NULL);
}
