/* SPDX-License-Identifier: Apache-2.0
 *
 * What the mail of this relay does at each provider, by source: the evidence that the route planner
 * decides by, gathered from the attempts of a tally. The same for the daemon, beside its reader,
 * and for a replay of old logs. It joins what is watched with what decides and does nothing else:
 * no threads, no files, no clock.
 *
 *      tally -> route_traffic -> route_report (a value) -> route_report_tell -> route_plan
 *
 * Volumes are first tries of recipients, by the hour of the last 7 days; the past comes from the
 * history. Domains of a provider are those whose mail was seen to go to one of its hosts by a
 * source of this relay (route_domains.h). Recipients and probes: route_watchlist.h.
 *
 * Bounded: TRAFFIC_SOURCES sources of the fleet, TRAFFIC_PATHS paths of 800 bytes; one beyond has
 * no volume. One thread.
 */
#ifndef TD_APP_ROUTE_TRAFFIC_H
#define TD_APP_ROUTE_TRAFFIC_H

#include "app/route_report.h"
#include "app/route_watchlist.h"
#include "model/fleet.h"
#include "watch/tally.h"

#define TRAFFIC_SOURCES 64
#define TRAFFIC_PATHS 16384

struct route_traffic;

/* Of this relay of the fleet and the sources that stand here; names are copied. muted: while it is
 * true, attempts have been counted by an earlier run and are volume only; NULL: never. Borrowed. */
struct route_traffic *route_traffic_new(const struct fleet *fleet, const bool *muted);
void route_traffic_free(struct route_traffic *traffic); /* NULL is fine; after its tally */

/* Is told all attempts of the tally from now on. Once, before its first record. */
void route_traffic_observe(struct route_traffic *traffic, struct tally *tally);

/* First tries of the hour that begins then, of the past; before mail is taken. Other relays' and
 * older ones are left out. */
void route_traffic_load(struct route_traffic *traffic, const struct tally_path_names *names,
                        int64_t begin_us, uint64_t recipients);

/* Of which providers recipients are to be noted, and which probes are under way; borrowed. */
struct route_watchlist *route_traffic_watchlist(struct route_traffic *traffic);

/* What an attempt says of its path, as a probe; verdict NULL: it delivered. */
enum route_probe_result route_traffic_result(const struct verdict *verdict);

/* Whose mail a domain's is; empty: it was not seen yet. */
struct slice route_traffic_provider(const struct route_traffic *traffic, struct slice domain);

/* Is a domain known whose mail is this provider's? */
bool route_traffic_has_domain(const struct route_traffic *traffic, struct slice provider);

/* What there is of a provider (empty: of all mail, its volumes and who sends it alone), and since
 * its last report; free with route_report_free. afresh: the domains are told even if they were
 * before. */
struct route_report *route_traffic_report(struct route_traffic *traffic, struct slice provider,
                                          int64_t now_us, bool afresh);

#endif
