/* SPDX-License-Identifier: Apache-2.0
 *
 * The last decisions about each account, to show them to people: what was over which limit, or had
 * which flag, and what was done. In memory: the newest DECISIONS_KEPT of an account, and as
 * many of limits in shadow, of the DECISION_LOGINS accounts about which something was decided last;
 * a few hundred bytes each, 2 KiB at most. Of the main thread.
 */
#ifndef TD_APP_DECISION_BOOK_H
#define TD_APP_DECISION_BOOK_H

#include "app/policy_service.h"

enum { DECISIONS_KEPT = 6, DECISION_LOGINS = 5000 };

struct decision_book;

struct decision_book *decision_book_new(void);
void decision_book_free(struct decision_book *book); /* NULL is fine */

/* Takes the event over. The same again about the same message counts with the one before it. One
 * without a login is not kept. */
void decision_book_put(struct decision_book *book, struct policy_event *event);

/* Those of a login, the newest first, then those in shadow. times: how often it was decided.
 * Borrowed for the call. */
typedef void (*decision_see)(void *context, const struct policy_event *event, uint32_t times);
void decision_book_each(const struct decision_book *book, struct slice login, decision_see see,
                        void *context);

#endif
