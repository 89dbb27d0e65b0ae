/* SPDX-License-Identifier: Apache-2.0
 *
 * A syslog listener as a source of lines: a receiver (a thread of its own) that spools what it
 * hears, and a tail that follows the spool. The position is one in the spool, so that nothing that
 * was spooled is lost or given twice, whenever the process dies. Each line comes with the address
 * of the peer that sent it, whatever host the line itself claims to be from.
 */
#ifndef TD_IO_SYSLOG_SOURCE_H
#define TD_IO_SYSLOG_SOURCE_H

#include "io/log_source.h"
#include "io/syslog_listener.h"

struct syslog_source_options {
    const char *name;                               /* of the spool file; copied */
    const char *folder;                             /* of the spool files; copied */
    int64_t bytes_max;                              /* of the spool */
    const struct syslog_listener_options *listener; /* stays the caller's and must stay */
};

/* Opens spool and socket at the first turn; what fails is told and tried again. */
struct log_source *syslog_source_new(const struct syslog_source_options *options,
                                     const struct log_position *position,
                                     const struct log_sink *sink);

void syslog_source_counts(struct log_source *source, struct syslog_counts *counts);

/* What is before `position` is kept elsewhere for good: it may leave the spool. */
void syslog_source_keep(struct log_source *source, const struct log_position *position);

/* Reads on from `position` in the spool; what comes by the net goes on. */
void syslog_source_seek(struct log_source *source, const struct log_position *position);

#endif
