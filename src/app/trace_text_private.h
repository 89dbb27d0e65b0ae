/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that write the text of a trace.
 */
#ifndef TD_APP_TRACE_TEXT_PRIVATE_H
#define TD_APP_TRACE_TEXT_PRIVATE_H

#include "app/trace_text.h"
#include "app/trace_words.h"

/* One message: headline, facts, steps, recipients. */
void trace_text_message(const struct story_message *message, const struct text_style *style,
                        struct buf *to);

/* `label` in a column of its own after `indent` blanks, and `raw` (unescaped) beside it, on at most
 * `lines` lines. */
void trace_text_row(const struct text_style *style, size_t indent, const char *label,
                    struct slice raw, size_t lines, struct buf *to);

/* What of the message waits in a queue; what waits besides, and which queues could not be asked. */
void trace_text_queued(const struct trace_queue *queue, const struct story_message *message,
                       const struct text_style *style, struct buf *to);
void trace_text_queue_rest(const struct trace_queue *queue, const struct text_style *style,
                           struct buf *to);

#endif
