/* SPDX-License-Identifier: Apache-2.0
 *
 * Which lines tell of a full mailbox of ours, and since when it is full. The lines are those of
 * Postfix 3.7; X.2.2 is RFC 3463's "mailbox full".
 */
#include "watch/full_mailboxes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/memory.h"

#define AT_RCPT(code, to) \
    "smtpd[9]: NOQUEUE: reject: RCPT from a.example[192.0.2.7]: " code " <" to ">: Recipient " \
    "address rejected: over; from=<x@y.example> to=<" to "> proto=ESMTP helo=<a.example>"
#define AT_END(code, to) \
    "smtpd[9]: 4ABCDEF12345: reject: END-OF-MESSAGE from a.example[192.0.2.7]: " code \
    " <END-OF-MESSAGE>: End-of-data rejected: over; from=<x@y.example>" to \
    " proto=ESMTP helo=<a.example>"
#define DELIVERED(to, dsn, status) \
    "lmtp[8]: 4ABCDEF12346: to=<" to ">, relay=mb.example[192.0.2.9]:24, delay=1, " \
    "delays=0/0/0/1, dsn=" dsn ", status=" status " (host mb.example[192.0.2.9] said: x)"

struct bench {
    struct full_mailboxes *mailboxes;
    struct log_parser *parser;
    struct arena *arena;
    struct log_record record; /* of the last line */
    struct buf line;
    struct summary_full seen;
};

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    bench->mailboxes = full_mailboxes_new();
    bench->parser = log_parser_new(2026, NULL, NULL);
    bench->arena = arena_new(4096);
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    full_mailboxes_free(bench->mailboxes);
    log_parser_free(bench->parser);
    arena_free(bench->arena);
    buf_done(&bench->line);
    mem_free(bench);
    return 0;
}

static void take(struct bench *bench, int64_t time_us, const char *text)
{
    buf_clear(&bench->line);
    buf_addf(&bench->line, "2026-03-02T08:01:02+09:00 mx1 postfix/%s", text);
    log_record_parse(bench->parser, buf_slice(&bench->line), &bench->record);
    full_mailboxes_take(bench->mailboxes, &bench->record, time_us, true);
}

static int64_t since(struct bench *bench, int64_t time_us)
{
    return full_mailboxes_since(bench->mailboxes, &bench->record, time_us);
}

static const struct summary_full *look(struct bench *bench, size_t most)
{
    full_mailboxes_write(bench->mailboxes, most, bench->arena, &bench->seen);
    return &bench->seen;
}

static void signs_by_line(void **state)
{
    static const struct {
        const char *line;
        int sign; /* -1: none */
    } rows[] = {
        {AT_RCPT("552 5.2.2", "t@jp.test"), SUMMARY_FULL_REFUSED_RCPT},
        {AT_RCPT("452 4.2.2", "t@jp.test"), SUMMARY_FULL_REFUSED_RCPT},
        {AT_RCPT("550 5.1.1", "t@jp.test"), -1},
        {AT_RCPT("552 5.3.4", "t@jp.test"), -1},
        {AT_END("552 5.2.2", " to=<t@jp.test>"), SUMMARY_FULL_REFUSED_END},
        {AT_END("552 5.2.2", ""), SUMMARY_FULL_REFUSED_END},
        {DELIVERED("t@jp.test", "5.2.2", "bounced"), SUMMARY_FULL_BOUNCED},
        {DELIVERED("t@jp.test", "4.2.2", "deferred"), SUMMARY_FULL_DEFERRED},
        {DELIVERED("t@jp.test", "5.2.2", "SOFTBOUNCE"), SUMMARY_FULL_DEFERRED},
        {DELIVERED("t@jp.test", "5.1.1", "bounced"), -1},
        {DELIVERED("t@jp.test", "2.0.0", "sent"), -1},
        {DELIVERED("t@jp.test", "5.2.2", "undeliverable"), -1}, /* a probe */
        {"qmgr[7]: 4ABCDEF12346: removed", -1},
    };
    struct bench *bench = *state;
    uint64_t expected[SUMMARY_FULL_SIGNS] = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        take(bench, (int64_t)i, rows[i].line);
        if (rows[i].sign >= 0)
            expected[rows[i].sign]++;
        assert_memory_equal(look(bench, 5)->sums, expected, sizeof(expected));
    }
    assert_int_equal(look(bench, 5)->distinct, 1);
}

static void case_and_order(void **state)
{
    struct bench *bench = *state;
    take(bench, 1, AT_RCPT("552 5.2.2", "Taro@JP.test"));
    take(bench, 2, AT_RCPT("552 5.2.2", "jiro@jp.test"));
    take(bench, 3, AT_RCPT("552 5.2.2", "jiro@jp.test"));
    take(bench, 4, AT_END("552 5.2.2", " to=<taro@jp.test>"));
    take(bench, 5, AT_RCPT("552 5.2.2", "jiro@jp.test"));
    take(bench, 6, AT_RCPT("552 5.2.2", "hana@jp.test"));
    const struct summary_full *full = look(bench, 2);
    assert_int_equal(full->distinct, 3);
    assert_int_equal(full->count, 2);
    assert_true(slice_eq(full->rows[0].address, SLICE("jiro@jp.test")));
    assert_true(slice_eq(full->rows[1].address, SLICE("Taro@JP.test")));
    assert_int_equal(full->rows[1].counts[SUMMARY_FULL_REFUSED_RCPT], 1);
    assert_int_equal(full->rows[1].counts[SUMMARY_FULL_REFUSED_END], 1);
    assert_int_equal(full->rows[1].since_us, 1);
    assert_int_equal(full->rows[1].last_us, 4);
}

static void full_until_something_was_delivered(void **state)
{
    struct bench *bench = *state;
    take(bench, 10, AT_RCPT("552 5.2.2", "t@jp.test"));
    assert_int_equal(since(bench, 10), STAMP_NONE); /* the first to say so */
    take(bench, 20, DELIVERED("t@jp.test", "5.2.2", "bounced"));
    assert_int_equal(since(bench, 20), 10);
    take(bench, 25, DELIVERED("other@jp.test", "2.0.0", "sent"));
    take(bench, 26, AT_RCPT("550 5.1.1", "t@jp.test"));
    assert_int_equal(since(bench, 26), STAMP_NONE); /* refused for another reason */
    take(bench, 30, DELIVERED("T@jp.test", "2.0.0", "sent"));
    assert_int_equal(look(bench, 1)->rows[0].since_us, STAMP_NONE);
    take(bench, 40, AT_RCPT("552 5.2.2", "t@jp.test"));
    take(bench, 50, AT_RCPT("552 5.2.2", "t@jp.test"));
    assert_int_equal(since(bench, 50), 40);
    assert_int_equal(since(bench, 20), STAMP_NONE); /* it had room in between */
}

/* What is before the window says since when, and is not counted. */
static void outside_the_window(void **state)
{
    struct bench *bench = *state;
    take(bench, 10, "qmgr[7]: 4ABCDEF12346: removed");
    buf_clear(&bench->line);
    buf_addf(&bench->line, "2026-03-02T08:01:02+09:00 mx1 postfix/%s",
             AT_RCPT("552 5.2.2", "t@jp.test"));
    log_record_parse(bench->parser, buf_slice(&bench->line), &bench->record);
    full_mailboxes_take(bench->mailboxes, &bench->record, 5, false);
    assert_int_equal(look(bench, 1)->distinct, 0);
    take(bench, 20, AT_RCPT("552 5.2.2", "t@jp.test"));
    assert_int_equal(since(bench, 20), 5);
    assert_int_equal(look(bench, 1)->distinct, 1);
    assert_int_equal(look(bench, 1)->sums[SUMMARY_FULL_REFUSED_RCPT], 1);
}

/* A flood of invented recipients costs bounded room, and the sums stay right. */
static void bounded(void **state)
{
    struct bench *bench = *state;
    enum { MANY = 70000 };
    for (int i = 0; i < MANY; i++) {
        buf_clear(&bench->line);
        buf_addf(&bench->line,
                 "2026-03-02T08:01:02+09:00 mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from "
                 "a.example[192.0.2.7]: 552 5.2.2 <n%d@jp.test>: over; from=<> to=<n%d@jp.test> "
                 "proto=ESMTP helo=<a>",
                 i, i);
        log_record_parse(bench->parser, buf_slice(&bench->line), &bench->record);
        full_mailboxes_take(bench->mailboxes, &bench->record, i, true);
    }
    const struct summary_full *full = look(bench, 10);
    assert_int_equal(full->sums[SUMMARY_FULL_REFUSED_RCPT], MANY);
    assert_int_equal(full->distinct, 65536);
    assert_int_equal(full->count, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(signs_by_line, begin, end),
        cmocka_unit_test_setup_teardown(case_and_order, begin, end),
        cmocka_unit_test_setup_teardown(full_until_something_was_delivered, begin, end),
        cmocka_unit_test_setup_teardown(outside_the_window, begin, end),
        cmocka_unit_test_setup_teardown(bounded, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
