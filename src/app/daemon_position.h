/* SPDX-License-Identifier: Apache-2.0
 *
 * From where a log is read on after a start, out of the history:
 *
 *     kept      behind the last line that was counted
 *     spare     the same, out of the spare one that the history keeps: the other is damaged
 *     lost      both are damaged: read from the begin as a new log is, without what the history has
 *               already, which its newest row tells (daemon_source_is_known)
 *     new       there is none
 *
 * docs/decisions/0048 has why.
 */
#ifndef TD_APP_DAEMON_POSITION_H
#define TD_APP_DAEMON_POSITION_H

#include "app/daemon_source.h"
#include "io/own_log.h"
#include "model/incident.h"
#include "store/history_reader.h"

/* reader NULL: no history yet, each log is a new one. now_us: the wall clock. What is damaged is
 * told in the log. False and err: the history cannot be read. */
bool daemon_position_resume(struct daemon_source *source, struct history_reader *reader,
                            int64_t now_us, struct own_log *log, struct err *err);

/* Of a log whose place is lost: that it is, from opened_us to closed_us (or INCIDENT_OPEN). Its
 * texts are those of the source. */
struct incident daemon_position_incident(const struct daemon_source *source, int64_t opened_us,
                                         int64_t closed_us);

#endif
