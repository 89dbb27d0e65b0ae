/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reader's reports said of providers whose mail may be moved, kept until the next one: the
 * domains that routes are written for, and recipients that a probe may be sent to. Look-ups of MX
 * add to the domains, and take away those that have moved (daemon_routes_dns.h). Part of
 * daemon_routes.h, in its thread; kept with the plan, so that a restart does not shrink a route to
 * what the last part of a log holds.
 */
#ifndef TD_APP_DAEMON_ROUTES_KNOWN_H
#define TD_APP_DAEMON_ROUTES_KNOWN_H

#include "app/route_report.h"
#include "respond/route_map.h"

struct daemon_routes_known;

struct daemon_routes_known *daemon_routes_known_new(void);
void daemon_routes_known_free(struct daemon_routes_known *known); /* NULL is fine */

/* A domain belongs to one provider, the one that was told last; of those told before, what is not
 * in the report stays. */
void daemon_routes_known_report(struct daemon_routes_known *known,
                                const struct route_report *report);

/* By look-ups: these domains are the provider's and nobody else's; these are not any more. Sorted
 * in place; in lower case; they do not live in here. */
void daemon_routes_known_add(struct daemon_routes_known *known, struct slice provider,
                             struct slice *domains, size_t count);
void daemon_routes_known_drop(struct daemon_routes_known *known, struct slice provider,
                              struct slice *domains, size_t count);

/* Whose the domain is; empty: nobody's that is known. Lives until the next call that is not const.
 */
struct slice daemon_routes_known_owner(const struct daemon_routes_known *known,
                                       struct slice domain);

/* Forgets providers that the plan does not have any more. */
void daemon_routes_known_prune(struct daemon_routes_known *known, const struct route_plan *plan);

/* Changes whenever the domains of any provider do. */
uint64_t daemon_routes_known_revision(const struct daemon_routes_known *known);

/* For route_map_make; it and what it points to live until the next call that is not const. */
const struct route_provider *daemon_routes_known_providers(const struct daemon_routes_known *known,
                                                           size_t *count);

/* A recipient for a probe: one after the other of those who get mail often there, and between two
 * rounds none, since nobody knows whose mail comes next. Empty: none. Lives until the next report.
 */
struct slice daemon_routes_known_recipient(struct daemon_routes_known *known,
                                           struct slice provider);

/* For our own state: [{"name": PROVIDER, "domains": [DOMAIN, ...]}]. Reading fills an empty one;
 * NULL: nothing was kept. False: not of the form, it is then still empty. */
json_t *daemon_routes_known_json(const struct daemon_routes_known *known);
bool daemon_routes_known_read(struct daemon_routes_known *known, const json_t *array);

#endif
