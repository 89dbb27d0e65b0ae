/* SPDX-License-Identifier: Apache-2.0
 *
 * Slack: Block Kit, by an incoming webhook or, with a bot token, by chat.postMessage with later
 * notices in the thread of the first.
 *
 * Escaping: & < > as entities, which disarms mentions (<!here>, <@U1>) and links; `verbatim` keeps
 * Slack from turning plain words (@here, #channel, host names) into links; a back quote inside code
 * becomes another quote. Limits (2024): header 150 characters, section 3000, 10 fields of 2000, 50
 * blocks; a message above some 13,000 characters is refused (bolt-js issue 2509), so texts are cut
 * well below.
 */
#include "respond/notifier_formats.h"

#include "base/escape.h"

#define HEADER_MAX 150
#define FIELD_MAX 500
#define ITEM_MAX 120 /* of 20 items: stays below a section with its heading and all */
#define SAMPLE_MAX 1500
#define FIELDS_A_SECTION 10

/* Up to `max` bytes of escaped text, no half entity or character; then an ellipsis. */
static void add_escaped(struct slice text, size_t max, bool code, struct buf *to)
{
    size_t begin = to->len;
    while (text.len > 0) {
        struct slice one = text;
        utf8_take(&text);
        one.len -= text.len;
        struct slice safe = one;
        if (slice_eq(one, SLICE("&")))
            safe = SLICE("&amp;");
        else if (slice_eq(one, SLICE("<")))
            safe = SLICE("&lt;");
        else if (slice_eq(one, SLICE(">")))
            safe = SLICE("&gt;");
        else if (code && slice_eq(one, SLICE("`")))
            safe = SLICE("ˋ");
        if (to->len - begin + safe.len > max) {
            buf_add_str(to, "…");
            return;
        }
        buf_add(to, safe);
    }
}

static json_t *mrkdwn(const struct buf *text)
{
    json_t *object = json_value_object();
    json_value_put(object, "type", json_value_text(SLICE("mrkdwn")));
    json_value_put(object, "text", json_value_text(buf_slice(text)));
    json_value_put(object, "verbatim", json_true());
    return object;
}

static json_t *block(const char *type, const char *key, json_t *content)
{
    json_t *object = json_value_object();
    json_value_put(object, "type", json_value_text(slice_from_str(type)));
    json_value_put(object, key, content);
    return object;
}

static void add_bold(struct slice label, struct buf *to)
{
    buf_add_char(to, '*');
    add_escaped(label, FIELD_MAX, false, to);
    buf_add_str(to, "*\n");
}

static void add_header(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf title = {0};
    size_t shown = 0;
    for (struct slice rest = message->title; rest.len > 0 && shown < HEADER_MAX; shown++) {
        struct slice one = rest; /* plain text: nothing is escaped, limits count characters */
        utf8_take(&rest);
        bool last = shown == HEADER_MAX - 1 && rest.len > 0;
        buf_add(&title, last ? SLICE("…") : slice_first(one, one.len - rest.len));
    }
    json_t *text = json_value_object();
    json_value_put(text, "type", json_value_text(SLICE("plain_text")));
    json_value_put(text, "text", json_value_text(buf_slice(&title)));
    json_value_put(text, "emoji", json_false());
    json_value_append(blocks, block("header", "text", text));
}

static void add_fields(const struct notice_message *message, json_t *blocks)
{
    json_t *fields = NULL;
    for (size_t i = 0; i < message->fact_count; i++) {
        CLEANUP_BUF struct buf text = {0};
        if (i % FIELDS_A_SECTION == 0) {
            fields = json_value_array();
            json_value_append(blocks, block("section", "fields", fields));
        }
        add_bold(message->facts[i].label, &text);
        add_escaped(message->facts[i].text, FIELD_MAX, false, &text);
        json_value_append(fields, mrkdwn(&text));
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
        add_escaped(message->list[i], ITEM_MAX, false, &text);
        buf_add_char(&text, '\n');
    }
    buf_add(&text, message->list_more);
    json_value_append(blocks, block("section", "text", mrkdwn(&text)));
}

static void add_suspects(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (message->suspect_count == 0)
        return;
    add_bold(message->suspects_title, &text);
    for (size_t i = 0; i < message->suspect_count; i++) {
        buf_add_str(&text, "• ");
        add_escaped(message->suspects[i], FIELD_MAX, false, &text);
        buf_add_char(&text, '\n');
    }
    json_value_append(blocks, block("section", "text", mrkdwn(&text)));
}

static void add_sample(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (message->sample.len == 0)
        return;
    add_bold(message->sample_title, &text);
    buf_add_str(&text, "```");
    add_escaped(message->sample, SAMPLE_MAX, true, &text);
    buf_add_str(&text, "```");
    json_value_append(blocks, block("section", "text", mrkdwn(&text)));
}

/* A link that we mean: its bytes cannot end it early. Only web pages. */
static void add_link(struct slice title, struct slice url, struct buf *to)
{
    if (!slice_istarts_with(url, SLICE("https://")) && !slice_istarts_with(url, SLICE("http://"))) {
        add_escaped(url, FIELD_MAX, false, to);
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
    add_escaped(title, FIELD_MAX, false, to);
    buf_add_char(to, '>');
}

static void add_advice(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (message->advice.len > 0) {
        add_bold(message->advice_title, &text);
        add_escaped(message->advice, SAMPLE_MAX, false, &text);
        buf_add_char(&text, '\n');
    }
    if (message->link.len > 0)
        add_link(message->link_title, message->link, &text);
    if (message->runbook.len > 0) {
        buf_add_str(&text, message->link.len > 0 ? " | " : "");
        add_link(message->runbook_title, message->runbook, &text);
    }
    if (text.len > 0)
        json_value_append(blocks, block("section", "text", mrkdwn(&text)));
}

static void add_hint(const struct notice_message *message, json_t *blocks)
{
    CLEANUP_BUF struct buf text = {0};
    if (message->hint.len == 0)
        return;
    add_escaped(message->hint_title, FIELD_MAX, false, &text);
    buf_add_str(&text, ": `");
    add_escaped(message->hint, FIELD_MAX, true, &text);
    buf_add_char(&text, '`');
    json_t *elements = json_value_array();
    json_value_append(elements, mrkdwn(&text));
    json_value_append(blocks, block("context", "elements", elements));
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
    add_escaped(message->title, SAMPLE_MAX, false, &text);
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
    add_hint(message, blocks);
    json_value_put(object, "blocks", blocks);
    notifier_json_body(to, object);
}
