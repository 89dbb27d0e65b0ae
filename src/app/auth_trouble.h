/* SPDX-License-Identifier: Apache-2.0
 *
 * What keeps logins from being answered, as incidents of kind `auth-backend-down`: a mailbox server
 * that does not greet, accounts that cannot be looked up, a listener that stands still. One
 * incident a part (part_health.h); parts have names and come and go with the settings.
 *
 * Asked in turns: say or keep what there is to say, then tell. A part of which nothing was said is
 * well. Bounded: AUTH_TROUBLE_MAX parts that fail or have an incident; what fails beyond that is in
 * the metrics alone. Pure: texts and times of one clock. One thread.
 */
#ifndef TD_APP_AUTH_TROUBLE_H
#define TD_APP_AUTH_TROUBLE_H

#include "app/part_health.h"
#include "watch/incident_tell.h"

enum { AUTH_TROUBLE_MAX = 256, AUTH_TROUBLE_NAME_MAX = 256 };

struct auth_trouble;

/* relay: ours; copied. */
struct auth_trouble *auth_trouble_new(struct slice relay);
void auth_trouble_free(struct auth_trouble *trouble); /* NULL is fine */

/* An open incident that the run before left goes on or ends; others are no concern of it, nor is
 * one that is known already. */
void auth_trouble_resume(struct auth_trouble *trouble, const struct incident *known);

/* Part of which something is wrong. name: cut to AUTH_TROUBLE_NAME_MAX bytes. */
struct auth_ailment {
    struct slice name, words;
    enum incident_severity severity;
};
void auth_trouble_say(struct auth_trouble *trouble, const struct auth_ailment *ailment);

/* Nothing is known of this part now, or of those of which nothing was said: they stay as they were.
 */
void auth_trouble_keep(struct auth_trouble *trouble, struct slice name);
void auth_trouble_keep_others(struct auth_trouble *trouble);

/* Has an incident? */
bool auth_trouble_is_open(const struct auth_trouble *trouble, struct slice name);

/* Ends the turn. */
void auth_trouble_tell(struct auth_trouble *trouble, int64_t now_us, incident_tell tell,
                       void *data);

#endif
