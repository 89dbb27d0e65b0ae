/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends notices: HTTP calls and programs on worker threads, in the order and at the times that the
 * desk of notifiers says. Owned by the main thread.
 */
#ifndef TD_APP_DAEMON_SENDER_H
#define TD_APP_DAEMON_SENDER_H

#include "app/settings.h"
#include "io/own_log.h"
#include "mail/provider.h"
#include "model/json_value.h"
#include "respond/notify_desk.h"

struct daemon_sender;

/* settings, providers and log: borrowed, outlive the sender. NULL and err: no threads. */
struct daemon_sender *daemon_sender_new(const struct settings *settings,
                                        const struct provider_table *providers, struct own_log *log,
                                        struct err *err);

/* Waits until nothing is under way, at most wait_us, so that what a receiver has taken is not sent
 * again. */
void daemon_sender_settle(struct daemon_sender *sender, int64_t wait_us);

/* What is under way is aborted; it is sent again by the next run. */
void daemon_sender_free(struct daemon_sender *sender);

/* Hands the notice to each notifier that wants such; it is copied. It goes out with the next
 * daemon_sender_advance. A full queue gives up what matters least, and counts it (notify_queue.h).
 */
void daemon_sender_push(struct daemon_sender *sender, const struct notice *notice, int64_t now_us);

/* Collects what came of earlier tries; whether something did, so that the state is another. */
bool daemon_sender_collect(struct daemon_sender *sender, int64_t now_us);

/* Posts it once, which the sender takes over: what fails is told in the log. At most
 * DAEMON_SENDER_ANSWERS are under way, so that they hold up no notice. */
#define DAEMON_SENDER_ANSWERS 8
void daemon_sender_post(struct daemon_sender *sender, struct outgoing *outgoing);

/* Begins the tries that are due. */
void daemon_sender_advance(struct daemon_sender *sender, int64_t now_us);

/* When daemon_sender_advance has something to begin; INT64_MAX: never. */
int64_t daemon_sender_next_due(const struct daemon_sender *sender);

/* Readable when something came of a try. */
#define DAEMON_SENDER_FDS 2
void daemon_sender_fds(const struct daemon_sender *sender, int fds[DAEMON_SENDER_FDS]);

/* Its queues: for their state and for the incidents of dead notifiers. */
struct notify_desk *daemon_sender_desk(const struct daemon_sender *sender);

/* [{"name", "type", "state", "pending", "sent", "retries", "dead_letters", "last_error"}] */
json_t *daemon_sender_status(const struct daemon_sender *sender);

#endif
