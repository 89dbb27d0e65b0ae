/* SPDX-License-Identifier: Apache-2.0
 *
 * A story as text for support staff: each message with its outcome, what happened in order of time,
 * and for each recipient why and what to do.
 */
#ifndef TD_APP_TRACE_TEXT_H
#define TD_APP_TRACE_TEXT_H

#include "app/text_style.h"
#include "app/trace_queue.h"
#include "watch/story.h"

/* What was asked, and of whom. */
struct trace_question {
    const struct trace_key *key;
    const char *const *logs; /* names */
    size_t log_count;
    bool from_history;               /* the one name is that of the history */
    const struct trace_queue *queue; /* NULL: no queue was asked */
    bool has_window;                 /* --since or --until was given */
    uint32_t limit;
};

/* Appends the story in words, as wide as the style says; bytes of strangers are escaped. What is
 * not there is said, too: no message, a window, a bound that was reached, a queue that did not
 * answer. */
void trace_text(const struct story *story, const struct trace_question *question,
                const struct text_style *style, struct buf *to);

#endif
