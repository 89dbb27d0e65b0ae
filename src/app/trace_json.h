/* SPDX-License-Identifier: Apache-2.0
 *
 * A story as JSON: docs/guide/trace.md has the keys.
 */
#ifndef TD_APP_TRACE_JSON_H
#define TD_APP_TRACE_JSON_H

#include "app/trace_text.h"

/* Appends one object and a newline: {"key", "key_form", "messages", ...}, man todoku-trace(1) has
 * its form. What rows of a history do not carry is null (question->from_history). */
void trace_json(const struct story *story, const struct trace_question *question, struct buf *to);

#endif
