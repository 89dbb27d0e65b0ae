/* SPDX-License-Identifier: Apache-2.0
 *
 * What of the audit trail of routes people are told, on the pages of the incidents: what waits for
 * a yes or needs eyes, what moved the mail of a path, and what another person said. Probes, steps
 * of a ramp and their ends are for who looks (`todoku incident show`).
 */
#ifndef TD_APP_DAEMON_ROUTE_NEWS_H
#define TD_APP_DAEMON_ROUTE_NEWS_H

#include "respond/incident_book.h"

/* Tells what came after the entry with the number *told, which becomes that of the newest. */
void daemon_route_news(const struct audit_trail *trail, uint64_t *told, struct incident_book *book,
                       int64_t now_us);

/* 0: there is none. */
uint64_t daemon_route_news_newest(const struct audit_trail *trail);

#endif
