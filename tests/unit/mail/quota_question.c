/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked, byte by byte, and what cannot be.
 */
#include "mail/quota_question.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void all_five(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct quota_question question = {.recipient = SLICE("a@example.com"), .size = UINT64_MAX};
    buf_add_str(&text, "before ");
    assert_true(quota_question_format(&question, &text));
    assert_string_equal(buf_str(&text), "before request=smtpd_access_policy\nprotocol_state=RCPT\n"
                                        "protocol_name=ESMTP\nrecipient=a@example.com\n"
                                        "size=18446744073709551615\n\n");
    buf_clear(&text);
    question = (struct quota_question){SLICE("\xc3\xa9 b=c@example.com"), SLICE("SMTP"), 0};
    assert_true(quota_question_format(&question, &text));
    assert_non_null(slice_find(buf_slice(&text), SLICE("protocol_name=SMTP\n")));
    assert_non_null(slice_find(buf_slice(&text), SLICE("recipient=\xc3\xa9 b=c@example.com\n")));
    assert_true(slice_ends_with(buf_slice(&text), SLICE("\nsize=0\n\n")));
}

static void cannot_be_said(void **state)
{
    (void)state;
    static const struct quota_question rows[] = {
        {{"", 0}, {"", 0}, 1},     {{"a\nsize=0", 8}, {"", 0}, 1},        {{"a\r", 2}, {"", 0}, 1},
        {{"a\0b", 3}, {"", 0}, 1}, {{"a", 1}, {"E\nrecipient=b", 13}, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        buf_add_str(&text, "x");
        assert_false(quota_question_format(&rows[i], &text));
        assert_string_equal(buf_str(&text), "x");
    }
}

static void the_longest(void **state)
{
    (void)state;
    char name[2 * QUOTA_QUESTION_MAX];
    CLEANUP_BUF struct buf text = {0};
    struct quota_question question = {.recipient = SLICE("x"), .size = 1};
    memset(name, 'x', sizeof(name));
    assert_true(quota_question_format(&question, &text));
    size_t room = QUOTA_QUESTION_MAX - text.len + 1;
    buf_clear(&text);
    question.recipient = slice_of(name, room);
    assert_true(quota_question_format(&question, &text));
    assert_int_equal(text.len, QUOTA_QUESTION_MAX);
    buf_clear(&text);
    question.recipient.len++;
    assert_false(quota_question_format(&question, &text));
    question.recipient.len = sizeof(name);
    assert_false(quota_question_format(&question, &text));
    assert_int_equal(text.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_five),
        cmocka_unit_test(cannot_be_said),
        cmocka_unit_test(the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
