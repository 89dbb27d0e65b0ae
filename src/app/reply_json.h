/* SPDX-License-Identifier: Apache-2.0
 *
 * A reply and its verdict as JSON: what `todoku classify` reads and prints. docs/guide/replies.md
 * has the keys.
 */
#ifndef TD_APP_REPLY_JSON_H
#define TD_APP_REPLY_JSON_H

#include "base/err.h"
#include "model/json_value.h"
#include "watch/classifier.h"

/* One line: `{"text":..., "code":..., "dsn":..., "stage":..., "relay":..., "time":...}`, all but
 * text optional, null as good as absent; other keys are not looked at. A line that does not begin
 * with `{` is the text itself. time: seconds since 1970 or ISO 8601 (without offset: UTC); without
 * it the rules hold in their newest form. stage: as reply_stage_from_word.
 *
 * Slices of *out point into the line or into *owner, a new value or NULL, which the caller drops.
 * False: err says which key and what was expected; *out and *owner untouched. */
bool reply_json_read(struct slice line, struct reply_facts *out, json_t **owner, struct err *err);

/* New object: class, and scope permanence action provider rule token list url where not empty. */
json_t *reply_json_verdict(const struct verdict *verdict);

#endif
