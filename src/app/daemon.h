/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon, put together: the reading half in the feed's thread, the speaking half in the main
 * thread, the API in the web server's, the history in its writer's. State belongs to one of them;
 * they pass snapshots and mailboxes.
 */
#ifndef TD_APP_DAEMON_H
#define TD_APP_DAEMON_H

#include <stdbool.h>

#include "base/err.h"

/* Runs by the configuration at `path` until SIGTERM or SIGINT. SIGHUP reads it anew, in
 * place: sockets whose settings are the same stay open, and so do followed logs and what was
 * learned from them, unless the logs, the fleet or the detectors are set anew; the history stays
 * open unless `state` or `store` changed, which takes all down and up again. A file with faults, or
 * one that cannot be put into effect, changes nothing and is told in the log. True: ended as asked;
 * false and err: what could not be started. */
bool daemon_run(const char *path, struct err *err);

#endif
