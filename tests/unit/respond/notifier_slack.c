/* SPDX-License-Identifier: Apache-2.0
 *
 * Slack messages: their form against Slack's documented limits, and that no text of a log becomes a
 * mention, a link or a block of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/escape.h"
#include "respond/notifier_fixture.h"

static size_t characters(const char *text)
{
    size_t count = 0;
    for (struct slice rest = slice_from_str(text); rest.len > 0; count++)
        assert_int_not_equal(utf8_take(&rest), UTF8_INVALID);
    return count;
}

/* Only our own links have angle brackets: <https://...|Title>. */
static void check_markup(const char *text)
{
    for (const char *open = strchr(text, '<'); open; open = strchr(open + 1, '<')) {
        const char *close = strchr(open, '>');
        assert_non_null(close);
        assert_int_equal(strncmp(open, "<https://", 9), 0);
        const char *bar = memchr(open, '|', (size_t)(close - open));
        assert_non_null(bar);
        assert_null(memchr(bar + 1, '|', (size_t)(close - bar - 1)));
        for (const char *c = open; c < bar; c++)
            assert_true(*c > ' ' && *c < 0x7f && *c != '"' && *c != '`');
    }
    for (const char *amp = strchr(text, '&'); amp; amp = strchr(amp + 1, '&'))
        assert_true(strncmp(amp, "&amp;", 5) == 0 || strncmp(amp, "&lt;", 4) == 0 ||
                    strncmp(amp, "&gt;", 4) == 0);
}

/* Returns the characters of it. */
static size_t check_text(const json_t *object, size_t max)
{
    const char *text = fixture_text(object, "text");
    bool plain = strcmp(fixture_text(object, "type"), "plain_text") == 0;
    assert_in_range(characters(text), 1, max);
    if (!plain) {
        assert_true(json_is_true(fixture_at(object, "verbatim")));
        check_markup(text);
    }
    return characters(text);
}

static size_t check_button(const json_t *button)
{
    assert_string_equal(fixture_text(button, "type"), "button");
    assert_string_equal(fixture_text(button, "text.type"), "plain_text");
    assert_in_range(strlen(fixture_text(button, "action_id")), 1, 255);
    assert_in_range(strlen(fixture_text(button, "value")), 1, 64);
    return check_text(fixture_at(button, "text"), 75);
}

static size_t check_block(const json_t *block)
{
    const char *type = fixture_text(block, "type");
    size_t total = 0, i;
    json_t *one;
    if (strcmp(type, "header") == 0) {
        assert_string_equal(fixture_text(block, "text.type"), "plain_text");
        return check_text(fixture_at(block, "text"), 150);
    }
    if (strcmp(type, "context") == 0) {
        json_array_foreach(fixture_at(block, "elements"), i, one) total += check_text(one, 2000);
        return total;
    }
    if (strcmp(type, "actions") == 0) {
        assert_in_range(strlen(fixture_text(block, "block_id")), 1, 255);
        assert_in_range(json_array_size(fixture_at(block, "elements")), 1, 25);
        json_array_foreach(fixture_at(block, "elements"), i, one) total += check_button(one);
        return total;
    }
    assert_string_equal(type, "section");
    if (json_object_get(block, "text"))
        return check_text(fixture_at(block, "text"), 3000);
    assert_in_range(json_array_size(fixture_at(block, "fields")), 1, 10);
    json_array_foreach(fixture_at(block, "fields"), i, one) total += check_text(one, 2000);
    return total;
}

static json_t *check_message(const struct notifier_settings *settings, const struct notice *notice,
                             struct slice thread)
{
    struct outgoing *outgoing = notifier_format(settings, notice, thread, T0);
    json_t *message = fixture_body(outgoing), *block;
    size_t total = 0, i;
    const json_t *blocks = fixture_at(message, "blocks");
    assert_in_range(json_array_size(blocks), 1, 50);
    json_array_foreach(blocks, i, block) total += check_block(block);
    assert_in_range(total, 1, 12500);
    check_markup(fixture_text(message, "text"));
    assert_null(strchr(fixture_text(message, "text"), '<'));
    assert_true(json_is_false(fixture_at(message, "unfurl_links")));
    outgoing_free(outgoing);
    return message;
}

static void every_transition_has_its_form(void **state)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    (void)state;
    for (int i = NOTICE_OPENED; i <= NOTICE_CURRENT; i++) {
        for (int hostile = 0; hostile < 2; hostile++) {
            for (int language = 0; language < LANGUAGE_COUNT; language++) {
                for (size_t count = 1; count <= NOTICE_ITEMS_MAX; count += NOTICE_ITEMS_MAX - 1) {
                    struct incident first = hostile ? fixture_hostile() : fixture_block();
                    struct notifier_settings settings = fixture_settings(NOTIFIER_SLACK);
                    settings.message.language = (enum language)language;
                    settings.buttons = hostile == 1;
                    struct notice notice =
                        fixture_notice((enum notice_transition)i, &first, items, count);
                    json_decref(check_message(&settings, &notice, SLICE("")));
                }
            }
        }
    }
}

static void says_what_where_since_when(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_SLACK);
    struct notice notice = fixture_notice(NOTICE_OPENED, &block, &item, 1);
    (void)state;
    json_t *message = check_message(&settings, &notice, SLICE(""));
    assert_string_equal(fixture_text(message, "text"), "[critical] Blocked: relay1/out-a → docomo");
    assert_string_equal(fixture_text(message, "blocks.1.fields.3.text"),
                        "*Since*\n2026-03-02 16:01 +09:00");
    assert_string_equal(fixture_text(message, "blocks.1.fields.4.text"),
                        "*How much*\n3,604 of 3,720 attempts refused (96.88 %)");
    assert_string_equal(fixture_text(message, "blocks.2.text.text"),
                        "*Sample reply*\n```host x[192.0.2.1] said: 550 5.7.1 blocked using "
                        "&lt;zen.spamhaus.org&gt; &amp; more```");
    assert_non_null(strstr(fixture_text(message, "blocks.3.text.text"),
                           "<https://todoku.example/runbooks/block|Runbook>"));
    assert_non_null(strstr(fixture_text(message, "blocks.3.text.text"),
                           "<https://check.spamhaus.org/?q=192.0.2.11&amp;x=1|Link in the reply>"));
    assert_string_equal(fixture_text(message, "blocks.4.elements.0.text"),
                        "Take it: `todoku incident ack 3k9d0q2m`");
    json_decref(message);
}

static void presses_take_the_page_where_they_come_back(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_SLACK);
    (void)state;
    settings.buttons = true;
    for (int i = NOTICE_OPENED; i <= NOTICE_CURRENT; i++) {
        struct notice notice = fixture_notice((enum notice_transition)i, &block, &item, 1);
        json_t *message = check_message(&settings, &notice, SLICE(""));
        const json_t *blocks = fixture_at(message, "blocks");
        const json_t *last = json_array_get(blocks, json_array_size(blocks) - 1);
        bool open = notice.state == INCIDENT_STATE_OPEN && i != NOTICE_DIGEST;
        assert_int_equal(strcmp(fixture_text(last, "type"), "actions") == 0, open);
        if (open) {
            assert_string_equal(fixture_text(last, "block_id"), "todoku_page");
            assert_string_equal(fixture_text(last, "elements.0.text.text"), "Acknowledge");
            assert_string_equal(fixture_text(last, "elements.0.action_id"), "todoku_acknowledge");
            assert_string_equal(fixture_text(last, "elements.0.value"), "3k9d0q2m");
        }
        size_t rows = 0, k;
        json_t *block_of;
        json_array_foreach(blocks, k, block_of) rows +=
            strcmp(fixture_text(block_of, "type"), "actions") == 0;
        assert_int_equal(rows, open + (i == NOTICE_ROUTE));
        char *text = json_dumps(message, 0);
        assert_null(strstr(text, "todoku incident ack"));
        assert_null(strstr(text, "todoku route"));
        free(text);
        json_decref(message);
    }
}

static void yes_and_no_are_a_row_of_their_own(void **state)
{
    static const struct {
        enum audit_action action;
        size_t buttons;
    } rows[] = {{AUDIT_PROPOSE, 2}, {AUDIT_QUARANTINE, 1}, {AUDIT_DETOUR, 0}, {AUDIT_DENY, 0}};
    struct notice_item item;
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_SLACK);
    (void)state;
    settings.buttons = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct notice notice = fixture_notice(NOTICE_ROUTE, &block, &item, 1);
        notice.route = fixture_route(&block, rows[i].action);
        notice.state = INCIDENT_STATE_ACKNOWLEDGED;
        json_t *message = check_message(&settings, &notice, SLICE("17.1"));
        const json_t *blocks = fixture_at(message, "blocks");
        const json_t *last = json_array_get(blocks, json_array_size(blocks) - 1);
        assert_int_equal(strcmp(fixture_text(last, "type"), "actions") == 0, rows[i].buttons > 0);
        if (rows[i].buttons > 0) {
            const json_t *elements = fixture_at(last, "elements");
            assert_string_equal(fixture_text(last, "block_id"), "todoku_route");
            assert_int_equal(json_array_size(elements), rows[i].buttons);
            assert_string_equal(fixture_text(elements, "0.action_id"), "todoku_approve");
            assert_string_equal(fixture_text(elements, "0.value"), "o12");
        }
        json_decref(message);
    }
}

static void what_waits_shows_in_the_channel_too(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_SLACK);
    struct notice notice = fixture_notice(NOTICE_ROUTE, &block, &item, 1);
    (void)state;
    settings.token = SLICE("xoxb-1");
    settings.channel = SLICE("C123");
    json_t *message = check_message(&settings, &notice, SLICE("17.1"));
    assert_true(json_is_true(fixture_at(message, "reply_broadcast")));
    char *text = json_dumps(message, 0);
    assert_non_null(strstr(text, "Say yes: `todoku route approve o12`"));
    assert_non_null(strstr(text, "Say no: `todoku route deny o12`"));
    free(text);
    json_decref(message);
    notice.route = fixture_route(&block, AUDIT_DETOUR);
    message = check_message(&settings, &notice, SLICE("17.1"));
    assert_null(json_object_get(message, "reply_broadcast"));
    json_decref(message);
}

static void a_bot_token_posts_into_the_thread(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_SLACK);
    struct notice opened = fixture_notice(NOTICE_OPENED, &block, &item, 1);
    (void)state;
    settings.token = SLICE("xoxb-1\r\nX-Evil: 1");
    settings.channel = SLICE("C123");
    settings.url = SLICE("");
    struct outgoing *outgoing = notifier_format(&settings, &opened, SLICE(""), T0);
    assert_string_equal(outgoing->url, "https://slack.com/api/chat.postMessage");
    assert_string_equal(fixture_header(outgoing, "authorization"), "Bearer xoxb-1X-Evil: 1");
    outgoing_free(outgoing);
    json_t *message = check_message(&settings, &opened, SLICE(""));
    assert_string_equal(fixture_text(message, "channel"), "C123");
    assert_null(json_object_get(message, "thread_ts"));
    json_decref(message);
    struct notice updated = fixture_notice(NOTICE_UPDATED, &block, &item, 1);
    message = check_message(&settings, &updated, SLICE("17.1"));
    assert_string_equal(fixture_text(message, "thread_ts"), "17.1");
    assert_null(json_object_get(message, "reply_broadcast"));
    json_decref(message);
    struct notice closed = fixture_notice(NOTICE_CLOSED, &block, &item, 1);
    message = check_message(&settings, &closed, SLICE("17.1"));
    assert_true(json_is_true(fixture_at(message, "reply_broadcast")));
    json_decref(message);
}

static void a_webhook_is_posted_as_it_is(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notifier_settings settings = fixture_settings(NOTIFIER_SLACK);
    struct notice notice = fixture_notice(NOTICE_OPENED, &block, &item, 1);
    (void)state;
    struct outgoing *outgoing = notifier_format(&settings, &notice, SLICE("17.1"), T0);
    assert_string_equal(outgoing->url, "https://hooks.example/T1/");
    json_t *message = fixture_body(outgoing);
    assert_null(json_object_get(message, "channel"));
    assert_null(json_object_get(message, "thread_ts"));
    json_decref(message);
    outgoing_free(outgoing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transition_has_its_form),
        cmocka_unit_test(says_what_where_since_when),
        cmocka_unit_test(presses_take_the_page_where_they_come_back),
        cmocka_unit_test(yes_and_no_are_a_row_of_their_own),
        cmocka_unit_test(what_waits_shows_in_the_channel_too),
        cmocka_unit_test(a_bot_token_posts_into_the_thread),
        cmocka_unit_test(a_webhook_is_posted_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
