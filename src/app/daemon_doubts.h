/* SPDX-License-Identifier: Apache-2.0
 *
 * What a silence or a route names and the daemon knows nothing of: a slip of the pen would hide or
 * move nothing, and nobody would see it. It is set all the same, since what it is for may be about
 * to come.
 */
#ifndef TD_APP_DAEMON_DOUBTS_H
#define TD_APP_DAEMON_DOUBTS_H

#include "app/daemon_web.h"
#include "respond/silence.h"

/* An array of sentences, new; NULL: there is no doubt. Relay, source, provider and login are looked
 * up in the configuration, the table of providers and what was read; a worker waits up to two
 * seconds for that, and doubts nothing when there is no answer. */
json_t *daemon_doubts(const struct daemon_web *web, const struct silence *silence);

/* The same of a route to this provider: no domain is known whose mail it would move. Also when
 * nobody answered. */
json_t *daemon_doubts_route(const struct daemon_web *web, struct slice provider);

#endif
