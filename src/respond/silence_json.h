/* SPDX-License-Identifier: Apache-2.0
 *
 * Silences as JSON for others: what the API shows of one, and what it takes as the wish for one.
 * Times are ISO 8601. Peer documents: docs/openapi.yaml; respond/silence.h keeps its own form for
 * our state.
 */
#ifndef TD_RESPOND_SILENCE_JSON_H
#define TD_RESPOND_SILENCE_JSON_H

#include "respond/silence.h"

/* {"id", "kinds", "relay", "source", "provider", "login", "domain", "name", "from", "until",
 * "active", "by", "comment"}; names that match all are left out. */
json_t *silence_json(const struct silence *silence, int64_t now_us);

/* A wish: the names and kinds of above; "until", or "for" ("2h", counted from "from"); "from",
 * else 0; "by", "comment". Without kinds and names it must say "all": true, so that a misspelt
 * name does not hide everything; unknown members are refused for the same reason. Slices are of
 * the object. False and err (ERR_USAGE): what is wrong with it. */
bool silence_wish_read(const json_t *object, int64_t now_us, struct silence *out, struct err *err);

#endif
