/* SPDX-License-Identifier: Apache-2.0
 *
 * What status, incident and top say of answers of the daemon: what matters first, harmless bytes,
 * lines that fit, and nothing at all of answers that are none.
 */
#include "app/status_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "app/incident_text.h"
#include "app/silence_text.h"
#include "app/top_view.h"
#include "base/civil.h"
#include "base/escape.h"

#define HEAD \
    "{\"version\": \"0.1.0\", \"now\": \"2026-03-02T10:00:12Z\", \"started\": " \
    "\"2026-03-02T06:48:00Z\", \"relay\": \"relay1\", "
#define QUIET \
    HEAD "\"incidents\": [], \"notifiers\": [{\"name\": \"slack\", \"type\": \"slack\", " \
         "\"state\": " \
         "\"ok\", \"pending\": 0, \"dead_letters\": 0}], \"history\": {\"state\": \"ok\"}, " \
         "\"mail\": null}"
#define BLOCK \
    "{\"id\": \"7nzgfyj2\", \"state\": \"acknowledged\", \"kind\": \"block\", \"scope\": \"one " \
    "source\", \"severity\": \"critical\", \"relay\": \"relay1\", \"source\": \"out-a\", " \
    "\"provider\": \"docomo\", \"opened\": \"2026-03-02T08:14:00Z\", \"closed\": null, " \
    "\"last_hit\": \"2026-03-02T10:00:00Z\", \"attempts\": 430, \"hits\": 412, \"messages\": " \
    "398, " \
    "\"class\": \"block_ip\", \"url\": \"https://check.example/\", \"evidence\": [\"a " \
    "\\u001b[31m " \
    "\\u202eline\"], \"page\": \"7nzgfyj2\", \"by\": \"anna\", \"note\": \"\\u0007asked\", " \
    "\"flaps\": 2, \"silenced\": false}"
#define SILENCED \
    "{\"id\": \"5sxk2mpw\", \"state\": \"open\", \"kind\": \"surge\", \"domain\": " \
    "\"shop10.example\", \"opened\": \"2026-03-02T09:50:00Z\", \"attempts\": 1010, \"hits\": " \
    "690, " \
    "\"silenced\": true, \"silence\": \"s12\", \"silenced_until\": \"2026-03-02T11:30:00Z\", " \
    "\"suspects\": [{\"login\": \"hijacked\\u001b@shop10.example\", \"reason\": \"not read\", " \
    "\"recipients\": 1010, \"usual_per_hour\": 40, \"active_hours_before\": 9, " \
    "\"new_domains_percent\": 77, \"bounced_percent\": 26, \"new_networks\": 12, " \
    "\"failed_logins\": 14}, {\"login\": \"new@shop10.example\", \"recipients\": 60}]}"
#define SILENCE \
    "{\"id\": \"s12\", \"kinds\": [\"surge\", \"moon-\\u0007phase\"], \"domain\": " \
    "\"shop10\\u202e.example\", \"from\": \"2026-03-02T09:30:00Z\", \"until\": " \
    "\"2026-03-02T11:30:00Z\", \"active\": true, \"by\": \"kato\", \"comment\": \"a " \
    "\\u001b[31msale\", \"hides\": 1}"
#define SILENCE_TO_COME \
    "{\"id\": \"s13\", \"kinds\": [], \"from\": \"2026-03-03T09:30:00Z\", \"until\": " \
    "\"2026-03-03T11:30:00Z\", \"active\": false}"
#define QUIETED \
    HEAD "\"incidents\": [" SILENCED "], \"silences\": [" SILENCE ", " SILENCE_TO_COME \
         "], \"history\": {\"state\": \"ok\"}, \"mail\": null}"
#define UNKNOWN_KIND \
    "{\"id\": \"0abc\", \"state\": \"open\", \"kind\": \"moon-\\u001bphase\", \"provider\": " \
    "\"google\", \"opened\": \"2026-03-02T09:00:00Z\"}"
#define BUSY \
    HEAD "\"incidents\": [" BLOCK ", " UNKNOWN_KIND "], \"notifiers\": [{\"name\": \"pager\", " \
         "\"type\": \"pagerduty\", \"state\": \"dead\", \"pending\": 12, \"dead_letters\": 3, " \
         "\"last_error\": \"HTTP \\u001b 500\"}], \"history\": {\"state\": \"disk full\", " \
         "\"reason\": \"no space left\", \"spool_bytes\": 4096}, \"mail\": {\"newest_line\": " \
         "\"2026-03-02T10:00:11Z\", \"lines\": {\"read\": 12345, \"unknown\": 3}, \"messages\": " \
         "{\"open\": 34}, \"left_out\": {\"logins\": 1234, \"log_lines\": 5, \"moons\": 1}, " \
         "\"logs\": [{\"name\": \"file:/var/log/a.log\", \"behind_bytes\": " \
         "31457280, \"idle_s\": 0}, {\"name\": \"file:/var/log/b.log\", \"behind_bytes\": 0, " \
         "\"idle_s\": 720}, {\"name\": \"udp:[::]:514\", \"behind_bytes\": 0, \"idle_s\": 1, " \
         "\"lost\": 1007}, {\"name\": \"journald\", \"behind_bytes\": null, \"idle_s\": null}, " \
         "{\"name\": \"file:/var/log/fine.log\", \"behind_bytes\": 5, \"idle_s\": 3}], " \
         "\"attempts\": {\"total\": 1000, \"sent\": 900, \"deferred\": 60, \"bounced\": 40}, " \
         "\"outcomes\": {\"sent\": 99, \"bounced\": 1}, \"paths\": [" PATHS "]}}"
#define PATHS \
    "{\"relay\": \"relay1\", \"source\": \"out-a\", \"provider\": \"docomo\", \"attempts\": " \
    "{\"total\": 700, \"sent\": 288, \"deferred\": 0, \"bounced\": 412}, \"last\": " \
    "\"2026-03-02T10:00:00Z\"}, {\"relay\": \"relay1\", \"source\": \"out-b\", \"provider\": " \
    "\"a-provider-with-a-name-that-is-far-too-long-for-any-column-of-a-table\", \"attempts\": " \
    "{\"total\": 300, \"sent\": 300, \"deferred\": 0, \"bounced\": 0}}"

static const struct text_style wide = {100, true, false, false};

static struct status_answer *read_status(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    struct status_answer *status = status_answer_new(value);
    json_decref(value);
    return status;
}

static void print(const char *answer, struct text_style style, struct buf *to)
{
    struct status_answer *status = read_status(answer);
    assert_non_null(status);
    status_text(status, &style, to);
    status_answer_free(status);
}

static size_t place_of(const struct buf *text, const char *words)
{
    const char *found = slice_find(buf_slice(text), slice_from_str(words));
    if (found == NULL)
        fail_msg("does not say: %s\n%s", words, buf_str(text));
    return found != NULL ? (size_t)(found - text->ptr) : 0;
}

static void assert_silent(const struct buf *text, const char *words)
{
    if (slice_find(buf_slice(text), slice_from_str(words)) != NULL)
        fail_msg("says: %s\n%s", words, buf_str(text));
}

static void assert_harmless(const struct buf *text, size_t width)
{
    for (struct slice rest = buf_slice(text); rest.len > 0;) {
        struct slice line = slice_cut(&rest, '\n');
        assert_true(escape_width(line) <= width);
        while (line.len > 0) {
            uint32_t c = utf8_take(&line);
            assert_true(c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0));
            assert_true(c != UTF8_INVALID && c != 0x202e);
        }
    }
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
    silence_text_list(&(struct text_style){160, true, false, false}, status->silences, 2,
                      status->now_us, &text);
    place_of(&text, "s12");
    place_of(&text, "everything");
    place_of(&text, "2026-03-03 09:30");
    assert_harmless(&text, 160);
    buf_clear(&text);
    silence_text_list(&(struct text_style){60, false, false, false}, status->silences, 2,
                      status->now_us, &text);
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

/* ---- top ---- */

/* A daemon started at `started` o'clock with `attempts` so far on one path. */
static struct status_answer *answer_with(unsigned started, unsigned attempts)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "{\"version\": \"1\", \"now\": \"2026-03-02T10:00:12Z\", \"started\": "
             "\"2026-03-02T0%u:00:00Z\", \"incidents\": [], \"mail\": {\"attempts\": {\"total\": "
             "%u, \"sent\": %u}, \"paths\": [{\"provider\": \"google\", \"attempts\": {\"total\": "
             "%u, \"sent\": %u}}]}}",
             started, attempts, attempts, attempts, attempts);
    return read_status(text);
}

static void draw(const struct top_view *view, size_t rows, struct buf *text)
{
    buf_clear(text);
    top_view_draw(view, &wide, rows, text);
    size_t lines = 0;
    for (size_t i = 0; i < text->len; i++)
        lines += text->ptr[i] == '\n';
    assert_int_equal(lines, rows);
}

static void rates_are_differences(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, answer_with(6, 1000), 0);
    draw(view, 40, &text);
    place_of(&text, "0 attempts/s: 0 sent");
    place_of(&text, "rates over 0 s");
    top_view_take(view, answer_with(6, 1030), 2 * US_PER_SECOND);
    draw(view, 40, &text);
    place_of(&text, "15 attempts/s: 15 sent, 0 deferred");
    place_of(&text, "google");
    for (unsigned i = 0; i < 10; i++) /* old answers go: five seconds without any */
        top_view_take(view, answer_with(6, 1030), (3 + i) * US_PER_SECOND);
    draw(view, 40, &text);
    place_of(&text, "0 attempts/s: 0 sent");
    place_of(&text, "rates over 5 s");
    top_view_free(view);
}

static void a_restart_begins_anew(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, answer_with(6, 1000), 0);
    top_view_take(view, answer_with(7, 500), US_PER_SECOND);
    draw(view, 40, &text);
    place_of(&text, "0 attempts/s");
    top_view_take(view, answer_with(7, 507), 3 * US_PER_SECOND);
    draw(view, 40, &text);
    place_of(&text, "3.5 attempts/s");
    struct err err;
    err_set(&err, ERR_IO, "gone");
    top_view_fail(view, &err);
    draw(view, 40, &text);
    place_of(&text, "NO ANSWER, shown is the last one: gone");
    top_view_take(view, answer_with(7, 507), 4 * US_PER_SECOND);
    draw(view, 40, &text);
    assert_silent(&text, "NO ANSWER");
    top_view_free(view);
}

#define ONE(id, page, kind, scope, names) \
    "{\"id\": \"" id "\", \"page\": \"" page "\", \"state\": \"open\", \"kind\": \"" kind \
    "\", \"scope\": \"" scope "\", \"opened\": \"2026-03-02T09:00:00Z\"" names "}"
#define PROVIDER ", \"provider\": \"docomo\""
#define TROUBLES \
    HEAD "\"incidents\": [" ONE("r1", "a", "reachability", "the whole fleet", "") ", " ONE("o1", "b", "block", "one source", PROVIDER ", \"source\": \"out-a\"") ", " ONE( \
        "r2", "a", "reachability", "one provider", \
        PROVIDER) ", " ONE("r3", "a", "reachability", "every source of the pool", \
                           ", \"name\": \"trans\\u001bactional\"") ", " ONE("l1", "a", "latency", \
                                                                            "the whole fleet", \
                                                                            "") ", " ONE("c1", \
                                                                                         "a", \
                                                                                         "configu" \
                                                                                         "ration", \
                                                                                         "one " \
                                                                                         "source", \
                                                                                         PROVIDER \
                                                                                         ", " \
                                                                                         "\"sourc" \
                                                                                         "e\": " \
                                                                                         "\"out-" \
                                                                                         "b\"") ", " ONE("q1", \
                                                                                                         "b", \
                                                                                                         "queue-age", \
                                                                                                         "the whole fleet", \
                                                                                                         "") ", " ONE("x1", \
                                                                                                                      "c", \
                                                                                                                      "latency", \
                                                                                                                      "the whole fleet", \
                                                                                                                      "") ", " ONE("m1", \
                                                                                                                                   "d", \
                                                                                                                                   "moon-phase", \
                                                                                                                                   "the whole fleet", \
                                                                                                                                   "") "], \"history\": {\"state\": \"ok\"}, \"mail\": null}"

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
    CLEANUP_BUF struct buf text = {0};
    struct text_style style = {200, true, false, false};
    print(TROUBLES, style, &text);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        place_of(&text, said[i]);
    place_of(&text,
             "(all mail to docomo), Reachability at risk (pool trans\\x1bactional), Mail is slow");
    for (size_t i = 0; i < sizeof(folded) / sizeof(folded[0]); i++)
        assert_silent(&text, folded[i]);
    assert_true(place_of(&text, "show o1") < place_of(&text, "and 1 more view"));
    buf_clear(&text);
    struct status_answer *status = read_status(TROUBLES);
    status_text_incidents(status, &wide, 1, &text);
    place_of(&text,
             "and 7 more: todoku incident list"); /* of nine, a block with its view is told */
    status_answer_free(status);
}

static void top_fits_any_height(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, read_status(BUSY), 0);
    for (size_t rows = 3; rows < 60; rows++) {
        draw(view, rows, &text);
        place_of(&text, "todoku top");
        place_of(&text, "q quits");
        assert_harmless(&text, 100);
    }
    top_view_free(view);
}

/* At every height from 10 lines on each part is there with its heading and what matters most of it,
 * in the same order; with room nothing is left out. */
static void top_shows_every_part(void **state)
{
    (void)state;
    static const char *const order[] = {
        "attempts/s",  "WRONG NOW",       "Blocked  relay1/out-a", "TODOKU ITSELF",
        "pager: dead", "PATHS, A SECOND", "relay1/out-a → docomo", "q quits",
    };
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, read_status(BUSY), 0);
    for (size_t rows = 10; rows < 60; rows++) {
        draw(view, rows, &text);
        size_t at = 0;
        for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
            struct slice rest = slice_skip(buf_slice(&text), at);
            const char *found = slice_find(rest, slice_from_str(order[i]));
            if (found == NULL)
                fail_msg("%zu rows: no %s after the last one\n%s", rows, order[i], buf_str(&text));
            at = (size_t)(found - text.ptr);
        }
    }
    place_of(&text, "moon-\\x1bphase");
    place_of(&text, "journald: no line");
    place_of(&text, "relay1/out-b");
    top_view_free(view);
}

/* What is fine need not be read: where it does not fit one line says so. */
static void top_is_short_of_what_is_fine(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, read_status(QUIET), 0);
    draw(view, 10, &text);
    place_of(&text, "In order    notifiers, history and logs");
    assert_silent(&text, "is written");
    draw(view, 24, &text);
    place_of(&text, "is written");
    assert_silent(&text, "In order");
    top_view_free(view);
}

/* Many incidents leave room for the rest, and say how many there are. */
static void top_has_room_beside_many_incidents(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0}, CLEANUP_BUF many = {0};
    struct top_view *view = top_view_new();
    buf_add_str(&many, HEAD "\"incidents\": [");
    for (int i = 0; i < 500; i++)
        buf_add_str(&many, i > 0 ? ", " UNKNOWN_KIND : UNKNOWN_KIND);
    buf_add_str(&many, "], \"mail\": {\"paths\": [{\"provider\": \"docomo\", \"attempts\": "
                       "{\"total\": 1}}]}}");
    top_view_take(view, read_status(buf_str(&many)), 0);
    draw(view, 24, &text);
    place_of(&text, "more: todoku incident list");
    place_of(&text, "none: nobody is told of incidents");
    place_of(&text, "docomo");
    top_view_free(view);
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
        cmocka_unit_test(rates_are_differences),
        cmocka_unit_test(a_restart_begins_anew),
        cmocka_unit_test(top_fits_any_height),
        cmocka_unit_test(top_shows_every_part),
        cmocka_unit_test(top_is_short_of_what_is_fine),
        cmocka_unit_test(top_has_room_beside_many_incidents),
        cmocka_unit_test(says_what_is_wrong_with_itself),
        cmocka_unit_test(doubts_stamps_far_from_now),
        cmocka_unit_test(says_how_budgets_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
