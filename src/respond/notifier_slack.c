/* SPDX-License-Identifier: Apache-2.0
 *
 * Slack: Block Kit, by an incoming webhook or, with a bot token, by chat.postMessage with later
 * notices in the thread of the first. What people can do has buttons where presses come back
 * (slack_click.h), else commands to type.
 *
 * Limits (2024): header 150 characters, section 3000, 10 fields of 2000, button 75 and its value
 * 2000, 50 blocks; a message above some 13,000 characters is refused (bolt-js issue 2509), so texts
 * are cut well below. Escaping: slack_text.h.
 */
#include "respond/notifier_formats.h"

#include "respond/message_words.h"
#include "respond/slack_click.h"
#include "respond/slack_text.h"

#define HEADER_MAX 150
#define BUTTON_MAX 75
#define FIELD_MAX 500
#define ITEM_MAX 120 /* of 20 items: stays below a section with its heading and all */
#define SAMPLE_MAX 1500
#define FIELDS_A_SECTION 10

static void add_bold(struct slice label, struct buf *to)
{
    buf_add_char(to, '*');
    slack_text_add(label, FIELD_MAX, false, to);
    buf_add_str(to, "*\n");
}

static void add_header(const struct notice_message *message, json_t *blocks)
{
    json_t *title = slack_text_plain(message->title, HEADER_MAX);
    json_value_append(blocks, slack_text_block("header", "text", title));
}

static void add_fields(const struct notice_message *message, json_t *blocks)
{
    json_t *fields = NULL;
    for (size_t i = 0; i < message->fact_count; i++) {
        CLEANUP_BUF struct buf text = {0};
        if (i % FIELDS_A_SECTION == 0) {
            fields = json_value_array();
            json_value_append(blocks, slack_text_block("section", "fields", fields));
        }
        add_bold(message->facts[i].label, &text);
        slack_text_add(message->facts[i].text, FIELD_MAX, false, &text);
        json_value_append(fields, slack_text_mrkdwn(&text));
    }
}

static void add_list(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (message->list_count == 0)
        return;
    add_bold(message->list_title, &text);
    for (size_t i = 0; i < message->list_count; i++) {
        buf_add_str(&text, "• ");
        slack_text_add(message->list[i], ITEM_MAX, false, &text);
        buf_add_char(&text, '\n');
    }
    buf_add(&text, message->list_more);
    json_value_append(blocks, slack_text_block("section", "text", slack_text_mrkdwn(&text)));
}

static void add_suspects(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (message->suspect_count == 0)
        return;
    add_bold(message->suspects_title, &text);
    for (size_t i = 0; i < message->suspect_count; i++) {
        buf_add_str(&text, "• ");
        slack_text_add(message->suspects[i], FIELD_MAX, false, &text);
        buf_add_char(&text, '\n');
    }
    json_value_append(blocks, slack_text_block("section", "text", slack_text_mrkdwn(&text)));
}

static void add_sample(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (message->sample.len == 0)
        return;
    add_bold(message->sample_title, &text);
    buf_add_str(&text, "```");
    slack_text_add(message->sample, SAMPLE_MAX, true, &text);
    buf_add_str(&text, "```");
    json_value_append(blocks, slack_text_block("section", "text", slack_text_mrkdwn(&text)));
}

/* A link that we mean: its bytes cannot end it early. Only web pages. */
static void add_link(struct slice title, struct slice url, struct buf *to)
{
    if (!slice_istarts_with(url, SLICE("https://")) && !slice_istarts_with(url, SLICE("http://"))) {
        slack_text_add(url, FIELD_MAX, false, to);
        return;
    }
    buf_add_char(to, '<');
    for (size_t i = 0; i < url.len && i < FIELD_MAX; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= ' ' || c >= 0x7f || strchr("<>|\"\\`", c))
            buf_addf(to, "%%%02X", c);
        else if (c == '&')
            buf_add_str(to, "&amp;");
        else
            buf_add_char(to, (char)c);
    }
    buf_add_char(to, '|');
    slack_text_add(title, FIELD_MAX, false, to);
    buf_add_char(to, '>');
}

static void add_advice(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (message->advice.len > 0) {
        add_bold(message->advice_title, &text);
        slack_text_add(message->advice, SAMPLE_MAX, false, &text);
        buf_add_char(&text, '\n');
    }
    if (message->link.len > 0)
        add_link(message->link_title, message->link, &text);
    if (message->runbook.len > 0) {
        buf_add_str(&text, message->link.len > 0 ? " | " : "");
        add_link(message->runbook_title, message->runbook, &text);
    }
    if (text.len > 0)
        json_value_append(blocks, slack_text_block("section", "text", slack_text_mrkdwn(&text)));
}

static void add_hint(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    slack_text_add(message->hint_title, FIELD_MAX, false, &text);
    buf_add_str(&text, ": `");
    slack_text_add(message->hint, FIELD_MAX, true, &text);
    buf_add_char(&text, '`');
    json_t *elements = json_value_array();
    json_value_append(elements, slack_text_mrkdwn(&text));
    json_value_append(blocks, slack_text_block("context", "elements", elements));
}

static json_t *button(enum slack_action action, struct slice title, struct slice value)
{
    json_t *object = slack_text_block("button", "text", slack_text_plain(title, BUTTON_MAX));
    json_value_put_word(object, "action_id", slack_action_word(action));
    json_value_put_text(object, "value", value);
    return object;
}

/* A row of buttons that is taken out as a whole when one was pressed. */
static json_t *row_of_buttons(const char *id, json_t *elements)
{
    json_t *row = slack_text_block("actions", "elements", elements);
    json_value_put_word(row, "block_id", id);
    return row;
}

/* How to take the page, while nobody has. */
static void add_way_to_take(const struct notifier_job *job, json_t *blocks)
{
    const struct notice_message *message = job->message;
    if (message->hint.len == 0)
        return;
    if (!job->settings->buttons) {
        add_hint(message, blocks);
        return;
    }
    const char *title = message_word(MESSAGE_BUTTON_ACKNOWLEDGE, message->language);
    json_t *elements = json_value_array();
    json_value_append(elements,
                      button(SLACK_ACTION_ACKNOWLEDGE, slice_from_str(title), job->notice->page));
    json_value_append(blocks, row_of_buttons("todoku_page", elements));
}

/* In the thread, and in the channel too when somebody should look up. */
static void add_thread(const struct notifier_job *job, json_t *object)
{
    enum notice_transition transition = job->notice->transition;
    json_value_put_text(object, "channel", job->settings->channel);
    if (job->thread.len == 0)
        return;
    json_value_put_text(object, "thread_ts", job->thread);
    if (transition == NOTICE_ESCALATED || transition == NOTICE_REOPENED ||
        transition == NOTICE_CLOSED)
        json_value_put(object, "reply_broadcast", json_true());
}

void notifier_slack(const struct notifier_job *job, struct outgoing *to)
{
    const struct notice_message *message = job->message;
    json_t *object = json_value_object(), *blocks = json_value_array();
    CLEANUP_BUF struct buf text = {0}, bearer = {0};
    slack_text_add(message->title, SAMPLE_MAX, false, &text);
    if (job->settings->token.len > 0) {
        add_thread(job, object);
        buf_add_str(&bearer, "Bearer ");
        buf_add(&bearer, job->settings->token);
        outgoing_url(to, job->settings->url.len ? job->settings->url : SLICE(NOTIFIER_SLACK_API),
                     "/chat.postMessage");
        outgoing_header(to, "Authorization", buf_slice(&bearer));
    } else {
        outgoing_url(to, job->settings->url, "");
    }
    json_value_put_text(object, "text", buf_slice(&text));
    json_value_put(object, "unfurl_links", json_false());
    json_value_put(object, "unfurl_media", json_false());
    add_header(message, blocks);
    add_fields(message, blocks);
    add_list(message, blocks);
    add_suspects(message, blocks);
    add_sample(message, blocks);
    add_advice(message, blocks);
    add_way_to_take(job, blocks);
    json_value_put(object, "blocks", blocks);
    notifier_json_body(to, object);
}
