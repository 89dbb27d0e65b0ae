/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook, mail, Alertmanager, PagerDuty and command: the form that their documents ask for, also
 * of hostile texts; what answers mean; who gets what.
 */
#include "respond/notifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/escape.h"
#include "io/hmac.h"
#include "respond/notifier_fixture.h"

static struct outgoing *format(const struct notifier_settings *settings,
                               enum notice_transition transition, const struct incident *incident)
{
    struct notice_item item;
    struct notice notice = fixture_notice(transition, incident, &item, 1);
    return notifier_format(settings, &notice, SLICE(""), T0);
}

static void all_take_hostile_texts(void **state)
{
    struct incident hostile = fixture_hostile();
    (void)state;
    for (int type = NOTIFIER_SLACK; type <= NOTIFIER_COMMAND; type++) {
        for (int i = NOTICE_OPENED; i <= NOTICE_CURRENT; i++) {
            struct notifier_settings settings = fixture_settings((enum notifier_type)type);
            struct outgoing *outgoing = format(&settings, (enum notice_transition)i, &hostile);
            assert_true((outgoing->url != NULL) != (outgoing->arg_count > 0));
            for (size_t k = 0; k < outgoing->header_count; k++)
                for (const char *c = outgoing->headers[k]; *c; c++)
                    assert_true((unsigned char)*c >= ' ');
            for (size_t k = 0; k < outgoing->arg_count; k++)
                assert_null(strstr(outgoing->args[k], "evil"));
            for (size_t k = 0; k < outgoing->body.len; k++) /* all of it is ASCII */
                assert_true((unsigned char)outgoing->body.ptr[k] < 0x80);
            if (type != NOTIFIER_MAIL)
                json_decref(fixture_body(outgoing));
            outgoing_free(outgoing);
        }
    }
}

static void webhook_is_signed_with_its_time(void **state)
{
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_WEBHOOK);
    CLEANUP_BUF struct buf text = {0}, expected = {0};
    char hex[HMAC_SHA256_HEX + 1];
    (void)state;
    settings.secret = SLICE("s3cret");
    struct outgoing *outgoing = format(&settings, NOTICE_OPENED, &block);
    const char *stamp = fixture_header(outgoing, "X-Todoku-Timestamp");
    assert_string_equal(stamp, "1772438462");
    buf_addf(&text, "%s.", stamp);
    buf_add(&text, outgoing->body);
    hmac_sha256_hex(SLICE("s3cret"), buf_slice(&text), hex);
    buf_addf(&expected, "sha256=%s", hex);
    assert_string_equal(fixture_header(outgoing, "X-Todoku-Signature"), buf_str(&expected));
    assert_string_equal(fixture_header(outgoing, "Idempotency-Key"), "3k9d0q2m-4");
    outgoing_free(outgoing);
    settings.secret = SLICE("");
    outgoing = format(&settings, NOTICE_OPENED, &block);
    assert_null(fixture_header(outgoing, "X-Todoku-Signature"));
    outgoing_free(outgoing);
}

static void webhook_document(void **state)
{
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_WEBHOOK);
    (void)state;
    settings.message.language = LANGUAGE_JA;
    struct outgoing *outgoing = format(&settings, NOTICE_CLOSED, &block);
    json_t *body = fixture_body(outgoing);
    assert_string_equal(fixture_text(body, "schema"), "todoku.notice/1");
    assert_string_equal(fixture_text(body, "transition"), "closed");
    assert_string_equal(fixture_text(body, "page"), "3k9d0q2m");
    assert_string_equal(fixture_text(body, "at"), "2026-03-02T08:01:02Z");
    assert_string_equal(fixture_text(body, "incidents.0.kind"), "block");
    assert_string_equal(fixture_text(body, "incidents.0.page"), "3k9d0q2m");
    assert_string_equal(fixture_text(body, "incidents.0.closed"), "2026-03-02T08:00:02Z");
    assert_int_equal(json_integer_value(fixture_at(body, "incidents.0.hits")), 3604);
    assert_string_equal(fixture_text(body, "incidents.0.class"), "block_ip");
    assert_string_equal(fixture_text(body, "text.language"), "ja");
    assert_string_equal(fixture_text(body, "text.title"), "[終了] ブロック: relay1/out-a → docomo");
    json_decref(body);
    outgoing_free(outgoing);
}

/* Header fields of a mail by name; fails on a line that is neither field nor continuation. */
static const char *mail_header(const struct outgoing *outgoing, const char *name)
{
    static char value[4096];
    CLEANUP_BUF struct buf found = {0};
    struct slice rest = outgoing->body;
    bool inside = false;
    for (;;) {
        struct slice line = slice_cut(&rest, '\n');
        assert_non_null(rest.ptr); /* the empty line comes */
        assert_true(line.len <= 78);
        if (line.len == 0)
            break;
        if (line.ptr[0] != ' ') {
            const char *colon = slice_find_char(line, ':');
            assert_non_null(colon);
            assert_null(slice_find_char(slice_between(line.ptr, colon), ' '));
            inside = slice_ieq(slice_between(line.ptr, colon), slice_from_str(name));
            line = slice_between(colon + 1, slice_end(line));
        }
        if (inside)
            buf_add(&found, line);
    }
    snprintf(value, sizeof(value), "%s", buf_str(&found));
    return value;
}

/* The text of a subject of encoded words (RFC 2047), each of which stands alone as UTF-8. */
static void decode_subject(const char *subject, struct buf *to)
{
    struct slice rest = slice_from_str(subject);
    while (slice_take_prefix(&rest, SLICE(" =?UTF-8?B?"))) {
        const char *end = slice_find(rest, SLICE("?="));
        unsigned char bytes[128];
        assert_non_null(end);
        int len = (int)(end - rest.ptr);
        assert_in_range(len, 4, 64);
        int got = EVP_DecodeBlock(bytes, (const unsigned char *)rest.ptr, len);
        assert_true(got > 0);
        got -= (rest.ptr[len - 1] == '=') + (rest.ptr[len - 2] == '=');
        struct slice word = slice_of((const char *)bytes, (size_t)got), left = word;
        while (left.len > 0)
            assert_int_not_equal(utf8_take(&left), UTF8_INVALID);
        buf_add(to, word);
        rest = slice_skip(rest, (size_t)len + 2);
    }
    assert_int_equal(rest.len, 0);
}

static void mail_has_only_its_own_headers(void **state)
{
    static const char *const names[] = {"Bcc", "X", "Cc", "X-Evil"};
    struct incident hostile = fixture_hostile();
    struct notifier_settings settings = fixture_settings(NOTIFIER_MAIL);
    (void)state;
    settings.to[1] = SLICE("boss@example.jp\nBcc: x@example.com");
    struct outgoing *outgoing = format(&settings, NOTICE_UPDATED, &hostile);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_string_equal(mail_header(outgoing, names[i]), "");
    assert_string_equal(mail_header(outgoing, "From"), " todoku@example.jp");
    assert_string_equal(mail_header(outgoing, "Date"), " Mon, 02 Mar 2026 08:01:02 +0000");
    assert_string_equal(mail_header(outgoing, "Message-ID"), " <todoku.3k9d0q2m-4@example.jp>");
    assert_string_equal(mail_header(outgoing, "In-Reply-To"), " <todoku.3k9d0q2m-1@example.jp>");
    assert_string_equal(mail_header(outgoing, "Auto-Submitted"), " auto-generated");
    CLEANUP_BUF struct buf subject = {0};
    decode_subject(mail_header(outgoing, "Subject"), &subject);
    assert_null(strchr(buf_str(&subject), '\n'));
    outgoing_free(outgoing);
}

static void mail_subjects_can_be_read(void **state)
{
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_MAIL);
    CLEANUP_BUF struct buf subject = {0};
    (void)state;
    settings.message.language = LANGUAGE_JA;
    block.provider = SLICE("a-provider-with-a-name-that-needs-more-than-one-word.example.jp");
    struct outgoing *outgoing = format(&settings, NOTICE_OPENED, &block);
    decode_subject(mail_header(outgoing, "Subject"), &subject);
    assert_string_equal(buf_str(&subject), "[重大] ブロック: relay1/out-a → "
                                           "a-provider-with-a-name-that-needs-more-than-one-word."
                                           "example.jp");
    outgoing_free(outgoing);
}

static void mail_goes_to_a_command(void **state)
{
    static const char *const args[] = {"/usr/sbin/sendmail", "-i", "-f",
                                       "todoku@example.jp",  "--", "ops@example.jp",
                                       "boss@example.jp"};
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_MAIL);
    (void)state;
    settings.command[0] = SLICE("/usr/sbin/sendmail");
    settings.command[1] = SLICE("-i");
    struct outgoing *outgoing = format(&settings, NOTICE_OPENED, &block);
    assert_int_equal(outgoing->arg_count, 7);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(outgoing->args[i], args[i]);
    assert_null(outgoing->args[7]);
    assert_null(outgoing->url);
    outgoing_free(outgoing);
}

/* Labels of the alert as text, in order of their keys. */
static char *labels_of(const struct outgoing *outgoing)
{
    json_t *body = fixture_body(outgoing);
    char *text = json_dumps(fixture_at(body, "0.labels"), JSON_SORT_KEYS);
    json_decref(body);
    return text;
}

static void alertmanager_labels_stay(void **state)
{
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_ALERTMANAGER);
    (void)state;
    struct outgoing *opened = format(&settings, NOTICE_OPENED, &block);
    block.severity = INCIDENT_INFO;
    block.scope = INCIDENT_SCOPE_EVERYONE;
    block.hits = 5000;
    block.class = REPLY_CLASS_RATE;
    struct outgoing *closed = format(&settings, NOTICE_CLOSED, &block);
    char *before = labels_of(opened), *after = labels_of(closed);
    assert_string_equal(before, after);
    assert_string_equal(before,
                        "{\"alertname\": \"todoku-block\", \"incident\": \"3k9d0q2m\", \"kind\": "
                        "\"block\", \"provider\": \"docomo\", \"relay\": \"relay1\", \"severity\": "
                        "\"critical\", \"source\": \"out-a\"}");
    free(before);
    free(after);
    json_t *first = fixture_body(opened), *last = fixture_body(closed);
    assert_string_equal(opened->url, "https://hooks.example/T1/api/v2/alerts");
    assert_string_equal(fixture_text(first, "0.startsAt"), "2026-03-02T07:01:02Z");
    assert_string_equal(fixture_text(first, "0.endsAt"), "2026-03-02T08:16:02Z");
    assert_string_equal(fixture_text(last, "0.endsAt"), "2026-03-02T08:00:02Z");
    assert_string_equal(fixture_text(first, "0.annotations.runbook_url"),
                        "https://todoku.example/runbooks/block");
    json_decref(first);
    json_decref(last);
    outgoing_free(opened);
    outgoing_free(closed);
}

static void pagerduty_actions(void **state)
{
    static const char *const actions[] = {"trigger", "trigger", "acknowledge", "trigger", "trigger",
                                          "resolve", "trigger", "trigger",     "trigger"};
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_PAGERDUTY);
    (void)state;
    settings.token = SLICE("R0UT1NG");
    for (int i = NOTICE_OPENED; i <= NOTICE_CURRENT; i++) {
        struct outgoing *outgoing = format(&settings, (enum notice_transition)i, &block);
        json_t *event = fixture_body(outgoing);
        assert_string_equal(outgoing->url, "https://hooks.example/T1/v2/enqueue");
        assert_string_equal(fixture_text(event, "event_action"), actions[i]);
        assert_string_equal(fixture_text(event, "routing_key"), "R0UT1NG");
        if (i != NOTICE_DIGEST)
            assert_string_equal(fixture_text(event, "dedup_key"), "todoku-3k9d0q2m");
        if (strcmp(actions[i], "trigger") == 0) {
            assert_string_equal(fixture_text(event, "payload.severity"), "critical");
            assert_true(strlen(fixture_text(event, "payload.summary")) <= 1024);
            assert_string_equal(fixture_text(event, "payload.source"), "relay1");
        } else {
            assert_null(json_object_get(event, "payload"));
        }
        json_decref(event);
        outgoing_free(outgoing);
    }
}

/* What is done after a page is over wakes nobody again. */
static void pagerduty_opens_nothing_for_a_route_of_the_past(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_PAGERDUTY);
    struct notice notice = fixture_notice(NOTICE_ROUTE, &block, &item, 1);
    (void)state;
    notice.state = INCIDENT_STATE_CLOSED;
    struct outgoing *outgoing = notifier_format(&settings, &notice, SLICE(""), T0);
    json_t *event = fixture_body(outgoing);
    assert_string_equal(fixture_text(event, "event_action"), "resolve");
    json_decref(event);
    outgoing_free(outgoing);
}

/* The decision as the audit trail has it, and how to answer. */
static void a_route_is_told_to_all(void **state)
{
    static const struct {
        enum notifier_type type;
        const char *path, *text;
    } rows[] = {
        {NOTIFIER_WEBHOOK, "route.override", "o12"},
        {NOTIFIER_WEBHOOK, "route.action", "propose"},
        {NOTIFIER_WEBHOOK, "text.approve", "todoku route approve o12"},
        {NOTIFIER_COMMAND, "text.deny", "todoku route deny o12"},
        {NOTIFIER_ALERTMANAGER, "0.annotations.approve", "todoku route approve o12"},
        {NOTIFIER_PAGERDUTY, "payload.custom_details.deny", "todoku route deny o12"},
        {NOTIFIER_PAGERDUTY, "payload.summary",
         "[critical] Waits for a yes: relay1/out-a → docomo"},
    };
    struct incident block = fixture_block();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct notifier_settings settings = fixture_settings(rows[i].type);
        struct outgoing *outgoing = format(&settings, NOTICE_ROUTE, &block);
        json_t *body = fixture_body(outgoing);
        assert_string_equal(fixture_text(body, rows[i].path), rows[i].text);
        json_decref(body);
        outgoing_free(outgoing);
    }
}

/* In short where somebody is woken, whole where a program reads. */
static void surges_name_suspects(void **state)
{
    static const char top[] = "hijacked@shop10.example: 1,010 recipients within two hours";
    static const struct {
        enum notifier_type type;
        const char *path;
    } rows[] = {
        {NOTIFIER_SLACK, "blocks.2.text.text"},
        {NOTIFIER_WEBHOOK, "text.suspects.0"},
        {NOTIFIER_COMMAND, "text.suspects.0"},
        {NOTIFIER_ALERTMANAGER, "0.annotations.suspect"},
        {NOTIFIER_PAGERDUTY, "payload.custom_details.Suspects"},
    };
    struct incident surge = fixture_surge();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct notifier_settings settings = fixture_settings(rows[i].type);
        struct outgoing *outgoing = format(&settings, NOTICE_OPENED, &surge);
        json_t *body = fixture_body(outgoing);
        if (strstr(fixture_text(body, rows[i].path), top) == NULL)
            fail_msg("%s", fixture_text(body, rows[i].path));
        if (rows[i].type == NOTIFIER_WEBHOOK) {
            const json_t *suspect = fixture_at(body, "incidents.0.suspects.0");
            assert_int_equal(json_integer_value(fixture_at(suspect, "new_networks")), 12);
            assert_int_equal(json_integer_value(fixture_at(suspect, "usual_per_hour")), 40);
            assert_non_null(strstr(fixture_text(suspect, "reason"), "14 failed logins"));
        }
        json_decref(body);
        outgoing_free(outgoing);
    }
}

static void command_gets_words_of_ours(void **state)
{
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_COMMAND);
    (void)state;
    struct outgoing *outgoing = format(&settings, NOTICE_OPENED, &block);
    assert_int_equal(outgoing->arg_count, 2);
    assert_string_equal(outgoing->args[0], "/usr/bin/tell");
    assert_string_equal(outgoing->args[1], "--opened=3k9d0q2m");
    json_t *body = fixture_body(outgoing);
    assert_string_equal(fixture_text(body, "schema"), "todoku.notice/1");
    json_decref(body);
    outgoing_free(outgoing);
}

static const struct {
    enum notifier_type type;
    bool token, unreached;
    int status;
    const char *body;
    int64_t retry_after_s;
    enum notify_outcome outcome;
    int64_t wait_s;
    const char *reason, *thread;
} answers[] = {
    {NOTIFIER_SLACK, false, false, 200, "ok", -1, NOTIFY_SENT, 0, "", ""},
    {NOTIFIER_SLACK, false, false, 404, "no_service", -1, NOTIFY_REFUSED, 0, "HTTP 404: no_service",
     ""},
    {NOTIFIER_SLACK, false, false, 429, "", 30, NOTIFY_RETRY, 30, "HTTP 429: ", ""},
    {NOTIFIER_SLACK, true, false, 200, "{\"ok\":true,\"ts\":\"17.1\"}", -1, NOTIFY_SENT, 0, "",
     "17.1"},
    {NOTIFIER_SLACK, true, false, 200, "{\"ok\":false,\"error\":\"invalid_auth\"}", -1,
     NOTIFY_REFUSED, 0, "invalid_auth", ""},
    {NOTIFIER_SLACK, true, false, 200, "{\"ok\":false,\"error\":\"ratelimited\"}", -1, NOTIFY_RETRY,
     0, "ratelimited", ""},
    {NOTIFIER_SLACK, true, false, 200, "<html>", -1, NOTIFY_RETRY, 0,
     "Slack's answer is not understood", ""},
    {NOTIFIER_SLACK, true, false, 200, "[]", -1, NOTIFY_RETRY, 0,
     "Slack's answer is not understood", ""},
    {NOTIFIER_SLACK, true, false, 503, "", -1, NOTIFY_RETRY, 0, "HTTP 503: ", ""},
    {NOTIFIER_WEBHOOK, false, false, 204, "", -1, NOTIFY_SENT, 0, "", ""},
    {NOTIFIER_WEBHOOK, false, false, 301, "", -1, NOTIFY_REFUSED, 0, "HTTP 301: ", ""},
    {NOTIFIER_WEBHOOK, false, false, 400, "bad\x1b[31m\nline", -1, NOTIFY_REFUSED, 0,
     "HTTP 400: bad\\x1b[31m\\nline", ""},
    {NOTIFIER_WEBHOOK, false, false, 408, "", -1, NOTIFY_RETRY, 0, "HTTP 408: ", ""},
    {NOTIFIER_WEBHOOK, false, false, 503, "", 999999, NOTIFY_RETRY, 3600, "HTTP 503: ", ""},
    {NOTIFIER_WEBHOOK, false, false, 503, "", -5, NOTIFY_RETRY, 0, "HTTP 503: ", ""},
    {NOTIFIER_WEBHOOK, false, true, 0, "", -1, NOTIFY_RETRY, 0, "connection refused", ""},
    {NOTIFIER_ALERTMANAGER, false, false, 200, "", -1, NOTIFY_SENT, 0, "", ""},
    {NOTIFIER_PAGERDUTY, false, false, 202, "{}", -1, NOTIFY_SENT, 0, "", ""},
    {NOTIFIER_PAGERDUTY, false, false, 429, "", -1, NOTIFY_RETRY, 0, "HTTP 429: ", ""},
    {NOTIFIER_MAIL, false, false, 0, "", -1, NOTIFY_SENT, 0, "", ""},
    {NOTIFIER_MAIL, false, false, 75, "", -1, NOTIFY_RETRY, 0, "exit status 75", ""},
    {NOTIFIER_MAIL, false, false, 67, "", -1, NOTIFY_REFUSED, 0, "exit status 67", ""},
    {NOTIFIER_COMMAND, false, false, 1, "", -1, NOTIFY_RETRY, 0, "exit status 1", ""},
};

static void answers_mean(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct notifier_settings settings = fixture_settings(answers[i].type);
        char thread[NOTIFY_THREAD_MAX + 1];
        if (answers[i].token)
            settings.token = SLICE("xoxb-1");
        struct notifier_answer answer = {.reached = !answers[i].unreached,
                                         .status = answers[i].status,
                                         .body = slice_from_str(answers[i].body),
                                         .retry_after_s = answers[i].retry_after_s,
                                         .error = SLICE("connection refused")};
        struct notify_result result = notifier_judge(&settings, &answer, thread);
        if (result.outcome != answers[i].outcome ||
            result.retry_after_us != answers[i].wait_s * SECOND ||
            strcmp(result.reason, answers[i].reason) != 0 || strcmp(thread, answers[i].thread) != 0)
            fail_msg("row %zu: outcome %d, wait %lld, reason \"%s\", thread \"%s\"", i,
                     result.outcome, (long long)(result.retry_after_us / SECOND), result.reason,
                     thread);
    }
}

/* Pushes and counts what is pending. */
static size_t pushed(enum notifier_type type, enum incident_severity min,
                     const struct notice *notice)
{
    static const struct notify_queue_settings usual = NOTIFY_QUEUE_SETTINGS;
    struct notifier_settings settings = fixture_settings(type);
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    struct notify_status status;
    settings.min_severity = min;
    notifier_push(&settings, queue, notice, T0);
    notify_queue_status(queue, &status);
    notify_queue_free(queue);
    return status.pending;
}

static void who_gets_what(void **state)
{
    struct notice_item items[3];
    struct incident block = fixture_block();
    (void)state;
    struct notice opened = fixture_notice(NOTICE_OPENED, &block, items, 3);
    assert_int_equal(pushed(NOTIFIER_SLACK, INCIDENT_WARNING, &opened), 1);
    opened.severity = INCIDENT_INFO;
    assert_int_equal(pushed(NOTIFIER_SLACK, INCIDENT_WARNING, &opened), 0);
    struct notifier_settings boss = fixture_settings(NOTIFIER_SLACK);
    struct notify_queue *queue =
        notify_queue_new(&(struct notify_queue_settings)NOTIFY_QUEUE_SETTINGS, 1);
    boss.min_escalation = 2;
    notifier_push(&boss, queue, &opened, T0); /* called once so far */
    assert_int_equal(notify_queue_next_due(queue), INT64_MAX);
    opened.escalation = 2;
    notifier_push(&boss, queue, &opened, T0);
    assert_int_equal(notify_queue_next_due(queue), T0);
    notify_queue_free(queue);
    struct notice current = fixture_notice(NOTICE_CURRENT, &block, items, 3);
    assert_int_equal(pushed(NOTIFIER_SLACK, INCIDENT_INFO, &current), 0);
    assert_int_equal(pushed(NOTIFIER_ALERTMANAGER, INCIDENT_INFO, &current), 1);
    struct notice digest = fixture_notice(NOTICE_DIGEST, &block, items, 3);
    items[2].incident.severity = INCIDENT_WARNING;
    assert_int_equal(pushed(NOTIFIER_SLACK, INCIDENT_INFO, &digest), 1);
    assert_int_equal(pushed(NOTIFIER_PAGERDUTY, INCIDENT_INFO, &digest), 3);
    assert_int_equal(pushed(NOTIFIER_PAGERDUTY, INCIDENT_CRITICAL, &digest), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_take_hostile_texts),
        cmocka_unit_test(webhook_is_signed_with_its_time),
        cmocka_unit_test(webhook_document),
        cmocka_unit_test(mail_has_only_its_own_headers),
        cmocka_unit_test(mail_subjects_can_be_read),
        cmocka_unit_test(mail_goes_to_a_command),
        cmocka_unit_test(alertmanager_labels_stay),
        cmocka_unit_test(pagerduty_actions),
        cmocka_unit_test(pagerduty_opens_nothing_for_a_route_of_the_past),
        cmocka_unit_test(a_route_is_told_to_all),
        cmocka_unit_test(surges_name_suspects),
        cmocka_unit_test(command_gets_words_of_ours),
        cmocka_unit_test(answers_mean),
        cmocka_unit_test(who_gets_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
