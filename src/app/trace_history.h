/* SPDX-License-Identifier: Apache-2.0
 *
 * The history as what a trace reads: rows about the key and all that belongs to their messages are
 * looked up by the history's index and given to a trace_search as log lines (watch/row_lines.h). So
 * a story is told in the same way from both, and what a row does not hold is not told.
 *
 * The file is only read, beside a daemon that writes it; nobody waits for the other.
 */
#ifndef TD_APP_TRACE_HISTORY_H
#define TD_APP_TRACE_HISTORY_H

#include "base/err.h"
#include "store/history_reader.h"
#include "watch/trace_search.h"

struct trace_history;

/* reader: borrowed, outlives it. folder: of the state, for its name. */
struct trace_history *trace_history_new(struct history_reader *reader, const char *folder);
void trace_history_free(struct trace_history *history);

/* Fills a new search, all its passes. False and err: the file cannot be read. */
bool trace_history_search(struct trace_history *history, struct trace_search *search,
                          struct err *err);

/* Blocks that could not be read: what they hold is missing in the story. */
uint64_t trace_history_damaged(const struct trace_history *history);

/* "the history in /var/lib/todoku" */
const char *trace_history_name(const struct trace_history *history);

#endif
