/* SPDX-License-Identifier: Apache-2.0
 *
 * The auth listener in the daemon: nginx's mail proxy asks it before a client may log in. Questions
 * are answered on a thread of their own (app/auth_service.h); the main thread gives it new terms
 * and flags, a sign of life every second, and tells what was decided: own log, metrics, detectors.
 *
 * It lives from one reload to the next: at the same addresses nobody is refused meanwhile, and what
 * was learned of guesses stays. An owner that stands still is no reason to stop answering. If its
 * own loop stands still, who asks is refused at once.
 *
 * Of the main thread.
 */
#ifndef TD_APP_DAEMON_AUTH_H
#define TD_APP_DAEMON_AUTH_H

#include "app/daemon_metrics.h"
#include "app/login_channel.h"
#include "app/settings.h"
#include "gate/account_flags.h"
#include "io/own_log.h"
#include "io/snapshot.h"
#include "respond/incident_book.h"

struct daemon_auth;

/* Both borrowed; logins: told of each that was right or wrong. */
struct daemon_auth *daemon_auth_new(struct own_log *log, struct login_channel *logins);

/* Ends the listener. NULL is fine. */
void daemon_auth_free(struct daemon_auth *auth);

/* These settings hold from now on. What cannot be opened is tried again every 10 s and told once.
 */
void daemon_auth_want(struct daemon_auth *auth, const struct settings *settings, int64_t now_us);

/* Flags of accounts, for all questions from now on: one that is copied, or all there are. Without a
 * listener they are nobody's. */
void daemon_auth_flag(struct daemon_auth *auth, const struct account_flag *flag);
void daemon_auth_put_flags(struct daemon_auth *auth, const struct account_flags *flags);

/* Something of accounts was changed; see auth_service_changed. */
void daemon_auth_changed(struct daemon_auth *auth, struct slice login);

/* At least once a second: tells what was decided; and each second feeds, opens what is not open and
 * writes the metrics. */
void daemon_auth_turn(struct daemon_auth *auth, struct daemon_metrics *metrics, int64_t now_us);

/* The book has been loaded: what was away in the run before goes on as an incident, or ends. */
void daemon_auth_resume(struct daemon_auth *auth, const struct incident_book *book, int64_t now_us);

/* Tells the book what keeps logins from being answered, and when they are again. */
void daemon_auth_watch(struct daemon_auth *auth, struct incident_book *book, int64_t now_us);

/* Its state for the API, see auth_board.h; empty: nothing was wanted yet. Any thread may read it
 * until the end. */
struct snapshot_place *daemon_auth_shown(struct daemon_auth *auth);

/* Readable when there is something to tell; -1: never. */
int daemon_auth_fd(const struct daemon_auth *auth);

#endif
