/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of the reading half as one JSON object, for the API: totals and the largest paths.
 */
#ifndef TD_APP_DAEMON_STATE_JSON_H
#define TD_APP_DAEMON_STATE_JSON_H

#include "base/buf.h"
#include "watch/tally_state.h"

/* now_us: of the newest line; STAMP_NONE or 0: none yet. Appends. */
void daemon_state_json(const struct tally *tally, int64_t now_us, struct buf *to);

#endif
