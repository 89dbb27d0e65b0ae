/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verdict has learned of accounts, over a restart: watch/hijack_past.h in the file
 * `accounts.past` of the state folder (past_file.h). Feed's thread, or when that does not run.
 */
#ifndef TD_APP_DAEMON_HIJACK_PAST_H
#define TD_APP_DAEMON_HIJACK_PAST_H

#include "base/buf.h"
#include "io/own_log.h"
#include "watch/hijack.h"

/* Before it takes anything. A first start has no file, and says nothing. */
void daemon_hijack_past_read(const char *folder, struct hijack *hijack, struct own_log *log);

/* When the disk refuses, the file before stays, and the log says so. */
void daemon_hijack_past_write(const char *folder, const struct hijack *hijack, struct own_log *log);

/* From one to the next without a file, bytes of hijack_past_write. */
void daemon_hijack_past_parse(struct slice bytes, struct hijack *hijack, struct own_log *log);

#endif
