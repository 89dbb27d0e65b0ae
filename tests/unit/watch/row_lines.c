/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows as lines: the forms of Postfix, read back by the grammar of logs to what the row says; and
 * what no row knows is not made up.
 */
#include "watch/row_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/memory.h"
#include "mail/log_record.h"

#define TEXT(literal) \
    { \
        "" literal, sizeof(literal) - 1 \
    }
#define TIME INT64_C(1772438462100000) /* 2026-03-02T08:01:02.1Z */
#define HEAD "2026-03-02T08:01:02.100000Z relay1 "

static const struct history_row sent = {
    .status = HISTORY_SENT,
    .time_us = TIME,
    .begin_us = TIME - 1500000,
    .text = {[HISTORY_RELAY] = TEXT("relay1"),
             [HISTORY_INSTANCE] = TEXT("postfix"),
             [HISTORY_QUEUE_ID] = TEXT("4F1A2B3C4D"),
             [HISTORY_MESSAGE_ID] = TEXT("m@c.example"),
             [HISTORY_SOURCE] = TEXT("out-a"),
             [HISTORY_SENDER] = TEXT("a@c.example"),
             [HISTORY_LOGIN] = TEXT("ann"),
             [HISTORY_CLIENT_NAME] = TEXT("c.example"),
             [HISTORY_CLIENT_IP] = TEXT("192.0.2.9"),
             [HISTORY_RECIPIENT] = TEXT("u@y.test"),
             [HISTORY_REMOTE_HOST] = TEXT("mx.y.test"),
             [HISTORY_REMOTE_IP] = TEXT("198.51.100.7"),
             [HISTORY_DSN] = TEXT("2.0.0"),
             [HISTORY_REPLY] = TEXT("250 2.0.0 Ok: queued as X")},
    .is_final = true,
    .is_attempt = true,
    .attempt = 1,
    .delay_ms = 1500,
    .delays_ms = {50, 100, 0, 2000},
};

static void own(const struct history_row *row, const struct history_row *before,
                const char *expected)
{
    CLEANUP_BUF struct buf text = {0};
    row_lines_own(row, before, &text);
    assert_string_equal(buf_str(&text), expected);
}

static void begin(const struct history_row *row, const char *expected)
{
    CLEANUP_BUF struct buf text = {0};
    row_lines_begin(row, TIME, &text);
    assert_string_equal(buf_str(&text), expected);
}

static void a_delivery_is_an_agents_line(void **state)
{
    (void)state;
    own(&sent, NULL,
        HEAD "postfix/out-a/smtp[0]: 4F1A2B3C4D: to=<u@y.test>, relay=mx.y.test[198.51.100.7], "
             "delay=1.500, delays=0.050/0.100/0/2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued "
             "as X)\n");
    struct history_row row = sent;
    row.status = HISTORY_DEFERRED;
    row.text[HISTORY_SOURCE] = SLICE("postfix");
    row.text[HISTORY_AGENT] = SLICE("error");
    row.text[HISTORY_REMOTE_HOST] = row.text[HISTORY_REMOTE_IP] = (struct slice){NULL, 0};
    row.text[HISTORY_ORIG_RECIPIENT] = SLICE("alias@y.test");
    own(&row, &sent,
        HEAD "postfix/error[0]: 4F1A2B3C4D: to=<u@y.test>, orig_to=<alias@y.test>, relay=none, "
             "delay=1.500, delays=0.050/0.100/0/2, dsn=2.0.0, status=deferred (250 2.0.0 Ok: "
             "queued as X)\n");
}

static void what_began_it_is_three_lines(void **state)
{
    (void)state;
    begin(&sent, HEAD "postfix/smtpd[0]: 4F1A2B3C4D: client=c.example[192.0.2.9], "
                      "sasl_username=ann\n" HEAD
                      "postfix/cleanup[0]: 4F1A2B3C4D: message-id=<m@c.example>\n" HEAD
                      "postfix/qmgr[0]: 4F1A2B3C4D: from=<a@c.example>, size=0, nrcpt=0 (queue "
                      "active)\n");
    struct history_row message = {
        .kind = HISTORY_MESSAGE, .time_us = TIME, .size = 900, .recipients = 3};
    message.text[HISTORY_QUEUE_ID] = SLICE("4F1A2B3C4D");
    begin(&message, ""); /* the history began in the middle of it: no null sender is made up */
    message.text[HISTORY_MESSAGE_ID] = SLICE("m@c.example");
    begin(&message,
          "2026-03-02T08:01:02.100000Z unknown cleanup[0]: 4F1A2B3C4D: message-id=<m@c.example>\n"
          "2026-03-02T08:01:02.100000Z unknown qmgr[0]: 4F1A2B3C4D: from=<>, size=900, nrcpt=3 "
          "(queue active)\n");
}

static void ends_are_said_once(void **state)
{
    (void)state;
    struct history_row row = sent, message = sent, other = sent;
    row.status = HISTORY_EXPIRED;
    own(&row, NULL,
        HEAD "postfix/qmgr[0]: 4F1A2B3C4D: from=<a@c.example>, status=expired, returned to "
             "sender\n");
    own(&row, &row, "");
    other.begin_us--;
    other.status = HISTORY_EXPIRED;
    own(&row, &other,
        HEAD "postfix/qmgr[0]: 4F1A2B3C4D: from=<a@c.example>, status=expired, returned to "
             "sender\n");
    message.kind = HISTORY_MESSAGE;
    message.status = HISTORY_OTHER;
    own(&message, &row, HEAD "postfix/qmgr[0]: 4F1A2B3C4D: removed\n");
    row.status = HISTORY_DISCARDED;
    own(&row, NULL, HEAD "postfix/postsuper[0]: 4F1A2B3C4D: removed\n");
    own(&message, &row, "");
    row.attempt = 0;
    own(&row, NULL,
        HEAD "postfix/cleanup[0]: 4F1A2B3C4D: discard: queue from unknown[192.0.2.9]: by a rule or "
             "by postsuper -d; from=<a@c.example>\n");
    own(&message, &row, HEAD "postfix/qmgr[0]: 4F1A2B3C4D: removed\n");
    row.status = HISTORY_LOST;
    own(&row, NULL, "");
    row.status = HISTORY_OTHER;
    own(&row, NULL, "");
}

static void is_field(const struct log_record *record, enum log_field field, struct slice expected)
{
    assert_true(slice_eq(log_record_get(record, field), expected));
}

/* Addresses and replies are chosen by strangers. */
static void hostile_texts_stay_one_line(void **state)
{
    (void)state;
    static const struct slice texts[] = {
        TEXT("\"a>, relay=none, status=sent (\"@y.test"),
        TEXT("\"q r\"@y.test"),
        TEXT("\xff\xfe@y.test"),
        TEXT("x) status=bounced (550 y"),
    };
    struct log_parser *parser = log_parser_new(0, NULL, NULL);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct history_row row = sent;
        struct log_record record;
        bool address = slice_ends_with(texts[i], SLICE("y.test"));
        row.text[address ? HISTORY_RECIPIENT : HISTORY_REPLY] = texts[i];
        row_lines_own(&row, NULL, &text);
        log_record_parse(parser, slice_first(buf_slice(&text), text.len - 1), &record);
        assert_int_equal(record.kind, LOG_KIND_DELIVERY);
        assert_false(record.cut);
        assert_int_equal(record.line.time_us, TIME);
        is_field(&record, LOG_FIELD_TO, row.text[HISTORY_RECIPIENT]);
        is_field(&record, LOG_FIELD_STATUS, SLICE("sent"));
        is_field(&record, LOG_FIELD_REASON, row.text[HISTORY_REPLY]);
        is_field(&record, LOG_FIELD_RELAY_IP, row.text[HISTORY_REMOTE_IP]);
    }
    log_parser_free(parser);
}

static void newlines_of_a_damaged_file_make_no_line(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct history_row row = sent;
    row.text[HISTORY_REPLY] = SLICE("a\nb\0c");
    row_lines_own(&row, NULL, &text);
    assert_ptr_equal(slice_find_char(buf_slice(&text), '\n'), text.ptr + text.len - 1);
    assert_null(slice_find_char(buf_slice(&text), '\0'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivery_is_an_agents_line),
        cmocka_unit_test(what_began_it_is_three_lines),
        cmocka_unit_test(ends_are_said_once),
        cmocka_unit_test(hostile_texts_stay_one_line),
        cmocka_unit_test(newlines_of_a_damaged_file_make_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
