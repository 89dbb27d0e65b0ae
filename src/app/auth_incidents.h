/* SPDX-License-Identifier: Apache-2.0
 *
 * Which trouble of the auth listener people are told of: what it says each second, as parts with
 * names (part_book.h).
 *
 *      auth listener   it does not answer, or not everywhere
 *      accounts        they cannot be looked up
 *      passwords       a tenth of the logins that would have to be computed is told to come again
 *      NAME (imap)     the mailbox server NAME does not greet by this protocol; auth.backends: the
 *                      one that has no name
 *
 * And guesses on many accounts, see auth_spray.h.
 *
 * Of accounts and passwords nothing is known unless somebody logs in: they are as the last logins
 * found them, well again after five seconds without a failure, or ten minutes without a login.
 *
 * Of the main thread; pure.
 */
#ifndef TD_APP_AUTH_INCIDENTS_H
#define TD_APP_AUTH_INCIDENTS_H

#include "app/auth_service.h"
#include "watch/incident_tell.h"

struct auth_incidents;

/* relay: ours; copied. */
struct auth_incidents *auth_incidents_new(struct slice relay);
void auth_incidents_free(struct auth_incidents *incidents); /* NULL is fine */

/* See part_book_resume. */
void auth_incidents_resume(struct auth_incidents *incidents, const struct incident *known,
                           int64_t now_us);

/* For the reason of what is told. */
void auth_incidents_hear(struct auth_incidents *incidents, const struct auth_event *event);

/* As things are. Borrowed for the call. */
struct auth_incidents_view {
    bool wanted;                              /* it is to listen */
    const char *trouble;                      /* why it does not answer; NULL: it does */
    const struct auth_servers *servers;       /* NULL: not known yet */
    const struct auth_service_counts *counts; /* since the daemon began */
    const struct guess_campaign *spray;       /* the newest on many accounts; NULL: none yet */
};

/* About once a second. */
void auth_incidents_look(struct auth_incidents *incidents, const struct auth_incidents_view *view,
                         int64_t now_us, incident_tell tell, void *data);

#endif
