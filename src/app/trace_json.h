/* SPDX-License-Identifier: Apache-2.0
 *
 * A story as JSON: docs/guide/trace.md has the keys.
 */
#ifndef TD_APP_TRACE_JSON_H
#define TD_APP_TRACE_JSON_H

#include "app/trace_text.h"

void trace_json(const struct story *story, const struct trace_question *question, struct buf *to);

#endif
