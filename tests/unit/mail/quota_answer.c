/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers as Dovecot gives them, by default and as operators word them, and as nobody should;
 * wherever the reads end the same come out.
 */
#include "mail/quota_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LIT(text) \
    { \
        "" text, sizeof(text) - 1 \
    }

static const struct quota_marks none = {0};

static const struct {
    struct slice action;
    enum quota_kind kind;
} meanings[] = {
    {LIT("DUNNO"), QUOTA_FITS},
    {LIT("OK"), QUOTA_FITS},
    {LIT("ok"), QUOTA_FITS},
    {LIT("OKAY"), QUOTA_TROUBLE},
    {LIT("554 5.2.2 Quota exceeded (mailbox for user is full)"), QUOTA_OVER},
    {LIT("552 5.2.2 Mailbox is full and cannot receive any more emails"), QUOTA_OVER},
    {LIT("552 full"), QUOTA_OVER},
    {LIT("552"), QUOTA_OVER},
    {LIT("5522 full"), QUOTA_TROUBLE},
    {LIT("452 4.2.2 Mailbox full, try later"), QUOTA_OVER},
    {LIT("452 4.3.1 no room"), QUOTA_OVER},
    {LIT("450 4.2.2 Mailbox full"), QUOTA_OVER},
    {LIT("REJECT 5.2.2 full"), QUOTA_OVER},
    {LIT("DEFER_IF_PERMIT 4.2.2 full"), QUOTA_OVER},
    {LIT("5.2.2 full"), QUOTA_OVER},
    {LIT("552\t5.2.3  too large"), QUOTA_TOO_LARGE},
    {LIT("552 5.3.4 Message size exceeds fixed limit"), QUOTA_TOO_LARGE},
    {LIT("REJECT Unknown user"), QUOTA_NO_USER},
    {LIT("reject"), QUOTA_NO_USER},
    {LIT("550 5.1.1 User unknown"), QUOTA_NO_USER},
    {LIT("550 nobody"), QUOTA_NO_USER},
    {LIT("550 5.2.2 full all the same"), QUOTA_OVER},
    {LIT("554 5.7.1 not you"), QUOTA_TROUBLE},
    {LIT("554 said 5.2.2"), QUOTA_TROUBLE},
    {LIT("DEFER_IF_PERMIT Temporary internal error"), QUOTA_TROUBLE},
    {LIT("DEFER"), QUOTA_TROUBLE},
    {LIT("451 4.3.0 trouble"), QUOTA_TROUBLE},
    {LIT("PREPEND X-Full: yes"), QUOTA_TROUBLE},
    {LIT(""), QUOTA_TROUBLE},
    {LIT("  DUNNO "), QUOTA_FITS},
};

static void means(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(meanings); i++) {
        enum quota_kind kind = quota_answer_kind(meanings[i].action, &none);
        if (kind != meanings[i].kind)
            fail_msg("%.*s: got %s", SLICE_ARG(meanings[i].action), quota_kind_name(kind));
    }
}

static void marks_of_the_operator(void **state)
{
    (void)state;
    static const struct quota_mark list[] = {
        {LIT("554"), QUOTA_OVER},      {LIT("550 5.7.1 Gone"), QUOTA_NO_USER},
        {LIT("REJECT"), QUOTA_OVER},   {LIT("4.7.9"), QUOTA_TOO_LARGE},
        {LIT("DUNNO"), QUOTA_NO_USER},
    };
    static const struct quota_marks marks = {list, COUNT(list)};
    assert_int_equal(quota_answer_kind(SLICE("554 no"), &marks), QUOTA_OVER);
    assert_int_equal(quota_answer_kind(SLICE("554 5.1.1 no"), &marks), QUOTA_OVER);
    assert_int_equal(quota_answer_kind(SLICE("550 5.7.1 gone away"), &marks), QUOTA_NO_USER);
    assert_int_equal(quota_answer_kind(SLICE("550 5.7.1 goner"), &marks), QUOTA_NO_USER);
    assert_int_equal(quota_answer_kind(SLICE("reject Mailbox full"), &marks), QUOTA_OVER);
    assert_int_equal(quota_answer_kind(SLICE("450 4.7.9"), &marks), QUOTA_TOO_LARGE);
    assert_int_equal(quota_answer_kind(SLICE("DUNNO"), &marks), QUOTA_NO_USER);
    assert_int_equal(quota_answer_kind(SLICE("552 5.2.2 full"), &marks), QUOTA_OVER);
}

/* `[kind|text]` for each answer, `!` for nonsense, `...` when more must come. */
static void take_all(struct slice *input, struct buf *got)
{
    struct quota_answer answer;
    const char *why = NULL;
    enum quota_frame frame;
    while ((frame = quota_answer_take(input, &none, &answer, &why)) == QUOTA_FRAME_WHOLE)
        buf_addf(got, "[%s|%.*s]", quota_kind_name(answer.kind), SLICE_ARG(answer.text));
    assert_true(frame != QUOTA_FRAME_BAD || why != NULL);
    buf_add_str(got, frame == QUOTA_FRAME_BAD ? "!" : input->len > 0 ? "..." : "");
}

static const struct {
    struct slice input;
    const char *answers;
} rows[] = {
    {LIT("action=DUNNO\n\n"), "[fits|DUNNO]"},
    {LIT("action=DUNNO\n\naction=552 5.2.2 full\n\n"), "[fits|DUNNO][over|552 5.2.2 full]"},
    {LIT("action=  OK  \n\n"), "[fits|OK]"},
    {LIT("action=REJECT a=b\n\n"), "[no_user|REJECT a=b]"},
    {LIT("action=\n\n"), "[trouble|]"},
    {LIT("x=y\naction=OK\nz=\n\n"), "[fits|OK]"},
    {LIT(""), ""},
    {LIT("a"), "..."},
    {LIT("action=DUNNO"), "..."},
    {LIT("action=DUNNO\n"), "..."},
    {LIT("action=DUNNO\n\naction=DU"), "[fits|DUNNO]..."},
    {LIT("action=DUNNO\r\n\r\n"), "!"},
    {LIT("action=DU\0NNO\n\n"), "!"},
    {LIT("action=OK\n\n\n"), "[fits|OK]!"},
    {LIT("\n"), "!"},
    {LIT("x=y\n\n"), "!"},
    {LIT("action=OK\naction=OK\n\n"), "!"},
    {LIT("Action=OK\n\n"), "!"},
    {LIT("HTTP/1.1 400 Bad Request\n"), "!"},
    {LIT("* OK [CAPABILITY IMAP4rev1] ready.\n"), "!"},
    {LIT("220 mx.example.com ESMTP\r"), "!"},
};

static void answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf got = {0};
        struct slice input = rows[i].input;
        take_all(&input, &got);
        if (strcmp(buf_str(&got), rows[i].answers) != 0)
            fail_msg("row %zu: got %s", i, buf_str(&got));
    }
}

/* A byte more at a time: nothing is BAD before it is, and nothing comes early. */
static void in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf pieces = {0};
        size_t taken = 0;
        for (size_t end = 1; end <= rows[i].input.len; end++) {
            struct slice left = slice_between(rows[i].input.ptr + taken, rows[i].input.ptr + end);
            CLEANUP_BUF struct buf got = {0};
            take_all(&left, &got);
            taken = end - left.len;
            struct slice said = buf_slice(&got);
            bool bad = slice_ends_with(said, SLICE("!"));
            if (!bad && end < rows[i].input.len && slice_ends_with(said, SLICE("...")))
                said.len -= 3;
            buf_add(&pieces, said);
            if (bad)
                break;
        }
        if (strcmp(buf_str(&pieces), rows[i].answers) != 0)
            fail_msg("row %zu: got %s", i, buf_str(&pieces));
    }
}

/* action= and x, `len` bytes with the end of the answer. */
static enum quota_frame take_long(size_t len, bool ended)
{
    CLEANUP_BUF struct buf text = {0};
    struct quota_answer answer;
    const char *why = NULL;
    buf_add_str(&text, "action=");
    while (text.len < len - (ended ? 2 : 0))
        buf_add_char(&text, 'x');
    buf_add_str(&text, ended ? "\n\n" : "");
    struct slice input = buf_slice(&text);
    return quota_answer_take(&input, &none, &answer, &why);
}

static void endless(void **state)
{
    (void)state;
    assert_int_equal(take_long(QUOTA_ANSWER_MAX, true), QUOTA_FRAME_WHOLE);
    assert_int_equal(take_long(QUOTA_ANSWER_MAX + 1, true), QUOTA_FRAME_BAD);
    assert_int_equal(take_long(QUOTA_ANSWER_MAX - 1, false), QUOTA_FRAME_MORE);
    assert_int_equal(take_long(QUOTA_ANSWER_MAX, false), QUOTA_FRAME_BAD);
    assert_int_equal(take_long((size_t)64 << 10, false), QUOTA_FRAME_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means),   cmocka_unit_test(marks_of_the_operator),
        cmocka_unit_test(answers), cmocka_unit_test(in_pieces),
        cmocka_unit_test(endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
