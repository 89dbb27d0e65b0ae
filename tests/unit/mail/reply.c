/* SPDX-License-Identifier: Apache-2.0
 *
 * Reasons of delivery records, honest and hostile: what was said by whom, in which stage, with
 * which code; the bare text; the mask; links.
 */
#include "mail/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct reason {
    const char *reason;
    enum reply_origin origin;
    enum reply_stage stage;
    const char *host, *ip;
    uint32_t code;
    const char *dsn, *words;
};

static void assert_slice(struct slice got, const char *want)
{
    if (!slice_eq(got, slice_from_str(want)))
        fail_msg("'%.*s' instead of '%s'", SLICE_ARG(got), want);
}

static const struct reason reasons[] = {
    {"host mx.example.jp[192.0.2.1] said: 550 5.1.1 <a@b.jp>: User unknown (in reply to RCPT TO "
     "command)",
     REPLY_SAID, REPLY_STAGE_RCPT, "mx.example.jp", "192.0.2.1", 550, "5.1.1",
     "550 5.1.1 <a@b.jp>: User unknown"},
    {"host mx.example.jp[2001:db8::1]:25 said: 451 try later (in reply to end of DATA command)",
     REPLY_SAID, REPLY_STAGE_EOD, "mx.example.jp", "2001:db8::1", 451, "", "451 try later"},
    {"host mb1[private/dovecot-lmtp] said: 552 5.2.2 full (in reply to end of DATA command)",
     REPLY_SAID, REPLY_STAGE_EOD, "mb1", "", 552, "5.2.2", "552 5.2.2 full"},
    {"host m[192.0.2.1] refused to talk to me: 554 5.7.1 go away", REPLY_REFUSED,
     REPLY_STAGE_GREETING, "m", "192.0.2.1", 554, "5.7.1", "554 5.7.1 go away"},
    {"host m[192.0.2.1] said: 450 4.2.0 Greylisted (in reply to MAIL FROM command) [site-tag]",
     REPLY_SAID, REPLY_STAGE_MAIL, "m", "192.0.2.1", 450, "4.2.0", "450 4.2.0 Greylisted"},
    {"connect to mx.example.jp[192.0.2.1]:25: Connection timed out", REPLY_CONNECT,
     REPLY_STAGE_CONNECT, "mx.example.jp", "192.0.2.1", 0, "",
     "connect to mx.example.jp[192.0.2.1]:25: Connection timed out"},
    {"lost connection with m[192.0.2.1] while receiving the initial server greeting", REPLY_LOST,
     REPLY_STAGE_GREETING, "m", "192.0.2.1", 0, "",
     "lost connection with m[192.0.2.1] while receiving the initial server greeting"},
    {"conversation with m[192.0.2.1] timed out while sending end of data -- message may be sent "
     "more than once",
     REPLY_LOST, REPLY_STAGE_EOD, "m", "192.0.2.1", 0, "",
     "conversation with m[192.0.2.1] timed out while sending end of data -- message may be sent "
     "more than once"},
    {"lost connection with m[192.0.2.1] while performing the LHLO handshake", REPLY_LOST,
     REPLY_STAGE_EHLO, "m", "192.0.2.1", 0, "",
     "lost connection with m[192.0.2.1] while performing the LHLO handshake"},
    {"Host or domain name not found. Name service error for name=b.jp type=MX: Host not found",
     REPLY_DNS, REPLY_STAGE_NONE, "", "", 0, "",
     "Host or domain name not found. Name service error for name=b.jp type=MX: Host not found"},
    {"Host or domain name not found. Name service error for name=mx.b.jp type=AAAA: Host found",
     REPLY_DNS, REPLY_STAGE_NONE, "mx.b.jp", "", 0, "",
     "Host or domain name not found. Name service error for name=mx.b.jp type=AAAA: Host found"},
    {"unable to look up host mx.b.jp: Name or service not known", REPLY_DNS, REPLY_STAGE_NONE,
     "mx.b.jp", "", 0, "", "unable to look up host mx.b.jp: Name or service not known"},
    {"SASL authentication failed; server m[192.0.2.1] said: 535 5.7.8 no", REPLY_SAID,
     REPLY_STAGE_AUTH, "m", "192.0.2.1", 535, "5.7.8", "535 5.7.8 no"},
    {"unknown user: \"x\"", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "", "unknown user: \"x\""},
    {"250 2.0.0 Ok: queued as 4ABC", REPLY_SAID, REPLY_STAGE_NONE, "", "", 250, "2.0.0",
     "250 2.0.0 Ok: queued as 4ABC"},
    {"User unknown (in reply to rcpt to COMMAND)", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "",
     "User unknown (in reply to rcpt to COMMAND)"},
    {"User unknown (in reply to RCPT TO command)", REPLY_SAID, REPLY_STAGE_RCPT, "", "", 0, "",
     "User unknown"},
    {"host m[192.0.2.1] said: 250-a 250 b (in reply to final RSET command)", REPLY_SAID,
     REPLY_STAGE_NONE, "m", "192.0.2.1", 250, "", "250-a 250 b"},
    /* hostile and broken */
    {"host m[192.0.2.1] said: 550 x[y] said: (in reply to RCPT TO command) z (in reply to DATA "
     "command)",
     REPLY_SAID, REPLY_STAGE_DATA, "m", "192.0.2.1", 550, "",
     "550 x[y] said: (in reply to RCPT TO command) z"},
    {"host m[192.0.2.1] said: 550 a (in reply to RCPT TO command) (in reply to nothing known)",
     REPLY_SAID, REPLY_STAGE_RCPT, "m", "192.0.2.1", 550, "", "550 a"},
    {"host m[192.0.2.1] said: 550 a (in reply to RCPT TO command", REPLY_SAID, REPLY_STAGE_NONE,
     "m", "192.0.2.1", 550, "", "550 a (in reply to RCPT TO command"},
    {"host with blanks[192.0.2.1] said: 550 x", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "",
     "host with blanks[192.0.2.1] said: 550 x"},
    {"host m[192.0.2.1 said: 550 x", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "",
     "host m[192.0.2.1 said: 550 x"},
    {"host m[] said: ", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "", "host m[] said:"},
    {"connect to ", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "", "connect to"},
    {"", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "", ""},
    {"   ", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "", ""},
    {"99 bottles", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "", "99 bottles"},
    {"5501 x", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "", "5501 x"},
    {"550", REPLY_SAID, REPLY_STAGE_NONE, "", "", 550, "", "550"},
    {"600 x", REPLY_OURS, REPLY_STAGE_NONE, "", "", 0, "", "600 x"},
};

static void parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        const struct reason *want = &reasons[i];
        struct reply got;
        reply_parse(slice_from_str(want->reason), &got);
        if (got.origin != want->origin || got.stage != want->stage || got.code != want->code)
            fail_msg("origin %d stage %d code %u of: %s", (int)got.origin, (int)got.stage, got.code,
                     want->reason);
        assert_false(got.suspended);
        assert_slice(got.host, want->host);
        assert_slice(got.ip, want->ip);
        assert_slice(got.dsn, want->dsn);
        assert_slice(got.words, want->words);
    }
}

static void suspended(void **state)
{
    (void)state;
    struct reply reply;
    reply_parse(
        SLICE("delivery temporarily suspended: connect to m[192.0.2.1]:25: No route to host"),
        &reply);
    assert_true(reply.suspended);
    assert_int_equal(reply.origin, REPLY_CONNECT);
    assert_slice(reply.words, "connect to m[192.0.2.1]:25: No route to host");
    reply_parse(SLICE("delivery temporarily suspended: host m[192.0.2.1] said: 550 5.7.1 no (in "
                      "reply to RCPT TO command)"),
                &reply);
    assert_true(reply.suspended);
    assert_int_equal(reply.code, 550);
}

/* The last line's code; a code in the middle of a sentence is none. */
static void last_line(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        uint32_t code;
        const char *dsn, *text;
    } cases[] = {
        {"550-5.7.26 a 550-5.7.26 b 550 5.7.26 c", 550, "5.7.26", "a b c"},
        {"550-5.7.1 a\n550 5.7.1 b", 550, "5.7.1", "a b"},
        {"550-5.7.1 a\r\n550-5.7.1  b \r\n550 c", 550, "5.7.1", "a b c"},
        {"554-mx.gmx.net (mxgmx) 554-For more see 554 http://x.jp/", 554, "",
         "mx.gmx.net (mxgmx) For more see http://x.jp/"},
        {"421-try again 550 5.1.1 no such user", 550, "5.1.1", "try again no such user"},
        {"450-a 550-b 550 c", 550, "", "a b c"},
        {"550-limit of 500 messages reached 550 wait", 550, "",
         "limit of 500 messages reached wait"},
        {"550 5.7.1 you sent 550 messages", 550, "5.7.1", "you sent 550 messages"},
        {"550-\"JunkMail rejected", 550, "", "\"JunkMail rejected"},
        {"554 #5.1.0 Address rejected.", 554, "5.1.0", "Address rejected."},
        {"5.1.1 no user", 0, "5.1.1", "no user"},
        {"554 5.7.1: rejected", 554, "5.7.1", ": rejected"},
        {"550 5.7.1.2 x", 550, "", "5.7.1.2 x"},
        {"550 5.7.1x y", 550, "", "5.7.1x y"},
        {"421 4.4.4.4 blocked", 421, "", "4.4.4.4 blocked"},
        {"421 #4.x.2 Too many", 421, "", "#4.x.2 Too many"},
        {"no code\n250 per hour", 0, "", "no code 250 per hour"},
        {"no code\n550 5.1.1 late", 550, "5.1.1", "no code late"},
        {"  a \t b\n\n c  ", 0, "", "a b c"},
        {"a\x01 b  c\td \r\n", 0, "", "a\x01 b c d"},
        {"550-5.7.1 a 5 50 b 5504 c 550 5.7.1 d", 550, "5.7.1", "a 5 50 b 5504 c d"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply reply;
        reply_parse(slice_from_str(cases[i].words), &reply);
        CLEANUP_BUF struct buf text = {0};
        reply_text(reply.words, &text);
        assert_int_equal(reply.code, cases[i].code);
        assert_slice(reply.dsn, cases[i].dsn);
        assert_string_equal(buf_str(&text), cases[i].text);
    }
}

static void text_is_bounded(void **state)
{
    (void)state;
    static char big[200000];
    memset(big, 'x', sizeof(big));
    memcpy(big, "550-", 4);
    for (size_t i = 100; i + 8 < sizeof(big); i += 100)
        memcpy(big + i, " 550-y z", 8);
    CLEANUP_BUF struct buf text = {0};
    buf_add_str(&text, "before ");
    reply_text(slice_of(big, sizeof(big)), &text);
    assert_int_equal(text.len, 7 + REPLY_TEXT_MAX);
    memset(big, ' ', sizeof(big));
    buf_clear(&text);
    reply_text(slice_of(big, sizeof(big)), &text);
    assert_int_equal(text.len, 0);
    buf_clear(&text);
    reply_text((struct slice){NULL, 0}, &text);
    assert_int_equal(text.len, 0);
}

/* What costs a square of its length would take minutes here. */
static void hostile_is_linear(void **state)
{
    (void)state;
    static const char *const pieces[] = {"(in reply to ", "550-",  " 551-", "http://", "(", "\n",
                                         "host [",        " 550 ", "<@>",   "5.1.1 "};
    size_t size = 2000000;
    char *big = malloc(size);
    for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
        size_t len = strlen(pieces[p]);
        for (size_t i = 0; i < size; i++)
            big[i] = pieces[p][i % len];
        struct reply reply;
        CLEANUP_BUF struct buf out = {0};
        reply_parse(slice_of(big, size), &reply);
        reply_find_url(slice_of(big, size));
        reply_text(slice_of(big, size), &out);
        reply_mask(slice_of(big, size), &out);
        reply_fold(slice_of(big, size), &out);
    }
    free(big);
}

static void links(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"see https://support.google.com/mail/?p=NoSuchUser a1 - gsmtp",
         "https://support.google.com/mail/?p=NoSuchUser"},
        {"<HTTP://X.JP/a>", "HTTP://X.JP/a"},
        {"(see http://x.jp/q(1)).", "http://x.jp/q(1)"},
        {"(see http://x.jp/q).", "http://x.jp/q"},
        {"http:// http://x.jp/.,;!", "http://x.jp/"},
        {"ftp://x.jp and \"https://y.jp\"", "https://y.jp"},
        {"https://x.jp/a\xe3\x80\x82", "https://x.jp/a"},
        {"https://x.jp/a\x1b[0m", "https://x.jp/a"},
        {"://", ""},
        {"a: b:/ :// http:/x https://y.jp", "https://y.jp"},
        {"x:", ""},
        {"http://...", ""},
        {"no link", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_slice(reply_find_url(slice_from_str(cases[i][0])), cases[i][1]);
}

static void fold(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<bob.smith+x@example.com>: unknown", "<user@example.com>: unknown"},
        {"<bob@example.com>: unknown", "<user@example.com>: unknown"},
        {"write to postmaster@example.com", "write to postmaster@example.com"},
        {"write to bob.s@example.com", "write to user@example.com"},
        {"write to bob1@example.com, <al@x>", "write to user@example.com, <user@x>"},
        {"a1@", "a1@"},
        {"@b a(c1@d", "@b a(user@d"},
        {"a1@b2@c", "user@user@c"},
        {"x 198.51.100.7, [203.0.113.9]:25", "x 192.0.2.1, [192.0.2.1]:25"},
        {"127.0.0.4 1.2.3 1.2.3.4567 1.2.3.4a", "127.0.0.4 1.2.3 1.2.3.4567 1.2.3.4a"},
        {"id 4fX9bT0c1d2e IPv6AuthErrorX S3150 TSS04",
         "id 0123456789abcdef IPv6AuthErrorX S3150 TSS04"},
        {"mta495081.mail.example mta49.mail.example", "host1.mail.example mta49.mail.example"},
        {"mta495.7", "mta495.7"},
        {"123456 1234567 99999999", "123456 1234567 1234567"},
        {"see ?p=NoSuchUser d9443c01a7336-x.12 - gsmtp", "see ?p=NoSuchUser"},
        {"see ?p=NoSuchUser - gsmtp", "see ?p=NoSuchUser - gsmtp"},
        {"see https://x/mail/?p=NoSuchUser hxectspvzsuu - gsmtp",
         "see https://x/mail/?p=NoSuchUser"},
        {"see https://x/mail/?p=NoSuchUser - gsmtp", "see https://x/mail/?p=NoSuchUser - gsmtp"},
        {"/?p=X try again later - gsmtp", "/?p=X try again later - gsmtp"},
        {" - gsmtp", " - gsmtp"},
        {"connect to mx7.firm.jp[2001:db8::7]:25: Connection timed out",
         "connect to mx.example[192.0.2.1]:25: Connection timed out"},
        {"lost connection with spam.firm.jp[198.51.100.7] while sending RCPT TO",
         "lost connection with mx.example[192.0.2.1] while sending RCPT TO"},
        {"conversation with mx.firm.jp[198.51.100.7] timed out while sending message 12345678",
         "conversation with mx.example[192.0.2.1] timed out while sending message 1234567"},
        {"connect to mx.firm.jp[private/lmtp]: Connection refused",
         "connect to mx.firm.jp[private/lmtp]: Connection refused"},
        {"connect to mx.firm.jp [198.51.100.7]", "connect to mx.firm.jp [192.0.2.1]"},
        {"connect to ", "connect to "},
        {"lost connection with [198.51.100.7", "lost connection with [192.0.2.1"},
        {"Host or domain name not found. Name service error for name=firm7.jp type=MX: Host not "
         "found",
         "Host or domain name not found. Name service error for name=mx.example type=MX: Host not "
         "found"},
        {"Host or domain name not found. Name service error for name=",
         "Host or domain name not found. Name service error for name="},
        /* Words that begin, end and change in and across groups of eight bytes. */
        {"refused because of 12345678901 and mta495081.mail.example, goodbye",
         "refused because of 1234567 and host1.mail.example, goodbye"},
        {"internationalisation internationalisation1x2 done",
         "internationalisation 0123456789abcdef done"},
        {"no digits here at all, only <bob@example.com> and then more of them",
         "no digits here at all, only <user@example.com> and then more of them"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa12@example.com",
         "0123456789abcdef@example.com"},
        {"\xe3\x81\x82"
         "1234567\xe3",
         "\xe3\x81\x82"
         "1234567\xe3"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        reply_fold(slice_from_str(cases[i][0]), &text);
        assert_string_equal(buf_str(&text), cases[i][1]);
    }
}

/* Wherever they stand: the text is looked at by eight bytes. */
static void blanks_are_folded(void **state)
{
    (void)state;
    static const char *const runs[] = {"  ", "\t", " \t ", "\r ", " \r"};
    for (size_t at = 1; at < 26; at++)
        for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
            CLEANUP_BUF struct buf text = {0}, expected = {0}, got = {0};
            struct slice letters = SLICE("abcdefghijklmnopqrstuvwxyz");
            buf_add(&text, slice_first(letters, at));
            buf_add_str(&text, runs[i]);
            buf_add(&text, slice_skip(letters, at));
            buf_add(&expected, slice_first(letters, at));
            buf_add_char(&expected, ' ');
            buf_add(&expected, slice_skip(letters, at));
            reply_text(buf_slice(&text), &got);
            assert_string_equal(buf_str(&got), buf_str(&expected));
        }
}

/* A local part of 64 bytes (RFC 5321) is one; more are none. */
static void fold_local_part_length(void **state)
{
    (void)state;
    for (size_t len = 62; len < 68; len++) {
        char text[80] = "<";
        CLEANUP_BUF struct buf out = {0};
        memset(text + 1, 'b', len);
        memcpy(text + 1 + len, "@x>", 4);
        reply_fold(slice_from_str(text), &out);
        assert_string_equal(buf_str(&out), len <= 64 ? "<user@x>" : text);
    }
}

static void mask(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"550 5.1.1 <taro@example.jp>: User unknown", "550 5.1.1 <addr>: User unknown"},
        {"550-5.7.1 [192.0.2.7] x 550 5.7.1 a1-20020a05600c0si123.45 - gsmtp",
         "550-5.7.1 [<ip>] x 550 5.7.1 <id> - gsmtp"},
        {"421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred",
         "421 4.7.0 [TSS04] Messages from <ip> temporarily deferred"},
        {"banned 2001:db8::1 at 08:01:02, 2026-03-02", "banned <ip> at <time>, <date>"},
        {"Mon, 02 Mar 2026 08:01:02 +0900", "<date>, <n> <date> <n> <time> <n>"},
        {"id 4bYc3T0xkWz2k1 uuid 123e4567-e89b-12d3-a456-426614174000", "id <id> uuid <id>"},
        {"wait 300 seconds, code 550 again", "wait <n> seconds, code <n> again"},
        {"550 wait 550 x", "550 wait 550 x"},
        {"blocked using zen.spamhaus.org by mx12.example.jp",
         "blocked using zen.spamhaus.org by <host>"},
        {"AUP#In-1310 OFR_506 IB607 S3150 BL000010", "AUP#In-1310 OFR_506 IB607 S3150 BL000010"},
        {"  two\n\tblanks  ", "two blanks"},
        {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_BUF struct buf got = {0};
        reply_mask(slice_from_str(cases[i][0]), &got);
        assert_string_equal(buf_str(&got), cases[i][1]);
    }
}

static void stage_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum reply_stage stage;
    } cases[] = {
        {"rcpt", REPLY_STAGE_RCPT},         {"RCPT TO command", REPLY_STAGE_RCPT},
        {"rcpt to", REPLY_STAGE_RCPT},      {"end of DATA command", REPLY_STAGE_EOD},
        {"end of data", REPLY_STAGE_EOD},   {"DATA", REPLY_STAGE_DATA},
        {"HELO command", REPLY_STAGE_EHLO}, {"greeting", REPLY_STAGE_GREETING},
    };
    enum reply_stage stage = REPLY_STAGE_CONNECT;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(reply_stage_from_word(slice_from_str(cases[i].word), &stage));
        assert_int_equal(stage, cases[i].stage);
    }
    assert_false(reply_stage_from_word(SLICE(""), &stage));
    assert_false(reply_stage_from_word(SLICE("command"), &stage));
    assert_int_equal(stage, REPLY_STAGE_GREETING);
    assert_true(reply_stage_from_word(SLICE("QUIT command"), &stage));
    assert_int_equal(stage, REPLY_STAGE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse),
        cmocka_unit_test(suspended),
        cmocka_unit_test(last_line),
        cmocka_unit_test(text_is_bounded),
        cmocka_unit_test(hostile_is_linear),
        cmocka_unit_test(links),
        cmocka_unit_test(fold),
        cmocka_unit_test(blanks_are_folded),
        cmocka_unit_test(fold_local_part_length),
        cmocka_unit_test(mask),
        cmocka_unit_test(stage_words),
    };
    return cmocka_run_group_tests_name("mail/reply", tests, NULL, NULL);
}
