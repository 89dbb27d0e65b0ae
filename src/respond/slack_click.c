/* SPDX-License-Identifier: Apache-2.0
 *
 * See slack_click.h.
 */
#include "respond/slack_click.h"

#include "base/escape.h"
#include "base/form_body.h"

#define NAME_MAX 4096

static const char *const actions[] = {
#define X(name, word) [SLACK_ACTION_##name] = word,
    SLACK_ACTIONS(X)
#undef X
};

const char *slack_action_word(enum slack_action action)
{
    return actions[action];
}

static bool action_from_word(struct slice word, enum slack_action *out)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (slice_eq(word, slice_from_str(actions[i]))) {
            *out = (enum slack_action)i;
            return true;
        }
    return false;
}

static bool is_value(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_digit(text.ptr[i]) && text.ptr[i] != '-' &&
            (text.ptr[i] < 'a' || text.ptr[i] > 'z'))
            return false;
    return text.len > 0;
}

bool slack_click_is_user(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_digit(text.ptr[i]) && (text.ptr[i] < 'A' || text.ptr[i] > 'Z'))
            return false;
    return text.len > 0 && text.len <= SLACK_USER_ID_MAX;
}

/* Who pressed. `name` is the older key for `username`. */
static bool read_user(const json_t *user, struct slack_click *click)
{
    struct slice name, old;
    if (!json_is_object(user) || !json_field_text(user, "id", SLACK_USER_ID_MAX, &click->user_id) ||
        !slack_click_is_user(click->user_id) ||
        !json_field_text(user, "username", NAME_MAX, &name) ||
        !json_field_text(user, "name", NAME_MAX, &old))
        return false;
    click->user_name = utf8_first(name.len > 0 ? name : old, SLACK_USER_NAME_MAX);
    return true;
}

/* What may be missing: where to answer, and on what message the button is. */
static bool read_place(const json_t *payload, struct slack_click *click)
{
    const json_t *message = json_object_get(payload, "message"), *blocks;
    if (!json_field_text(payload, "response_url", SLACK_URL_MAX, &click->response_url))
        return false;
    if (message == NULL)
        return true;
    click->message = message;
    return json_is_object(message) &&
           json_field_array(message, "blocks", SLACK_BLOCKS_MAX, &blocks);
}

/* One press is one action. */
static enum slack_click_result read_action(const json_t *payload, struct slack_click *click)
{
    const json_t *list, *action;
    struct slice type, id;
    if (!json_field_array(payload, "actions", 1, &list) ||
        !json_is_object(action = json_array_get(list, 0)) ||
        !json_field_text(action, "type", SLACK_WORD_MAX, &type) ||
        !json_field_text(action, "action_id", SLACK_WORD_MAX, &id) ||
        !json_field_text(action, "block_id", SLACK_WORD_MAX, &click->block_id))
        return SLACK_CLICK_BAD;
    if (!slice_eq(type, SLICE("button")) || !action_from_word(id, &click->action))
        return SLACK_CLICK_FOREIGN;
    bool good = json_field_text(action, "value", SLACK_VALUE_MAX, &click->value);
    return good && is_value(click->value) ? SLACK_CLICK_DONE : SLACK_CLICK_BAD;
}

static enum slack_click_result read_payload(const json_t *payload, struct slack_click *click)
{
    struct slice type;
    if (!json_is_object(payload) || !json_field_text(payload, "type", SLACK_WORD_MAX, &type))
        return SLACK_CLICK_BAD;
    if (!slice_eq(type, SLICE("block_actions")))
        return SLACK_CLICK_FOREIGN;
    if (!read_user(json_object_get(payload, "user"), click) || !read_place(payload, click))
        return SLACK_CLICK_BAD;
    return read_action(payload, click);
}

enum slack_click_result slack_click_parse(struct slice body, struct slack_click *out)
{
    CLEANUP_BUF struct buf text = {0};
    struct slack_click click = {0};
    if (body.len > SLACK_CLICK_BYTES_MAX || !form_body_value(body, SLICE("payload"), &text))
        return SLACK_CLICK_BAD;
    click.payload = json_field_parse(buf_slice(&text), SLACK_CLICK_BYTES_MAX);
    enum slack_click_result result = read_payload(click.payload, &click);
    if (result == SLACK_CLICK_DONE)
        *out = click;
    else
        slack_click_done(&click);
    return result;
}

void slack_click_done(struct slack_click *click)
{
    json_decref(click->payload);
}

void slack_click_by(const struct slack_click *click, struct buf *to)
{
    buf_add(to, click->user_name);
    buf_addf(to, "%s(Slack %.*s)", click->user_name.len > 0 ? " " : "", SLICE_ARG(click->user_id));
}

/* Nothing that a URL parser could read another way. */
static bool is_plain(struct slice url)
{
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] >= 0x7f || strchr("\"<>\\^`{|}@#", url.ptr[i]))
            return false;
    return true;
}

bool slack_click_may_answer(const struct slack_click *click, struct slice api)
{
    struct slice url = click->response_url, rest = slice_skip(url, api.len);
    if (!is_plain(url))
        return false;
    return slice_starts_with(url, SLICE("https://hooks.slack.com/")) ||
           (api.len > 0 && slice_starts_with(url, api) &&
            (slice_ends_with(api, SLICE("/")) || slice_starts_with(rest, SLICE("/"))));
}
