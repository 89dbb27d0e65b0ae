/* SPDX-License-Identifier: Apache-2.0
 *
 * A replay of routes as text for a terminal or a pipe: each decision when it is made, and at the
 * end what they come to. What came from logs is escaped.
 */
#ifndef TD_APP_ROUTE_REPLAY_TEXT_H
#define TD_APP_ROUTE_REPLAY_TEXT_H

#include "app/rule_story.h"
#include "app/text_style.h"

/* Some lines; of a probe only what it said. */
void route_replay_text_decision(const struct text_style *style,
                                const struct route_decision *decision, struct buf *to);

/* Overrides, the rules behind them, what is open, and what a replay cannot know. After
 * route_replay_finish. rules_path: the operator's rule file; NULL: none. */
void route_replay_text_end(const struct text_style *style, const struct route_replay *replay,
                           const char *rules_path, struct buf *to);

#endif
