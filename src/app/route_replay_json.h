/* SPDX-License-Identifier: Apache-2.0
 *
 * A replay of routes as JSON: each decision, and at the end what they come to. Keys:
 * todoku-replay(1).
 */
#ifndef TD_APP_ROUTE_REPLAY_JSON_H
#define TD_APP_ROUTE_REPLAY_JSON_H

#include "app/rule_story.h"
#include "model/json_value.h"

json_t *route_replay_json_decision(const struct route_decision *decision);

/* After route_replay_finish. */
json_t *route_replay_json_end(const struct route_replay *replay);

#endif
