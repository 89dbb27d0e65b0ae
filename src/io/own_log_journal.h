/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal's side of own_log.h.
 */
#ifndef TD_IO_OWN_LOG_JOURNAL_H
#define TD_IO_OWN_LOG_JOURNAL_H

#include "io/own_log.h"

/* Is this descriptor the stream that the service manager connected to the journal? */
bool own_log_journal_is_stream(int fd);

/* One entry: PRIORITY, MESSAGE (`line`), TODOKU_EVENT and a TODOKU_<NAME> for each field. At most
 * OWN_LOG_FIELDS_MAX fields. False: the journal did not take it. */
bool own_log_journal_send(enum own_log_level level, const char *event, struct slice line,
                          const struct own_log_field *fields, size_t count);

#endif
