/* SPDX-License-Identifier: Apache-2.0
 *
 * A press of one of our buttons in Slack: the body that its interactivity posts, `payload=` and a
 * JSON text as a form. https://api.slack.com/reference/interaction-payloads/block-actions
 *
 * Who calls has checked the signature (slack_door.h); names and the message are the words of people
 * all the same.
 */
#ifndef TD_RESPOND_SLACK_CLICK_H
#define TD_RESPOND_SLACK_CLICK_H

#include "base/buf.h"
#include "model/json_field.h"

/* X(NAME, action_id): of the buttons that notifier_slack.c makes. */
#define SLACK_ACTIONS(X) \
    X(ACKNOWLEDGE, "todoku_acknowledge") /* value: id of the page */ \
    X(APPROVE, "todoku_approve")         /* value: id of an override that is proposed */ \
    X(DENY, "todoku_deny")

enum slack_action {
#define X(name, word) SLACK_ACTION_##name,
    SLACK_ACTIONS(X)
#undef X
};

const char *slack_action_word(enum slack_action action);

/* A message of at most 50 blocks with all that Slack puts around it, each byte as three. */
#define SLACK_CLICK_BYTES_MAX (256u << 10)

#define SLACK_WORD_MAX 255 /* of a type or id; the bound of Slack */
#define SLACK_VALUE_MAX 64
#define SLACK_USER_ID_MAX 32
#define SLACK_USER_NAME_MAX 80
#define SLACK_URL_MAX 512
#define SLACK_BLOCKS_MAX 50

/* Slices and pointers are of the payload. */
struct slack_click {
    json_t *payload; /* owned */
    enum slack_action action;
    struct slice value;        /* of the button: lower case letters, digits and '-' */
    struct slice user_id;      /* capitals and digits */
    struct slice user_name;    /* may be empty; any characters */
    struct slice response_url; /* where an answer may be posted; empty: none was given */
    struct slice block_id;     /* of the row of buttons; may be empty */
    const json_t *message;     /* the message with the button; NULL: not given */
};

enum slack_click_result {
    SLACK_CLICK_DONE,
    SLACK_CLICK_BAD,     /* not of the form */
    SLACK_CLICK_FOREIGN, /* of its form, and no press of a button of ours */
};

/* DONE: *out is filled, end it with slack_click_done. Else it is untouched. */
enum slack_click_result slack_click_parse(struct slice body, struct slack_click *out);
void slack_click_done(struct slack_click *click);

/* Is it of the form of a Slack user's id? */
bool slack_click_is_user(struct slice text);

/* Appends who pressed, as the book of incidents and the audit trail keep it: "kato (Slack U012)".
 */
void slack_click_by(const struct slack_click *click, struct buf *to);

/* May an answer be posted there? To https://hooks.slack.com/ and to what begins with `api`, the
 * address of the Web API in the settings, alone. */
bool slack_click_may_answer(const struct slack_click *click, struct slice api);

#endif
