/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests as Postfix 3.7 writes them and as others do; wherever the reads end the same come out.
 * Rows of facts: SMTPD_POLICY_README and what other policy servers got wrong.
 */
#include "mail/policy_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LIT(text) \
    { \
        "" text, sizeof(text) - 1 \
    }
#define R "request=smtpd_access_policy\n"

static const char whole[] =
    R "protocol_state=END-OF-MESSAGE\nprotocol_name=ESMTP\nclient_address=192.0.2.7\n"
      "client_name=c7.example.jp\nclient_port=40222\nreverse_client_name=c7.example.jp\n"
      "server_address=192.0.2.31\nserver_port=587\nhelo_name=[192.0.2.7]\n"
      "sender=SRS0=ab=cd=example.jp=taro@example.net\nrecipient=a b+x@Example.COM\n"
      "recipient_count=1\nqueue_id=4bQx7Z0Wfzz1\ninstance=3876.6b01f1ad.cd8ed.0\nsize=20480\n"
      "etrn_domain=\nstress=\nsasl_method=PLAIN\nsasl_username=taro@example.jp\nsasl_sender=\n"
      "ccert_subject=\nccert_issuer=\nccert_fingerprint=\nccert_pubkey_fingerprint=\n"
      "encryption_protocol=TLSv1.3\nencryption_cipher=TLS_AES_256_GCM_SHA384\n"
      "encryption_keysize=256\npolicy_context=submission\n\n";

static void assert_text(struct slice got, const char *wanted)
{
    if (!slice_eq(got, slice_from_str(wanted)))
        fail_msg("%.*s instead of %s", SLICE_ARG(got), wanted);
}

static void as_postfix_writes_it(void **state)
{
    (void)state;
    struct policy_request got;
    const char *why;
    struct slice input = slice_from_str(whole);
    assert_int_equal(policy_request_take(&input, &got, &why), POLICY_WHOLE);
    assert_int_equal(input.len, 0);
    assert_int_equal(got.stage, POLICY_STAGE_END_OF_MESSAGE);
    assert_text(got.stage_name, "END-OF-MESSAGE");
    assert_text(got.client_address, "192.0.2.7");
    assert_text(got.client_name, "c7.example.jp");
    assert_text(got.helo_name, "[192.0.2.7]");
    assert_text(got.sender, "SRS0=ab=cd=example.jp=taro@example.net");
    assert_text(got.recipient, "a b+x@Example.COM");
    assert_text(got.queue_id, "4bQx7Z0Wfzz1");
    assert_text(got.instance, "3876.6b01f1ad.cd8ed.0");
    assert_text(got.sasl_method, "PLAIN");
    assert_text(got.sasl_username, "taro@example.jp");
    assert_text(got.sasl_sender, "");
    assert_text(got.policy_context, "submission");
    assert_int_equal(got.recipient_count, 1);
    assert_int_equal(got.size, 20480);
}

/* `stage|login|recipients|size;` for each request, `!why` for nonsense, `...` when more must
 * come. */
static void take_all(struct slice *input, struct buf *got)
{
    struct policy_request one;
    const char *why = NULL;
    enum policy_frame frame;
    while ((frame = policy_request_take(input, &one, &why)) == POLICY_WHOLE)
        buf_addf(got, "%d|%.*s|%u|%llu;", (int)one.stage, SLICE_ARG(one.sasl_username),
                 one.recipient_count, (unsigned long long)one.size);
    if (frame == POLICY_BAD)
        buf_addf(got, "!%s", why);
    else if (input->len > 0)
        buf_add_str(got, "...");
}

static const struct {
    struct slice input;
    const char *requests;
} rows[] = {
    {LIT(R "\n"), "0||0|0;"},
    {LIT("protocol_state=RCPT\n" R "\n"), "2||0|0;"},
    {LIT(R "protocol_state=BDAT\n\n"), "3||0|0;"},
    {LIT(R "protocol_state=rcpt\n\n"), "0||0|0;"},
    {LIT(R "protocol_state=CONNECT\nrecipient_count=0\nsize=0\n\n"), "0||0|0;"},
    {LIT("size=7\nsasl_username=a=b\nnew_in_4.0=x=y=z\n=\n=x\n" R "\n"), "0|a=b|0|7;"},
    {LIT(R "sasl_username=first\nsasl_username=last\n\n"), "0|last|0|0;"},
    {LIT(R "sasl_username=\xff\x01 \t\n\n"), "0|\xff\x01 \t|0|0;"},
    {LIT(R "Sasl_Username=a\nsasl_username =b\nsasl_usernames=c\n\n"), "0||0|0;"},
    {LIT(R "recipient_count=4294967295\nsize=9223372036854775807\n\n"),
     "0||4294967295|9223372036854775807;"},
    {LIT(R "recipient_count=\nsize=\n\n"), "0||0|0;"},
    {LIT(R "\n" R "protocol_state=DATA\n\n" R), "0||0|0;3||0|0;..."},
    {LIT(""), ""},
    {LIT("r"), "..."},
    {LIT(R), "..."},
    {LIT(R "recipient_count=4294967296\n\n"), "!recipient_count is no number of recipients"},
    {LIT(R "recipient_count=-1\n\n"), "!recipient_count is no number of recipients"},
    {LIT(R "recipient_count=1 \n\n"), "!recipient_count is no number of recipients"},
    {LIT(R "recipient_count=0x10\n\n"), "!recipient_count is no number of recipients"},
    {LIT(R "size=9223372036854775808\n\n"), "!size is no number of bytes"},
    {LIT(R "size=99999999999999999999999999\n\n"), "!size is no number of bytes"},
    {LIT("\n"), "!an empty request"},
    {LIT(R "\n\n"), "0||0|0;!an empty request"},
    {LIT("size=1\n\n"), "!no request= in a request"},
    {LIT("request=junk\n\n"), "!request is not smtpd_access_policy"},
    {LIT("request=\n\n"), "!request is not smtpd_access_policy"},
    {LIT("GET / HTTP/1.1\n\n"), "!a line without `=`"},
    {LIT("GET /\nHost: x"), "!a line without `=`"},
    {LIT("request=smtpd_access_policy\r\n"), "!a NUL or CR in a request (lines end with LF alone)"},
    {LIT(R "x\n\n"), "!a line without `=`"},
    {LIT(R "\r\n\n"), "!a NUL or CR in a request (lines end with LF alone)"},
    {LIT(R "sender=a\0b\n\n"), "!a NUL or CR in a request (lines end with LF alone)"},
    {LIT(R "\n" R "size=x\n\n"), "0||0|0;!size is no number of bytes"},
};

static void requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf got = {0};
        struct slice input = rows[i].input;
        take_all(&input, &got);
        if (strcmp(buf_str(&got), rows[i].requests) != 0)
            fail_msg("%.*s: got %s", SLICE_ARG(rows[i].input), buf_str(&got));
    }
}

/* A byte more at a time: nothing comes early, and nothing is left out. */
static void take_in_pieces(struct slice input, struct buf *pieces)
{
    size_t taken = 0;
    for (size_t end = 1; end <= input.len; end++) {
        CLEANUP_BUF struct buf got = {0};
        struct slice left = slice_between(input.ptr + taken, input.ptr + end);
        take_all(&left, &got);
        taken = end - left.len;
        struct slice said = buf_slice(&got);
        if (end < input.len && slice_ends_with(said, SLICE("...")))
            said.len -= 3;
        buf_add(pieces, said);
        if (slice_find_char(said, '!') != NULL)
            return;
    }
}

static void in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf pieces = {0};
        take_in_pieces(rows[i].input, &pieces);
        if (strcmp(buf_str(&pieces), rows[i].requests) != 0)
            fail_msg("%.*s: got %s", SLICE_ARG(rows[i].input), buf_str(&pieces));
    }
}

/* 64 KiB with the empty line, and not a byte more. */
static void the_longest(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        CLEANUP_BUF struct buf text = {0}, got = {0};
        buf_add_str(&text, R "sender=");
        size_t more = POLICY_REQUEST_MAX - 2 - text.len + over;
        memset(buf_reserve(&text, more), 'x', more);
        text.len += more;
        struct slice begin = slice_first(buf_slice(&text), POLICY_REQUEST_MAX - 1);
        take_all(&begin, &got);
        assert_string_equal(buf_str(&got), "...");
        buf_clear(&got);
        buf_add_str(&text, "\n\n");
        struct slice input = buf_slice(&text);
        take_all(&input, &got);
        assert_string_equal(buf_str(&got), over ? "!a request of more than 64 KiB" : "0||0|0;");
    }
}

static void answers(void **state)
{
    (void)state;
    static const struct {
        struct slice action;
        const char *answer;
    } said[] = {
        {LIT("DUNNO"), "action=DUNNO\n\n"},
        {LIT(""), "action=DUNNO\n\n"},
        {LIT(" \r\n"), "action=DUNNO\n\n"},
        {LIT("450 4.7.1 too many\r\naction=OK\n\n"), "action=450 4.7.1 too many  action=OK\n\n"},
        {LIT("WARN a\0b\x7f"
             "c"),
         "action=WARN a b c\n\n"},
    };
    for (size_t i = 0; i < COUNT(said); i++) {
        CLEANUP_BUF struct buf got = {0};
        policy_answer(said[i].action, &got);
        assert_string_equal(buf_str(&got), said[i].answer);
    }
}

/* Cut between characters: あ has three bytes. */
static void long_answers(void **state)
{
    (void)state;
    for (size_t blanks = 0; blanks < 3; blanks++) {
        CLEANUP_BUF struct buf text = {0}, got = {0};
        buf_addf(&text, "%.*s", (int)blanks, "abc");
        while (text.len < 600)
            buf_add_str(&text, "あ");
        policy_answer(buf_slice(&text), &got);
        size_t kept = got.len - strlen("action=\n\n");
        assert_true(kept <= POLICY_ACTION_MAX && kept > POLICY_ACTION_MAX - 3);
        assert_int_equal((kept - blanks) % 3, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_postfix_writes_it),
        cmocka_unit_test(requests),
        cmocka_unit_test(in_pieces),
        cmocka_unit_test(the_longest),
        cmocka_unit_test(answers),
        cmocka_unit_test(long_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
