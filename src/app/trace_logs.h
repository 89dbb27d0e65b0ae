/* SPDX-License-Identifier: Apache-2.0
 *
 * The LOG... words of a verb that reads them several times: what can be read only once is copied
 * (io/spool.h), each pass has a reader of its own.
 */
#ifndef TD_APP_TRACE_LOGS_H
#define TD_APP_TRACE_LOGS_H

#include "app/verb.h"
#include "base/err.h"
#include "mail/log_record.h"

struct trace_logs;

/* No words: the machine's own mail log. NULL and err (ERR_IO) when there is none, or a pipe cannot
 * be copied. */
struct trace_logs *trace_logs_new(char *const *paths, int count, struct err *err);
void trace_logs_free(struct trace_logs *logs);

/* Begins a pass; ends the one before. */
void trace_logs_begin(struct trace_logs *logs);

/* The pass' next record; shows progress on a terminal. False at the end. */
bool trace_logs_next(struct trace_logs *logs, struct log_record *record, int64_t *time_us);

/* Prints on stderr what could not be read in the last pass. VERB_FINE, or VERB_UNKNOWN when a log
 * could not be read to its end. */
int trace_logs_report(const struct trace_logs *logs, const struct verb *verb);

/* How many logs there are, and what to call one of them before people. */
size_t trace_logs_count(const struct trace_logs *logs);
const char *trace_logs_name(const struct trace_logs *logs, size_t index);

#endif
