/* SPDX-License-Identifier: Apache-2.0
 *
 * Which trouble of the quota listener people are told of, as parts with names (part_book.h) of
 * incidents of kind `mailbox-server-quota-down`:
 *
 *      quota listener       it does not answer, or not everywhere
 *      tables of mailboxes  one cannot be read: all answers are failures, or of the settings before
 *      NAME                 the mailbox server NAME does not say who is full (io/quota_breaker.h)
 *
 * A server is asked when there is mail for it; one that is down stays so until it answers again.
 * Critical when all of them are down. Pure; of the main thread.
 */
#ifndef TD_APP_QUOTA_INCIDENTS_H
#define TD_APP_QUOTA_INCIDENTS_H

#include "app/part_book.h"
#include "app/quota_state.h"

/* As things are. Borrowed for the call. */
struct quota_incidents_view {
    bool wanted;                     /* it is to listen */
    const char *trouble;             /* why it does not answer; NULL: it does */
    const char *tables;              /* why a table cannot be read; NULL: they are */
    const struct quota_state *state; /* NULL: not known yet */
};

/* About once a second. */
void quota_incidents_look(struct part_book *book, const struct quota_incidents_view *view,
                          int64_t now_us, incident_tell tell, void *data);

#endif
