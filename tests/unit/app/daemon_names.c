/* SPDX-License-Identifier: Apache-2.0
 *
 * Who asks for a name is answered between two turns of the reader, one after the other; without a
 * reader nobody waits for longer than he said.
 */
#include "app/daemon_names.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#define LONG_US INT64_C(60000000)
#define ASKERS 4

static const char lines[] =
    "2026-03-02T08:00:00Z relay1 postfix/smtpd[1]: 3A1B2C3D01: client=c.example[192.0.2.9], "
    "sasl_method=PLAIN, sasl_username=alice@c.example\n"
    "2026-03-02T08:00:00Z relay1 postfix/qmgr[1]: 3A1B2C3D01: from=<a@c.example>, size=9, nrcpt=1 "
    "(queue active)\n"
    "2026-03-02T08:00:01Z relay1 postfix/out-a/smtp[1]: 3A1B2C3D01: to=<b@shop.example>, "
    "relay=mx.shop.example[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 "
    "ok)\n";

struct reader {
    struct daemon_names *names;
    struct classifier *classifier;
    struct tally *tally;
    _Atomic bool ends;
    pthread_t thread;
};

static void read_lines(struct tally *tally)
{
    struct log_parser *parser = log_parser_new(0, NULL, NULL);
    struct slice rest = slice_from_str(lines);
    while (rest.len > 0) {
        struct log_record record;
        log_record_parse(parser, slice_cut(&rest, '\n'), &record);
        tally_take(tally, &record, record.line.time_us);
    }
    log_parser_free(parser);
}

static void *turn(void *data)
{
    struct reader *reader = data;
    while (!reader->ends)
        daemon_names_answer(reader->names, reader->tally, NULL);
    return NULL;
}

static void begin(struct reader *reader)
{
    struct err err;
    *reader =
        (struct reader){.names = daemon_names_new(), .classifier = classifier_new(NULL, &err)};
    assert_non_null(reader->classifier);
    reader->tally = tally_new(NULL, reader->classifier);
    read_lines(reader->tally);
    assert_int_equal(pthread_create(&reader->thread, NULL, turn, reader), 0);
}

static void end(struct reader *reader)
{
    reader->ends = true;
    pthread_join(reader->thread, NULL);
    tally_free(reader->tally);
    classifier_free(reader->classifier);
    daemon_names_free(reader->names);
}

static const struct {
    enum daemon_name kind;
    const char *text;
    bool known;
    const char *near;
} rows[] = {
    {DAEMON_NAME_RELAY, "relay1", true, ""},
    {DAEMON_NAME_RELAY, "relay2", false, "relay1"},
    {DAEMON_NAME_SOURCE, "out-a", true, ""},
    {DAEMON_NAME_SOURCE, "Out-A", false, "out-a"},
    {DAEMON_NAME_SOURCE, "relay1", false, ""},
    {DAEMON_NAME_PROVIDER, "shop.example", true, ""},
    {DAEMON_NAME_PROVIDER, "shpo.example", false, "shop.example"},
    {DAEMON_NAME_ROUTED, "shop.example", false, ""}, /* nothing was gathered about routes */
    {DAEMON_NAME_ROUTED, "shpo.example", false, "shop.example"},
    {DAEMON_NAME_LOGIN, "alice@c.example", true, ""},
    {DAEMON_NAME_LOGIN, "alcie@c.example", false, "alice@c.example"},
    {DAEMON_NAME_LOGIN, "\x1b\xff", false, ""},
};

static void *ask_all(void *data)
{
    struct daemon_names *names = data;
    for (size_t round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            struct daemon_name_question question = {.kind = rows[i].kind,
                                                    .text = slice_from_str(rows[i].text)};
            bool good = daemon_names_ask(names, &question, 1, LONG_US) &&
                        question.known == rows[i].known &&
                        slice_eq(buf_slice(&question.near), slice_from_str(rows[i].near));
            buf_done(&question.near);
            if (!good)
                return (void *)(uintptr_t)rows[i].text;
        }
    }
    return NULL;
}

static void many_ask(void **state)
{
    (void)state;
    struct reader reader;
    pthread_t askers[ASKERS];
    begin(&reader);
    for (size_t i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&askers[i], NULL, ask_all, reader.names), 0);
    for (size_t i = 0; i < ASKERS; i++) {
        void *wrong = NULL;
        pthread_join(askers[i], &wrong);
        if (wrong != NULL)
            fail_msg("%s", (const char *)wrong);
    }
    end(&reader);
}

static void nobody_reads(void **state)
{
    (void)state;
    struct daemon_names *names = daemon_names_new();
    for (int i = 0; i < 3; i++) {
        struct daemon_name_question question = {.kind = DAEMON_NAME_LOGIN, .text = SLICE("x")};
        assert_false(daemon_names_ask(names, &question, 1, i * 2000));
        assert_false(question.known);
        assert_int_equal(question.near.len, 0);
    }
    daemon_names_free(names);
}

static void many_names_are_one_question(void **state)
{
    (void)state;
    struct reader reader;
    enum { COUNT = sizeof(rows) / sizeof(rows[0]) };
    struct daemon_name_question questions[COUNT];
    begin(&reader);
    for (size_t i = 0; i < COUNT; i++)
        questions[i] = (struct daemon_name_question){.kind = rows[i].kind,
                                                     .text = slice_from_str(rows[i].text)};
    assert_true(daemon_names_ask(reader.names, questions, COUNT, LONG_US));
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(questions[i].known, rows[i].known);
        assert_true(slice_eq(buf_slice(&questions[i].near), slice_from_str(rows[i].near)));
        buf_done(&questions[i].near);
    }
    end(&reader);
}

static void *ask_one(void *data)
{
    struct daemon_name_question question = {.kind = DAEMON_NAME_LOGIN, .text = SLICE("x")};
    return daemon_names_ask(data, &question, 1, LONG_US) ? data : NULL;
}

/* Who waits is let go, whenever he came, and nobody waits afterwards until it is open again. */
static void closing_lets_go(void **state)
{
    (void)state;
    struct daemon_names *names = daemon_names_new();
    pthread_t askers[ASKERS];
    for (size_t i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&askers[i], NULL, ask_one, names), 0);
    daemon_names_close(names, true);
    for (size_t i = 0; i < ASKERS; i++) {
        void *answered = names;
        pthread_join(askers[i], &answered);
        assert_null(answered);
    }
    daemon_names_close(names, false);
    struct daemon_name_question question = {.kind = DAEMON_NAME_LOGIN, .text = SLICE("x")};
    assert_false(daemon_names_ask(names, &question, 1, 1000));
    daemon_names_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_reads),
        cmocka_unit_test(many_names_are_one_question),
        cmocka_unit_test(closing_lets_go),
        cmocka_unit_test(many_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
