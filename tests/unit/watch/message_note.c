/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered of messages: what was said first, bounded, and given back when they end.
 */
#include "watch/message_note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "2026-03-01T22:00:00+00:00 relay1 "

static struct message_notes *notes;
static struct log_parser *parser;

static int enter(void **state)
{
    (void)state;
    notes = message_notes_new();
    parser = log_parser_new(2026, NULL, NULL);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    message_notes_free(notes);
    log_parser_free(parser);
    return 0;
}

static uint32_t take(uint32_t number, const char *line)
{
    struct log_record record;
    log_record_parse(parser, slice_from_str(line), &record);
    return message_notes_take(notes, number, &record);
}

static void check(uint32_t number, enum note_text text, const char *expected)
{
    struct slice found = message_note_text(message_notes_get(notes, number), text);
    assert_int_equal(found.len, strlen(expected));
    assert_true(slice_eq(found, slice_from_str(expected)));
}

static void what_was_said_first_stays(void **state)
{
    (void)state;
    uint32_t one = take(0, HEAD "postfix/smtpd[1]: ABC123: client=c.example[192.0.2.9]");
    assert_int_not_equal(one, 0);
    assert_int_equal(take(one, HEAD "postfix/cleanup[2]: ABC123: message-id=<m@c.example>"), one);
    assert_int_equal(take(one, HEAD "postfix/qmgr[3]: ABC123: from=<a@c.example>, size=900, "
                                    "nrcpt=1 (queue active)"),
                     one);
    take(one, HEAD "postfix/qmgr[3]: ABC123: from=<b@c.example>, size=900, nrcpt=1 (queue active)");
    check(one, NOTE_QUEUE_ID, "ABC123");
    check(one, NOTE_CLIENT_NAME, "c.example");
    check(one, NOTE_CLIENT_IP, "192.0.2.9");
    check(one, NOTE_MESSAGE_ID, "m@c.example");
    check(one, NOTE_SENDER, "a@c.example");
    assert_int_equal(message_note_size(message_notes_get(notes, one)), 900);
}

static void number_0_is_empty_and_stays_so(void **state)
{
    (void)state;
    message_notes_wait(notes, 0, 7, SLICE("a@b.example"));
    message_notes_drop(notes, 0);
    for (enum note_text text = 0; text < NOTE_TEXTS; text++)
        check(0, text, "");
    assert_int_equal(message_notes_waiting(notes, 0, 7).len, 0);
    assert_int_equal(message_note_size(message_notes_get(notes, 0)), 0);
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    char line[3000], id[2000];
    memset(id, 'x', sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    snprintf(line, sizeof(line), HEAD "postfix/cleanup[2]: ABC123: message-id=<%s@c.example>", id);
    uint32_t one = take(0, line);
    assert_int_equal(message_note_text(message_notes_get(notes, one), NOTE_MESSAGE_ID).len,
                     NOTE_TEXT_MAX);
}

static void brackets_go_only_in_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *line, *id;
    } cases[] = {
        {HEAD "postfix/cleanup[2]: ABC121: message-id=<>", ""},
        {HEAD "postfix/cleanup[2]: ABC123: message-id=a@b", "a@b"},
        {HEAD "postfix/cleanup[2]: ABC124: message-id=<a@b", "<a@b"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(take(0, cases[i].line), NOTE_MESSAGE_ID, cases[i].id);
}

static void waiting_recipients_are_bounded(void **state)
{
    (void)state;
    uint32_t one = take(0, HEAD "postfix/smtpd[1]: ABC123: client=c.example[192.0.2.9]");
    char address[32];
    for (uint64_t i = 1; i <= NOTE_WAITING_MAX + 10; i++) {
        snprintf(address, sizeof(address), "u%llu@d.example", (unsigned long long)i);
        message_notes_wait(notes, one, i, slice_from_str(address));
        message_notes_wait(notes, one, i, SLICE("again"));
    }
    assert_true(slice_eq(message_notes_waiting(notes, one, 1), SLICE("u1@d.example")));
    snprintf(address, sizeof(address), "u%d@d.example", NOTE_WAITING_MAX);
    assert_true(
        slice_eq(message_notes_waiting(notes, one, NOTE_WAITING_MAX), slice_from_str(address)));
    assert_int_equal(message_notes_waiting(notes, one, NOTE_WAITING_MAX + 1).len, 0);
}

static void a_number_is_given_again_empty(void **state)
{
    (void)state;
    const char *line = HEAD "postfix/smtpd[1]: ABC123: client=c.example[192.0.2.9]";
    uint32_t numbers[200];
    for (size_t i = 0; i < 200; i++)
        numbers[i] = take(0, line);
    message_notes_wait(notes, numbers[50], 7, SLICE("a@b.example"));
    message_notes_drop(notes, numbers[50]);
    message_notes_drop(notes, numbers[9]);
    uint32_t one = take(0, HEAD "postfix/qmgr[3]: DEF456: removed");
    uint32_t two = take(0, HEAD "postfix/qmgr[3]: DEF456: removed");
    assert_int_equal(one, numbers[9]);
    assert_int_equal(two, numbers[50]);
    check(two, NOTE_CLIENT_IP, "");
    check(two, NOTE_QUEUE_ID, "DEF456");
    assert_int_equal(message_notes_waiting(notes, two, 7).len, 0);
    check(numbers[199], NOTE_CLIENT_IP, "192.0.2.9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_said_first_stays, enter, leave),
        cmocka_unit_test_setup_teardown(number_0_is_empty_and_stays_so, enter, leave),
        cmocka_unit_test_setup_teardown(a_long_text_is_cut, enter, leave),
        cmocka_unit_test_setup_teardown(brackets_go_only_in_pairs, enter, leave),
        cmocka_unit_test_setup_teardown(waiting_recipients_are_bounded, enter, leave),
        cmocka_unit_test_setup_teardown(a_number_is_given_again_empty, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
