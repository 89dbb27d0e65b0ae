/* SPDX-License-Identifier: Apache-2.0
 *
 * What logins did until now, over a restart: watch/login_past.h in the file `logins.past` of the
 * state folder (past_file.h). Feed's thread, or when that does not run.
 */
#ifndef TD_APP_DAEMON_LOGINS_H
#define TD_APP_DAEMON_LOGINS_H

#include "base/buf.h"
#include "io/own_log.h"
#include "watch/tally.h"

/* Before the tally takes a record. A first start has no file, and says nothing. */
void daemon_logins_read(const char *folder, struct tally *tally, struct own_log *log);

/* When the disk refuses, the file before stays, and the log says so. */
void daemon_logins_write(const char *folder, const struct tally *tally, struct own_log *log);

/* The same without a file: from one tally to the next. */
void daemon_logins_format(const struct tally *tally, struct buf *to);
void daemon_logins_parse(struct slice bytes, struct tally *tally, struct own_log *log);

#endif
