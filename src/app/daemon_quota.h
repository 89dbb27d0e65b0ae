/* SPDX-License-Identifier: Apache-2.0
 *
 * The quota listener in the daemon: Postfix asks it whether mailboxes have room. Questions are
 * answered on a thread of their own (app/quota_service.h); the main thread gives it new plans, a
 * sign of life every second, and tells what was decided: own log, metrics, the API.
 *
 * It lives from one reload to the next: at the same addresses connections go on, and so does what
 * is known of mailboxes and remembered of messages. A table that cannot be read when it begins is
 * tried again every 10 s, and until then all questions are answered as failures; a changed one that
 * cannot be read leaves the one before. An owner that stands still is no reason to stop answering.
 *
 * Of the main thread.
 */
#ifndef TD_APP_DAEMON_QUOTA_H
#define TD_APP_DAEMON_QUOTA_H

#include "app/daemon_metrics.h"
#include "app/settings.h"
#include "io/own_log.h"
#include "io/snapshot.h"
#include "respond/incident_book.h"

struct daemon_quota;

/* log: borrowed. */
struct daemon_quota *daemon_quota_new(struct own_log *log);

/* Ends the listener. NULL is fine. */
void daemon_quota_free(struct daemon_quota *quota);

/* These settings hold from now on, and are borrowed until the next. What cannot be opened is tried
 * again every 10 s and told once. */
void daemon_quota_want(struct daemon_quota *quota, const struct settings_quota *wish,
                       int64_t now_us);

/* At least once a second: tells what was decided; and each second feeds, opens what is not open and
 * writes the metrics. */
void daemon_quota_turn(struct daemon_quota *quota, struct daemon_metrics *metrics, int64_t now_us);

/* Its incidents (quota_incidents.h): those that the run before left go on or end; and about once a
 * second what there is to say of them. */
void daemon_quota_resume(struct daemon_quota *quota, const struct incident_book *book,
                         int64_t now_us);
void daemon_quota_watch(struct daemon_quota *quota, struct incident_book *book, int64_t now_us);

/* Its state for the API, see quota_board.h; empty: nothing was wanted yet. Any thread may read it
 * until the end. */
struct snapshot_place *daemon_quota_shown(struct daemon_quota *quota);

/* Readable when there is something to tell; -1: never. */
int daemon_quota_fd(const struct daemon_quota *quota);

#endif
