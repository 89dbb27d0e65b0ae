/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody asks of the desk through the API. The asker waits on a worker thread of the web
 * server, for a bounded time; the desk answers between its other work. A request is shared by the
 * two and goes with the last of them.
 */
#ifndef TD_APP_DAEMON_REQUEST_H
#define TD_APP_DAEMON_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "app/account_wish.h"
#include "app/limit_wish.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/language.h"
#include "model/override.h"
#include "respond/silence.h"
#include "respond/slack_click.h"

enum daemon_request_kind {
    DAEMON_REQUEST_ACKNOWLEDGE,
    DAEMON_REQUEST_CLOSE,
    DAEMON_REQUEST_SILENCE,
    DAEMON_REQUEST_END_SILENCE,
    /* daemon_routes.h; `by` is the actor, who stands in the audit trail. */
    DAEMON_REQUEST_APPROVE_ROUTE, /* id: of the override; its proposal is done */
    DAEMON_REQUEST_DENY_ROUTE,
    DAEMON_REQUEST_UNDO_ROUTE,
    DAEMON_REQUEST_SET_ROUTE,        /* route */
    DAEMON_REQUEST_CLEAR_ROUTE,      /* id: name of the provider, whose manual route ends */
    DAEMON_REQUEST_FLAG_ACCOUNT,     /* account; daemon_accounts.h */
    DAEMON_REQUEST_SHOW_ACCOUNTS,    /* id: the login, or empty: all that have a flag */
    DAEMON_REQUEST_ACCOUNTS_CHANGED, /* id: the login, or empty: any may have been */
    DAEMON_REQUEST_SET_LIMIT,        /* limit; daemon_limits.h */
    DAEMON_REQUEST_RESET_LIMIT,      /* the same */
    DAEMON_REQUEST_SHOW_LIMITS, /* id: the login, or empty: all; value: its baseline, or NULL */
};

struct daemon_request {
    enum daemon_request_kind kind;
    struct buf id, by, note;     /* of an incident, or of the silence to end */
    struct silence silence;      /* to set; its texts are of `value` */
    struct override route;       /* to set; the same. Its actor is `by` */
    struct account_wish account; /* the same */
    struct limit_wish limit;     /* the same */
    json_t *value;               /* owned; NULL: none */
    json_t *doubts;              /* daemon_doubts.h, of the silence or route; owned */
    /* By a button; its payload is NULL: by no button. Owned; and the language to answer in. */
    struct slack_click click;
    bool barred; /* who pressed may not: nothing is done, and that is said */
    enum language language;
    /* The answer. */
    bool found; /* there is such an incident, silence or override */
    bool good;
    struct err err;
    struct buf answer; /* JSON */
    struct daemon_request_state *state;
};

/* Two references: the asker's and the desk's, which has it from the mailbox. */
struct daemon_request *daemon_request_new(enum daemon_request_kind kind);

/* The asker: waits for the answer at most wait_us; false: none came. */
bool daemon_request_wait(struct daemon_request *request, int64_t wait_us);

/* The desk: the answer is in place. */
void daemon_request_answer(struct daemon_request *request);

/* Either side, once each. */
void daemon_request_unref(struct daemon_request *request);

#endif
