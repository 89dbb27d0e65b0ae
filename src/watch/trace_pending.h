/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders that smtpd wrote before the message had a queue id (`NOQUEUE: discard: RCPT from ...`):
 * they wait here for the next `client=` of the same process. The last 64, at most five minutes old.
 */
#ifndef TD_WATCH_TRACE_PENDING_H
#define TD_WATCH_TRACE_PENDING_H

#include "mail/log_record.h"

struct trace_pending;
struct pending_action;

struct trace_pending *trace_pending_new(void);
void trace_pending_free(struct trace_pending *pending);
void trace_pending_clear(struct trace_pending *pending);

/* Remembers the record if it is such an order; mark: the caller's, not looked at. */
void trace_pending_take(struct trace_pending *pending, const struct log_record *record,
                        int64_t time_us, unsigned mark);

/* The orders that the record, a `client=`, brings to its queue id, and forgets them; NULL: none, or
 * another kind of record. Valid until the next take or clear. */
const struct pending_action *trace_pending_claim(struct trace_pending *pending,
                                                 const struct log_record *record, int64_t time_us);

const struct pending_action *trace_pending_next(const struct pending_action *action);
struct slice trace_pending_line(const struct pending_action *action);

/* Marks of this order and of those behind it, or-ed. */
unsigned trace_pending_mark(const struct pending_action *action);

#endif
