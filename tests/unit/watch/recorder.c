/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines in, rows of the history out: a delivery when its line comes, a message when it has ended,
 * nothing while muted. Rows are read back from a history, as others see them.
 */
#include "watch/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "watch/record_bench.h"

#define QMGR "postfix/qmgr"
#define OUT "postfix/out-a/smtp"
#define MX "mx1.y.test[192.0.2.9]:25"

static void begin_message(void)
{
    line(0, "postfix/smtpd",
         "ABC123: client=c.example[192.0.2.7], sasl_method=PLAIN, "
         "sasl_username=ann");
    line(0, "postfix/cleanup", "ABC123: message-id=<m@c.example>");
    line(1, QMGR, "ABC123: from=<a@c.example>, size=900, nrcpt=1 (queue active)");
}

#define SENT \
    "ABC123: to=<u@y.test>, relay=" MX ", delay=1.5, delays=0.05/0.1/0.2/1.15, dsn=2.0.0, " \
    "status=sent (250 2.0.0 Ok: queued as X)"
#define DEFERRED \
    "ABC123: to=<u@y.test>, relay=" MX ", delay=1.5, delays=0.1/0/0.2/1.2, dsn=4.7.1, " \
    "status=deferred (host mx1.y.test[192.0.2.9] said: 450 4.7.1 try later (in reply to RCPT " \
    "TO command))"

struct found {
    struct buf words;
    void (*check)(const struct history_row *row); /* NULL: none */
};

static void take_row(void *data, const struct history_row *row)
{
    static const char *const words[] = {"sent",  "deferred",  "bounced", "expired",
                                        "other", "discarded", "lost"};
    struct found *found = data;
    buf_addf(&found->words, "%s%s%s", found->words.len > 0 ? " " : "",
             row->kind == HISTORY_MESSAGE ? "message:" : "", words[row->status]);
    if (found->check != NULL)
        found->check(row);
}

/* What was recorded, one word a row; checks each row with `check`. */
static void check_rows(const char *expected, void (*check)(const struct history_row *row))
{
    struct found found = {.check = check};
    record_bench_rows(take_row, &found);
    assert_string_equal(buf_str(&found.words), expected);
    buf_done(&found.words);
}

static void is(const struct history_row *row, enum history_text text, const char *expected)
{
    char found[1024];
    snprintf(found, sizeof(found), "%.*s", (int)row->text[text].len, row->text[text].ptr);
    assert_string_equal(found, expected);
}

static void check_life(const struct history_row *row)
{
    is(row, HISTORY_RELAY, "relay1");
    is(row, HISTORY_QUEUE_ID, "ABC123");
    is(row, HISTORY_MESSAGE_ID, "m@c.example");
    is(row, HISTORY_SENDER, "a@c.example");
    is(row, HISTORY_LOGIN, "ann");
    is(row, HISTORY_CLIENT_NAME, "c.example");
    is(row, HISTORY_CLIENT_IP, "192.0.2.7");
    assert_true(row->is_final);
    if (row->kind == HISTORY_MESSAGE) {
        assert_int_equal(row->size, 900);
        assert_int_equal(row->recipients, 1);
        return;
    }
    is(row, HISTORY_RECIPIENT, "u@y.test");
    is(row, HISTORY_SOURCE, "out-a");
    is(row, HISTORY_REMOTE_HOST, "mx1.y.test");
    is(row, HISTORY_REMOTE_IP, "192.0.2.9");
    is(row, HISTORY_DSN, "2.0.0");
    assert_int_equal(row->attempt, 1);
    assert_int_equal(row->delay_ms, 1500);
    static const uint32_t delays[4] = {50, 100, 200, 1150};
    assert_memory_equal(row->delays_ms, delays, sizeof(delays));
    assert_int_equal(row->time_us, BEGIN + 2000000);
}

static void a_life_is_a_delivery_and_a_message(void **state)
{
    (void)state;
    begin_message();
    line(2, OUT, SENT);
    line(2, QMGR, "ABC123: removed");
    line(1000, QMGR, "DEF456: removed"); /* the time of late lines is over */
    check_rows("sent message:other", check_life);
}

static void check_attempts(const struct history_row *row)
{
    static uint32_t attempt;
    if (row->kind == HISTORY_MESSAGE)
        return;
    assert_int_equal(row->attempt, ++attempt);
    assert_int_equal(row->is_final, attempt == 3);
    assert_true(row->is_attempt);
}

static void attempts_are_numbered(void **state)
{
    (void)state;
    begin_message();
    line(2, OUT, DEFERRED);
    line(300, OUT, DEFERRED);
    line(900, OUT, SENT);
    line(900, QMGR, "ABC123: removed");
    check_rows("deferred deferred sent", check_attempts);
}

static void check_expired(const struct history_row *row)
{
    if (row->status == HISTORY_EXPIRED) {
        is(row, HISTORY_RECIPIENT, "u@y.test");
        is(row, HISTORY_SOURCE, "out-a");
        assert_true(row->is_final);
    }
}

static void who_expired_is_remembered(void **state)
{
    (void)state;
    begin_message();
    line(2, OUT, DEFERRED);
    line(500000, QMGR, "ABC123: from=<a@c.example>, status=expired, returned to sender");
    line(500001, QMGR, "ABC123: removed");
    line(501000, QMGR, "DEF456: removed");
    check_rows("deferred expired message:other", check_expired);
}

static void check_agent(const struct history_row *row)
{
    if (row->status == HISTORY_DISCARDED || row->status == HISTORY_LOST)
        assert_true(row->is_final);
    else if (row->kind == HISTORY_DELIVERY)
        is(row, HISTORY_AGENT, "error");
}

static void who_gave_up_and_how_it_ended(void **state)
{
    (void)state;
    begin_message();
    line(2, "postfix/error",
         "ABC123: to=<u@y.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred "
         "(delivery temporarily suspended: connect to mx1.y.test[192.0.2.9]:25: refused)");
    line(3, "postfix/postsuper", "ABC123: removed");
    line(1000, QMGR, "DEF456: from=<a@c.example>, size=1, nrcpt=1 (queue active)");
    line(1001, "postfix/error",
         "DEF456: to=<u@y.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred "
         "(delivery temporarily suspended: connect to mx1.y.test[192.0.2.9]:25: refused)");
    line(1002, QMGR, "DEF456: removed");
    line(2000, QMGR, "GHI789: removed");
    check_rows("deferred discarded message:other deferred lost message:other", check_agent);
}

/* Muted lines leave no row, and what they say is known later. */
static void muted_lines_are_known(void **state)
{
    (void)state;
    record_bench_write(false);
    begin_message();
    line(1, OUT, DEFERRED);
    record_bench_write(true);
    line(2, OUT, SENT);
    line(2, QMGR, "ABC123: removed");
    record_bench_write(false);
    line(1000, QMGR, "DEF456: removed");
    check_rows("sent", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECORD_TEST(a_life_is_a_delivery_and_a_message),
        RECORD_TEST(attempts_are_numbered),
        RECORD_TEST(who_expired_is_remembered),
        RECORD_TEST(who_gave_up_and_how_it_ended),
        RECORD_TEST(muted_lines_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
