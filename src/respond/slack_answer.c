/* SPDX-License-Identifier: Apache-2.0
 *
 * See slack_answer.h. The message comes back as Slack sent it, its texts escaped as we had escaped
 * them; https://api.slack.com/interactivity/handling#updating_message_response
 */
#include "respond/slack_answer.h"

#include "respond/message_words.h"
#include "respond/notifier_formats.h"
#include "respond/slack_text.h"

#define TEXT_MAX 600

/* "Acknowledged by kato (Slack U012)", or what went wrong. */
static void add_words(const struct slack_click *click, const struct slack_outcome *outcome,
                      struct buf *to)
{
    static const enum message_word done[] = {
        [SLACK_ACTION_ACKNOWLEDGE] = MESSAGE_ACKNOWLEDGED_BY,
        [SLACK_ACTION_APPROVE] = MESSAGE_APPROVED_BY,
        [SLACK_ACTION_DENY] = MESSAGE_DENIED_BY,
    };
    CLEANUP_BUF struct buf by = {0}, safe_by = {0}, reason = {0};
    slack_click_by(click, &by);
    slack_text_add(buf_slice(&by), TEXT_MAX, false, &safe_by);
    slack_text_add(outcome->reason, TEXT_MAX, false, &reason);
    const struct text_value values[] = {
        {"by", buf_slice(&safe_by)}, {"reason", buf_slice(&reason)}, {NULL, SLICE("")}};
    enum message_word word = outcome->barred ? MESSAGE_NO_APPROVER
                             : outcome->good ? done[click->action]
                                             : MESSAGE_NOT_DONE;
    text_template(message_word(word, outcome->language), values, to);
}

static bool is_pressed_row(const struct slack_click *click, const json_t *block)
{
    struct slice type, id;
    return json_is_object(block) && json_field_text(block, "type", SLACK_WORD_MAX, &type) &&
           json_field_text(block, "block_id", SLACK_WORD_MAX, &id) &&
           slice_eq(type, SLICE("actions")) && slice_eq(id, click->block_id);
}

/* The blocks with the words where the buttons were; NULL: there are no such buttons. */
static json_t *without_buttons(const struct slack_click *click, const struct buf *words)
{
    const json_t *before = json_object_get(click->message, "blocks");
    json_t *after = json_value_array(), *block;
    bool found = false;
    size_t i;
    json_array_foreach(before, i, block)
    {
        if (!is_pressed_row(click, block)) {
            json_value_append(after, json_incref(block));
            continue;
        }
        found = true;
        json_t *elements = json_value_array();
        json_value_append(elements, slack_text_mrkdwn(words));
        json_value_append(after, slack_text_block("context", "elements", elements));
    }
    if (found)
        return after;
    json_decref(after);
    return NULL;
}

struct outgoing *slack_answer(const struct slack_click *click, const struct slack_outcome *outcome)
{
    CLEANUP_BUF struct buf words = {0};
    if (click->response_url.len == 0)
        return NULL;
    add_words(click, outcome, &words);
    json_t *object = json_value_object();
    json_t *blocks = outcome->good ? without_buttons(click, &words) : NULL;
    json_t *text = json_object_get(click->message, "text");
    json_value_put(object, "replace_original", json_boolean(blocks != NULL));
    if (blocks != NULL) {
        json_value_put(object, "text",
                       json_is_string(text) ? json_incref(text)
                                            : json_value_text(buf_slice(&words)));
        json_value_put(object, "blocks", blocks);
    } else {
        json_value_put_word(object, "response_type", "ephemeral");
        json_value_put_text(object, "text", buf_slice(&words));
    }
    struct outgoing *to = outgoing_new();
    outgoing_url(to, click->response_url, "");
    notifier_json_body(to, object);
    return to;
}
