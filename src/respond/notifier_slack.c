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

/* A command to type. */
static void add_hint(struct slice title, struct slice command, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (command.len == 0)
        return;
    slack_text_add(title, FIELD_MAX, false, &text);
    buf_add_str(&text, ": `");
    slack_text_add(command, FIELD_MAX, true, &text);
    buf_add_char(&text, '`');
    json_t *elements = json_value_array();
    json_value_append(elements, slack_text_mrkdwn(&text));
    json_value_append(blocks, slack_text_block("context", "elements", elements));
}

static void add_button(enum slack_action action, struct slice title, struct slice value,
                       json_t *elements)
{
    json_t *object = slack_text_block("button", "text", slack_text_plain(title, BUTTON_MAX));
    json_value_put_word(object, "action_id", slack_action_word(action));
    json_value_put_text(object, "value", value);
    json_value_append(elements, object);
}

/* Buttons, if any, that are taken out together when one was pressed. Takes them over. */
static void add_row(const char *id, json_t *elements, json_t *blocks)
{
    if (json_array_size(elements) == 0) {
        json_decref(elements);
        return;
    }
    json_t *row = slack_text_block("actions", "elements", elements);
    json_value_put_word(row, "block_id", id);
    json_value_append(blocks, row);
}

static void add_hints(const struct notice_message *message, json_t *blocks)
{
    add_hint(message->approve_title, message->approve, blocks);
    add_hint(message->deny_title, message->deny, blocks);
    add_hint(message->hint_title, message->hint, blocks);
}

static struct slice word(const struct notifier_job *job, enum message_word name)
{
    return slice_from_str(message_word(name, job->message->language));
}

/* Yes and no in one row, since one of them ends the question; taking the page in another. */
static void add_buttons(const struct notifier_job *job, json_t *blocks)
{
    const struct notice *notice = job->notice;
    json_t *decide = json_value_array(), *take = json_value_array();
    if (notice_may_approve(notice))
        add_button(SLACK_ACTION_APPROVE, word(job, MESSAGE_BUTTON_APPROVE),
                   notice->route->override_id, decide);
    if (notice_may_deny(notice))
        add_button(SLACK_ACTION_DENY, word(job, MESSAGE_BUTTON_DENY), notice->route->override_id,
                   decide);
    if (job->message->hint.len > 0)
        add_button(SLACK_ACTION_ACKNOWLEDGE, word(job, MESSAGE_BUTTON_ACKNOWLEDGE), notice->page,
                   take);
    add_row("todoku_route", decide, blocks);
    add_row("todoku_page", take, blocks);
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
        transition == NOTICE_CLOSED || notice_may_approve(job->notice))
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
    if (job->settings->buttons)
        add_buttons(job, blocks);
    else
        add_hints(message, blocks);
    json_value_put(object, "blocks", blocks);
    notifier_json_body(to, object);
}
