/* SPDX-License-Identifier: Apache-2.0
 *
 * What status and incident say of answers of the daemon: what matters first, harmless bytes,
 * lines that fit, and nothing at all of answers that are none.
 */
#include "app/status_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "app/incident_text.h"
#include "app/silence_text.h"
#include "app/status_fixture.h"
#include "base/civil.h"
#include "base/escape.h"

static void print(const char *answer, struct text_style style, struct buf *to)
{
    struct status_answer *status = read_status(answer);
    assert_non_null(status);
    status_text(status, &style, to);
    status_answer_free(status);
}

/* ---- status ---- */

#define POLICY(state, more) \
    HEAD "\"incidents\": [], \"history\": {\"state\": \"ok\"}, \"mail\": null, \"policy\": " \
         "{\"state\": \"" state "\", \"listen\": [\"127.0.0.1:8481\", \"unix:/x\"], " \
         "\"connections\": 1, \"requests_s\": 12.34, \"limits\": 2, \"keys\": 1234, \"today\": " \
         "{\"defer\": 1000, \"hold\": 1, \"pass\": 7}" more "}}"

#define SHARED \
    ", \"since\": \"2026-03-02T09:12:00Z\", \"reason\": \"Redis: no \\u001b way\", \"shared\": " \
    "{\"relays\": 3, \"owed\": 1}"

static void says_how_the_policy_listener_does(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *said;
    } cases[] = {
        {POLICY("answers", ""), "Limits      1,001 over today; 2 limits, 1,234 keys; 12.3 requests "
                                "a second, 1 connection at"},
        {POLICY("answers", ""), "127.0.0.1:8481 and 1 more"},
        {POLICY("answers", ", \"doubts\": [\"no \\u001b login\"]"),
         "login: todoku config check --postfix"},
        {POLICY("degraded", SHARED), "Limits      1,001 over today; 2 limits, 1,234 keys"},
        {POLICY("degraded", SHARED), "Limits      degraded: by this relay's part (3 relays) since "
                                     "09:12: Redis: no \\x1b way; 1 message"},
        {POLICY("degraded", SHARED), "to be counted later"},
        {POLICY("trouble", ", \"reason\": \"in use\""),
         "Limits      nobody answers Postfix, which takes mail without limits: in use"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        print(cases[i].answer, wide, &text);
        (void)place_of(&text, cases[i].said);
        assert_harmless(&text, wide.width);
    }
    CLEANUP_BUF struct buf off = {0};
    print(POLICY("off", ""), wide, &off);
    assert_silent(&off, "Limits");
    assert_null(read_status(POLICY("answers", ", \"doubts\": [1]")));
    assert_null(read_status(POLICY("degraded", ", \"since\": 5")));
    assert_null(read_status(POLICY("degraded", ", \"shared\": {\"relays\": -1}")));
}

static void says_that_all_is_well(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    print(QUIET, wide, &text);
    place_of(&text, "todoku status  relay1");
    place_of(&text, "up 3 h 12 min");
    place_of(&text, "Nothing is wrong: no incident is open.");
    place_of(&text, "1, all in order");
    place_of(&text, "is written");
    place_of(&text, "not read yet: reading begins when the history is ready");
    assert_silent(&text, "LARGEST PATHS");
    assert_silent(&text, "Left out");
}

static void says_what_matters_first(void **state)
{
    (void)state;
    static const char *const order[] = {
        "todoku status",
        "WRONG NOW",
        "Blocked  relay1/out-a → docomo  since 08:14 (1 h 46 min)",
        "398 messages; acknowledged by anna: \\x07asked; came",
        "todoku incident show 7nzgfyj2",
        "moon-\\x1bphase",
        "todoku incident show 0abc",
        "TODOKU ITSELF",
        "pager: dead, 12 waiting, 3 given up: HTTP \\x1b 500",
        "not written: disk full: no space left; 4,096 bytes wait in the spool",
        "file:/var/log/a.log: 30 MiB are still to be read",
        "file:/var/log/b.log: no line for 12 min",
        "udp:[::]:514: 1,007 messages of syslog lost since todoku runs",
        "journald: no line since todoku runs",
        "logins 1,234 times, log lines 5 times: their tables are full",
        "1,000 attempts: 90.0 % sent, 6.00 % deferred, 4.00 % bounced",
        "34 messages open; 100 recipients settled, 99.00 % reached",
        "12,345 lines read, 3 not understood; the newest is of 10:00",
        "LARGEST PATHS",
        "● relay1/out-a → docomo",
        "relay1/out-b",
    };
    struct buf CLEANUP_BUF text = {0};
    print(BUSY, wide, &text);
    for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
        assert_true(place_of(&text, order[i - 1]) < place_of(&text, order[i]));
    assert_silent(&text, "fine.log");
    assert_silent(&text, "all up to date");
    assert_silent(&text, "200,000 are told apart");
    assert_silent(&text, "● relay1/out-b");
}

static void marks_what_is_silenced(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0}, narrow = {0};
    print(QUIETED, wide, &text);
    place_of(&text, "Unusual volume (silenced)");
    place_of(&text, "; silenced until 11:30\n    (s12)\n");
    place_of(
        &text,
        "s12 surge, moon-\\x07phase: domain shop10\\u202e.example until 11:30, hides 1 incident");
    place_of(&text, "by kato: a \\x1b[31msale");
    assert_silent(&text, "s13");
    print(QUIETED, (struct text_style){60, true, false, false}, &narrow);
    assert_harmless(&narrow, 60);
}

static void lists_silences(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0}, none = {0};
    struct status_answer *status = read_status(QUIETED);
    assert_non_null(status);
    assert_int_equal(status->silence_count, 2);
    silence_text_list(&(struct text_style){160, true, false, false}, status->silences, 2, status->now_us,
                      &text);
    place_of(&text, "s12");
    place_of(&text, "everything");
    place_of(&text, "2026-03-03 09:30");
    assert_harmless(&text, 160);
    buf_clear(&text);
    silence_text_list(&(struct text_style){60, false, false, false}, status->silences, 2, status->now_us,
                      &text);
    assert_harmless(&text, 60);
    silence_text_list(&wide, status->silences, 0, status->now_us, &none);
    assert_string_equal(buf_str(&none), "No silence is set.\n");
    status_answer_free(status);
}

static void shows_suspects(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct status_answer *status = read_status(QUIETED);
    assert_non_null(status);
    incident_text_full(&(struct text_style){200, true, false, false}, &status->incidents[0],
                       status->now_us, SLICE(""), &text);
    place_of(&text,
             "Suspect      hijacked\\x1b@shop10.example: 1,010 recipients within two hours, "
             "usually 40 an hour; 77 % to new domains; 26 % bounced; 12 new client networks; "
             "14 failed logins\n");
    place_of(&text,
             "Suspect      new@shop10.example: 60 recipients within two hours, none before\n");
    assert_silent(&text, "not read");
    status_answer_free(status);
}

static void refuses_silences_of_another_form(void **state)
{
    static const char *const bad[] = {"[]",
                                      "{}",
                                      "{\"id\": 1}",
                                      "{\"id\": \"s1\", \"kinds\": [1]}",
                                      "{\"id\": \"s1\", \"kinds\": \"block\"}",
                                      "{\"id\": \"s1\", \"until\": \"soon\"}",
                                      "{\"id\": \"s1\", \"hides\": -1}",
                                      "{\"id\": \"s1\", \"active\": 1}"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct silence_answer silence;
        json_t *value = json_loads(bad[i], 0, NULL);
        assert_non_null(value);
        assert_false(silence_answer_read(value, &silence));
        json_decref(value);
    }
}

static void fits_and_is_harmless(void **state)
{
    (void)state;
    static const struct text_style styles[] = {
        {60, true, false, false}, {80, true, false, false}, {160, true, false, false}};
    for (size_t i = 0; i < 3; i++) {
        struct buf CLEANUP_BUF text = {0};
        print(BUSY, styles[i], &text);
        assert_harmless(&text, styles[i].width);
    }
    struct buf CLEANUP_BUF ascii = {0};
    print(BUSY, (struct text_style){80, false, false, false}, &ascii);
    for (size_t i = 0; i < ascii.len; i++)
        assert_true(ascii.ptr[i] == '\n' || (ascii.ptr[i] >= 0x20 && ascii.ptr[i] < 0x7f));
}

static void refuses_what_is_no_status(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "[]",
        "{}",
        "{\"version\": 1}",
        "{\"version\": \"1\", \"incidents\": {}}",
        "{\"version\": \"1\", \"incidents\": [1]}",
        "{\"version\": \"1\", \"incidents\": [{\"id\": \"\"}]}",
        "{\"version\": \"1\", \"incidents\": [{\"id\": \"a\", \"opened\": \"yesterday\"}]}",
        "{\"version\": \"1\", \"incidents\": [{\"id\": \"a\", \"evidence\": [1]}]}",
        "{\"version\": \"1\", \"incidents\": [{\"id\": \"a\", \"evidence\": [\"\", \"\", \"\"]}]}",
        "{\"version\": \"1\", \"incidents\": [{\"id\": \"a\", \"hits\": -1}]}",
        "{\"version\": \"1\", \"notifiers\": [[]], \"now\": 5}",
        "{\"version\": \"1\", \"mail\": {\"paths\": [{\"attempts\": {\"total\": \"x\"}}]}}",
        "{\"version\": \"1\", \"mail\": {\"logs\": [{\"idle_s\": -7}]}}",
        "{\"version\": \"1\", \"mail\": {\"logs\": [{\"state\": 7}]}}",
        "{\"version\": \"1\", \"mail\": {\"budgets\": [{\"used\": \"x\"}]}}",
        "{\"version\": \"1\", \"mail\": {\"budgets\": [{}]}}",
        "{\"version\": \"1\", \"configuration\": {\"refused\": 5}}",
        "{\"version\": \"1\", \"mail\": {\"lines\": {\"read\": 1.5}}}",
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (read_status(answers[i]) != NULL)
            fail_msg("takes %s", answers[i]);
    assert_null(status_answer_new(NULL));
}

/* ---- incidents ---- */

static void tells_an_incident_in_full(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct status_answer *status = read_status(BUSY);
    int64_t now_us = status->now_us;
    incident_text_full(&wide, &status->incidents[0], now_us, SLICE("https://x.example"), &text);
    assert_true(place_of(&text, "● Blocked  relay1/out-a → docomo\n") <
                place_of(&text, "First line"));
    place_of(&text, "a \\x1b[31m \\u202eline");
    place_of(&text, "Send this provider's mail by another source");
    place_of(&text, "https://check.example/");
    place_of(&text, "https://x.example/runbooks/block");
    assert_silent(&text, "incident ack");
    assert_harmless(&text, 100);
    buf_clear(&text);
    incident_text_full(&wide, &status->incidents[0], now_us, SLICE(""), &text);
    place_of(&text, "docs/runbooks/block.md");
    buf_clear(&text);
    incident_text_full(&wide, &status->incidents[1], now_us, SLICE(""), &text);
    place_of(&text, "todoku incident ack 0abc");
    assert_silent(&text, "Do  ");
    assert_silent(&text, "unbook"); /* of a kind that is not known there is none */
    assert_harmless(&text, 100);
    status_answer_free(status);
}

static void lists_incidents(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct status_answer *status = read_status(BUSY);
    struct incident_answer *answers = status->incidents;
    answers[0].state = SLICE("closed");
    answers[0].incident.closed_us = answers[0].incident.opened_us + 90 * US_PER_SECOND;
    incident_text_list(&wide, answers, 2, true, &text);
    place_of(&text, "7nzgfyj2  closed  Blocked         relay1/out-a");
    place_of(&text, "08:15");
    place_of(&text, "anna");
    assert_harmless(&text, 100);
    buf_clear(&text);
    incident_text_list(&wide, NULL, 0, false, &text);
    assert_string_equal(buf_str(&text), "No incident is open.\n");
    status_answer_free(status);
}

#define DOCOMO ", \"provider\": \"docomo\""

/* An answer with several incidents of each of a few troubles; page: of which one. */
static void add_troubles(struct buf *to)
{
    static const struct {
        const char *id, *page, *kind, *scope, *names;
    } rows[] = {
        {"r1", "a", "reachability", "the whole fleet", ""},
        {"o1", "b", "block", "one source", DOCOMO ", \"source\": \"out-a\""},
        {"r2", "a", "reachability", "one provider", DOCOMO},
        {"r3", "a", "reachability", "every source of the pool",
         ", \"name\": \"trans\\u001bactional\""},
        {"l1", "a", "latency", "the whole fleet", ""},
        {"c1", "a", "configuration", "one source", DOCOMO ", \"source\": \"out-b\""},
        {"q1", "b", "queue-age", "the whole fleet", ""},
        {"x1", "c", "latency", "the whole fleet", ""},
        {"m1", "d", "moon-phase", "the whole fleet", ""},
    };
    buf_add_str(to, HEAD "\"history\": {\"state\": \"ok\"}, \"mail\": null, \"incidents\": [");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        buf_addf(to,
                 "%s{\"id\": \"%s\", \"page\": \"%s\", \"state\": \"open\", \"kind\": \"%s\", "
                 "\"scope\": \"%s\", \"opened\": \"2026-03-02T09:00:00Z\"%s}",
                 i > 0 ? ", " : "", rows[i].id, rows[i].page, rows[i].kind, rows[i].scope,
                 rows[i].names);
    buf_add_str(to, "]}");
}

/* One trouble is one entry, its cause: what is measured of it stands below, and of nothing else. */
static void folds_views_of_one_trouble(void **state)
{
    (void)state;
    static const char *const said[] = {
        "out-b → docomo",          "and 4 more views of it: Reachability at risk (the whole fleet)",
        "out-a → docomo",          "and 1 more view of it: Mail waits too long (the whole fleet)",
        "todoku incident show x1", "todoku incident show m1"};
    static const char *const folded[] = {"show r1", "show r2", "show r3",
                                         "show l1", "show q1", "more: todoku incident list",
                                         "\x1b"};
    CLEANUP_BUF struct buf text = {0}, troubles = {0};
    struct text_style style = {200, true, false, false};
    add_troubles(&troubles);
    print(buf_str(&troubles), style, &text);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        place_of(&text, said[i]);
    place_of(&text,
             "(all mail to docomo), Reachability at risk (pool trans\\x1bactional), Mail is slow");
    for (size_t i = 0; i < sizeof(folded) / sizeof(folded[0]); i++)
        assert_silent(&text, folded[i]);
    assert_true(place_of(&text, "show o1") < place_of(&text, "and 1 more view"));
    buf_clear(&text);
    struct status_answer *status = read_status(buf_str(&troubles));
    status_text_incidents(status, &wide, 1, &text);
    place_of(&text,
             "and 7 more: todoku incident list"); /* of nine, a block with its view is told */
    status_answer_free(status);
}

/* ---- todoku itself ---- */

static void says_what_is_wrong_with_itself(void **state)
{
    (void)state;
    static const char *const order[] = {
        ("Settings    the file was refused at 09:30, those of 06:48 go on: a.yaml:3: stat: unknown "
         "key, did\n              you mean state?"),
        "file:/r.log: cannot be read: cannot open: Permission denied",
        "file:/m.log: is not there (yet)",
        "Notifiers   1, all in order",
    };
    struct buf CLEANUP_BUF text = {0};
    print(HEAD "\"configuration\": {\"loaded\": \"2026-03-02T06:48:00Z\", \"refused\": "
               "\"2026-03-02T09:30:00Z\", \"reason\": \"a.yaml:3: stat: unknown key, did you mean "
               "state?\"}, \"notifiers\": [{\"name\": \"a\", \"state\": \"ok\"}], \"mail\": "
               "{\"logs\": [{\"name\": \"file:/m.log\", \"state\": \"missing\", \"idle_s\": "
               "null}, {\"name\": \"file:/r.log\", \"state\": \"unreadable\", \"reason\": "
               "\"/r.log: cannot open: Permission denied\"}, {\"name\": \"file:/f.log\", "
               "\"state\": \"followed\", \"idle_s\": 1}]}}",
          wide, &text);
    for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
        assert_true(place_of(&text, order[i - 1]) < place_of(&text, order[i]));
    assert_silent(&text, "/f.log");
    assert_silent(&text, "without a line");
}

static void doubts_stamps_far_from_now(void **state)
{
    (void)state;
    static const struct {
        const char *newest, *logs, *said;
    } rows[] = {
        {"2026-03-02T19:00:00Z", "{\"idle_s\": 900}", "h ahead of this clock: "},
        {"2026-03-02T01:00:00Z", "{\"idle_s\": 1}", "h behind this clock: "},
        {"2026-03-02T01:00:00Z", "{\"idle_s\": 900}", NULL}, /* a quiet log */
        {"2026-03-02T01:00:00Z", "{\"idle_s\": 1, \"behind_bytes\": 31457280}", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf CLEANUP_BUF text = {0}, json = {0};
        buf_addf(&json, HEAD "\"mail\": {\"newest_line\": \"%s\", \"logs\": [%s]}}", rows[i].newest,
                 rows[i].logs);
        print(buf_str(&json), wide, &text);
        if (rows[i].said != NULL)
            place_of(&text, rows[i].said);
        else
            assert_silent(&text, "Log clock");
    }
}

static void says_how_budgets_stand(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    print(HEAD "\"mail\": {\"budgets\": [{\"objective\": \"latency\", \"group\": "
               "\"shop\\u001b\", \"good\": 90, \"bad\": 10, \"used\": 2}, {\"objective\": "
               "\"reachability\", \"relay\": \"r1\", \"source\": \"out-a\", \"good\": 980, "
               "\"bad\": 20, \"used\": 2}, {\"objective\": \"reachability\", \"relay\": \"r9\", "
               "\"source\": \"out-z\", \"good\": 900, \"bad\": 1, \"used\": 1.5}, {\"objective\": "
               "\"reachability\", \"source\": \"out-few\", \"good\": 0, \"bad\": 99, \"used\": "
               "99}, {\"objective\": "
               "\"reachability\", \"good\": 9996, \"bad\": 4, \"used\": 0.04}, {\"objective\": "
               "\"latency\", \"group\": \"fine\", \"used\": 0.5}]}}",
          (struct text_style){160, true, false, false}, &text);
    place_of(&text,
             "shop\\x1b latency 200 % used (10 bad of 100); r1/out-a reachability 200 % used "
             "(20 bad of 1,000); reachability 4 % used (4 bad of 10,000)");
    assert_silent(&text, "out-z");
    assert_silent(&text, "out-few");
    assert_silent(&text, "fine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_that_all_is_well),
        cmocka_unit_test(says_how_the_policy_listener_does),
        cmocka_unit_test(says_what_matters_first),
        cmocka_unit_test(folds_views_of_one_trouble),
        cmocka_unit_test(marks_what_is_silenced),
        cmocka_unit_test(lists_silences),
        cmocka_unit_test(shows_suspects),
        cmocka_unit_test(refuses_silences_of_another_form),
        cmocka_unit_test(fits_and_is_harmless),
        cmocka_unit_test(refuses_what_is_no_status),
        cmocka_unit_test(tells_an_incident_in_full),
        cmocka_unit_test(lists_incidents),
        cmocka_unit_test(says_what_is_wrong_with_itself),
        cmocka_unit_test(doubts_stamps_far_from_now),
        cmocka_unit_test(says_how_budgets_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
