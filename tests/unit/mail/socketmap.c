/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions as Postfix writes them, and as nobody should; wherever the reads end the same come out.
 */
#include "mail/socketmap.h"

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

/* `[table|key]` for each question, `!` for nonsense, `...` when more must come. */
static void take_all(struct slice *input, struct buf *got)
{
    struct socketmap_question question;
    enum socketmap_frame frame;
    while ((frame = socketmap_take(input, &question)) == SOCKETMAP_QUESTION)
        buf_addf(got, "[%.*s|%.*s]", SLICE_ARG(question.table), SLICE_ARG(question.key));
    buf_add_str(got, frame == SOCKETMAP_BAD ? "!" : input->len > 0 ? "..." : "");
}

static const struct {
    struct slice input;
    const char *questions;
} rows[] = {
    {LIT("20:transport u1@p2.test,"), "[transport|u1@p2.test]"},
    {LIT("11:transport *,11:transport *,"), "[transport|*][transport|*]"},
    {LIT("32:transport \"some one\"@example.com,"), "[transport|\"some one\"@example.com]"},
    {LIT("9:transport,"), "[transport|]"},
    {LIT("10:transport ,"), "[transport|]"},
    {LIT("4: a@b,"), "[|a@b]"},
    {LIT("0:,"), "[|]"},
    {LIT("5:a b,c,"), "[a|b,c]"},
    {LIT("3:a b;"), "!"},
    {LIT(""), ""},
    {LIT("1"), "..."},
    {LIT("10000"), "..."},
    {LIT("10000:x"), "..."},
    {LIT("3:a b"), "..."},
    {LIT("3:a b,3:"), "[a|b]..."},
    {LIT("3:a b,GET / HTTP/1.1\r\n"), "[a|b]!"},
    {LIT("10001"), "!"},
    {LIT("99999:"), "!"},
    {LIT("100000:"), "!"},
    {LIT("01:a,"), "!"},
    {LIT("00:,"), "!"},
    {LIT(":,"), "!"},
    {LIT("-1:a,"), "!"},
    {LIT(" 1:a,"), "!"},
    {LIT("1 :a,"), "!"},
    {LIT("\n"), "!"},
};

static void questions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf got = {0};
        struct slice input = rows[i].input;
        take_all(&input, &got);
        if (strcmp(buf_str(&got), rows[i].questions) != 0)
            fail_msg("%.*s: got %s", SLICE_ARG(rows[i].input), buf_str(&got));
    }
}

/* A byte more at a time: nothing is BAD before it is, and nothing comes early. */
static void in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf whole = {0}, pieces = {0};
        struct slice input = rows[i].input;
        size_t taken = 0;
        take_all(&input, &whole);
        for (size_t end = 1; end <= rows[i].input.len; end++) {
            struct slice left = slice_between(rows[i].input.ptr + taken, rows[i].input.ptr + end);
            CLEANUP_BUF struct buf got = {0};
            take_all(&left, &got);
            assert_true(left.len <= SOCKETMAP_INPUT_MAX);
            taken = end - left.len;
            struct slice said = buf_slice(&got);
            bool last = end == rows[i].input.len || slice_ends_with(said, SLICE("!"));
            if (!last && slice_ends_with(said, SLICE("...")))
                said.len -= 3;
            buf_add(&pieces, said);
            if (last)
                break;
        }
        assert_string_equal(buf_str(&pieces), buf_str(&whole));
    }
}

static void the_longest_question(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct socketmap_question question;
    buf_addf(&text, "%d:t ", SOCKETMAP_QUESTION_MAX);
    memset(buf_reserve(&text, SOCKETMAP_QUESTION_MAX), 'x', SOCKETMAP_QUESTION_MAX);
    text.len += SOCKETMAP_QUESTION_MAX - 2;
    struct slice input = buf_slice(&text);
    assert_int_equal(socketmap_take(&input, &question), SOCKETMAP_MORE);
    assert_true(input.len <= SOCKETMAP_INPUT_MAX);
    buf_add_char(&text, ',');
    input = buf_slice(&text);
    assert_int_equal(socketmap_take(&input, &question), SOCKETMAP_QUESTION);
    assert_int_equal(question.key.len, SOCKETMAP_QUESTION_MAX - 2);
    assert_int_equal(input.len, 0);
}

static void answers(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf got = {0}, longest = {0};
    socketmap_answer(SLICE("out-b:"), &got);
    socketmap_answer(SLICE(""), &got);
    socketmap_answer(SLICE("retry:4.7.1 held"), &got);
    assert_string_equal(buf_str(&got), "9:OK out-b:,9:NOTFOUND ,19:OK retry:4.7.1 held,");
    memset(buf_reserve(&longest, SOCKETMAP_ANSWER_MAX), 'x', SOCKETMAP_ANSWER_MAX);
    longest.len = SOCKETMAP_ANSWER_MAX - 3;
    buf_clear(&got);
    socketmap_answer(buf_slice(&longest), &got);
    assert_true(slice_starts_with(buf_slice(&got), SLICE("100000:OK xxx")));
    longest.len++;
    buf_clear(&got);
    socketmap_answer(buf_slice(&longest), &got);
    assert_string_equal(buf_str(&got), "9:NOTFOUND ,");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions),
        cmocka_unit_test(in_pieces),
        cmocka_unit_test(the_longest_question),
        cmocka_unit_test(answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
