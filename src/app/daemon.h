/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon, put together: the reading half in the feed's thread, the speaking half in the main
 * thread, the API in the web server's, the history in its writer's. State belongs to one of them;
 * they pass snapshots and mailboxes.
 */
#ifndef TD_APP_DAEMON_H
#define TD_APP_DAEMON_H

#include "app/settings.h"

/* Runs until SIGTERM or SIGINT. settings: taken over. True: ended as asked; false and err: what
 * could not be started. */
bool daemon_run(struct settings *settings, struct err *err);

#endif
