/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts on their way to Slack, and the blocks that hold them (Block Kit).
 *
 * Escaping: & < > as entities, which disarms mentions (<!here>, <@U1>) and links; `verbatim` keeps
 * Slack from turning plain words (@here, #channel, host names) into links; a back quote inside code
 * becomes another quote.
 */
#ifndef TD_RESPOND_SLACK_TEXT_H
#define TD_RESPOND_SLACK_TEXT_H

#include "base/buf.h"
#include "model/json_value.h"

/* Appends at most `max` bytes of escaped text, no half entity or character; then an ellipsis. */
void slack_text_add(struct slice text, size_t max, bool code, struct buf *to);

/* {"type": "mrkdwn"} of text that was escaped. */
json_t *slack_text_mrkdwn(const struct buf *text);

/* {"type": "plain_text"}: nothing is escaped, and what is longer than `max` characters ends with an
 * ellipsis. */
json_t *slack_text_plain(struct slice text, size_t max);

/* {"type": TYPE, KEY: content}; takes the content over. */
json_t *slack_text_block(const char *type, const char *key, json_t *content);

#endif
