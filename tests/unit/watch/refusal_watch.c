/* SPDX-License-Identifier: Apache-2.0
 *
 * Which messages Postfix did not take in the end, by its own lines (Postfix 3.7.11).
 */
#include "watch/refusal_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/memory.h"

#define FROM " from unknown[192.0.2.7]"
#define WORDS "; from=<x@jp.test> to=<y@g.example> proto=ESMTP helo=<x>"
#define BORN "smtpd[10]: 4F1A01: client=unknown[192.0.2.7], sasl_method=PLAIN, sasl_username=Taro"

struct bench {
    struct refusal_watch *watch;
    struct log_parser *parser;
    struct refusal told;
};

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    bench->watch = refusal_watch_new();
    bench->parser = log_parser_new(2026, NULL, NULL);
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    refusal_watch_free(bench->watch);
    log_parser_free(bench->parser);
    mem_free(bench);
    return 0;
}

static bool take_of(struct bench *bench, const char *host, const char *line)
{
    CLEANUP_BUF struct buf text = {0};
    struct log_record record;
    buf_addf(&text, "2026-03-02T08:01:02+09:00 %s postfix/%s", host, line);
    log_record_parse(bench->parser, buf_slice(&text), &record);
    return refusal_watch_take(bench->watch, &record, &bench->told);
}

static bool take(struct bench *bench, const char *line)
{
    return take_of(bench, "relay1", line);
}

static void by_one_line(void **state)
{
    static const struct {
        const char *line;
        bool refused;
    } cases[] = {
        {"smtpd[10]: 4F1A01: reject: END-OF-MESSAGE" FROM ": 554 5.7.1 no" WORDS, true},
        {"smtpd[10]: 4F1A01: reject: DATA" FROM ": 450 4.7.1 later" WORDS, true},
        {"smtpd[10]: 4F1A01: reject: BDAT" FROM ": 450 4.7.1 later" WORDS, true},
        {"smtpd[10]: 4F1A01: milter-reject: DATA" FROM ": 451 4.7.1 later" WORDS, true},
        {"cleanup[11]: 4F1A01: milter-reject: END-OF-MESSAGE" FROM ": 5.7.1 spam" WORDS, true},
        {"cleanup[11]: 4F1A01: reject: header Subject: x" FROM WORDS ": 5.7.1 no", true},
        {"cleanup[11]: 4F1A01: reject: body buy now" FROM WORDS ": 5.7.1 no", true},
        {"cleanup[11]: warning: 4F1A01: queue file size limit exceeded", true},
        {"smtpd[10]: warning: 4F1A01: queue file size limit exceeded", true},
        {"cleanup[11]: warning: 4F1A01: write queue file: No space left on device", true},
        {"cleanup[11]: warning: 4F1A01: message rejected: hopcount exceeded", true},
        {"smtpd[10]: lost connection after DATA (812 bytes)" FROM, true},
        {"smtpd[10]: timeout after DATA (0 bytes)" FROM, true},
        {"smtpd[10]: lost connection after BDAT (4 bytes)" FROM, true},

        {"smtpd[10]: 4F1A01: reject: RCPT" FROM ": 550 5.1.1 no such user" WORDS, false},
        {"smtpd[10]: 4F1A01: reject_warning: DATA" FROM ": 450 4.7.1 later" WORDS, false},
        {"smtpd[10]: 4F1A01: hold: END-OF-MESSAGE" FROM ": held" WORDS, false},
        {"smtpd[10]: 4F1A01: discard: END-OF-MESSAGE" FROM ": dropped" WORDS, false},
        {"cleanup[11]: 4F1A01: warning: header Subject: x" FROM WORDS ": hm", false},
        {"cleanup[11]: 4F1A01: discard: header Subject: x" FROM WORDS ": hm", false},
        {"cleanup[11]: 4F1A01: milter-discard: END-OF-MESSAGE" FROM ": hm" WORDS, false},
        {"cleanup[11]: 4F1A01: message-id=<queue file size limit exceeded>", false},
        {"smtp[12]: warning: 4F1A01: write queue file: of another program", false},
        {"smtpd[10]: lost connection after DATA" FROM, false},
        {"smtpd[10]: lost connection after RCPT" FROM, false},
        {"smtpd[13]: lost connection after DATA (812 bytes)" FROM, false},
        {"submission/smtpd[10]: lost connection after DATA (812 bytes)" FROM, false},
        {"smtpd[10]: 4F1A02: reject: END-OF-MESSAGE" FROM ": 554 5.7.1 no" WORDS, false},
        {"smtpd[10]: NOQUEUE: reject: DATA" FROM ": 554 5.7.1 no" WORDS, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *bench;
        begin((void **)&bench);
        assert_false(take(bench, BORN));
        if (take(bench, cases[i].line) != cases[i].refused)
            fail_msg("%s", cases[i].line);
        if (cases[i].refused) {
            assert_true(slice_eq(bench->told.queue_id, SLICE("4F1A01")));
            assert_true(slice_eq(bench->told.login, SLICE("Taro")));
            assert_false(take(bench, cases[i].line)); /* once */
        }
        end((void **)&bench);
    }
    (void)state;
}

#define REFUSED "cleanup[11]: 4F1A01: reject: header Subject: x" FROM WORDS ": 5.7.1 no"
#define LOST "smtpd[10]: lost connection after DATA (812 bytes)" FROM

static void only_with_a_login(void **state)
{
    struct bench *bench = *state;
    assert_false(take(bench, "smtpd[10]: 4F1A01: client=unknown[192.0.2.7]"));
    assert_false(take(bench, REFUSED));
    assert_false(take(bench, LOST));
}

static void of_its_own_host(void **state)
{
    struct bench *bench = *state;
    assert_false(take(bench, BORN));
    assert_false(take_of(bench, "relay2", REFUSED));
    assert_false(take_of(bench, "relay2", LOST));
    assert_true(take(bench, REFUSED));
}

/* The queue manager has it: what is said of its id later is of something else. */
static void not_when_taken(void **state)
{
    struct bench *bench = *state;
    assert_false(take(bench, BORN));
    assert_false(take(bench, "qmgr[9]: 4F1A01: from=<x@jp.test>, size=1, nrcpt=1 (queue active)"));
    assert_false(take(bench, LOST));
    assert_false(take(bench, REFUSED));
}

/* The message before, whose line of the queue manager is late, is not the one that was lost. */
static void the_last_of_a_process(void **state)
{
    struct bench *bench = *state;
    assert_false(take(bench, BORN));
    assert_false(take(bench, "smtpd[10]: 4F1A02: client=unknown[192.0.2.7]"));
    assert_false(take(bench, LOST));
    assert_false(take(bench, "smtpd[10]: 4F1A03: client=a[192.0.2.7], sasl_username=jiro"));
    assert_false(take(bench, "smtpd[10]: NOQUEUE: client=a[192.0.2.7], sasl_username=jiro"));
    assert_false(take(bench, LOST));
    assert_false(take(bench, "smtpd[10]: 4F1A04: client=a[192.0.2.7], sasl_username=hana"));
    assert_true(take(bench, LOST));
    assert_true(slice_eq(bench->told.queue_id, SLICE("4F1A04")));
    assert_true(take(bench, REFUSED)); /* what has a name is told all the same */
}

static void an_id_that_is_used_again(void **state)
{
    struct bench *bench = *state;
    assert_false(take(bench, BORN));
    assert_false(take(bench, "smtpd[14]: 4F1A01: client=a[192.0.2.7], sasl_username=jiro"));
    assert_true(take(bench, REFUSED));
    assert_true(slice_eq(bench->told.login, SLICE("jiro")));
    assert_false(take(bench, LOST)); /* Taro's is gone */
}

static void bounded(void **state)
{
    struct bench *bench = *state;
    CLEANUP_BUF struct buf line = {0};
    for (int i = 0; i < 3 * REFUSAL_OPEN_MAX; i++) {
        buf_clear(&line);
        buf_addf(&line, "smtpd[%d]: %06X: client=a[192.0.2.7], sasl_username=u%d", i % 90,
                 (unsigned)i, i);
        assert_false(take(bench, buf_str(&line)));
    }
    for (int i = 3 * REFUSAL_OPEN_MAX - 1; i >= 0; i -= 97) {
        buf_clear(&line);
        buf_addf(&line, "cleanup[1]: warning: %06X: write queue file: x", (unsigned)i);
        assert_int_equal(take(bench, buf_str(&line)), i >= 2 * REFUSAL_OPEN_MAX);
    }
    buf_clear(&line); /* a login that is longer than any */
    buf_addf(&line, "smtpd[1]: 4F1A09: client=a[192.0.2.7], sasl_username=%0*d",
             REFUSAL_NAME_MAX + 1, 0);
    assert_false(take(bench, buf_str(&line)));
    assert_false(take(bench, "cleanup[1]: warning: 4F1A09: write queue file: x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_one_line),
        cmocka_unit_test_setup_teardown(only_with_a_login, begin, end),
        cmocka_unit_test_setup_teardown(of_its_own_host, begin, end),
        cmocka_unit_test_setup_teardown(not_when_taken, begin, end),
        cmocka_unit_test_setup_teardown(the_last_of_a_process, begin, end),
        cmocka_unit_test_setup_teardown(an_id_that_is_used_again, begin, end),
        cmocka_unit_test_setup_teardown(bounded, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
