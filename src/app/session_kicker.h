/* SPDX-License-Identifier: Apache-2.0
 *
 * Ends the open sessions of an account that may not log in any more, by a command of the operator's
 * (auth.kick, such as `doveadm kick {login}`): nobody asks about a session that is open. One at a
 * time, on a worker, within 10 s each; what comes of it is told in the own log and by a metric.
 * Bounded: of more than SESSION_KICKS_MAX that wait, further ones are dropped, and that is told.
 *
 * Of the main thread.
 */
#ifndef TD_APP_SESSION_KICKER_H
#define TD_APP_SESSION_KICKER_H

#include "app/daemon_metrics.h"
#include "app/settings.h"
#include "io/own_log.h"

enum { SESSION_KICKS_MAX = 1000 };

struct session_kicker;

/* log: borrowed. */
struct session_kicker *session_kicker_new(struct own_log *log);

/* Ends a command that runs. NULL is fine. */
void session_kicker_free(struct session_kicker *kicker);

/* The command from now on; copied. None: nobody is kicked. */
void session_kicker_want(struct session_kicker *kicker, const struct settings_auth *settings);

/* login: of the account. */
void session_kicker_kick(struct session_kicker *kicker, struct slice login);

/* About once a second: begins what waits, and tells what has ended. */
void session_kicker_turn(struct session_kicker *kicker, struct daemon_metrics *metrics);

#endif
