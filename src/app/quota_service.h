/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers Postfix's questions about room in mailboxes on a thread of its own (io/answer_server.h),
 * by the quota desk, which that thread owns, as it does the connections to the mailbox servers;
 * look-ups that wait are done by threads of its own. The owner's thread gives it plans, feeds it
 * and takes what it has to say:
 *
 *      put ──newest──▶ [desk, pool, lookups] ──events, state──▶ take
 *                            ▲         │
 *                         Postfix   mailbox servers
 *
 * What is known of mailboxes and remembered of messages stays when there is another plan. Events
 * are bounded: of more than QUOTA_EVENTS_MAX that wait, further ones are dropped and counted.
 */
#ifndef TD_APP_QUOTA_SERVICE_H
#define TD_APP_QUOTA_SERVICE_H

#include "app/quota_event.h"
#include "app/quota_plan.h"
#include "app/quota_state.h"
#include "io/answer_server.h"

enum { QUOTA_EVENTS_MAX = 10000, QUOTA_STAGES = POLICY_STAGE_END_OF_MESSAGE + 1 };

struct quota_service;

/* plan: taken over. NULL and err: no mailbox to be had. */
struct quota_service *quota_service_new(struct quota_plan *plan, struct err *err);

/* Leaves where it listens. NULL is fine. */
void quota_service_free(struct quota_service *service);

/* Begins to listen, having left the place before. Of the options take, tick, begin, end, context
 * and question_max are the service's. False and err: it listens nowhere. */
bool quota_service_listen(struct quota_service *service,
                          const struct answer_server_options *options, struct err *err);
void quota_service_leave(struct quota_service *service);

/* For all questions from now on; takes the plan over. */
void quota_service_put(struct quota_service *service, struct quota_plan *plan);

/* About once a second; false: nobody is answered, or not everywhere. */
bool quota_service_feed(struct quota_service *service);

/* What was decided, the oldest first; mem_free. NULL: nothing. */
struct quota_event *quota_service_take(struct quota_service *service);

/* How it is; mem_free. NULL: nothing newer than was taken. */
struct quota_state *quota_service_state(struct quota_service *service);

/* Readable while there are events. */
int quota_service_fd(const struct quota_service *service);

struct quota_service_counts {
    uint64_t results[QUOTA_STAGES][QUOTA_RESULT_COUNT];
    uint64_t without_size; /* questions at RCPT */
    uint64_t cached;       /* questions at RCPT or END-OF-MESSAGE that needed no server */
    uint64_t bad;          /* requests that were none */
    uint64_t untold;       /* events dropped */
    struct answer_counts server;
};
void quota_service_counts(struct quota_service *service, struct quota_service_counts *out);

#endif
