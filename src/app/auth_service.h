/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers nginx's questions about logins on a thread of its own (io/header_server.h), by the auth
 * desk, which that thread owns; what takes time is done by workers. The owner's thread gives it
 * terms, feeds it, and takes what it has to say:
 *
 *      put, flags ──newest──▶ [desk, workers, health] ──events──▶ mailbox
 *                                   ▲
 *                  nginx ── headers, lines
 *
 * What was learned of guesses, and secrets that were right, stay when there are other terms.
 * Events are bounded: of more than AUTH_EVENTS_MAX that wait, further ones are dropped and counted.
 */
#ifndef TD_APP_AUTH_SERVICE_H
#define TD_APP_AUTH_SERVICE_H

#include "app/auth_event.h"
#include "app/auth_plan.h"
#include "app/auth_servers.h"
#include "io/header_server.h"

enum { AUTH_EVENTS_MAX = 20000, AUTH_IMAGE_S = 600 };

struct auth_service;

/* plan: taken over. NULL and err: no mailbox, no threads to be had. */
struct auth_service *auth_service_new(struct auth_plan *plan, struct err *err);

/* Leaves where it listens. NULL is fine. */
void auth_service_free(struct auth_service *service);

/* Begins to listen, having left the place before. Of the options ask, tick, begin, end and context
 * are the service's. False and err: it listens nowhere. */
bool auth_service_listen(struct auth_service *service, const struct header_server_options *options,
                         struct err *err);
void auth_service_leave(struct auth_service *service);

/* Terms for all questions from now on; takes the plan over. */
void auth_service_put(struct auth_service *service, struct auth_plan *plan);

/* Flags of accounts, see flag_feed.h; taken over. */
void auth_service_flag(struct auth_service *service, struct account_flag *flag);
void auth_service_put_flags(struct auth_service *service, struct account_flags *flags);

/* Something of accounts was changed; login: of this one, in its one form, and its secret perhaps;
 * empty: who knows of which. */
void auth_service_changed(struct auth_service *service, struct slice login);

/* About once a second; false: nobody is answered, or not everywhere. */
bool auth_service_feed(struct auth_service *service);

/* What was decided, the oldest first; mem_free. NULL: nothing. */
struct auth_event *auth_service_take(struct auth_service *service);

/* How the mailbox servers are; mem_free. NULL: nothing newer than was taken. */
struct auth_servers *auth_service_servers(struct auth_service *service);

/* The campaign against many accounts (guess_guard.h) as it is, about once a second, or as it was
 * when it ended; mem_free. NULL: nothing newer than was taken. */
struct guess_campaign *auth_service_spray(struct auth_service *service);

/* How failures are shared with other relays; of any thread. */
void auth_service_shared(struct auth_service *service, struct guess_share_counts *out);

/* Whom the guard against guesses trusts (guess_guard.h), as bytes that outlive the daemon. */
void auth_service_restore(struct auth_service *service, struct slice image); /* before it listens */
void auth_service_save(struct auth_service *service, struct buf *to); /* while it listens nowhere */

/* The newest such bytes while it listens, every AUTH_IMAGE_S; buf_done and mem_free. NULL: nothing
 * newer than was taken. */
struct buf *auth_service_image(struct auth_service *service);

/* Readable while there is some. */
int auth_service_fd(const struct auth_service *service);

struct auth_service_counts {
    uint64_t logins[AUTH_PROTOCOLS][AUTH_METHODS][AUTH_RESULT_COUNT];
    uint64_t cached;         /* of those that passed: nothing had to be computed */
    uint64_t found, unfound; /* accounts looked up, the latter in vain for trouble */
    uint64_t checked;        /* secrets */
    uint64_t untold;         /* events dropped */
    uint64_t waiting;        /* logins that wait for workers, now */
    struct header_counts server;
};
void auth_service_counts(struct auth_service *service, struct auth_service_counts *out);

/* By all protocols and methods together. */
uint64_t auth_service_results(const struct auth_service_counts *counts, enum auth_result result);

#endif
