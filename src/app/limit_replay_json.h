/* SPDX-License-Identifier: Apache-2.0
 *
 * A replay of limits as JSON. Keys: todoku-replay(1).
 */
#ifndef TD_APP_LIMIT_REPLAY_JSON_H
#define TD_APP_LIMIT_REPLAY_JSON_H

#include "app/limit_replay.h"
#include "model/json_value.h"

/* After limit_replay_finish. */
json_t *limit_replay_json(const struct limit_replay *replay);

#endif
