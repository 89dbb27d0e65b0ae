/* SPDX-License-Identifier: Apache-2.0
 *
 * A replay of limits as text for a terminal or a pipe. What came from logs is escaped.
 */
#ifndef TD_APP_LIMIT_REPLAY_TEXT_H
#define TD_APP_LIMIT_REPLAY_TEXT_H

#include "app/limit_replay.h"
#include "app/text_style.h"

/* Who would have been over which limit, and what limits the logs speak for. After
 * limit_replay_finish. */
void limit_replay_text(const struct text_style *style, const struct limit_replay *replay,
                       struct buf *to);

#endif
