/* SPDX-License-Identifier: Apache-2.0
 *
 * A story as JSON: docs/guide/trace.md has the keys.
 */
#ifndef TD_APP_TRACE_JSON_H
#define TD_APP_TRACE_JSON_H

#include "watch/story.h"

void trace_json(const struct story *story, const struct trace_key *key, struct buf *to);

#endif
